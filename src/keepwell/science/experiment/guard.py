"""Guard rails: what a treatment must not make worse by more than a margin."""

from dataclasses import dataclass
from typing import Literal

from keepwell.science.experiment.effect import Lift
from keepwell.science.experiment.inputs import positive

State = Literal["safe", "open", "breached"]


@dataclass(frozen=True, slots=True)
class GuardRail:
    """Whether a metric that must not fall has fallen.

    Attributes:
        state: safe: a loss of the margin or more is ruled out (non-inferiority). breached: a loss of the
            margin or more is shown. open: neither.
        worsened: whether any loss at all is shown, be it smaller than the margin.
        alarm: whether somebody has to act now: breached or worsened.
        worst_loss: the greatest loss that the interval allows, in the unit of the outcome; below 0 where even
            the worst case is a gain.
        margin: what was allowed.
    """

    state: State
    worsened: bool
    alarm: bool
    worst_loss: float
    margin: float


def guard_rail(found: Lift, margin: float, *, higher_is_better: bool = True) -> GuardRail:
    """Read a lift as a guard rail: the metric must not worsen by `margin` or more.

    Each end of a 95 % interval is a one-sided test at 2.5 % (Piaggio et al. 2012, CONSORT for
    non-inferiority). With a lift whose looks are always valid (`planned_units`), so is the guard rail. Where
    the interval cannot be trusted (`doubts` other than "wide") the state stays open.

    Args:
        found: the lift of the metric.
        margin: above 0, in the unit of the outcome.
        higher_is_better: False for complaints, solving time.

    Raises:
        ValueError: for a margin that is not above 0.
    """
    positive("margin", margin)
    worst, best = (-found.low, -found.high) if higher_is_better else (found.high, found.low)
    if set(found.doubts) - {"wide"}:
        return GuardRail("open", False, False, worst, margin)
    state: State = "safe" if worst < margin else "breached" if best > margin else "open"
    return GuardRail(state, best > 0, best > 0, worst, margin)
