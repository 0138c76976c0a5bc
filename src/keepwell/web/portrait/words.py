"""What people read for the codes of the portrait."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from keepwell.customers import labels
from keepwell.customers.labels import CHANNEL

Word = labels.Label

SOURCE: dict[str, Word] = {
    "conversation": pgettext_lazy("source", "Conversation"),
    "interview": pgettext_lazy("source", "Interview"),
    "registration": pgettext_lazy("source", "Registration"),
    "purchase": pgettext_lazy("source", "Purchase"),
    "event": pgettext_lazy("source", "Event"),
    "questionnaire": pgettext_lazy("source", "Questionnaire"),
    "online": pgettext_lazy("source", "Online contact"),
    "hand": pgettext_lazy("source", "Typed in"),
    "orders": pgettext_lazy("source", "Orders"),
}
FIELD: dict[str, Any] = {
    "name": _("Name"),
    "gender": _("Gender"),
    "birth_on": _("Birthday"),
    "country": _("Country"),
    "region": _("Region"),
    "city": _("City"),
    "language": _("Preferred language"),
    "time_zone": _("Time zone"),
    "occupation": _("Occupation"),
    "income": _("Income"),
    "company": _("Company"),
    "industry": _("Industry"),
    "preferred_channel": _("Preferred channel"),
    "culture": _("Cultural background"),
    "personal_stage": _("Stage of life"),
    "service_type": _("Service type"),
    "sensitivity": _("Sensitive to"),
    "vip_state": _("VIP state"),
}
GENDER: dict[str, Word] = {
    "female": pgettext_lazy("gender", "Female"),
    "male": pgettext_lazy("gender", "Male"),
    "other": pgettext_lazy("gender", "Other"),
}
LANGUAGE = labels.LANGUAGE
CULTURE = labels.CULTURE
TOPIC: dict[str, Word] = {
    "taboo": pgettext_lazy("culture topic", "Taboo"),
    "gesture": pgettext_lazy("culture topic", "Gestures"),
    "gift": pgettext_lazy("culture topic", "Gifts"),
    "time": pgettext_lazy("culture topic", "Time"),
    "title": pgettext_lazy("culture topic", "Titles"),
    "opening": pgettext_lazy("culture topic", "Opening"),
    "attachment": pgettext_lazy("culture topic", "Attachments"),
    "channel": pgettext_lazy("culture topic", "Channel"),
    "case": pgettext_lazy("culture topic", "Local case"),
    "other": pgettext_lazy("culture topic", "Other"),
}
STAGE = labels.STAGE
SERVICE_TYPE = labels.SERVICE_TYPE
SENSITIVITY = labels.SENSITIVITY
VIP_STATE = labels.VIP_STATE
CHOICES: dict[str, dict[str, Word]] = {
    "gender": GENDER,
    "language": LANGUAGE,
    "preferred_channel": CHANNEL,
    "culture": CULTURE,
    "personal_stage": STAGE,
    "service_type": SERVICE_TYPE,
    "sensitivity": SENSITIVITY,
    "vip_state": VIP_STATE,
}
TRAIT_KIND = labels.TRAIT_KIND
OTHER, TRAIT = labels.OTHER, labels.TRAIT
DATE_KIND: dict[str, Word] = {
    "birthday": _("Birthday"),
    "anniversary": _("Anniversary"),
    "wedding": _("Wedding day"),
    "partner_birthday": _("Partner's birthday"),
    "child_birthday": _("Child's birthday"),
    "exam": _("Child's examination"),
    "school": _("Start of school"),
    "moving": _("Moving house"),
    "journey": _("Journey"),
    "retirement": _("Retirement"),
    "company": _("Company anniversary"),
    "other": OTHER,
}
ROLE: dict[str, Word] = {
    "procurement": pgettext_lazy("role at a company", "Procurement"),
    "finance": pgettext_lazy("role at a company", "Finance"),
    "technical": pgettext_lazy("role at a company", "IT and technical"),
    "decision_maker": pgettext_lazy("role at a company", "Management, decides"),
    "execution": pgettext_lazy("role at a company", "Carries out"),
}
NOTE_KIND: dict[str, Word] = {
    "service": pgettext_lazy("kind of note", "Service"),
    "call": pgettext_lazy("kind of note", "Call"),
    "visit": pgettext_lazy("kind of note", "Visit"),
    "chat": pgettext_lazy("kind of note", "Chat"),
    "interview": pgettext_lazy("kind of note", "Interview"),
    "travel": pgettext_lazy("kind of note", "Travels"),
    "difficulty": pgettext_lazy("kind of note", "In difficulty"),
    "other": pgettext_lazy("kind of note", "Other"),
}
NOTE_FIELD: dict[str, Any] = {
    "explicit_need": _("What they said they need"),
    "implicit_need": _("What they need beneath that"),
    "preference": _("How they like to be spoken to"),
    "urgency": _("Urgency"),
    "emotion": _("Mood and what helps"),
}
URGENCY: dict[str, Word] = {
    "low": pgettext_lazy("urgency", "Can wait"),
    "normal": pgettext_lazy("urgency", "Soon"),
    "high": pgettext_lazy("urgency", "Urgent"),
}
PROMISE: dict[str, Word] = {
    "open": pgettext_lazy("promise", "Open"),
    "kept": pgettext_lazy("promise", "Kept"),
    "broken": pgettext_lazy("promise", "Broken"),
}
HANDOVER: dict[str, Word] = {
    "waiting": pgettext_lazy("handover", "Waits for confirmation"),
    "confirmed": pgettext_lazy("handover", "Confirmed"),
    "declined": pgettext_lazy("handover", "Declined"),
    "withdrawn": pgettext_lazy("handover", "Taken back"),
}
TREND: dict[str, Word] = {
    "up": pgettext_lazy("category trend", "Rising"),
    "down": pgettext_lazy("category trend", "Falling"),
    "flat": pgettext_lazy("category trend", "Steady"),
    "new": pgettext_lazy("category trend", "New"),
    "stopped": pgettext_lazy("category trend", "Stopped"),
}


def place(code: str) -> str:
    """A culture by its name, a country by its two letters."""
    return str(CULTURE.get(code, code))


def source(code: str) -> str:
    """Where something came from: a known way by its name, a file's source as it is called."""
    return str(SOURCE.get(code, code))
