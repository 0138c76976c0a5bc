"""What can be asked of plays; no writes."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from decimal import Decimal
from typing import Any

import numpy as np
from django.db.models import Count, F, Q, QuerySet, Sum

from keepwell.customers import queries as customers
from keepwell.plays.experiments.contracts import (
    ArmCount,
    MemberView,
    PlayCounts,
    PlayPage,
    PlayView,
    State,
    Units,
)
from keepwell.plays.experiments.models import Member, PassedOver, Play
from keepwell.plays.experiments.rows import member, view, whole
from keepwell.plays.models import PlanLine

UNIT_FIELDS = (
    "customer_id", "arm_id", "propensity", "assigned_at", "tier", "risk_level", "reason", "clv",
    "past_orders", "past_revenue", "past_margin", "past_satisfaction", "cost",
)  # fmt: skip
COVARIATES = ("past_orders", "past_revenue", "past_margin", "past_satisfaction")


def plays(*, statuses: Collection[str] = (), limit: int = 200) -> list[PlayView]:
    """The newest first; of these statuses, or of any."""
    rows = whole().filter(status__in=list(statuses)) if statuses else whole()
    return [view(row) for row in rows[:limit]]


def play(play_id: int) -> PlayView | None:
    """One play, or None."""
    row = whole().filter(pk=play_id).first()
    return view(row) if row else None


def by_code(code: str) -> PlayView | None:
    """The play of a code, or None."""
    row = whole().filter(code=code).first()
    return view(row) if row else None


def members(
    play_id: int,
    *,
    arm: str = "",
    state: str = "",
    page: int = 1,
    page_size: int = 50,
    owner_ids: Collection[int] | None = None,
) -> PlayPage:
    """One page of the members; `owner_ids` narrows to the customers that these users look after now."""
    found = _members(play_id, arm, state, owner_ids)
    start = (max(page, 1) - 1) * page_size
    keys = _keys(play_id)
    rows = tuple(member(row, keys[row.arm_id]) for row in found[start : start + page_size])
    return PlayPage(rows, found.count(), max(page, 1), page_size)


def iter_members(
    play_id: int, *, arm: str = "", state: str = "", owner_ids: Collection[int] | None = None
) -> Iterator[MemberView]:
    """Every member, streamed, for exports."""
    keys = _keys(play_id)
    for row in _members(play_id, arm, state, owner_ids).iterator(chunk_size=5_000):
        yield member(row, keys[row.arm_id])


def _members(play_id: int, arm: str, state: str, owner_ids: Collection[int] | None) -> QuerySet[Member]:
    found = Member.objects.filter(play=play_id).order_by("pk")
    if arm:
        found = found.filter(arm__key=arm)
    if state:
        found = found.filter(state=state)
    if owner_ids is not None:
        found = found.filter(customer_id__in=customers.owned_by(owner_ids))
    return found


def _keys(play_id: int) -> dict[int, str]:
    row = whole().get(pk=play_id)
    return {one.pk: one.key for one in row.arms.all()}


def counts(play_id: int) -> PlayCounts:
    """How far a play is, by arm."""
    keys = _keys(play_id)
    states: dict[str, dict[str, int]] = {key: {} for key in keys.values()}
    cost = dict.fromkeys(keys.values(), Decimal(0))
    rows = Member.objects.filter(play=play_id).order_by().values_list("arm_id", "state")
    for arm_id, state, number, spent in rows.annotate(Count("pk"), Sum("cost")):
        states[keys[arm_id]][state] = number
        cost[keys[arm_id]] += spent
    channels: dict[str, dict[str, int]] = {key: {} for key in keys.values()}
    gone = Member.objects.filter(play=play_id).exclude(channel="").exclude(message_id="").order_by()
    for arm_id, channel, number in gone.values_list("arm_id", "channel").annotate(Count("pk")):
        channels[keys[arm_id]][channel] = number
    arms = {
        key: ArmCount(key, sum(found.values()), found, cost[key], channels[key])
        for key, found in states.items()
    }
    lost = Member.objects.filter(
        play=play_id, arm__is_control=False, state__in=(State.WITHHELD, State.FAILED)
    )
    return PlayCounts(
        members=sum(one.members for one in arms.values()),
        spent=sum(cost.values(), Decimal(0)),
        arms=arms,
        passed=dict(_tally(PassedOver.objects.filter(play=play_id), "cause")),
        causes=dict(_tally(lost, "cause")),
    )


def untried(play_id: int, causes: Collection[str]) -> dict[str, tuple[int, int]]:
    """Of each arm how many wait or are withheld for one of these causes, and how many there are.

    Among the first are those whose task was cancelled when the play was over.
    """
    never = Q(state=State.PLANNED) | Q(state=State.WITHHELD, cause__in=list(causes))
    never |= Q(state=State.WITHHELD, cause="cancelled", acted_at__gte=F("play__ended_at"))
    rows = Member.objects.filter(play=play_id).order_by().values_list("arm__key")
    return {
        key: (without, every)
        for key, without, every in rows.annotate(without=Count("pk", filter=never), every=Count("pk"))
    }


def _tally(rows: QuerySet[Any], name: str) -> Any:
    return rows.order_by().values_list(name).annotate(Count("pk"))


def passed_over(play_id: int, *, cause: str = "") -> Iterator[tuple[str, str]]:
    """Who was not dealt out, and why, streamed in the order of numbers."""
    rows = PassedOver.objects.filter(play=play_id).order_by("customer_id")
    if cause:
        rows = rows.filter(cause=cause)
    yield from rows.values_list("customer_id", "cause").iterator(chunk_size=5_000)


def of_customer(customer_ids: Collection[str]) -> list[tuple[PlayView, MemberView]]:
    """The plays that a customer is in, by any of their numbers; the newest first."""
    rows = Member.objects.filter(customer_id__in=list(customer_ids)).select_related("arm").order_by("-pk")
    found = [(row, play(row.play_id)) for row in rows]
    return [(one, member(row, row.arm.key)) for row, one in found if one is not None]


def planned_gains(play_id: int) -> dict[str, float]:
    """What the play's plan expected of each of its customers, in money; empty where it has none."""
    row = Play.objects.get(pk=play_id)
    lines = PlanLine.objects.filter(plan=row.plan_id)
    if row.plan_treatment:
        lines = lines.filter(treatment=row.plan_treatment)
    found = lines.values_list("customer_id", "gain") if row.plan_id else ()
    return {one: float(gain) for one, gain in found}


