"""How many customers an experiment needs, what it can see, and how long it takes."""

import math
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import scipy  # loads `optimize` and `stats` when they are first used: a worker needs neither
from scipy.special import ndtr, ndtri, stdtrit

from keepwell.science.experiment import dunnett, sequence
from keepwell.science.experiment.inputs import between, positive

# Degrees of freedom from which on Student's t is as good as normal for planning.
MANY = 2_000
MOST_UNITS = 10**12


class Metric(Protocol):
    """What is measured: `Mean` or `Rate`."""

    def errors(self, effect: float, treated: float, control: float) -> tuple[float, float]:
        """Standard errors of the difference without and with the effect, for so many units."""

    def reach(self, sign: int) -> float:
        """The greatest effect that is possible in that direction."""


@dataclass(frozen=True, slots=True)
class Mean:
    """A mean: revenue, satisfaction. `deviation` is the standard deviation over customers, zeros included."""

    deviation: float

    def errors(self, effect: float, treated: float, control: float) -> tuple[float, float]:
        """Standard errors of the difference without and with the effect."""
        error = positive("deviation", self.deviation) * math.sqrt(1 / treated + 1 / control)
        return error, error

    def reach(self, sign: int) -> float:
        """No bound but that of numbers."""
        return 1e6 * self.deviation


@dataclass(frozen=True, slots=True)
class Rate:
    """A share of customers: kept, bought, answered. `rate` is that of the control."""

    rate: float

    def errors(self, effect: float, treated: float, control: float) -> tuple[float, float]:
        """Standard errors of the difference: pooled, and each arm's own (Fleiss 1981, chapter 3)."""
        p0 = between("rate", self.rate, 0, 1)
        p1 = p0 + effect
        if not 0 <= p1 <= 1:
            raise ValueError(f"effect must leave a rate between 0 and 1, it leads from {p0:g} to {p1:g}")
        p = (treated * p1 + control * p0) / (treated + control)
        pooled = math.sqrt(p * (1 - p) * (1 / treated + 1 / control))
        return pooled, math.sqrt(p1 * (1 - p1) / treated + p0 * (1 - p0) / control)

    def reach(self, sign: int) -> float:
        """To 1, or to 0."""
        return 1 - self.rate if sign > 0 else self.rate


@dataclass(frozen=True, slots=True)
class Plan:
    """How the experiment is run and read.

    Attributes:
        control_share: of all units; the treatments share the rest evenly.
        treatments: how many, all read together (Dunnett).
        explained: share of the variance that covariates take out (CUPED): the squared correlation with the
            outcome of the time before; 0 without.
        any_time: whether looks at any time are to be valid; takes about 1.9 times the units.
        confidence: of the intervals.
        power: chance of finding the effect where it is there.
    """

    control_share: float = 0.5
    treatments: int = 1
    explained: float = 0.0
    any_time: bool = False
    confidence: float = 0.95
    power: float = 0.8

    def __post_init__(self) -> None:
        between("control_share", self.control_share, 0, 1)
        between("confidence", self.confidence, 0, 1)
        between("power", self.power, 0, 1)
        if not 0 <= self.explained < 1:
            raise ValueError(f"explained must be at least 0 and below 1, it is {self.explained}")
        if self.treatments < 1:
            raise ValueError(f"treatments must be at least 1, they are {self.treatments}")

    def arms(self, units: float) -> tuple[float, float]:
        """Units of one treatment and of the control, of so many in all."""
        return units * (1 - self.control_share) / self.treatments, units * self.control_share


@dataclass(frozen=True, slots=True)
class SampleSize:
    """Units of the control, of each treatment, and of all together."""

    control: int
    treated: int
    total: int


