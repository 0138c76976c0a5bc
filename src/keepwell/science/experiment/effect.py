"""Lift: by how much the treated differ from the control, with its interval, and what that says."""

import math
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr, ndtri, stdtr, stdtrit

from keepwell.science.experiment import score, sequence, skewed
from keepwell.science.experiment.adjust import Adjusted, adjusted
from keepwell.science.experiment.inputs import between, flags, positive, vector
from keepwell.science.experiment.moments import Moments, moments_by_arm
from keepwell.science.experiment.verdict import (
    RELATIVE_INTEREST,
    Doubt,
    Evidence,
    coverage_doubts,
    fieller,
    judge,
    skewness,
)

Method = Literal["score", "welch", "hall", "sequence"]
Reach = tuple[float, float]  # standard errors down and up


@dataclass(frozen=True, slots=True)
class ArmResult:
    """One arm: units, events (outcome other than 0), mean (or ratio; adjusted) and its standard error."""

    units: int
    events: int
    mean: float
    standard_error: float


@dataclass(frozen=True, slots=True)
class Lift:
    """The effect of a treatment.

    Attributes:
        treated: the treated arm.
        control: the control arm.
        difference: treated - control, in the unit of the outcome.
        standard_error: of `difference`.
        low: end of the interval of `difference`; -inf where nothing can be said.
        high: the other end.
        relative: difference / the control's mean; NaN where that is not above 0.
        relative_standard_error: of `relative`, by the delta method.
        relative_low: end of the interval of `relative` (score or Fieller); it leaves out 0 exactly when that
            of `difference` does.
        relative_high: the other end.
        p_value: two-sided, of no difference; with `method` sequence it holds at all looks together.
        confidence: of both intervals.
        method: score (Miettinen-Nurminen, two plain proportions), welch (means), hall (means, skewness taken
            out), sequence (looks at any time).
        theta: outcome per unit of each covariate.
        variance_reduction: share of the variance that the covariates took away.
        evidence: helped, harmed, no difference shown, too_small.
        doubts: why it is too small to tell.
    """

    treated: ArmResult
    control: ArmResult
    difference: float
    standard_error: float
    low: float
    high: float
    relative: float
    relative_standard_error: float
    relative_low: float
    relative_high: float
    p_value: float
    confidence: float
    method: Method
    theta: tuple[float, ...]
    variance_reduction: float
    evidence: Evidence
    doubts: tuple[Doubt, ...]

    def to_dict(self) -> dict[str, Any]:
        """A JSON-ready copy; None for what is not finite."""
        return {key: _plain(value) for key, value in asdict(self).items()}


def lift(
    outcome: ArrayLike,
    treated: ArrayLike,
    *,
    denominator: ArrayLike | None = None,
    covariate: ArrayLike | None = None,
    propensity: ArrayLike | float | None = None,
    confidence: float = 0.95,
    planned_units: float | None = None,
    smallest_effect: float | None = None,
    higher_is_better: bool = True,
) -> Lift:
    """The effect of a treatment that was given at random.

    Args:
        outcome: (n,) one number for each unit that was assigned, whether it was reached or not: 0 and 1 for
            yes and no, money, or the numerator of a ratio.
        treated: (n,) boolean, or 0 and 1.
        denominator: (n,) for a ratio metric, sum of outcomes / sum of denominators (revenue per order).
        covariate: (n,) or (n, k) known before the experiment began, e.g. the outcome of the time before;
            takes out variance (CUPED).
        propensity: (n,) probability of being treated, in (0, 1), as it was when the unit was assigned; needed
            where it differs from unit to unit. Left out: the same for everybody.
        confidence: of the intervals.
        planned_units: look as often as you like: intervals and p-value hold at all looks together, and are
            tightest at so many units of both arms. Left out: for one look, at the end.
        smallest_effect: the smallest difference that would matter, in the unit of the outcome; a fifth of the
            control's mean by default. Where the interval holds 0 and more than that, it is too small to tell.
        higher_is_better: False for churn, complaints, solving time.

    Returns:
        A `Lift`. Nothing is refused for being small: that is said in `evidence`.

    Raises:
        ValueError: naming the argument that is not usable.

    >>> rng = np.random.default_rng(1)
    >>> given = rng.random(4000) < 0.5
    >>> back = rng.random(4000) < np.where(given, 0.26, 0.20)
    >>> found = lift(back, given)
    >>> found.evidence, round(found.difference, 3), round(found.low, 3), round(found.high, 3)
    ('helped', 0.077, 0.051, 0.102)
    """
    y = vector("outcome", outcome)
    given = flags("treated", treated, y.size)
    probability = None
    if propensity is not None:
        p = np.broadcast_to(np.asarray(propensity, dtype=np.float64), y.shape)
        if y.size and not (p.min() > 0 and p.max() < 1):
            raise ValueError(
                "propensity must be between 0 and 1: nobody is compared with those without a choice"
            )
        probability = np.where(given, p, 1 - p)
    control, other = moments_by_arm(
        y, given, 2, denominator=denominator, covariate=covariate, probability=probability
    )
    return lift_from_moments(
        other,
        control,
        confidence=confidence,
        planned_units=planned_units,
        smallest_effect=smallest_effect,
        higher_is_better=higher_is_better,
    )


