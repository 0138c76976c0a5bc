"""The words to say: a call and a short message, in the customer's language, from reason and treatment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from keepwell.customers.contracts import CustomerView, PortraitView
from keepwell.customers.queries import places_of
from keepwell.insight.contracts import ScoreView
from keepwell.outreach.content.queries import addressing
from keepwell.web.people import PersonRow

COMPLAINTS = ("complaints_rose", "mood_bad")
QUIET = ("rhythm_broken", "best_dormant", "drifting_away", "low_return", "contact_silent")
LESS = ("purchases_fell", "quantity_fell", "spending_fell")
FORMAL = ("JP", "KR", "east_asia")
CJK_FIRST, CJK_LAST = "一", "鿿"
COMPOUND_SURNAMES = frozenset(
    {"欧阳", "歐陽", "司马", "司馬", "诸葛", "諸葛", "上官", "司徒", "夏侯", "皇甫", "尉迟"}
)


@dataclass(frozen=True)
class Script:
    """What to say on the telephone, line by line, and in a message; in which language."""

    language: str
    call: tuple[str, ...]
    message: str


def script(
    record: CustomerView, portrait: PortraitView, person: PersonRow | None, topic: str, agent: str
) -> Script:
    """Words for this customer, by name and last topic; in English where their language is not spoken here."""
    language = spoken(record)
    with translation.override(language):
        who = address(record, language)
        score = person.score if person else None
        parts = [
            _opening(who, agent, record, portrait),
            _about_topic(topic),
            _about_reason(score),
            _about_service_type(portrait),
            _offer(person),
            _("Is there anything I can do for you right now?"),
        ]
        return Script(language, tuple(part for part in parts if part), _message(who, agent, score, person))


def spoken(record: CustomerView) -> str:
    """The customer's language where Keepwell speaks it, else English."""
    known = tuple(dict(settings.LANGUAGES))
    code = addressing.spoken(record.language, record.country, known)
    return code if code in known else addressing.LAST_RESORT


def address(record: CustomerView, language: str) -> str:
    """How one addresses somebody, by script, language and culture; "" where there is no name."""
    places = places_of(record.country, "")
    return addressing.salutation(record.name, gender=record.gender.lower(), language=language, places=places)


def _opening(who: str, agent: str, record: CustomerView, portrait: PortraitView) -> str:
    formal = places_of(record.country, portrait.values.get("culture", "")) & set(FORMAL)
    names = {"name": who, "agent": agent}
    if not who:
        return _("Hello, this is %(agent)s. May I ask whom I am speaking with?") % names
    if formal:
        return _("Good day, %(name)s. My name is %(agent)s; thank you for your trust.") % names
    return _("Hello %(name)s, this is %(agent)s. Do you have two minutes?") % names


def _about_topic(topic: str) -> str:
    if not topic:
        return ""
    return _("Last time it was about “%(topic)s”. Has everything been settled since?") % {"topic": topic}


def _about_reason(score: ScoreView | None) -> str:
    code = score.reasons[0].code if score and score.reasons else ""
    if code in COMPLAINTS:
        return _("I have read what went wrong, and I am sorry for it. I would like to put it right.")
    if code in LESS:
        return _("You have been buying less from us lately. What could we do better for you?")
    if code in QUIET:
        return _("We have not seen you for a while and would like to hear how you are getting on.")
    if code == "bought_once":
        return _("How are you getting on with what you bought from us?")
    return _("I wanted to ask how satisfied you are with us.")


def _about_service_type(portrait: PortraitView) -> str:
    return {
        "rational": _("I have the figures at hand and am glad to go through them."),
        "emotional": _("Please tell me in your own words how it was for you."),
        "dominant": _("You decide; I will give you two options."),
    }.get(portrait.values.get("service_type", ""), "")


def _offer(person: PersonRow | None) -> str:
    if person is None or person.score.action is None:
        return ""
    return _offers().get(person.score.action, "")


def _offers() -> dict[str, str]:
    return {
        "email_winback": _("I will send you by e-mail what is new for you."),
        "sms_coupon": _("I have a voucher for your next purchase; I will send it to you at once."),
        "call_back": _("I will see to it myself and call you back with an answer."),
        "personal_visit": _("I would like to visit you. Which day suits you?"),
        "gift": _("As a thank-you we would like to send you a small gift."),
        "service_recovery": _("I will take care of it today and tell you what was done."),
        "points_bonus": _("We have added bonus points to your account."),
        "bundle_offer": _("What you use often comes together at a better price now."),
        "dedicated_adviser": _("From now on I am your own adviser; you can always reach me directly."),
    }


def _message(who: str, agent: str, score: ScoreView | None, person: PersonRow | None) -> str:
    values: dict[str, Any] = {
        "name": who,
        "agent": agent,
        "reason": _about_reason(score),
        "offer": _offer(person),
    }
    text = (
        _("%(name)s, this is %(agent)s. %(reason)s %(offer)s")
        if who
        else _("This is %(agent)s. %(reason)s %(offer)s")
    )
    return " ".join((text % values).split())
