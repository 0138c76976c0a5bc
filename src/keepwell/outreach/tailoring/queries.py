"""What can be asked of buying stages and plans of content; nothing is written."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db.models import Count

from keepwell.outreach.tailoring import places
from keepwell.outreach.tailoring.contracts import Counted, DecisionView, Led, Stage, Standing, Why
from keepwell.outreach.tailoring.models import BuyingRow, BuyingRun, ChoiceRow, PlanCell
from keepwell.outreach.tailoring.plans import plan, used
from keepwell.outreach.tailoring.stages import rule, standings

__all__ = [
    "counted",
    "decisions",
    "occasions",
    "places_named",
    "plan",
    "planned",
    "rule",
    "standing",
    "standings",
    "used",
]


def standing(customer_id: str, *, now: datetime) -> Standing:
    """The buying stage of one customer at this moment, with its evidence."""
    return standings([customer_id], now=now).get(customer_id, Standing())


def counted() -> Counted:
    """How many customers are at each stage, as it was worked out last."""
    run = BuyingRun.objects.first()
    rows = BuyingRow.objects.order_by().values("stage").annotate(n=Count("pk"))
    return Counted({row["stage"]: row["n"] for row in rows}, run.made_at if run else None)


def planned() -> dict[str, int]:
    """How many texts the plan of each touchpoint has; those without a plan are left out."""
    rows = PlanCell.objects.filter(group__removed_at=None).order_by().values("group__touchpoint")
    return {row["group__touchpoint"]: row["n"] for row in rows.annotate(n=Count("pk"))}


def occasions() -> dict[tuple[str, str], set[str]]:
    """The templates that plans give for the same occasion, by touchpoint and kind of text."""
    rows = PlanCell.objects.filter(group__removed_at=None)
    found: dict[tuple[str, str], set[str]] = {}
    for place, kind, code in rows.values_list("group__touchpoint", "kind", "template_code"):
        found.setdefault((place, kind), set()).add(code)
    return found


def places_named() -> dict[str, str]:
    """The touchpoints of the map by code, with their names."""
    return places.names()


def decisions(message_ids: Collection[str]) -> dict[str, DecisionView]:
    """What was chosen for each of these messages that named a touchpoint."""
    rows = ChoiceRow.objects.filter(pk__in=list(message_ids))
    return {
        row.message_id: DecisionView(
            message_id=row.message_id,
            touchpoint=row.touchpoint,
            stage=Stage(row.stage),
            segment_id=row.segment_id,
            why=Why(row.why),
            content=row.content,
            at=row.at,
            led=Led(**row.led) if row.led else None,
            passed=tuple((code, problem) for code, problem in row.passed),
        )
        for row in rows
    }
