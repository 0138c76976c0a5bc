"""What a comparison says to people: helped, harmed, no difference shown, or too small to tell.

Too small to tell has two principled causes.

*The interval cannot be trusted* (`doubts`): too few units or events, or an estimate so skewed that the normal
approximation has no cover. Nothing is read from such an interval, however far from 0 it lies.

*The interval says nothing* (`wide`): it holds 0 and also an effect that would matter. "No difference shown"
is said only where an effect of that size would have been seen.
"""

from typing import Literal

import numpy as np

from keepwell.science.experiment.inputs import Floats
from keepwell.science.experiment.moments import Moments

Evidence = Literal["helped", "harmed", "no difference shown", "too_small"]
Doubt = Literal["few_units", "few_events", "skewed", "wide"]

# A score interval keeps its coverage from here on: at least 91 % everywhere, 95 % and more on average.
LEAST_UNITS_SCORE = 10
# Below these, in any arm, a normal approximation is not looked at; events are those to be expected. Where so
# many are expected and hardly any found, there is an effect, but the arm does not show how it varies.
LEAST_UNITS = 30
LEAST_EVENTS = 20
LEAST_EVENTS_FOUND = 5
# Skewness of the estimated difference at which one tail of a 95 % interval misses 4.2 % in place of 2.5 %, by
# the Edgeworth term skewness (2 z² + 1) phi(z) / 6 (Hall 1992, chapter 2), 0.085 x 0.2. Simulated, intervals
# below the limit hold the truth in 93 % and more (docs/benchmarks.md).
GREATEST_SKEWNESS = 0.2
# Where the transformation took skewness out (`skewed.reach`) what is left is of a higher order. Simulated,
# intervals up to here hold the truth in 94 % and more, with heavy tails too (docs/benchmarks.md).
GREATEST_SKEWNESS_CORRECTED = 0.5
# The smallest effect of interest where nobody says another: a fifth of the control's mean.
RELATIVE_INTEREST = 0.2


def expected_events(treated: Moments, control: Moments) -> float:
    """Units that carry the information in the smaller arm, as many as both together lead to expect.

    They are those with an outcome other than 0, of yes and no the rarer. As with tables of counts (Cochran
    1954) the expected number decides and not the one that was found: who trusts an arm only where it happened
    to have many events reads a selection of them.
    """
    units, events = treated.units + control.units, treated.events + control.events
    if treated.binary and control.binary:
        events = min(events, units - events)
    return events / units * min(treated.units, control.units) if units else 0.0


def skewness(treated: Moments, control: Moments) -> float:
    """Skewness of the estimated difference of means; NaN where third powers are not known.

    It falls with the root of the units, and with equal arms those of both means cancel each other out. The
    shape is taken from both arms together, unit by unit, whatever weight an arm has: a small arm that happens
    to hold no large order shows neither its variance nor its skewness, and would be trusted exactly where it
    misleads.
    """
    arms = (treated, control)
    usual = [arm.weight / arm.units if arm.units else 1.0 for arm in arms]
    square = _pooled([(float(arm.scatter[0, 0]), arm.weight_squared) for arm in arms], usual, 2)
    cube = _pooled([(float(arm.third[3]), float(arm.third[0])) for arm in arms], usual, 3)
    if square <= 0:
        return 0.0
    third = sum(sign * float(arm.third[0]) / arm.weight**3 for sign, arm in zip((1, -1), arms, strict=True))
    error = sum(arm.weight_squared / arm.weight**2 for arm in arms)
    return float(cube / square**1.5 * third / error**1.5)


def _pooled(sums: list[tuple[float, float]], usual: list[float], power: int) -> float:
    """Mean of both arms' (sum, weight of it), as if the usual weight in each arm were 1."""
    above, below = (
        sum(one[place] / w**power for one, w in zip(sums, usual, strict=True)) for place in (0, 1)
    )
    return above / below if below else 0.0


def coverage_doubts(
    treated: Moments, control: Moments, *, score: bool, corrected: bool = False
) -> tuple[Doubt, ...]:
    """Why the interval cannot be trusted; none where it can. `corrected`: skewness was taken out of it."""
    units = min(treated.effective_units, control.effective_units) + 1e-6  # of rounding
    if score:
        return ("few_units",) if units < LEAST_UNITS_SCORE else ()
    found: list[Doubt] = []
    if units < LEAST_UNITS:
        found.append("few_units")
    fewest = min(min(m.events, m.units - m.events) if m.binary else m.events for m in (treated, control))
    if expected_events(treated, control) < LEAST_EVENTS or fewest < LEAST_EVENTS_FOUND:
        found.append("few_events")
    greatest = GREATEST_SKEWNESS_CORRECTED if corrected else GREATEST_SKEWNESS
    if treated.measurable and control.measurable and abs(skewness(treated, control)) > greatest:
        found.append("skewed")
    return tuple(found)


def judge(
    interval: tuple[float, float], doubts: tuple[Doubt, ...], interest: float, *, higher_is_better: bool
) -> tuple[Evidence, tuple[Doubt, ...]]:
    """The verdict on an interval of a difference, and the doubts that led to it."""
    low, high = interval
    if doubts:
        return "too_small", doubts
    if low > 0 or high < 0:
        return ("helped" if (low > 0) == higher_is_better else "harmed"), ()
    if max(-low, high) > interest:
        return "too_small", ("wide",)
    return "no difference shown", ()


def fieller(value: Floats, covariance: Floats, below: float, above: float) -> tuple[float, float]:
    """Interval of value[1] / value[0] (Fieller 1954): the ratios r at which value[1] - r value[0] may be 0.

    At r = 1 that is the test of the difference, so both intervals always agree on whether there is an effect,
    and it stays honest where the control's mean is uncertain; the delta method does neither. Unbounded where
    the control's mean may be 0. It reaches `below` standard errors down and `above` up.
    """
    ends = []
    for critical, sign in ((below, -1), (above, 1)):
        square = critical**2
        a = value[0] ** 2 - square * covariance[0, 0]
        b = value[0] * value[1] - square * covariance[0, 1]
        c = value[1] ** 2 - square * covariance[1, 1]
        if not (a > 0 and value[0] > 0):
            return -float("inf"), float("inf")
        half = float(max(b * b - a * c, 0.0)) ** 0.5
        ends.append(float((b + sign * np.copysign(half, critical)) / a))
    return ends[0], ends[1]
