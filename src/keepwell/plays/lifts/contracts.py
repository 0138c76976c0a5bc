"""What the reading of journeys and mailings answers."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from keepwell.plays.experiments.measured import Amount

HORIZONS = (30, 60, 90)
HORIZON = 60
LEAST = 30  # customers on each side; below that a version is not shown by itself


class Figure(StrEnum):
    """What is compared, within so many days after somebody was dealt."""

    RETENTION = "retention"  # share of customers with an order
    ORDERS = "orders"  # orders a customer
    REVENUE = "revenue"  # money a customer, in one currency
    MARGIN = "margin"  # money a customer: orders less their cost, less the messages


FIGURES_OF_MONEY = (Figure.REVENUE, Figure.MARGIN)


@dataclass(frozen=True)
class Compared:
    """One figure, treated beside control; `currency` is empty where it is no money.

    `total` is the difference times everybody treated. Bounds that nothing gives are infinite.
    """

    figure: Figure
    currency: str
    treated_mean: float
    control_mean: float
    difference: float
    low: float
    high: float
    relative: float
    relative_low: float
    relative_high: float
    verdict: str  # of experiments.measured.Verdict
    doubts: tuple[str, ...]
    method: str
    total: Amount

    def to_json(self) -> dict[str, Any]:
        """As it is kept; None for what is not finite."""
        plain = {**vars(self), "figure": str(self.figure), "doubts": list(self.doubts)}
        plain["total"] = {name: _kept(value) for name, value in vars(self.total).items()}
        return {name: _kept(value) if isinstance(value, float) else value for name, value in plain.items()}

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Compared:
        """The reverse of `to_json`."""
        ends = {"low": -math.inf, "relative_low": -math.inf, "high": math.inf, "relative_high": math.inf}
        numbers = {
            name: ends.get(name, math.nan) if kept[name] is None else float(kept[name]) for name in _NUMBERS
        }
        total = kept["total"]
        return cls(
            **numbers,
            figure=Figure(kept["figure"]),
            currency=kept["currency"],
            verdict=kept["verdict"],
            doubts=tuple(kept["doubts"]),
            method=kept["method"],
            total=Amount(
                math.nan if total["value"] is None else total["value"],
                -math.inf if total["low"] is None else total["low"],
                math.inf if total["high"] is None else total["high"],
            ),
        )


_NUMBERS = (
    "treated_mean", "control_mean", "difference", "low", "high", "relative", "relative_low", "relative_high",
)  # fmt: skip


def _kept(value: float) -> float | None:
    return value if math.isfinite(value) else None


@dataclass(frozen=True)
class Look:
    """What was seen of a lot at one look; customers whose days are over, `waiting` those whose are not."""

    origin: str
    lot: int
    days: int
    version: int
    as_of: datetime
    treated: int
    control: int
    waiting: int
    cost: float
    cost_known: bool
    mismatched: bool
    final: bool
    figures: tuple[Compared, ...]

    def of(self, figure: Figure, currency: str = "") -> Compared | None:
        """One figure; of money in the currency that is asked for, else in the first."""
        found = [one for one in self.figures if one.figure is figure]
        return next((one for one in found if not currency or one.currency == currency), None)


@dataclass(frozen=True)
class Effect:
    """What a journey or mailing did: the newest look at one window, those before it, and each version.

    `latest` is None as long as nobody's days are over on both sides.
    """

    origin: str
    days: int
    treated: int  # dealt so far
    control: int
    ended_at: datetime | None  # when the control was given up
    latest: Look | None
    looks: tuple[Look, ...] = ()
    versions: tuple[Look, ...] = ()


@dataclass(frozen=True)
class Adjustment:
    """One change of a journey or mailing: when, who, what, why."""

    at: datetime
    actor: str
    what: str
    reason: str = ""
    version: int = 0
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class LotSaving:
    """What one journey or mailing did, as last seen; `once_…` counts customers whom no lot dealt before.

    `in_sum`: its sides can be compared and its intervals have ends. `trusted`: nothing speaks against the
    interval of customers kept. `cost_known`: whether the price of every message is.
    """

    origin: str
    as_of: datetime
    treated: int
    kept: Amount
    margins: tuple[tuple[str, Amount], ...]  # by currency
    cost: float
    currency: str  # of the cost
    final: bool
    verdict: str
    once_treated: int
    once_kept: Amount
    once_margins: tuple[tuple[str, Amount], ...]
    once_cost: float
    in_sum: bool = True
    trusted: bool = True
    cost_known: bool = True


@dataclass(frozen=True)
class LotSavings:
    """Journeys and mailings seen last in a period, and their sum without counting a customer twice.

    `kept_surely` is the sum of those alone whose intervals can be trusted.
    """

    lots: tuple[LotSaving, ...]
    customers: int
    kept: Amount
    kept_surely: Amount
    money: tuple[tuple[str, Amount], ...]

    @property
    def left_out(self) -> int:
        """How many journeys and mailings are in no sum."""
        return sum(not one.in_sum for one in self.lots)

    @property
    def kept_somebody(self) -> bool:
        """Whether it is shown that customers were kept."""
        return self.kept.low > 0 and self.kept_surely.low > 0

    @property
    def lost_somebody(self) -> bool:
        """Whether it is shown that customers were lost."""
        return self.kept.high < 0 and self.kept_surely.high < 0
