"""What can be asked of pace and strategies; nothing is written."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from itertools import islice

from django.db.models import Count, Q

from keepwell.foundation.rows import among
from keepwell.insight import queries as insight
from keepwell.outreach.pacing import reading
from keepwell.outreach.pacing.contracts import (
    STAGES,
    Counts,
    Form,
    Level,
    Pace,
    Received,
    Shop,
    Strategy,
    Why,
)
from keepwell.outreach.pacing.labels import PROPOSED
from keepwell.outreach.pacing.models import PaceRow, PaceRun, StageStrategy

MANY = 1_000
# Whose rhythm the contact policy sees to.
LIMITING = Q(is_binding=True) | Q(in_force=True)
# How the stages are spoken to until somebody says otherwise; it binds nobody.
USUAL: dict[str, tuple[int, int, tuple[str, ...], tuple[str, ...]]] = {
    "new": (4, 30, ("email", "sms", "wecom"), ("first_order", "new_activation")),
    "growth": (4, 30, ("email", "wecom", "sms"), ("abandoned_cart", "growth_habit")),
    "mature": (2, 30, ("email", "phone"), ("after_sales", "mature_maintenance")),
    "decline": (2, 30, ("phone", "wecom", "email"), ("decline_stage",)),
}


def paces(customer_ids: Collection[str]) -> dict[str, Pace]:
    """The pace of customers for whom it is not the usual one; all others are left out."""
    found: dict[str, Pace] = {}
    rest = iter(customer_ids)
    while chunk := list(islice(rest, MANY)):
        for row in PaceRow.objects.filter(among("pk", chunk)):
            found[row.customer_id] = pace_view(row)
    return found


def pace(customer_id: str) -> Pace:
    """The pace of one customer."""
    return paces([customer_id]).get(customer_id, Pace())


def pace_view(row: PaceRow) -> Pace:
    """The contract of a row."""
    return Pace(Level(row.level), Form(row.form), row.channel, Why(row.why), row.figures, row.made_at)


def counts() -> Counts:
    """How many are at each pace and form but the usual, and the shop's own shares."""
    run = PaceRun.objects.first()
    levels = PaceRow.objects.order_by().values("level").annotate(n=Count("pk"))
    forms = PaceRow.objects.exclude(form="").order_by().values("form").annotate(n=Count("pk"))
    return Counts(
        levels={one["level"]: one["n"] for one in levels},
        forms={one["form"]: one["n"] for one in forms},
        shop=Shop(**run.shop) if run else Shop(),
        made_at=run.made_at if run else None,
    )


def strategies() -> list[Strategy]:
    """The strategy of each stage of life; what Keepwell proposes where nobody wrote one."""
    rows = {row.stage: row for row in StageStrategy.objects.all()}
    return [strategy_view(stage, rows.get(stage)) for stage in STAGES]


def strategy(stage: str) -> Strategy:
    """The strategy of one stage; raises KeyError."""
    return {one.stage: one for one in strategies()}[stage]


def strategy_view(stage: str, row: StageStrategy | None) -> Strategy:
    """The contract of a row, with what is proposed in place of what is empty."""
    goal, content, offers = (str(one) for one in PROPOSED[stage])
    most, days, channels, journeys = USUAL[stage]
    if row is None:
        return Strategy(
            stage, goal, channels, most, days, False, content, (), offers, journeys, None, None, ""
        )
    return Strategy(
        stage=stage,
        goal=row.goal or goal,
        channels=tuple(row.channels),
        most=row.most,
        days=row.days,
        is_binding=row.is_binding,
        content=row.content or content,
        contents=tuple(row.contents),
        offers=row.offers or offers,
        journeys=tuple(row.journeys),
        owner_id=row.owner_id,
        updated_at=row.updated_at,
        updated_by=row.updated_by,
        in_force=row.in_force,
        tone=row.tone,
    )


def received(*, now: datetime, span: timedelta = timedelta(days=30)) -> dict[str, Received]:
    """What the customers of each stage of life got in the `span` before `now`, by the newest cycle."""
    cycle = insight.current_cycle()
    if cycle is None:
        return {}
    limits = {one.stage: (one.most, one.days) for one in strategies()}
    return reading.received(cycle_id=cycle.cycle_id, limits=limits, now=now, span=span)


def stage_limits(customer_ids: Collection[str]) -> dict[str, tuple[str, int, int]]:
    """(stage, most, days) of the customers whose stage's limit binds; the others are left out."""
    binding = {row.stage: (row.stage, row.most, row.days) for row in StageStrategy.objects.filter(LIMITING)}
    if not binding or not customer_ids:
        return {}
    scores = insight.scores_of(customer_ids)
    return {one: binding[said.life_stage] for one, said in scores.items() if said.life_stage in binding}


def in_force(customer_ids: Collection[str]) -> dict[str, Strategy]:
    """The strategy of the stage of customers where it is in force; all others are left out."""
    rows = StageStrategy.objects.filter(in_force=True)
    acting = {row.stage: strategy_view(row.stage, row) for row in rows}
    if not acting or not customer_ids:
        return {}
    return {one: acting[stage] for one, stage in stages_of(customer_ids).items() if stage in acting}


def stages_of(customer_ids: Collection[str]) -> dict[str, str]:
    """The stage of life of customers; who has no score is left out."""
    return {one: str(said.life_stage) for one, said in insight.scores_of(customer_ids).items()}
