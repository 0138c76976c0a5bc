"""The rules of routing: those that are on, and the newest."""

from __future__ import annotations

from typing import Any

from keepwell.outreach.questions import rulebook
from keepwell.outreach.questions.contracts import Routing, RoutingVersion, Trial
from keepwell.outreach.questions.models import RoutingRow, RoutingSwitch


def is_on() -> bool:
    """Whether feedback is passed on."""
    return RoutingSwitch.objects.filter(on__isnull=False).exists()


def current() -> RoutingVersion:
    """The rules that are on, else the newest, else those that Keepwell comes with: none, and usual hours."""
    return active() or newest()


def active() -> RoutingVersion | None:
    """The rules that are on, or None."""
    switch = RoutingSwitch.objects.select_related("on").filter(on__isnull=False).first()
    return view(switch.on, is_on=True) if switch and switch.on else None


def newest() -> RoutingVersion:
    """The rules written last, on or not."""
    row = RoutingRow.objects.order_by("-version").first()
    if row is None:
        return RoutingVersion(0, Routing(), None, "")
    return view(row, is_on=RoutingSwitch.objects.filter(on=row).exists())


def view(row: RoutingRow, *, is_on: bool) -> RoutingVersion:
    """The frozen value of a row."""
    return RoutingVersion(
        version=row.version,
        routing=rulebook.opened(row.values),
        created_at=row.created_at,
        actor=row.actor,
        tried_at=row.tried_at,
        tried=_trial(row.tried) if row.tried else None,
        is_on=is_on,
    )


def _trial(stored: dict[str, Any]) -> Trial:
    return Trial(
        **{
            **stored,
            "by_rule": tuple(stored["by_rule"]),
            "by_team": {int(team): count for team, count in stored["by_team"].items()},
        }
    )
