"""Damped Newton ascent for a handful of parameters, inside a box."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from keepwell.science.clv.inputs import Floats

Evaluation = tuple[float, Floats, Floats]
Objective = Callable[[Floats], Evaluation]
Mask = NDArray[np.bool_]

LONGEST_STEP = 2.0
SHORTEST_SCALE = 2.0**-30


@dataclass(frozen=True, slots=True)
class Optimum:
    """Where the ascent ended, with value, gradient and Hessian there."""

    point: Floats
    value: float
    gradient: Floats
    hessian: Floats
    at_bound: Mask
    iterations: int
    converged: bool
    gradient_norm: float


def maximise(
    objective: Objective,
    start: Floats,
    *,
    lower: Floats,
    upper: Floats,
    scale: float,
    tolerance: float = 1e-12,
    max_iterations: int = 100,
) -> Optimum:
    """Maximise `objective`, which returns value, gradient and Hessian.

    Args:
        objective: function of a (k,) point.
        start: (k,) point; it is moved inside the box.
        lower: (k,) least values.
        upper: (k,) greatest values.
        scale: what the value is measured in (the number of customers): the ascent has converged when the
            rise that the next Newton step promises is below `tolerance` times the scale, or when the
            gradient over the scale is.
        tolerance: see `scale`.
        max_iterations: steps at most.
    """
    point = np.clip(start, lower, upper)
    value, gradient, hessian = objective(point)
    iteration, converged = 0, False
    while True:
        bound = ((point <= lower) & (gradient <= 0)) | ((point >= upper) & (gradient >= 0))
        step, promise = inward_step(point, gradient, hessian, ~bound, lower, upper)
        norm = float(np.abs(np.where(bound, 0.0, gradient)).max()) / scale
        converged = promise <= tolerance * scale or norm <= tolerance
        if converged or iteration == max_iterations:
            break
        iteration += 1
        found = climb(objective, point, value, gradient, step, lower, upper)
        if found is None:  # no rise along an ascent direction: rounding is all that is left
            converged = norm <= 1e-6
            break
        point, (value, gradient, hessian) = found
    return Optimum(point, value, gradient, hessian, bound, iteration, converged, norm)


def inward_step(
    point: Floats, gradient: Floats, hessian: Floats, free: Mask, lower: Floats, upper: Floats
) -> tuple[Floats, float]:
    """A Newton step that does not leave the box from a point on its edge, and the rise it promises."""
    while True:
        step, promise = newton_step(gradient, hessian, free)
        outward = ((point <= lower) & (step < 0)) | ((point >= upper) & (step > 0))
        if not outward.any():
            return step, promise
        free = free & ~outward


def newton_step(gradient: Floats, hessian: Floats, free: Mask) -> tuple[Floats, float]:
    """An ascent step in the free coordinates and the rise it promises.

    Curvatures are taken by size, so the step climbs even where the function is not concave.
    """
    step = np.zeros_like(gradient)
    if not free.any():
        return step, 0.0
    values, vectors = np.linalg.eigh(hessian[np.ix_(free, free)])
    size = np.maximum(np.abs(values), 1e-12 * max(np.abs(values).max(), 1e-300))
    along = vectors.T @ gradient[free]
    step[free] = vectors @ (along / size)
    promise = float(0.5 * (along**2 / size).sum())
    length = float(np.abs(step).max())
    return step * min(1.0, LONGEST_STEP / length) if length > 0 else step, promise


def climb(
    objective: Objective,
    point: Floats,
    value: float,
    gradient: Floats,
    step: Floats,
    lower: Floats,
    upper: Floats,
) -> tuple[Floats, Evaluation] | None:
    """The first of ever shorter steps that raises the value enough; None when none does.

    The whole step ends where its first coordinate reaches the box: cutting that coordinate alone would bend
    the direction, perhaps downhill.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        room = np.where(step > 0, (upper - point) / step, np.where(step < 0, (lower - point) / step, np.inf))
    shrink = longest = min(1.0, float(room.min()))
    while shrink > SHORTEST_SCALE * longest:
        target = np.clip(point + shrink * step, lower, upper)
        if shrink == longest:  # exactly on the edge, whatever the rounding
            target = np.where(room <= shrink, np.where(step > 0, upper, lower), target)
        evaluation = objective(target)
        if np.isfinite(evaluation[0]) and evaluation[0] >= value + 1e-4 * float(gradient @ (target - point)):
            return target, evaluation
        shrink /= 4
    return None
