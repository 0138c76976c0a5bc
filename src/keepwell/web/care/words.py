"""Care in words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from keepwell.outreach import labels as task_labels
from keepwell.outreach.policy.words import CAUSE
from keepwell.plays.care import labels
from keepwell.plays.care.contracts import ActView, LineSpec, Reaction, Theme
from keepwell.plays.winback import labels as winback
from keepwell.plays.winback.queries import rules
from keepwell.web import formats

OUTCOME = {
    "paused": lambda: pgettext("outcome of an act", "fell into a pause"),
    "ended": lambda: pgettext("outcome of an act", "the plan was ended"),
    "skipped": lambda: pgettext("outcome of an act", "left out on purpose"),
    "greetings_paused": lambda: pgettext("outcome of an act", "greetings are paused"),
    "no_customer": lambda: pgettext("outcome of an act", "the customer is gone"),
    "gone": lambda: pgettext("outcome of an act", "the message is gone"),
}


def act_name(one: ActView) -> str:
    """What an act is called, with its occasion where that says something."""
    name = str(labels.ACT.get(one.act, one.act))
    if one.occasion in ("every", "once"):
        return name
    return f"{name} · {labels.OCCASION[one.occasion]}"


def outcome(code: str) -> str:
    """What came of an act."""
    if code in OUTCOME:
        return OUTCOME[code]()
    return str(task_labels.OUTCOME.get(code) or CAUSE.get(code) or code)


def channel(code: str) -> str:
    """What people read for a channel."""
    return str(task_labels.CHANNEL.get(code, code))


def rhythm(spec: LineSpec) -> str:
    """When the acts of a line come."""
    if spec.occasion != "every":
        return str(labels.OCCASION[spec.occasion])
    if spec.every_weeks == 1:
        return _("every week")
    return ngettext("every %(count)s week", "every %(count)s weeks", spec.every_weeks) % {
        "count": formats.number(spec.every_weeks)
    }


def act_row(one: ActView, today: date, gifts: dict[str, str], names: dict[str, str]) -> dict[str, Any]:
    """An act in a list."""
    return {
        "one": one,
        "name": act_name(one),
        "customer": names.get(one.customer_id) or one.customer_id,
        "status": str(labels.ACT_STATUS[one.status]),
        "channel": channel(one.channel),
        "late": one.is_open and one.due_on < today,
        "today": one.is_open and one.due_on == today,
        "gift": gifts.get(one.gift, one.gift),
        "outcome": outcome(one.outcome) if one.outcome else "",
    }


def reaction(one: Reaction) -> dict[str, Any]:
    """A proposal with its evidence."""
    if one.kind == "pause":
        total = sum(one.figures.values())
        text = _("Pause greetings for a while")
        why = ngettext(
            "In the last 180 days %(count)s contact was refused, unsubscribed from or complained about.",
            "In the last 180 days %(count)s contacts were refused, unsubscribed from or complained about.",
            total,
        ) % {"count": formats.number(total)}
    else:
        said = {"old": channel(one.channel), "new": channel(one.other)}
        text = _("Prefers %(new)s over %(old)s: change the plan") % said
        why = _(
            "In the last 180 days: %(old)s answered %(answered)s of %(sent)s, "
            "%(new)s answered %(other_answered)s of %(other_sent)s."
        ) % {**said, **{name: formats.number(count) for name, count in one.figures.items()}}
    return {"one": one, "text": text, "why": why}


def sentence(total: int, late: int) -> str:
    """What the list says first."""
    said = ngettext("%(count)s act of care is coming up.", "%(count)s acts of care are coming up.", total) % {
        "count": formats.number(total)
    }
    if not late:
        return said
    more = ngettext("%(count)s is overdue.", "%(count)s are overdue.", late) % {"count": formats.number(late)}
    return f"{said} {more}"


def themes(found: Sequence[Theme]) -> list[tuple[str, int]]:
    """Themes of a meeting in words, with how many customers each troubles."""
    own = {rule.code: rule.name for rule in rules.current().causes}
    said = []
    for one in found:
        known = winback.CAUSE.get(one.code) if one.source == "cause" else None
        said.append((str(known or own.get(one.code) or one.code), one.customers))
    return said
