"""What became of customers who were cared for, beside others (EMO-13); reads only.

By lot where there is one: those who were passed over when a plan was given to a segment were chosen by their
number alone, so they may be compared. Beside all others it only describes: who is cared for was chosen.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import numpy as np
from django.db.models import Avg, Count, Min, QuerySet

from keepwell.customers import queries as customers
from keepwell.insight import queries as insight
from keepwell.insight.contracts import ScoreFilter
from keepwell.outreach.contracts import FirstWarning
from keepwell.plays.care.contracts import ActStatus
from keepwell.plays.care.models import Act, PassedOver, Plan
from keepwell.plays.care.queries import feelings
from keepwell.plays.effects import core, reading
from keepwell.plays.effects.core import PLANNED_UNITS, Bools
from keepwell.science.experiment import Lift, lift

DAYS = 90
FEWEST = 30
PLANS_MAX = 50_000
TIERS = ("high", "mid", "low")
STAYING = ("new", "active")


@dataclass(frozen=True)
class TierRow:
    """Customers of one tier who had an act of care, beside the others of the tier; shares still active.

    It only describes: who is cared for was chosen.
    """

    tier: str
    cared: int
    active_cared: float | None
    others: int
    active_others: float | None


@dataclass(frozen=True)
class FeltRow:
    """What both sides of the lot said within the days; of those who said anything. `lift` None: too few."""

    metric: str  # recommends, content
    said_cared: int
    cared: float | None
    said_others: int
    others: float | None
    lift: Lift | None


@dataclass(frozen=True)
class CareReport:
    """What was done and how it was felt; `lift` on buying again within 90 days, by lot, None: too few.

    `cared` and `passed_over` are customers whose 90 days are over; `again` are their shares with an order.
    """

    acts: tuple[tuple[str, int], ...]
    done: int
    skipped: int
    dropped: int
    average_score: float | None
    scores: int
    fully_content: float | None
    cared: int
    passed_over: int
    again_cared: float | None
    again_passed_over: float | None
    lift: Lift | None
    waiting: int
    felt: tuple[FeltRow, ...] = ()
    tiers: tuple[TierRow, ...] = ()


def report(*, owner_ids: Collection[int] | None, now: datetime) -> CareReport:
    """The report; `owner_ids` narrows it to the customers of these users."""
    acts = Act.objects.all()
    plans, passed = Plan.objects.all(), PassedOver.objects.all()
    if owner_ids is not None:
        mine = customers.owned_by(owner_ids)
        acts, plans = acts.filter(customer_id__in=mine), plans.filter(customer_id__in=mine)
        passed = passed.filter(customer_id__in=mine)
    states = dict(acts.order_by().values_list("status").annotate(n=Count("pk")))
    kinds = acts.filter(status=ActStatus.DONE).order_by().values_list("act").annotate(n=Count("pk"))
    felt = acts.exclude(score=None).aggregate(average=Avg("score"), n=Count("pk"))
    high = acts.filter(score=5).count()
    begun = plans.filter(dealt=True).order_by().values_list("customer_id").annotate(at=Min("made_at"))
    first = passed.aggregate(at=Min("at"))["at"]
    sides = [
        FirstWarning(number, at, False, "", "") for number, at in begun[:PLANS_MAX] if first and at >= first
    ]
    sides += [FirstWarning(one.customer_id, one.at, True, "", "") for one in passed[:PLANS_MAX]]
    over = [one for one in sides if one.opened_at <= now - timedelta(days=DAYS)]
    reached = np.array([not one.held_out for one in over], dtype=bool)
    found = reading.purchases(over, days=DAYS, as_of=now)
    both = core.Sides(reached=reached, **found)
    again = both.bought_again
    cared, aside = int(reached.sum()), int((~reached).sum())
    enough = min(cared, aside) >= FEWEST
    return CareReport(
        acts=tuple(sorted(kinds, key=lambda one: (-one[1], one[0]))),
        done=states.get(ActStatus.DONE, 0),
        skipped=states.get(ActStatus.SKIPPED, 0),
        dropped=states.get(ActStatus.DROPPED, 0),
        average_score=felt["average"],
        scores=felt["n"],
        fully_content=high / felt["n"] if felt["n"] else None,
        cared=cared,
        passed_over=aside,
        again_cared=float(again[reached].mean()) if cared else None,
        again_passed_over=float(again[~reached].mean()) if aside else None,
        lift=core.effects(both)[0].lift if enough else None,
        waiting=len(sides) - len(over),
        felt=_felt(over, reached, now),
        tiers=_tiers(acts, owner_ids),
    )


def _felt(over: Sequence[FirstWarning], reached: Bools, now: datetime) -> tuple[FeltRow, ...]:
    """Who would recommend, and how content they are, beside those passed over by lot."""
    values = feelings.said(over, days=DAYS, as_of=now)
    found = []
    for metric, value in zip(("recommends", "content"), values, strict=True):
        told = ~np.isnan(value)
        mine, others = value[told & reached], value[told & ~reached]
        enough = min(mine.size, others.size) >= FEWEST
        found.append(
            FeltRow(
                metric=metric,
                said_cared=mine.size,
                cared=float(mine.mean()) if mine.size else None,
                said_others=others.size,
                others=float(others.mean()) if others.size else None,
                lift=lift(value[told], reached[told], planned_units=PLANNED_UNITS) if enough else None,
            )
        )
    return tuple(found)


def _tiers(acts: QuerySet[Act], owner_ids: Collection[int] | None) -> tuple[TierRow, ...]:
    """How many of each tier are still active now, of those who had an act and of the others."""
    done = acts.filter(status=ActStatus.DONE).order_by().values_list("customer_id", flat=True).distinct()
    cared = frozenset(done[:PLANS_MAX])
    owners = None if owner_ids is None else frozenset(owner_ids)
    if not cared or insight.current_cycle() is None:
        return ()
    found = []
    for tier in TIERS:
        everybody = ScoreFilter(tiers=(tier,), owner_ids=owners)
        active = replace(everybody, statuses=STAYING)
        counts = [
            insight.totals(one).customers
            for one in (replace(everybody, among=cared), replace(active, among=cared), everybody, active)
        ]
        mine, mine_active, total, total_active = counts
        others = total - mine
        found.append(
            TierRow(
                tier=tier,
                cared=mine,
                active_cared=mine_active / mine if mine else None,
                others=others,
                active_others=(total_active - mine_active) / others if others else None,
            )
        )
    return tuple(found)
