"""What learning answers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from keepwell.plays.experiments.measured import Amount


@dataclass(frozen=True)
class LookView:
    """One metric of one arm at one look; `arm` "" is all treated together."""

    as_of: datetime
    metric: str
    arm: str
    estimate: float | None
    low: float | None
    high: float | None
    treated: int
    control: int
    total: Amount | None
    cost: float
    verdict: str
    final: bool


@dataclass(frozen=True)
class LessonView:
    """A line of the assumptions that was measured; shares 0 to 1."""

    lesson_id: int
    play_id: int
    play_name: str
    treatment: str
    tier: str
    reason_group: str
    measured: float
    low: float
    high: float
    treated: int
    control: int
    weight: float
    before: float
    after: float
    learned_at: datetime
    taken_back_at: datetime | None
    taken_back_by: str
    counts: bool  # whether it is what plans use now


@dataclass(frozen=True)
class Saving:
    """What one play did, as last seen; sums over all who were treated."""

    play_id: int
    name: str
    owner_id: int | None
    as_of: datetime
    currency: str
    treated: int
    kept: Amount
    margin: Amount
    cost: float
    final: bool
    verdict: str
    in_sum: bool = True  # its arms can be compared, and its intervals have ends


@dataclass(frozen=True)
class MoneySaved:
    """The margin and cost of all plays of a sum in one currency."""

    currency: str
    plays: int
    margin: Amount
    cost: float


@dataclass(frozen=True)
class Savings:
    """What plays did whose last days fell into a period, and their sum.

    The sum's interval takes the plays as independent: no customer is in two plays with the same goal at
    once, and each has a control of its own. `kept` is of all plays that can be added; `money` has one sum
    for each currency, that of the most plays first, as no rates of exchange are kept.
    """

    since: datetime
    until: datetime
    plays: tuple[Saving, ...]
    kept: Amount
    money: tuple[MoneySaved, ...]

    @property
    def left_out(self) -> int:
        """How many plays are in no sum."""
        return sum(not one.in_sum for one in self.plays)

    @property
    def kept_somebody(self) -> bool:
        """Whether it is shown that customers were kept: the sum rests on intervals that can be trusted."""
        added = [one for one in self.plays if one.in_sum]
        apart = [one for one in added if one.kept.low > 0 or one.kept.high < 0]
        return self.kept.low > 0 and all(one.verdict != "too_small" for one in apart)


@dataclass(frozen=True)
class Done:
    """What a run of the worker did."""

    looks: int
    alarms: int
    lessons: int


class LearningError(ValueError):
    """Something that learning refuses; the message is a code."""
