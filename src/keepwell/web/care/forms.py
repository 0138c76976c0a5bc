"""What the forms of care say, as values."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

from django.http import QueryDict
from django.utils.translation import gettext as _

from keepwell.outreach import labels as task_labels
from keepwell.outreach import users
from keepwell.plays.care import defaults, labels
from keepwell.plays.care.contracts import CareError, LineSpec, Occasion, PackageItem

BLANK_LINES = 2
ITEMS = 6


def number(text: str) -> int | None:
    """A whole number of a form; None for nothing or nonsense."""
    return int(text) if text.isdecimal() and len(text) < 10 else None


def amount(text: str) -> Decimal:
    """An amount as somebody types it; CareError for nonsense."""
    try:
        found = Decimal(text.replace(",", "").strip() or "0")
    except InvalidOperation:
        raise CareError(_("Please type an amount.")) from None
    if not found.is_finite():
        raise CareError(_("Please type an amount."))
    return found


def optional(text: str) -> Decimal | None:
    """An amount, or None where nothing was typed."""
    return amount(text) if text.strip() else None


def day(text: str) -> date:
    """A day; CareError for nonsense."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise CareError(_("Please choose a day.")) from None


def moment(text: str, zone: ZoneInfo) -> datetime:
    """A moment where the user is; CareError for nonsense."""
    try:
        return datetime.fromisoformat(text).replace(tzinfo=zone)
    except ValueError:
        raise CareError(_("Please choose a day and a time.")) from None


def lines(asked: QueryDict) -> list[LineSpec]:
    """The lines of a plan that a form says; a line without an act is left out."""
    rows = zip(
        *(
            asked.getlist(name)
            for name in (
                "line_act",
                "line_occasion",
                "line_weeks",
                "line_channel",
                "line_budget",
                "line_lead",
            )
        ),
        strict=False,
    )
    found = []
    for act, occasion, weeks, channel, budget, lead in rows:
        if not act:
            continue
        regular = occasion == Occasion.EVERY
        found.append(
            LineSpec(
                act=act,
                occasion=occasion,
                every_weeks=(number(weeks) or 0) if regular else 0,
                channel=channel,
                budget=amount(budget),
                lead_days=7 if (days := number(lead)) is None else days,
            )
        )
    return found


def line_rows(specs: list[LineSpec]) -> list[dict[str, Any]]:
    """The lines of a plan with the values of their fields, and blank ones."""
    blank = [LineSpec("", lead_days=7) for _number in range(BLANK_LINES)]
    return [
        {
            "act": one.act,
            "occasion": str(one.occasion),
            "weeks": one.every_weeks or "",
            "channel": str(one.channel),
            "budget": plain(one.budget) if one.budget else "",
            "lead": one.lead_days,
            "by": one.by,
        }
        for one in [*specs, *blank]
    ]


def plain(value: Decimal) -> str:
    """An amount as one types it: no idle zeros."""
    return f"{value.normalize():f}"


def choices() -> dict[str, Any]:
    """What the fields of lines and acts offer."""
    return {
        "acts": [(code, str(name)) for code, name in labels.ACT.items()],
        "occasions": [(code, str(name)) for code, name in labels.OCCASION.items() if code != Occasion.ONCE],
        "channels": [(str(code), str(name)) for code, name in task_labels.CHANNEL.items()],
        "colleagues": [(pk, users.name_of(one)) for pk, one in users.workers().items()],
    }


def items(asked: QueryDict) -> list[PackageItem]:
    """The things of a package; a line without a name is left out."""
    names = ("item_name", "item_quantity", "item_price", "item_cost")
    found = []
    for name, quantity, price, cost in zip(*(asked.getlist(one) for one in names), strict=False):
        if name.strip():
            found.append(PackageItem(name.strip(), amount(quantity or "1"), amount(price), amount(cost)))
    return found


def is_service(act: str) -> bool:
    """Whether an act is owed as a service."""
    return defaults.ACTS[act].mark == defaults.SERVICE
