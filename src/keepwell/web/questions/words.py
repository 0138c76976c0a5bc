"""Questions and feedback in words."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from keepwell.customers.labels import CHANNEL
from keepwell.outreach import users
from keepwell.outreach.questions import labels
from keepwell.outreach.questions.contracts import (
    EntryView,
    FeedbackLine,
    FeedbackStepView,
    QuestionLine,
    Status,
)
from keepwell.web import formats

# Who acts where no colleague does.
CUSTOMER, WORKER = "customer", "keepwell"


def line(
    one: QuestionLine, names: Mapping[str, str], teams: Mapping[int, str], now: datetime
) -> dict[str, Any]:
    """A question in a list."""
    return {
        "one": one,
        "name": names.get(one.customer_id) or one.customer_id,
        "status": str(labels.STATUS[one.status]),
        "importance": str(labels.IMPORTANCE[one.importance]),
        "topic": labels.topic(one.topic) if one.topic else _("without a topic"),
        "origin": str(labels.ORIGIN[one.origin]),
        "channel": str(CHANNEL.get(one.channel, one.channel)),
        "team": teams.get(one.team_id or 0, ""),
        "late": one.is_overdue(now),
        "link": reverse("question", args=[one.question_id]),
        "reason": str(labels.CLOSING[one.reason]) if one.reason else "",  # type: ignore[index]
    }


def feedback_line(
    one: FeedbackLine, names: Mapping[str, str], teams: Mapping[int, str], now: datetime
) -> dict[str, Any]:
    """Feedback in a list."""
    return {
        "one": one,
        "name": names.get(one.customer_id) or one.customer_id,
        "state": str(labels.STATE[one.state]),
        "importance": str(labels.IMPORTANCE[one.importance]),
        "topic": labels.topic(one.topic) if one.topic else _("without a topic"),
        "origin": str(labels.ORIGIN[one.origin]),
        "channel": str(CHANNEL.get(one.channel, one.channel)),
        "team": teams.get(one.team_id or 0, ""),
        "late": one.is_overdue(now),
        "link": reverse("feedback_item", args=[one.feedback_id]),
    }


def entry(one: EntryView, teams: Mapping[int, str], names: Mapping[str, str]) -> dict[str, Any]:
    """An entry of a thread."""
    data = one.data
    extra = ""
    if one.action == "assign":
        who = names.get(data.get("owner", ""), "")
        extra = " · ".join(part for part in (who, teams.get(int(data.get("team") or 0), "")) if part)
    elif one.action == "close":
        extra = str(labels.CLOSING.get(data.get("reason", ""), ""))  # type: ignore[call-overload]
    elif one.action == "escalate":
        extra = names.get(data.get("lead", ""), "") or _("nobody leads them: it waits in the queue")
    elif one.action == "said" and data.get("satisfaction"):
        extra = _("%(mark)s of 5") % {"mark": data["satisfaction"]}
    elif data.get("by") == "survey":
        extra = _("by their own answer behind our e-mail")
    return {
        "one": one,
        "what": str(labels.ENTRY.get(one.action, one.action)),
        "who": actor(one.actor),
        "extra": extra,
        "channel": str(CHANNEL.get(one.channel, "")),
        "by_customer": one.actor == CUSTOMER or one.action in ("satisfied", "unsatisfied", "said"),
    }


def step(one: FeedbackStepView, teams: Mapping[int, str]) -> dict[str, Any]:
    """A step of feedback."""
    return {
        "one": one,
        "what": str(labels.STEP.get(one.action, one.action)),
        "who": actor(one.actor),
        "team": teams.get(one.team_id or 0, "") if one.action in ("pass", "hand_on", "reopen") else "",
        "channel": str(CHANNEL.get(one.channel, "")),
    }


def actor(name: str) -> str:
    """Who did something."""
    if name == CUSTOMER:
        return _("the customer")
    return "Keepwell" if name == WORKER else name


def people_of(thread: tuple[EntryView, ...]) -> dict[str, str]:
    """Names of the colleagues that a thread speaks of, by number as text."""
    numbers = {one.data.get(key, "") for one in thread for key in ("owner", "lead")}
    known = users.names(int(one) for one in numbers if one)
    return {str(pk): name for pk, name in known.items()}


def todo(one: QuestionLine, now: datetime) -> str:
    """What is to be done with a question, in a sentence."""
    if one.status is Status.CLOSED:
        return _("This question is closed.")
    if one.status is Status.SATISFIED:
        return _("The customer is satisfied. Close the question, or go on.")
    if one.status is Status.ANSWERED:
        return _("An answer was given. Ask the customer whether it is settled, and write down their word.")
    if one.status is Status.UNSATISFIED:
        return _("The customer is not satisfied: answer again.")
    return _("The customer waits for an answer.")


def list_sentence(total: int, overdue: int) -> str:
    """How many questions wait, in one sentence."""
    if not total:
        return _("No question of a customer waits here.")
    waiting = ngettext(
        "%(count)s question is not settled yet.", "%(count)s questions are not settled yet.", total
    ) % {"count": formats.number(total)}
    return f"{waiting} {overdue_sentence(overdue)}".strip()


def feedback_sentence(total: int, overdue: int) -> str:
    """How much feedback waits for an answer, in one sentence."""
    if not total:
        return _("No feedback waits here.")
    waiting = ngettext(
        "%(count)s piece of feedback waits for an answer.",
        "%(count)s pieces of feedback wait for an answer.",
        total,
    ) % {"count": formats.number(total)}
    return f"{waiting} {overdue_sentence(overdue)}".strip()


def overdue_sentence(overdue: int) -> str:
    """How many are overdue; nothing for none."""
    if not overdue:
        return ""
    return ngettext("%(count)s is overdue.", "%(count)s are overdue.", overdue) % {
        "count": formats.number(overdue)
    }


def duration(hours: float | None) -> str:
    """A span of time in words, as coarse as it is long."""
    if hours is None:
        return formats.DASH
    if hours < 1:
        count = max(1, round(hours * 60))
        return ngettext("%(count)s minute", "%(count)s minutes", count) % {"count": count}
    if hours < 48:
        count = round(hours)
        return ngettext("%(count)s hour", "%(count)s hours", count) % {"count": count}
    count = round(hours / 24)
    return ngettext("%(count)s day", "%(count)s days", count) % {"count": count}