def power(metric: Metric, effect: float, units: float, plan: Plan | None = None) -> float:
    """The chance that the interval leaves out 0, where the effect is as said.

    Args:
        metric: what is measured.
        effect: difference to the control, in the unit of the metric.
        units: of all arms together.
        plan: how; by default half and half, one look.

    Returns:
        For means by the noncentral t distribution, for rates by Fleiss's formula (both directions counted).

    Raises:
        ValueError: naming the argument that is not usable.

    >>> round(power(Mean(deviation=1), effect=1, units=40), 4)  # R: power.t.test(n = 20, delta = 1, sd = 1)
    0.869
    """
    plan = plan or Plan()
    treated, control = plan.arms(positive("units", units))
    null, error = (e * math.sqrt(1 - plan.explained) for e in metric.errors(effect, treated, control))
    freedom = treated + control - 2
    if plan.any_time:
        each = 1 - (1 - plan.confidence) / plan.treatments
        critical = math.sqrt(1 + sequence.best_information(each))
    elif plan.treatments > 1:
        variance = np.array([1 / control, *[1 / treated] * plan.treatments])
        critical = dunnett.critical_value(dunnett.loadings(variance), plan.confidence)
    elif isinstance(metric, Mean) and freedom < MANY:
        return _student_power(abs(effect) / error, max(freedom, 1.0), plan.confidence)
    else:
        critical = float(ndtri((1 + plan.confidence) / 2))
    if error == 0:
        return 1.0
    found = ndtr((abs(effect) - critical * null) / error) + ndtr((-abs(effect) - critical * null) / error)
    return float(found)


def sample_size(metric: Metric, effect: float, plan: Plan | None = None) -> SampleSize:
    """The units that find the effect with the power of the plan.

    Raises:
        ValueError: naming the argument that is not usable; an effect of 0 cannot be found.

    >>> sample_size(Rate(0.10), effect=0.05)  # R: power.prop.test(p1 = .1, p2 = .15, power = .8): n = 685.6
    SampleSize(control=686, treated=686, total=1372)
    """
    plan = plan or Plan()
    if not (math.isfinite(effect) and effect != 0):
        raise ValueError(f"effect must be finite and not 0, it is {effect}")
    low = high = 2.0 * (plan.treatments + 1) / min(plan.control_share, 1 - plan.control_share)
    while power(metric, effect, high, plan) < plan.power:
        low, high = high, high * 2
        if high > MOST_UNITS:
            raise ValueError(f"effect is too small to be found: {effect:g}")
    total = high
    if low < high:
        brentq = scipy.optimize.brentq
        total = brentq(lambda n: power(metric, effect, n, plan) - plan.power, low, high, xtol=1e-6)
    treated, control = (math.ceil(n - 1e-6) for n in plan.arms(total))
    return SampleSize(control, treated, control + plan.treatments * treated)


def detectable_effect(metric: Metric, units: float, plan: Plan | None = None, *, sign: int = 1) -> float:
    """The smallest effect that so many units find with the power of the plan; inf where none is.

    Args:
        metric: what is measured.
        units: of all arms together.
        plan: how.
        sign: 1 for a rise, -1 for a fall (of rates they differ).

    Raises:
        ValueError: naming the argument that is not usable.
    """
    plan = plan or Plan()
    most = metric.reach(sign)
    if power(metric, sign * most, units, plan) < plan.power:
        return math.inf * sign
    brentq = scipy.optimize.brentq
    found = brentq(lambda d: power(metric, sign * d, units, plan) - plan.power, 1e-9 * most, most, rtol=1e-9)
    return sign * float(found)


def weeks(units: float, units_a_week: float, *, outcome_weeks: float = 0.0) -> int:
    """Weeks until so many units came in and their outcome is known.

    Args:
        units: of all arms together.
        units_a_week: that come into the experiment each week.
        outcome_weeks: from assignment to outcome.

    Raises:
        ValueError: naming the argument that is not usable.

    >>> weeks(1372, 200, outcome_weeks=4)
    11
    """
    positive("units", units)
    if not outcome_weeks >= 0:
        raise ValueError(f"outcome_weeks must not be negative, it is {outcome_weeks}")
    return math.ceil(units / positive("units_a_week", units_a_week) - 1e-9) + math.ceil(outcome_weeks)


def _student_power(shift: float, freedom: float, confidence: float) -> float:
    critical = float(stdtrit(freedom, (1 + confidence) / 2))
    nct = scipy.stats.nct
    above, below = nct.sf(critical, freedom, shift), nct.cdf(-critical, freedom, shift)
    # far out scipy has no number: there the power is 1
    return float(np.nan_to_num(above, nan=1.0) + np.nan_to_num(below, nan=0.0))
