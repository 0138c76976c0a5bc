"""Several treatments against one control, and which may be the best."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from keepwell.science.experiment import dunnett, score, sequence, skewed
from keepwell.science.experiment.adjust import Adjusted, adjusted
from keepwell.science.experiment.effect import (
    Lift,
    Method,
    check_options,
    degrees_of_freedom,
    judged,
    known_skewness,
    normal_lift,
    nothing_to_say,
    plain_proportions,
    score_lift,
    standardised,
)
from keepwell.science.experiment.inputs import between
from keepwell.science.experiment.moments import Moments
from keepwell.science.experiment.verdict import coverage_doubts


@dataclass(frozen=True, slots=True)
class Comparison:
    """All treatments against the control.

    Attributes:
        lifts: of each treatment; intervals hold for all together, p-values are adjusted (Dunnett).
        may_be_best: the arms, control included, that may be the best: the truly best one is among them with
            the confidence of the comparison. More than one name means that more cannot be said.
    """

    lifts: dict[str, Lift]
    may_be_best: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """A JSON-ready copy."""
        lifts = {name: found.to_dict() for name, found in self.lifts.items()}
        return {"lifts": lifts, "may_be_best": list(self.may_be_best)}


def compare(
    control: Moments,
    treatments: Mapping[str, Moments],
    *,
    control_name: str = "control",
    confidence: float = 0.95,
    planned_units: float | None = None,
    smallest_effect: float | None = None,
    higher_is_better: bool = True,
    unskewed: bool = False,
) -> Comparison:
    """Every treatment against the control, so that one false alarm in all of them together is rare.

    Dunnett's adjustment rather than Holm's: both keep false alarms in check, but Holm's p-values have no
    intervals that go with them, and every lift is shown with its interval. With `planned_units` (looks at any
    time) Bonferroni's, as the joint law over time is not known. One theta adjusts all arms for covariates.

    Args:
        control: sums of the control.
        treatments: name -> sums; those with fewer than two units are reported and otherwise left out.
        control_name: by which `may_be_best` calls the control.
        confidence: of all intervals together.
        planned_units: as for `lift`, of all arms together.
        smallest_effect: as for `lift`.
        higher_is_better: as for `lift`.
        unskewed: as for `lift_from_moments`.

    Raises:
        ValueError: naming the argument that is not usable.
    """
    between("confidence", confidence, 0, 1)
    check_options(planned_units, smallest_effect)
    if control_name in treatments:
        raise ValueError(f"treatments must not hold the name of the control, {control_name!r}")
    shape = (control.mean.size, control.ratio)
    if any((m.mean.size, m.ratio) != shape for m in treatments.values()):
        raise ValueError("treatments must have the columns of the control")
    names = [name for name, m in treatments.items() if m.measurable and control.measurable]
    lifts = {name: nothing_to_say(m, control, confidence) for name, m in treatments.items()}
    if not names:
        return Comparison(lifts, (control_name, *treatments))
    arms = [control, *(treatments[name] for name in names)]
    found = adjusted(arms)
    freedom = min(degrees_of_freedom(arms, found, index) for index in range(1, len(arms)))
    if plain_proportions(arms):
        freedom = math.inf
    bound = dunnett.critical_value(dunnett.loadings(found.variance), confidence, freedom)
    for index, name in enumerate(names, start=1):
        skew = known_skewness(arms[index], control) if unskewed else 0.0
        if planned_units is None:
            result = _one(arms, found, index, confidence, bound, freedom, skew)
        else:
            result = _watched(arms, found, index, confidence, planned_units, skew)
        lifts[name] = judged(
            result,
            arms[index],
            control,
            smallest_effect,
            higher_is_better=higher_is_better,
            unskewed=bool(skew),
        )
    normal = all(not coverage_doubts(m, control, score=False) for m in treatments.values())
    if planned_units is not None or not normal:
        return Comparison(lifts, _by_intervals(lifts, control_name))
    keep = best_arms(found, arms, confidence, higher_is_better=higher_is_better)
    return Comparison(lifts, tuple(n for n, kept in zip((control_name, *names), keep, strict=True) if kept))


def best_arms(
    found: Adjusted, arms: list[Moments], confidence: float, *, higher_is_better: bool
) -> list[bool]:
    """Which arms may be the best (Hsu 1981; Gupta 1956).

    An arm is out when some other beats it beyond what the greatest of all differences with it reaches by
    chance. The truly best arm is then wrongly left out with probability 1 - confidence at most.
    """
    value = found.value if higher_is_better else -found.value
    freedom = max(min(m.effective_units for m in arms) - 1 - found.theta.size, 1.0)
    keep = []
    for a in range(len(arms)):
        others = [b for b in range(len(arms)) if b != a]
        variance = found.variance[[a, *others]]
        error = np.sqrt(variance[0] + variance[1:])
        behind = float(((value[others] - value[a]) / np.where(error > 0, error, 1.0)).max())
        chance = dunnett.chance_within(min(behind, 100.0), dunnett.loadings(variance), freedom, sided=1)
        keep.append(chance <= confidence)
    return keep


def _one(
    arms: list[Moments],
    found: Adjusted,
    arm: int,
    confidence: float,
    bound: float,
    freedom: float,
    skew: float,
) -> Lift:
    """One treatment, with the interval and p-value of all together, for one look."""
    loading = dunnett.loadings(found.variance)
    if math.isinf(freedom):
        counts = (arms[arm].events, arms[arm].units, arms[0].events, arms[0].units)
        z = float(score.difference_statistic(*counts, 0.0))
        p = 1 - dunnett.chance_within(min(abs(z), 100.0), loading)
        return score_lift(arms, found, arm, confidence, bound, max(p, 0.0))
    t = skewed.transformed(standardised(found, arm), skew)
    p = 1 - dunnett.chance_within(min(abs(t), 100.0), loading, freedom)
    method: Method = "hall" if skew else "welch"
    return normal_lift(arms, found, arm, confidence, skewed.reach(bound, skew), max(p, 0.0), method)


def _watched(
    arms: list[Moments], found: Adjusted, arm: int, confidence: float, planned_units: float, skew: float
) -> Lift:
    """One treatment, with the interval and p-value of all together, at any time."""
    count, units = len(arms) - 1, sum(m.units for m in arms)
    each = 1 - (1 - confidence) / count
    z = skewed.transformed(standardised(found, arm), skew)
    one = float(sequence.always_valid_p(z, units, planned_units, each))
    critical = float(sequence.multiplier(units, planned_units, each))
    ends = skewed.reach(critical, skew)
    return normal_lift(arms, found, arm, confidence, ends, min(count * one, 1.0), "sequence")


def _by_intervals(lifts: dict[str, Lift], control_name: str) -> tuple[str, ...]:
    """Where treatments cannot be compared with each other: out are those that the control surely beats.

    And the control, where one surely beats it.
    """
    beaten = any(found.evidence == "helped" for found in lifts.values())
    kept = [name for name, found in lifts.items() if found.evidence != "harmed"]
    return tuple(kept if beaten else [control_name, *kept])
