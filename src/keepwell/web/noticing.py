"""Notifications in words, with where they lead."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from keepwell.outreach import labels
from keepwell.outreach.contracts import Notice, NoticeView
from keepwell.web import formats

ICONS = {
    Notice.NEWLY_AT_RISK: "notification_important",
    Notice.DELEGATED: "assignment_ind",
    Notice.HANDOVER: "move_down",
    Notice.PROMISE_DUE: "handshake",
    Notice.APPROVAL: "approval",
    Notice.IMPORT_DONE: "database",
    Notice.CYCLE_DONE: "cycle",
    Notice.CYCLE_FAILED: "error",
    Notice.PLAY_ALARM: "science",
    Notice.QUESTION: "contact_support",
    Notice.COUPONS_LOW: "confirmation_number",
}
WEEKDAYS = {
    0: gettext_lazy("Monday"),
    1: gettext_lazy("Tuesday"),
    2: gettext_lazy("Wednesday"),
    3: gettext_lazy("Thursday"),
    4: gettext_lazy("Friday"),
    5: gettext_lazy("Saturday"),
    6: gettext_lazy("Sunday"),
}


PLAY_ALARM = {
    "": gettext_lazy("The play “%(play)s” needs a look."),
    "mismatch": gettext_lazy(
        "The groups of the play “%(play)s” have other sizes than planned: trust none of its figures."
    ),
    "complaints": gettext_lazy("Customers in the play “%(play)s” complain more than those in its control."),
    "unsubscribed": gettext_lazy(
        "Customers in the play “%(play)s” end messages more than those in its control."
    ),
}

QUESTION = {
    "given": gettext_lazy("A question of customer %(customer)s is given to you."),
    "unsatisfied": gettext_lazy("Customer %(customer)s is not satisfied with the answer yet."),
    "overdue": gettext_lazy("A question of customer %(customer)s is overdue: please see to it."),
    "more": gettext_lazy("Customer %(customer)s, who waits for your answer, wrote again."),
    "soon": gettext_lazy("Customer %(customer)s is to have your answer soon: the standard is nearly over."),
    "late": gettext_lazy("Customer %(customer)s waits for an answer longer than the standard."),
    "passed": gettext_lazy("Feedback of customer %(customer)s is passed on to you."),
}


def shown(notice: NoticeView) -> dict[str, Any]:
    """A notification as the page shows it."""
    return {"notice": notice, "icon": ICONS[notice.kind], "text": text(notice)}


def text(notice: NoticeView) -> str:
    """What a notification says, in the active language."""
    data = notice.data
    if notice.kind is Notice.NEWLY_AT_RISK:
        loss = formats.compact_money(Decimal(data["expected_loss"]), data["currency"])
        return ngettext(
            "%(count)s of your customers is newly at risk; %(loss)s at stake.",
            "%(count)s of your customers are newly at risk; %(loss)s at stake.",
            data["customers"],
        ) % {"count": formats.number(data["customers"]), "loss": loss}
    if notice.kind is Notice.PLAY_ALARM:
        words_of = PLAY_ALARM.get(data.get("what", ""), PLAY_ALARM[""])
        return str(words_of) % {"play": data.get("name", formats.DASH)}
    if notice.kind is Notice.QUESTION:
        words_of = QUESTION.get(data.get("what", ""), QUESTION["given"])
        return str(words_of) % {"customer": data.get("customer") or formats.DASH}
    if notice.kind is Notice.COUPONS_LOW:
        return ngettext(
            "%(count)s code is left on the list of the offer “%(offer)s”.",
            "%(count)s codes are left on the list of the offer “%(offer)s”.",
            data["free"],
        ) % {"count": formats.number(data["free"]), "offer": data["name"]}
    words = {
        Notice.DELEGATED: _("%(by)s gave you a task: %(kind)s, customer %(customer)s."),
        Notice.HANDOVER: _("%(by)s would like to hand customers over to you: %(customers)s."),
        Notice.PROMISE_DUE: _("Your promise to customer %(customer)s falls due."),
        Notice.APPROVAL: _("%(by)s asks for your approval."),
        Notice.IMPORT_DONE: _("Your import of %(files)s has finished."),
        Notice.CYCLE_DONE: _("The cycle %(cycle)s has finished."),
        Notice.CYCLE_FAILED: _("The cycle %(cycle)s has failed; the figures of the last one stay."),
    }
    names = ("by", "customer", "customers", "files", "cycle")
    given = {name: data.get(name) or formats.DASH for name in names}
    kind = str(labels.KIND.get(data.get("kind", ""), data.get("kind", "")))
    return words[notice.kind] % {**given, "kind": kind}


def link(notice: NoticeView) -> str:
    """Where a notification leads."""
    data = notice.data
    if notice.kind is Notice.DELEGATED:
        return reverse("task", args=[data["task"]])
    if notice.kind is Notice.HANDOVER and data.get("handover"):
        return reverse("handover", args=[data["handover"]])
    if notice.kind is Notice.APPROVAL:
        return reverse("approvals")
    if notice.kind is Notice.PROMISE_DUE and data.get("customer"):
        return reverse("customer", args=[data["customer"]])
    if notice.kind in (Notice.CYCLE_DONE, Notice.CYCLE_FAILED):
        return reverse("cycle", args=[data["cycle"]])
    if notice.kind is Notice.IMPORT_DONE:
        return reverse("data")
    if notice.kind is Notice.PLAY_ALARM and data.get("play"):
        return reverse("play_results", args=[data["play"]])
    if notice.kind is Notice.QUESTION and data.get("feedback"):
        return reverse("feedback_item", args=[data["feedback"]])
    if notice.kind is Notice.QUESTION and data.get("task"):
        return reverse("task", args=[data["task"]])
    if notice.kind is Notice.QUESTION and data.get("question"):
        return reverse("question", args=[data["question"]])
    if notice.kind is Notice.COUPONS_LOW and data.get("offer"):
        return reverse("coupon_offer", args=[data["offer"]])
    return reverse("today")
