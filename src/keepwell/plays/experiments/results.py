"""What a play did, read from the history: who was dealt what, what became of them, and how sure that is."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from keepwell.foundation import clock
from keepwell.insight import queries as insight
from keepwell.plays import core as plays_core
from keepwell.plays.experiments import outcomes, queries, reading
from keepwell.plays.experiments.contracts import ArmCount, PlayView, State, Status, Units
from keepwell.plays.experiments.measured import (
    Amount,
    ArmFigures,
    Planned,
    PlayResults,
    Refusal,
    RollOut,
    Verdict,
    Worth,
)
from keepwell.plays.experiments.models import Member
from keepwell.plays.experiments.outcomes import Metric, MetricResult, Outcomes, Sample
from keepwell.science.experiment import Lift, Mismatch, mismatch

SECONDS_A_DAY = 86_400
FUNNEL = (State.PLANNED, State.QUEUED, State.DELIVERED, State.OPENED, State.ANSWERED)
# How far a contact has come at least; a click or an answer says that the message was opened.
STEP = {
    State.PLANNED: 0, State.QUEUED: 1, State.SENT: 1, State.DELIVERED: 2, State.OPENED: 3, State.CLICKED: 3,
    State.ANSWERED: 4,
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class Reading:
    """A play with everything that was read of its members; `sample` is who was dealt out until `at`."""

    play: PlayView
    units: Units
    sample: Sample
    found: Outcomes
    at: datetime

    @property
    def over(self) -> NDArray[np.bool_]:
        """(n,) whether the days of each in `sample` are over."""
        passed = self.at.timestamp() - self.sample.entered
        return np.asarray(passed >= self.play.outcome_days * SECONDS_A_DAY)

    @property
    def all_over(self) -> bool:
        """Whether everybody was dealt out and nobody has days to go."""
        return len(self.sample) == len(self.units) and bool(self.over.all())

    @property
    def final(self) -> bool:
        """Whether this is the one look at the end of a play that ended as planned."""
        return self.play.status is Status.ENDED and self.all_over

    @property
    def planned_units(self) -> float | None:
        """For intervals that hold at every look; None at the end."""
        return None if self.final else float(max(self.play.planned_units, len(self.units)))


def read(play_id: int, as_of: datetime | None = None) -> Reading:
    """Read a play from the history; raises LookupError where there is no such play."""
    play = queries.play(play_id)
    if play is None:
        raise LookupError(f"no play {play_id}")
    at = as_of or known_at()
    units = queries.units(play_id)
    sample = sampled(units, at)
    margin = insight.thresholds().gross_margin
    found = reading.outcomes(
        sample, days=play.outcome_days, as_of=at, gross_margin=margin, currency=play.currency
    )
    return Reading(play, units, sample, found, at)


def results(play_id: int, as_of: datetime | None = None) -> PlayResults:
    """What the play did as far as is known at `as_of`; by default that of the current cycle.

    Raises LookupError where there is no such play.
    """
    return summary(read(play_id, as_of))


def groups(play_id: int, as_of: datetime | None = None) -> dict[str, tuple[outcomes.GroupLift, ...]]:
    """Where it worked: buying again by tier, grade, group of causes and owner of the customer.

    Keys of owners are their numbers, "" is nobody. Empty where there is no control or nobody was dealt out;
    raises LookupError where there is no such play.
    """
    return grouped(read(play_id, as_of))


def grouped(one: Reading) -> dict[str, tuple[outcomes.GroupLift, ...]]:
    """As `groups`, of a play that was read already."""
    units, sample = one.units, one.sample
    if not len(sample) or one.play.control is None:
        return {}
    place = {customer: number for number, customer in enumerate(units.customer_id)}
    rows = np.array([place[customer] for customer in sample.customer_id], dtype=np.int64)
    lot = at_lot(one.play.play_id)
    keys = {
        "tier": units.tier[rows].tolist(),
        "grade": [lot[customer][1] for customer in sample.customer_id],
        "cause": [plays_core.REASON_GROUPS[plays_core.group_index(reason)] for reason in units.reason[rows]],
        "owner": [lot[customer][0] for customer in sample.customer_id],
    }
    return {
        name: outcomes.by_group(sample, one.found, values, planned_units=one.planned_units)
        for name, values in keys.items()
    }


def at_lot(play_id: int) -> dict[str, tuple[str, str]]:
    """Who looked after each member on the day of the lot ("" is nobody), and the grade on that day."""
    rows = Member.objects.filter(play=play_id).order_by().values_list("customer_id", "owner_id", "grade")
    return {customer: (str(owner or ""), grade) for customer, owner, grade in rows}


def known_at() -> datetime:
    """The instant up to which facts count: that of the current cycle, else now."""
    cycle = insight.current_cycle()
    return cycle.as_of if cycle else clock.now()


def sampled(units: Units, at: datetime) -> Sample:
    """The members dealt out until `at`, as measuring takes them."""
    entered = units.assigned_at.astype("datetime64[us]").astype(np.int64) / 1e6
    every = Sample(
        customer_id=tuple(units.customer_id.tolist()),
        arm=units.arm,
        propensity=units.propensity,
        entered=entered,
        cost=units.cost,
        past=outcomes.past(*_known_before(units)),
    )
    return every.only(entered <= at.timestamp())


def evidence(play_id: int, arm: str, as_of: datetime | None = None) -> RollOut:
    """Whether an arm may be given to everybody: better by the primary metric, and nothing speaks against it.

    Only once the days of all members are over: who buys earlier and no more often is not kept.
    """
    found = results(play_id, as_of)
    return judged(found, arm)


def judged(found: PlayResults, arm: str) -> RollOut:
    """The answer from results that were read already."""
    why: list[Refusal] = []
    known = {one.key: one for one in found.arms}
    if arm not in known or known[arm].is_control:
        return RollOut(False, arm, (Refusal.UNKNOWN_ARM,))
    if not found.members:
        return RollOut(False, arm, (Refusal.NOT_STARTED,))
    if found.waiting:
        why.append(Refusal.DAYS_NOT_OVER)
    # Without a control the first arm is what the others are compared with; the best one is named among all.
    if not found.comparable:
        why.append(Refusal.NOT_COMPARABLE)
    elif arm == found.baseline:
        if found.best != arm:
            why.append(Refusal.NOT_BETTER)
    elif found.verdict(arm) is not Verdict.BETTER:
        why.append(Refusal.NOT_BETTER)
    if found.alarms(arm):
        why.append(Refusal.GUARD_RAIL)
    if not why and arm not in _may_be_best(found):
        why.append(Refusal.NOT_THE_BEST)
    return RollOut(not why, arm, tuple(why))


def _may_be_best(found: PlayResults) -> tuple[str, ...]:
    return next((one.may_be_best for one in found.metrics if one.metric is found.primary), ())


def summary(one: Reading) -> PlayResults:
    """As `results`, of a play that was read already."""
    play, units, sample, found = one.play, one.units, one.sample, one.found
    counts = queries.counts(play.play_id).arms
    if not len(units):
        return _nothing(play, one.at, counts)
    primary = Metric(play.primary)
    measured = outcomes.measure(
        sample,
        found,
        units.arms,
        planned_units=one.planned_units,
        smallest={primary: play.smallest_effect} if play.smallest_effect else None,
    )
    worth = _worths(units, sample, measured)
    return PlayResults(
        play_id=play.play_id,
        code=play.code,
        as_of=one.at,
        currency=play.currency,
        primary=primary,
        outcome_days=play.outcome_days,
        members=len(units),
        waiting=len(units) - int(one.over.sum()),
        final=one.final,
        baseline=units.arms[0],
        has_control=play.control is not None,
        arms=_arms(play, counts, sample, found, units.arms),
        metrics=measured,
        guards=outcomes.guards(sample, found, units.arms),
        curves=outcomes.curves(sample, found, units.arms, play.outcome_days),
        worth=worth,
        planned=_planned(play, sample, next((each for each in worth if not each.arm), None)),
        mismatch=_mismatch(play, units),
        best=_best(measured, primary),
        answered=_answered(sample, found, units.arms),
    )


def _nothing(play: PlayView, at: datetime, counts: Mapping[str, ArmCount]) -> PlayResults:
    return PlayResults(
        play_id=play.play_id,
        code=play.code,
        as_of=at,
        currency=play.currency,
        primary=Metric(play.primary),
        outcome_days=play.outcome_days,
        members=0,
        waiting=0,
        final=False,
        baseline=play.arms[0].key if play.arms else "",
        has_control=play.control is not None,
        arms=_arms(play, counts, None, None, ()),
    )


def _known_before(units: Units) -> Iterable[np.ndarray]:
    for name, values in units.covariates.items():
        # Money on a scale that a few large customers do not rule.
        money = name in ("past_revenue", "past_margin")
        yield np.log1p(np.maximum(values, 0.0)) if money else values


def _mismatch(play: PlayView, units: Units) -> Mismatch | None:
    if len(units.arms) < 2:
        return None
    shares = np.array([play.arm(key).share for key in units.arms])
    if shares.min() <= 0:
        return None
    return mismatch(np.bincount(units.arm, minlength=len(units.arms)), shares / shares.sum())


def _best(measured: tuple[MetricResult, ...], primary: Metric) -> str:
    for one in measured:
        if one.metric is primary and len(one.may_be_best) == 1:
            return one.may_be_best[0]
    return ""


def _answered(sample: Sample, found: Outcomes, arms: tuple[str, ...]) -> dict[str, float]:
    said = np.isfinite(found.satisfaction)
    return {
        key: float(said[sample.arm == index].mean())
        for index, key in enumerate(arms)
        if (sample.arm == index).any()
    }


def _arms(
    play: PlayView,
    counts: Mapping[str, ArmCount],
    sample: Sample | None,
    found: Outcomes | None,
    keys: tuple[str, ...],
) -> tuple[ArmFigures, ...]:
    listed = []
    for arm in play.arms:
        count: ArmCount | None = counts.get(arm.key)
        states = dict(count.states) if count else {}
        members = count.members if count else 0
        reached = [
            sum(number for state, number in states.items() if STEP.get(State(state), -1) >= step)
            for step in range(1, len(FUNNEL))
        ]
        steps = [(FUNNEL[0].value, members)]
        if not arm.is_control:
            steps += [(state.value, number) for state, number in zip(FUNNEL[1:], reached, strict=True)]
        if sample is not None and found is not None and arm.key in keys:
            mine = sample.arm == keys.index(arm.key)
            steps.append(("kept", int(found.ordered[mine].sum())))
        listed.append(
            ArmFigures(
                key=arm.key,
                name=arm.name,
                is_control=arm.is_control,
                members=members,
                cost=count.cost if count else Decimal(0),
                funnel=tuple(steps),
                withheld=states.get(State.WITHHELD.value, 0),
                failed=states.get(State.FAILED.value, 0),
            )
        )
    return tuple(listed)


def _worths(units: Units, sample: Sample, measured: tuple[MetricResult, ...]) -> tuple[Worth, ...]:
    by_metric = {one.metric: one.lifts for one in measured}
    sizes = np.bincount(sample.arm, minlength=len(units.arms))
    spent = np.bincount(sample.arm, weights=sample.cost, minlength=len(units.arms))
    keys = units.arms[1:]
    found = [
        _worth(key, int(sizes[place]), float(spent[place]), by_metric, [(key, int(sizes[place]))])
        for place, key in enumerate(keys, start=1)
    ]
    everyone = [(key, int(sizes[place])) for place, key in enumerate(keys, start=1) if sizes[place]]
    if everyone:
        total = _worth("", int(sizes[1:].sum()), float(spent[1:].sum()), by_metric, everyone)
        found.append(total)
    return tuple(found)


def _worth(
    arm: str,
    members: int,
    cost: float,
    by_metric: Mapping[Metric, Mapping[str, Lift]],
    parts: list[tuple[str, int]],
) -> Worth:
    def of(metric: Metric) -> Amount:
        lifts = by_metric[metric]
        return summed([(lifts[key], count) for key, count in parts])

    margin = of(Metric.MARGIN)
    returned = Amount(margin.value / cost, margin.low / cost, margin.high / cost) if cost > 0 else None
    return Worth(arm, members, cost, of(Metric.RETENTION), of(Metric.REVENUE), margin, returned)


def summed(parts: list[tuple[Lift, int]]) -> Amount:
    """Differences to one control, each times its members, added up; the interval knows of the one control.

    The arms are independent, the control is in every difference:
    variance = sum of (n_a s_a)² + (sum of n_a)² s_c².
    """
    value = sum(lift.difference * count for lift, count in parts)
    if len(parts) == 1:
        lift, count = parts[0]
        return Amount(value, lift.low * count, lift.high * count) if count else Amount(0.0, 0.0, 0.0)
    if any(lift.method == "score" or not lift.standard_error > 0 for lift, _ in parts):
        # No standard error says how wide these are; but they hold together, and so does their sum.
        low, high = (sum(getattr(lift, end) * count for lift, count in parts) for end in ("low", "high"))
        return Amount(value, low, high)
    # In standard errors; where skewness was taken out, further to one side.
    below = max((lift.difference - lift.low) / lift.standard_error for lift, _ in parts)
    above = max((lift.high - lift.difference) / lift.standard_error for lift, _ in parts)
    control = parts[0][0].control.standard_error * sum(count for _, count in parts)
    spread = sum((lift.treated.standard_error * count) ** 2 for lift, count in parts) + control**2
    error = math.sqrt(spread)
    return Amount(value, value - below * error, value + above * error)


def _planned(play: PlayView, sample: Sample, total: Worth | None) -> Planned | None:
    """What the plan promised of those who were treated, beside what their orders brought."""
    if play.plan_id is None or play.control is None or total is None:
        return None
    gains = queries.planned_gains(play.play_id)
    treated = zip(sample.customer_id, sample.arm > 0, strict=True)
    expected = sum(gains.get(customer, 0.0) for customer, mine in treated if mine)
    net, cost = total.margin, total.cost
    return Planned(total.members, expected, Amount(net.value + cost, net.low + cost, net.high + cost))
