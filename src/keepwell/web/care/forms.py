"""What the forms of care say, as values."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from itertools import zip_longest
from typing import Any
from zoneinfo import ZoneInfo

from django.http import QueryDict
from django.utils.translation import gettext as _

from keepwell.outreach import labels as task_labels
from keepwell.outreach import users
from keepwell.plays.care import labels
from keepwell.plays.care.contracts import By, CareError, LineSpec, Occasion, PackageItem

BLANK_LINES = 2
LINE = ("act", "occasion", "weeks", "channel", "budget", "lead", "text")  # the fields of one


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


def typed_lines(asked: QueryDict) -> list[dict[str, str]]:
    """The fields of the lines of a plan, as they were typed."""
    rows = zip_longest(*(asked.getlist(f"line_{name}") for name in LINE), fillvalue="")
    return [dict(zip(LINE, row, strict=True)) for row in rows]


def lines(asked: QueryDict, before: Iterable[LineSpec] = ()) -> list[LineSpec]:
    """The lines of a plan that a form says; a line without an act is left out.

    A message goes by itself only with a text that one of the lines `before` had.
    """
    texts = {one.text_code for one in before if one.by == By.MESSAGE}
    found = []
    for row in typed_lines(asked):
        if not row["act"]:
            continue
        regular = row["occasion"] == Occasion.EVERY
        text = row["text"] if row["text"] in texts else ""
        found.append(
            LineSpec(
                act=row["act"],
                occasion=row["occasion"],
                every_weeks=(number(row["weeks"]) or 0) if regular else 0,
                channel=row["channel"],
                budget=amount(row["budget"]),
                lead_days=7 if (days := number(row["lead"])) is None else days,
                by=By.MESSAGE if text else By.TASK,
                text_code=text,
            )
        )
    return found


def line_rows(specs: Iterable[LineSpec]) -> list[dict[str, Any]]:
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
            "text": one.text_code,
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
