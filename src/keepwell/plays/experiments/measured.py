"""What the reading of a play answers: frozen values that pages and files show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from keepwell.plays.experiments.outcomes import CurveOfArm, GuardResult, Metric, MetricResult
from keepwell.science.experiment import Lift, Mismatch


class Verdict(StrEnum):
    """What a comparison says."""

    BETTER = "better"
    WORSE = "worse"
    NO_DIFFERENCE = "no_difference"
    TOO_SMALL = "too_small"
    NOT_COMPARABLE = "not_comparable"  # sizes of the arms are wrong, or there is nobody to compare with


EVIDENCE = {
    "helped": Verdict.BETTER,
    "harmed": Verdict.WORSE,
    "no difference shown": Verdict.NO_DIFFERENCE,
    "too_small": Verdict.TOO_SMALL,
}


class Refusal(StrEnum):
    """Why nothing may be rolled out yet."""

    NOT_STARTED = "not_started"
    DAYS_NOT_OVER = "days_not_over"
    NOT_COMPARABLE = "not_comparable"
    NOT_BETTER = "not_better"
    GUARD_RAIL = "guard_rail"
    NOT_THE_BEST = "not_the_best"
    UNKNOWN_ARM = "unknown_arm"


@dataclass(frozen=True)
class Amount:
    """A sum over members with its interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class ArmFigures:
    """One arm: everybody dealt out, and how far the contacts came.

    `funnel` is how many came at least so far, from planned to kept; of the control planned and kept alone.
    """

    key: str
    name: str
    is_control: bool
    members: int
    cost: Decimal
    funnel: tuple[tuple[str, int], ...]
    withheld: int
    failed: int


@dataclass(frozen=True)
class Worth:
    """What one arm, or all treated together, brought beside the control, in customers and money.

    `margin` is net of what the play spent, `returned` is `margin` for each unit of money that was spent
    (0 = the money came back and no more); None where nothing was spent.
    """

    arm: str  # "" = all treated
    members: int
    cost: float
    kept: Amount
    revenue: Amount
    margin: Amount
    returned: Amount | None

    def of(self, metric: Metric) -> Amount | None:
        """The sum of a metric; satisfaction has none."""
        known = {Metric.RETENTION: self.kept, Metric.REVENUE: self.revenue, Metric.MARGIN: self.margin}
        return known.get(metric)


@dataclass(frozen=True)
class Planned:
    """What the plan expected of the members who were treated, beside what was measured.

    `measured` is margin before the cost of the contacts, as a plan's gain is.
    """

    members: int
    expected: float
    measured: Amount


@dataclass(frozen=True)
class PlayResults:
    """What a play did, as far as it is known at `as_of`.

    Everybody counts in the arm they were dealt, with the days that have passed since, `outcome_days` at
    most; that is the same for all arms, for they were dealt at once. `waiting` are those whose days are not
    over. `final` is whether all days of a play that ended are over: then intervals are those of one look at
    the end, before that they hold at every look.
    """

    play_id: int
    code: str
    as_of: datetime
    currency: str
    primary: Metric
    outcome_days: int
    members: int
    waiting: int
    final: bool
    baseline: str  # the arm that the others are compared with
    has_control: bool
    arms: tuple[ArmFigures, ...]
    metrics: tuple[MetricResult, ...] = ()
    guards: tuple[GuardResult, ...] = ()
    curves: tuple[CurveOfArm, ...] = ()
    worth: tuple[Worth, ...] = ()
    planned: Planned | None = None
    mismatch: Mismatch | None = None
    best: str = ""  # the one arm that is the best, where that can be said
    answered: Mapping[str, float] | None = None  # share of each arm whose satisfaction is known

    @property
    def mismatched(self) -> bool:
        """Whether the arms have other sizes than planned, so that nothing can be trusted."""
        return bool(self.mismatch and self.mismatch.alarm)

    @property
    def comparable(self) -> bool:
        """Whether there is somebody to compare with, and the lots were kept."""
        return len(self.arms) > 1 and self.members > 0 and not self.mismatched

    def lift(self, metric: Metric, arm: str) -> Lift | None:
        """One arm beside the control."""
        for one in self.metrics:
            if one.metric is metric:
                return one.lifts.get(arm)
        return None

    def verdict(self, arm: str, metric: Metric | None = None) -> Verdict:
        """What the comparison says of an arm, by the primary metric unless another is named."""
        found = self.lift(metric or self.primary, arm)
        if found is None or not self.comparable:
            return Verdict.NOT_COMPARABLE
        return EVIDENCE[found.evidence]

    def alarms(self, arm: str = "") -> tuple[GuardResult, ...]:
        """Guard rails that somebody has to act on now, of one arm or of all."""
        return tuple(one for one in self.guards if one.rail.alarm and arm in ("", one.arm))

    @property
    def total(self) -> Worth | None:
        """What all treated brought together."""
        return next((one for one in self.worth if not one.arm), None)


@dataclass(frozen=True)
class RollOut:
    """Whether an arm may be given to everybody, and why not."""

    allowed: bool
    arm: str
    refusals: tuple[Refusal, ...]
