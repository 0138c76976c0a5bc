"""What may be spent on somebody, and what was."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date, timedelta
from decimal import Decimal

from django.db.models import Sum
from django.db.models.functions import Coalesce

from keepwell.insight import queries as insight
from keepwell.insight.contracts import ScoreView
from keepwell.plays import queries as plays
from keepwell.plays.care import core
from keepwell.plays.care.contracts import ActStatus
from keepwell.plays.care.models import Act
from keepwell.plays.contracts import GradeLimitView

COUNTED = (ActStatus.PLANNED, ActStatus.RUNNING, ActStatus.DONE)
LOWEST = "low"


def currency() -> str:
    """The shop's currency; "" before the first cycle."""
    cycle = insight.current_cycle()
    return cycle.currency if cycle else ""


def limit(customer_id: str) -> Decimal | None:
    """What the grade allows to be spent on a customer in a year; None = no limit.

    Who was never rated counts as of low value.
    """
    return _limit(insight.score(customer_id), plays.grade_limits())


def _limit(score: ScoreView | None, limits: Iterable[GradeLimitView]) -> Decimal | None:
    tier = score.tier if score else LOWEST
    found = next((one for one in limits if one.tier == tier), None)
    if found is None:
        return None
    stake = score.value_at_stake if score else None
    return core.limit_of(max_cost=found.max_cost, max_value_share=found.max_value_share, value_at_stake=stake)


def spent(customer_id: str, *, today: date, but: int | None = None) -> Decimal:
    """What acts of the last 365 days cost, and those to come are allowed to; without the act `but`."""
    since = today - timedelta(days=core.YEAR_DAYS)
    rows = Act.objects.filter(customer_id=customer_id, status__in=COUNTED, due_on__gt=since)
    if but is not None:
        rows = rows.exclude(pk=but)
    return rows.aggregate(total=Sum(Coalesce("cost", "budget")))["total"] or Decimal(0)


def left_many(customer_ids: Collection[str], *, today: date) -> dict[str, Decimal | None]:
    """What may still be spent on each of these customers, a thousand at most, in few statements."""
    scores, limits = insight.scores_of(customer_ids), plays.grade_limits()
    since = today - timedelta(days=core.YEAR_DAYS)
    rows = Act.objects.filter(customer_id__in=customer_ids, status__in=COUNTED, due_on__gt=since).order_by()
    summed = rows.values_list("customer_id").annotate(total=Sum(Coalesce("cost", "budget")))
    gone: dict[str, Decimal] = dict(summed)
    return {
        number: core.left(_limit(scores.get(number), limits), gone.get(number, Decimal(0)))
        for number in customer_ids
    }


def left(customer_id: str, *, today: date, but: int | None = None) -> Decimal | None:
    """What may still be spent on a customer; None = no limit."""
    return core.left(limit(customer_id), spent(customer_id, today=today, but=but))
