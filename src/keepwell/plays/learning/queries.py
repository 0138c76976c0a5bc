"""What can be asked of learning; no writes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime

import pyarrow as pa

from keepwell.plays.experiments.measured import Amount, Verdict
from keepwell.plays.learning import rows as training
from keepwell.plays.learning.contracts import LessonView, LookView, MoneySaved, Saving, Savings
from keepwell.plays.learning.models import Lesson, Look
from keepwell.plays.rulebook import current_assumptions


def looks(play_id: int, *, metric: str = "", arm: str | None = None) -> tuple[LookView, ...]:
    """What was seen of a play at each look, in the order of time; of one metric and arm, or of all."""
    found = Look.objects.filter(play=play_id).order_by("as_of", "pk")
    if metric:
        found = found.filter(metric=metric)
    if arm is not None:
        found = found.filter(arm=arm)
    return tuple(_look(row) for row in found)


def _look(row: Look) -> LookView:
    return LookView(
        as_of=row.as_of,
        metric=row.metric,
        arm=row.arm,
        estimate=row.estimate,
        low=row.low,
        high=row.high,
        treated=row.treated,
        control=row.control,
        total=_amount(row) if row.total is not None else None,
        cost=row.cost,
        verdict=row.verdict,
        final=row.final,
    )


def _amount(row: Look) -> Amount:
    low = -math.inf if row.total_low is None else row.total_low
    high = math.inf if row.total_high is None else row.total_high
    return Amount(row.total or 0.0, low, high)


def lessons(*, treatment: str = "", play_id: int | None = None, limit: int = 500) -> tuple[LessonView, ...]:
    """Lines of the assumptions that plays measured, the newest first."""
    found = Lesson.objects.select_related("play")
    if treatment:
        found = found.filter(treatment=treatment)
    if play_id is not None:
        found = found.filter(play=play_id)
    now = {(one.treatment.code, one.tier, one.reason_group): one.version for one in current_assumptions()}
    return tuple(
        LessonView(
            lesson_id=row.pk,
            play_id=row.play_id,
            play_name=row.play.name,
            treatment=row.treatment,
            tier=row.tier,
            reason_group=row.reason_group,
            measured=row.measured,
            low=row.low,
            high=row.high,
            treated=row.treated,
            control=row.control,
            weight=row.weight,
            before=row.before,
            after=row.after,
            learned_at=row.learned_at,
            taken_back_at=row.taken_back_at,
            taken_back_by=row.taken_back_by,
            counts=now.get((row.treatment, row.tier, row.reason_group)) == row.version,
        )
        for row in found[:limit]
    )


def measured_lines() -> frozenset[tuple[str, str, str]]:
    """The lines (treatment, tier, group of causes) whose share in use was measured by a play."""
    return frozenset(
        (one.treatment, one.tier, one.reason_group) for one in lessons(limit=10_000) if one.counts
    )


def savings(*, since: datetime, until: datetime) -> Savings:
    """What plays did whose newest look is in the period; sums with an interval.

    A play counts in the period in which it was looked at last, so that months add up and none counts twice.
    """
    found: list[Saving] = []
    totals = Look.objects.filter(arm="")
    later = totals.filter(as_of__gt=until).values("play_id")
    newest = totals.filter(as_of__lte=until).exclude(play_id__in=later).select_related("play")
    by_play: dict[int, dict[str, Look]] = {}
    for row in newest.order_by("as_of"):
        by_play.setdefault(row.play_id, {})[row.metric] = row
    for last in by_play.values():
        kept, margin = last.get("retention"), last.get("margin")
        if kept is None or margin is None or kept.as_of < since:
            continue
        play = kept.play
        found.append(
            Saving(
                play_id=play.pk,
                name=play.name,
                owner_id=play.owner_id,
                as_of=kept.as_of,
                currency=play.currency,
                treated=kept.treated,
                kept=_amount(kept),
                margin=_amount(margin),
                cost=kept.cost,
                final=kept.final,
                verdict=kept.verdict,
                in_sum=kept.verdict != Verdict.NOT_COMPARABLE
                and addable(_amount(kept))
                and addable(_amount(margin)),
            )
        )
    added = [one for one in found if one.in_sum]
    return Savings(
        since=since,
        until=until,
        plays=tuple(sorted(found, key=lambda one: -one.margin.value)),
        kept=together([one.kept for one in added]),
        money=_by_currency(added),
    )


def _by_currency(found: Sequence[Saving]) -> tuple[MoneySaved, ...]:
    by_currency: dict[str, list[Saving]] = {}
    for one in found:
        by_currency.setdefault(one.currency, []).append(one)
    return tuple(
        MoneySaved(
            currency=currency,
            plays=len(same),
            margin=together([one.margin for one in same]),
            cost=sum(one.cost for one in same),
        )
        for currency, same in sorted(by_currency.items(), key=lambda item: (-len(item[1]), item[0]))
    )


def addable(amount: Amount) -> bool:
    """Whether it can stand in a sum: one without ends would take those of all others away."""
    return all(math.isfinite(one) for one in (amount.value, amount.low, amount.high))


def together(amounts: Sequence[Amount]) -> Amount:
    """The sum of independent amounts: squares of the half widths add up.

    >>> found = together([Amount(10, 7, 13), Amount(5, 1, 9)])
    >>> found.value, found.low, found.high
    (15, 10.0, 20.0)
    """
    value = sum(one.value for one in amounts)
    below = math.sqrt(sum((one.value - one.low) ** 2 for one in amounts))
    above = math.sqrt(sum((one.high - one.value) ** 2 for one in amounts))
    return Amount(value, value - below, value + above)


def training_rows(codes: Sequence[str] | None = None) -> pa.Table:
    """Everybody who was in a play that is over: features at the lot, arm, propensity, outcome; pseudonymous.

    Of these plays, or of all; the columns are those of `rows.SCHEMA`.
    """
    return training.read(None if codes is None else list(codes))