def lift_from_moments(
    treated: Moments,
    control: Moments,
    *,
    confidence: float = 0.95,
    planned_units: float | None = None,
    smallest_effect: float | None = None,
    higher_is_better: bool = True,
    unskewed: bool = False,
) -> Lift:
    """As `lift`, from sums that somebody else collected.

    Args:
        treated: sums of the treated.
        control: sums of the control.
        confidence: as for `lift`.
        planned_units: as for `lift`.
        smallest_effect: as for `lift`.
        higher_is_better: as for `lift`.
        unskewed: take the skewness of the outcome out of the interval and p-value (`skewed`), for money.

    Raises:
        ValueError: naming the argument that is not usable.

    >>> treated = Moments.from_sums(units=70, events=56, sums=[56], products=[[56]], binary=True)
    >>> control = Moments.from_sums(units=80, events=48, sums=[48], products=[[48]], binary=True)
    >>> found = lift_from_moments(treated, control)
    >>> round(found.low, 4), round(found.high, 4), round(found.p_value, 4)
    (0.0528, 0.3382, 0.0083)
    """
    between("confidence", confidence, 0, 1)
    check_options(planned_units, smallest_effect)
    if treated.mean.size != control.mean.size or treated.ratio != control.ratio:
        raise ValueError("treated and control must have the same columns")
    if not (treated.measurable and control.measurable):
        return nothing_to_say(treated, control, confidence)
    found = adjusted([control, treated])
    skew = known_skewness(treated, control) if unskewed else 0.0
    z = skewed.transformed(standardised(found, 1), skew)
    if planned_units is not None:
        units = treated.units + control.units
        critical = float(sequence.multiplier(units, planned_units, confidence))
        p_value = float(sequence.always_valid_p(z, units, planned_units, confidence))
        ends = skewed.reach(critical, skew)
        result = normal_lift([control, treated], found, 1, confidence, ends, p_value, "sequence")
    elif plain_proportions([control, treated]):
        critical = float(ndtri((1 + confidence) / 2))
        result = score_lift([control, treated], found, 1, confidence, critical, None)
    else:
        freedom = degrees_of_freedom([control, treated], found, 1)
        ends = skewed.reach(float(stdtrit(freedom, (1 + confidence) / 2)), skew)
        p_value = float(2 * stdtr(freedom, -abs(z)))
        method: Method = "hall" if skew else "welch"
        result = normal_lift([control, treated], found, 1, confidence, ends, p_value, method)
    return judged(
        result, treated, control, smallest_effect, higher_is_better=higher_is_better, unskewed=bool(skew)
    )


def known_skewness(treated: Moments, control: Moments) -> float:
    """Skewness of the difference; 0 where it is not known, and of ratios, where it is another one."""
    found = 0.0 if treated.ratio else skewness(treated, control)
    return found if math.isfinite(found) else 0.0


def check_options(planned_units: float | None, smallest_effect: float | None) -> None:
    """Raise ValueError for one that is given and not above 0."""
    for name, value in (("planned_units", planned_units), ("smallest_effect", smallest_effect)):
        if value is not None:
            positive(name, value)


def plain_proportions(arms: list[Moments]) -> bool:
    """Whether the arms are counts of yes and no, and nothing else."""
    return all(arm.binary and arm.mean.size == 1 and arm.equal_weights for arm in arms)


def degrees_of_freedom(arms: list[Moments], found: Adjusted, arm: int) -> float:
    """Of Welch (1947) and Satterthwaite (1946), by effective units, less one for each covariate."""
    parts = [(found.variance[a], max(arms[a].effective_units - 1 - found.theta.size, 1.0)) for a in (0, arm)]
    below = sum(v * v / n for v, n in parts)
    return float(sum(v for v, _ in parts) ** 2 / below) if below > 0 else float(sum(n for _, n in parts))