def units(play_id: int) -> Units:
    """Everybody dealt out, as arrays for reading; raises Play.DoesNotExist (ObjectDoesNotExist)."""
    row = Play.objects.get(pk=play_id)
    arms = list(row.arms.order_by("position").values_list("pk", "key"))
    place = {pk: number for number, (pk, _key) in enumerate(arms)}
    listed = list(Member.objects.filter(play=play_id).order_by("customer_id").values_list(*UNIT_FIELDS))
    columns = dict(zip(UNIT_FIELDS, zip(*listed, strict=True), strict=True)) if listed else {}

    def texts(name: str) -> Any:
        return np.array(columns.get(name, ()), dtype=object)

    def floats(name: str) -> Any:
        return np.array([np.nan if one is None else float(one) for one in columns.get(name, ())], dtype=float)

    tier, risk = texts("tier"), texts("risk_level")
    return Units(
        customer_id=texts("customer_id"),
        arm=np.array([place[one] for one in columns.get("arm_id", ())], dtype=np.int64),
        arms=tuple(key for _pk, key in arms),
        propensity=floats("propensity"),
        assigned_at=np.array(
            [one.replace(tzinfo=None) for one in columns.get("assigned_at", ())], dtype="datetime64[us]"
        ),
        strata=np.array([f"{a}/{b}" for a, b in zip(tier, risk, strict=True)], dtype=object),
        tier=tier,
        risk_level=risk,
        reason=texts("reason"),
        clv=floats("clv"),
        covariates={name: floats(name) for name in COVARIATES},
        cost=floats("cost"),
    )
