"""What an effect is reported as."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from keepwell.outreach.policy.contracts import Holdout
from keepwell.science.experiment import Lift, Mismatch

__all__ = ["HORIZONS", "CurvePoint", "Effect", "EffectReport", "GroupEffect", "Lift", "Metric"]
HORIZONS = (30, 60, 90)
# Contacted so often within so many days, without any sign of life.
VAIN_DAYS = 90
VAIN_LEAST = 3


class Metric(StrEnum):
    """What is compared, within so many days after the warning."""

    BOUGHT_AGAIN = "bought_again"  # share of customers with an order
    REVENUE = "revenue"  # money per customer, net


@dataclass(frozen=True)
class Effect:
    """The effect on one metric. `saved` is it times the customers who could be reached, with its interval."""

    metric: Metric
    lift: Lift
    saved: float
    saved_low: float
    saved_high: float


@dataclass(frozen=True)
class GroupEffect:
    """The effect on buying again in one group; the intervals of one table hold together."""

    key: str
    lift: Lift


@dataclass(frozen=True)
class CurvePoint:
    """Share of each side that has bought again by a day after the warning."""

    day: int
    reached: float
    kept_aside: float


@dataclass(frozen=True)
class EffectReport:
    """What outreach to customers who were warned of did, since the holdout began.

    `reached` and `kept_aside` are customers whose days are over at `as_of`; `waiting` are those whose are
    not. `needed` is how many of both sides it takes to see `interest` (a share of customers); None where
    that cannot be said yet. `mismatch` warns where the sides are not as large as they should be.
    """

    holdout: Holdout
    horizon_days: int
    as_of: datetime | None
    currency: str
    reached: int = 0
    kept_aside: int = 0
    waiting: int = 0
    effects: tuple[Effect, ...] = ()
    tiers: tuple[GroupEffect, ...] = ()
    causes: tuple[GroupEffect, ...] = ()
    curve: tuple[CurvePoint, ...] = ()
    mismatch: Mismatch | None = None
    needed: int | None = None
    interest: float = 0.0

    def effect(self, metric: Metric) -> Effect | None:
        """The effect on `metric`."""
        return next((one for one in self.effects if one.metric == metric), None)


@dataclass(frozen=True)
class VainRow:
    """One segment: `contacted` members, `vain` of them at least `VAIN_LEAST` times without any sign.

    `contacts` and `cost` are what went to those in vain.
    """

    segment_id: int | None  # None: everybody
    contacted: int
    vain: int
    contacts: int
    cost: float

    @property
    def share(self) -> float:
        """Of those who were contacted."""
        return self.vain / self.contacted if self.contacted else 0.0