def normal_lift(
    arms: list[Moments],
    found: Adjusted,
    arm: int,
    confidence: float,
    reach: Reach,
    p_value: float,
    method: Method,
) -> Lift:
    """Arm `arm` against arm 0, as far as `reach` says; not judged yet."""
    difference = float(found.value[arm] - found.value[0])
    error = math.sqrt(float(found.variance[arm] + found.variance[0]))
    plain = float(found.plain_variance[arm] + found.plain_variance[0])
    pair = np.ix_([0, arm], [0, arm])
    value, covariance = found.value[[0, arm]], found.covariance[pair]
    base = float(value[0])
    ratio = float(value[1]) / base if base > 0 else math.nan
    spread = covariance[1, 1] - 2 * ratio * covariance[0, 1] + ratio**2 * covariance[0, 0]
    ratio_low, ratio_high = fieller(value, covariance, *reach)
    return Lift(
        treated=_arm(arms[arm], found, arm),
        control=_arm(arms[0], found, 0),
        difference=difference,
        standard_error=error,
        low=difference - reach[0] * error,
        high=difference + reach[1] * error,
        relative=ratio - 1,
        relative_standard_error=math.sqrt(max(float(spread), 0.0)) / base if base > 0 else math.nan,
        relative_low=ratio_low - 1,
        relative_high=ratio_high - 1,
        p_value=p_value,
        confidence=confidence,
        method=method,
        theta=tuple(found.theta.tolist()),
        variance_reduction=1 - error**2 / plain if plain > 0 and found.theta.size else 0.0,
        evidence="too_small",
        doubts=(),
    )


def score_lift(
    arms: list[Moments],
    found: Adjusted,
    arm: int,
    confidence: float,
    critical: float,
    p_value: float | None,
) -> Lift:
    """Arm `arm` against arm 0 by score intervals; `p_value` None takes that of the score test."""
    base = normal_lift(arms, found, arm, confidence, (critical, critical), 1.0, "score")
    counts = (arms[arm].events, arms[arm].units, arms[0].events, arms[0].units)
    low, high = score.difference_interval(*counts, critical)
    ratio_low, ratio_high = score.ratio_interval(*counts, critical)
    if p_value is None:
        p_value = 2 * float(ndtr(-abs(score.difference_statistic(*counts, 0.0))))
    return replace(
        base,
        low=float(low),
        high=float(high),
        relative_low=float(ratio_low) - 1,
        relative_high=float(ratio_high) - 1,
        p_value=p_value,
    )


def judged(
    result: Lift,
    treated: Moments,
    control: Moments,
    smallest_effect: float | None,
    *,
    higher_is_better: bool,
    unskewed: bool = False,
) -> Lift:
    """The result with its verdict; `unskewed` where skewness was taken out of it."""
    doubts = coverage_doubts(treated, control, score=result.method == "score", corrected=unskewed)
    interest = RELATIVE_INTEREST * abs(result.control.mean) if smallest_effect is None else smallest_effect
    evidence, why = judge((result.low, result.high), doubts, interest, higher_is_better=higher_is_better)
    return replace(result, evidence=evidence, doubts=why)


def nothing_to_say(treated: Moments, control: Moments, confidence: float) -> Lift:
    """Where an arm has nobody, or one, or nothing to divide by."""
    arms = [
        ArmResult(m.units, m.events, float(m.mean[0]) if m.units and not m.ratio else math.nan, math.nan)
        for m in (treated, control)
    ]
    nan, inf = math.nan, math.inf
    return Lift(
        treated=arms[0], control=arms[1], difference=arms[0].mean - arms[1].mean, standard_error=nan,
        low=-inf, high=inf, relative=nan, relative_standard_error=nan, relative_low=-inf, relative_high=inf,
        p_value=1.0, confidence=confidence, method="welch", theta=(), variance_reduction=0.0,
        evidence="too_small", doubts=("few_units",),
    )  # fmt: skip


def standardised(found: Adjusted, arm: int) -> float:
    """Difference of the arm to arm 0 in standard errors; ± inf where it is certain."""
    difference = float(found.value[arm] - found.value[0])
    error = math.sqrt(float(found.variance[0] + found.variance[arm]))
    if error > 0:
        return difference / error
    return math.copysign(math.inf, difference) if difference else 0.0


def _arm(moments: Moments, found: Adjusted, arm: int) -> ArmResult:
    error = math.sqrt(max(float(found.covariance[arm, arm]), 0.0))
    return ArmResult(moments.units, moments.events, float(found.value[arm]), error)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
