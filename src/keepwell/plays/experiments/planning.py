"""Before a play runs: how many there will be, and what so many can show. Nothing is written."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import islice

import numpy as np

from keepwell.foundation import clock
from keepwell.insight.segments import queries as segments
from keepwell.outreach.content import queries as content
from keepwell.outreach.coupons import queries as coupons
from keepwell.outreach.policy.contracts import PROMOTIONAL
from keepwell.outreach.sending import queries as sending
from keepwell.outreach.sending.marks import addresses
from keepwell.plays.experiments import core, past, sieve
from keepwell.plays.experiments.contracts import Passed, Primary
from keepwell.plays.experiments.models import Play
from keepwell.plays.experiments.ways import ArmWay, dearest, ways_of
from keepwell.plays.models import PlanLine
from keepwell.science.experiment import Mean, Plan, Rate, detectable_effect, sample_size

ASKED_MAX = 20_000
SMALLEST = {Primary.RETENTION: 0.05}  # what one would not want to miss, where nobody said


@dataclass(frozen=True)
class Outlook:
    """Who would be dealt out now. Where there are more than `asked`, figures are of the first so many.

    `arms` are members by arm, `cost` what they would cost if all were reached.
    """

    size: int
    asked: int
    passed: Mapping[str, int]
    arms: Mapping[str, int]
    cost: Decimal

    @property
    def members(self) -> int:
        """How many would be dealt out."""
        return sum(self.arms.values())


@dataclass(frozen=True)
class Forecast:
    """What so many units show of the primary figure, beside what they show now without the play.

    `usual` is the mean of today (a share for retention), `detectable` the smallest difference that is found
    in four of five cases, None where none is; `needed` units find `wanted`, None where no number does.
    Satisfaction is not forecast: too few answers to tell how it varies.
    """

    units: int
    primary: Primary
    usual: float
    detectable: float | None
    wanted: float | None
    needed: int | None
    comparable: bool

    @property
    def enough(self) -> bool:
        """Whether what is wanted would be found."""
        return bool(self.wanted and self.needed is not None and self.units >= self.needed)


def outlook(play_id: int, *, now: datetime | None = None) -> Outlook:
    """Who would be dealt out if the play started now; raises Play.DoesNotExist."""
    row, at = Play.objects.get(pk=play_id), now or clock.now()
    asked = list(islice(sieve.asked_for(row), ASKED_MAX))
    kept, passed = [], Counter[str]()
    for begin in range(0, len(asked), 5_000):
        some, others = sieve.sift(row, asked[begin : begin + 5_000], now=at)
        kept += some
        passed.update(others.values())
    arms = list(row.arms.order_by("position"))
    share = core.shares(row.control_share, {one.key: one.weight for one in arms if not one.is_control})
    dealt = core.deal(
        [one.customer_id for one in kept],
        [f"{one.tier}/{one.risk_level}" for one in kept],
        share,
        sieve.limits(row, arms),
        salt=row.salt,
    )
    if without := len(kept) - len(dealt.chosen):
        passed[Passed.NO_ROOM.value] += without
    counted = np.bincount(dealt.arm, minlength=len(arms)).tolist()
    by_arm = {one.key: number for one, number in zip(arms, counted, strict=True)}
    cost = sum((dearest(one) * by_arm[one.key] for one in arms), Decimal(0))
    return Outlook(sieve.size(row), len(asked), dict(passed), by_arm, cost)


def size_of(*, segment_id: int | None, plan_id: int | None, plan_treatment: str = "") -> int:
    """How many are in a segment, or in the lines of a plan."""
    return sieve.size(Play(segment_id=segment_id, plan_id=plan_id, plan_treatment=plan_treatment))


def forecast(
    *,
    segment_id: int | None,
    plan_id: int | None,
    plan_treatment: str = "",
    primary: str,
    control_share: float,
    treatments: int,
    outcome_days: int,
    now: datetime,
    wanted: float | None = None,
    units: int | None = None,
) -> Forecast:
    """What a play of these people can show; looks at any time, nothing known before taken into account.

    `units` are how many will be dealt out; by default all that there are. What is usual is what the same
    people did in the `outcome_days` until now.
    """
    row = Play(segment_id=segment_id, plan_id=plan_id, plan_treatment=plan_treatment)
    asked = list(islice(sieve.asked_for(row), ASKED_MAX))
    number = units if units is not None else sieve.size(row)
    aim = Primary(primary)
    known = past.before(asked, at=now, days=outcome_days)
    metric: Rate | Mean | None
    if aim is Primary.RETENTION:
        usual = float((known["past_orders"] > 0).mean()) if asked else 0.0
        # Of a few people nobody or everybody may have bought: what they do is not certain for all that.
        metric = Rate((usual * len(asked) + 1) / (len(asked) + 2))
    elif aim in (Primary.SATISFACTION, Primary.CONVERSION, Primary.SOLVING):
        usual, metric = math.nan, None
    else:
        values = known["past_revenue" if aim is Primary.REVENUE else "past_margin"]
        usual = float(values.mean()) if asked else 0.0
        spread = float(values.std()) if asked else 0.0
        metric = Mean(spread) if spread > 0 else None
    wish = wanted or SMALLEST.get(aim)
    groups = treatments + bool(control_share)
    comparable = groups > 1
    if metric is None or not comparable or number < 2 * groups:
        return Forecast(number, aim, usual, None, wish, None, comparable)
    share = control_share or 1 / treatments
    plan = Plan(control_share=share, treatments=groups - 1, any_time=True)
    seen = detectable_effect(metric, number, plan)
    return Forecast(
        number, aim, usual, seen if math.isfinite(seen) else None, wish, _needed(metric, wish, plan), True
    )


def _needed(metric: Rate | Mean, wish: float | None, plan: Plan) -> int | None:
    if not wish:
        return None
    try:
        return sample_size(metric, wish, plan).total
    except ValueError:  # it cannot rise so far, or takes more people than there are on earth
        return None


def hurdles(play_id: int) -> dict[str, str]:
    """What keeps the messages of a play from going as things are: arm's key to a code."""
    found: dict[str, str] = {}
    for arm in Play.objects.get(pk=play_id).arms.exclude(text_code=""):
        for way in ways_of(arm):
            if hurdle := _hurdle(way):
                found.setdefault(arm.key, hurdle)
    return found


def _hurdle(way: ArmWay) -> str:
    template = content.get(way.text_code)
    if content.published(way.text_code) is None:
        return "not_published"
    if coupons.lacking([way.text_code]):
        return "no_offer"
    if sending.in_use(way.channel) is None:
        return "no_account"
    return addresses.ready(way.channel) if template and template.purpose in PROMOTIONAL else ""


def plan_treatments(plan_id: int) -> list[tuple[str, int]]:
    """The treatments of a saved plan, with how many customers each has."""
    rows = PlanLine.objects.filter(plan=plan_id).order_by().values_list("treatment", flat=True)
    return sorted(Counter(rows).items(), key=lambda one: -one[1])


def segment_name(segment_id: int) -> str:
    """What a segment is called; "" where there is none any more."""
    return segments.names().get(segment_id, "")


__all__: Sequence[str] = (
    "Forecast", "Outlook", "forecast", "hurdles", "outlook", "plan_treatments", "segment_name", "size_of",
)  # fmt: skip
