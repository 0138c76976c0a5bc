"""The columns of a list of customers: which there are, which are shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Word = str | Promise


@dataclass(frozen=True)
class ListColumn:
    """One column: its title, the order that a click asks for, the definition behind the title."""

    code: str
    title: Word
    order: str = ""
    definition: str = ""
    right: bool = False
    hide_small: bool = False


COLUMNS: Mapping[str, ListColumn] = {
    column.code: column
    for column in (
        ListColumn("status", _("Status"), definition="status"),
        ListColumn("risk", _("Risk"), "churn_risk", "churn_risk"),
        ListColumn("expected_loss", _("Expected loss"), "expected_loss", "expected_loss", right=True),
        ListColumn("value", _("12-month value"), "clv", "clv"),
        ListColumn("last_order", _("Last order"), "last_order_at", "silence_days"),
        ListColumn("why", _("Why")),
        ListColumn("action", _("Recommended action")),
        ListColumn("owner", _("Looked after by")),
        ListColumn("tags", _("Tags")),
        ListColumn("orders", _("Orders"), right=True),
        ListColumn("total", _("Total amount"), "total_amount", right=True),
        ListColumn("average", _("Average order"), right=True),
        ListColumn("rhythm", _("Usual rhythm"), right=True),
        ListColumn("first_order", _("First order")),
        ListColumn("stage", _("Life-cycle stage")),
        ListColumn("segment", _("RFM segment")),
        ListColumn("group", _("Communication group")),
    )
}
USUAL: Mapping[str, tuple[str, ...]] = {
    "at_risk": ("risk", "expected_loss", "value", "last_order", "why", "action"),
    "customers": ("status", "risk", "expected_loss", "value", "last_order", "why", "action"),
}


def known(codes: Sequence[str]) -> tuple[str, ...]:
    """Those of the codes that there are, each once, in the order of the table."""
    wanted = set(codes)
    return tuple(code for code in COLUMNS if code in wanted)


def shown(list_name: str, chosen: Sequence[str], orders: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What the table's head needs of each shown column."""
    codes = known(chosen) or USUAL[list_name]
    return [
        {"column": COLUMNS[code], "code": code, "sort": orders.get(COLUMNS[code].order)} for code in codes
    ]


def choices(list_name: str, chosen: Sequence[str]) -> list[dict[str, Any]]:
    """Every column, and whether it is shown."""
    codes = known(chosen) or USUAL[list_name]
    return [{"code": code, "title": column.title, "on": code in codes} for code, column in COLUMNS.items()]
