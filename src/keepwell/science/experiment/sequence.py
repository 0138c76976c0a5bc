"""Looks at any time: the normal mixture of Robbins (1970).

Whoever looks every day at an ordinary 95 % interval and stops at the first that leaves out 0 raises a false
alarm in a quarter of all experiments, in all of them at last. A confidence sequence holds at all looks
together.

Asymptotic confidence sequences (Waudby-Smith, Arbour, Sinha, Kennedy & Ramdas 2024, "Time-uniform central
limit theory and asymptotic confidence sequences", theorem 2.2): with t units, x = t rho² and standard error
s, the truth is within estimate ± s sqrt((1 + 1/x) ln((1 + x) / alpha²)) at all t, with a probability that
tends to 1 - alpha as the first look moves out. The mixture sequential test of Johari, Koomen, Pekelis & Walsh
(2022, "Always valid inference"), with effects mixed over N(0, tau²), is the same boundary with x = tau² / s²;
its p-value is the inverse of the likelihood ratio. The choice of rho (or tau) moves where the sequence is
tightest; it does not touch its validity.
"""

import math

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import lambertw, ndtri

from keepwell.science.experiment.inputs import Floats, between, positive


def best_information(confidence: float = 0.95) -> float:
    """The x at which the boundary is tightest: x = ln((1 + x) / alpha²), by Lambert's W.

    >>> round(best_information(), 3)
    8.212
    """
    alpha = 1 - between("confidence", confidence, 0, 1)
    return float(-lambertw(-(alpha**2) / math.e, -1).real - 1)


def multiplier(units: ArrayLike, planned_units: float, confidence: float = 0.95) -> Floats:
    """How many standard errors the sequence reaches to each side, after so many units.

    Args:
        units: of all arms together, at each look.
        planned_units: where the sequence is to be tightest, of all arms together.
        confidence: of all looks together.

    Returns:
        Of the shape of `units`; inf where there are none.

    Raises:
        ValueError: naming the argument that is not usable.

    >>> multiplier([100, 1000, 10_000], planned_units=1000).round(2).tolist()
    [3.82, 3.04, 3.25]
    """
    information = _information(units, planned_units, confidence)
    return _boundary(information, 1 - confidence)


def always_valid_p(z: ArrayLike, units: ArrayLike, planned_units: float, confidence: float = 0.95) -> Floats:
    """p-value at each look: at most alpha at any look ever, with probability alpha under no effect.

    Args:
        z: estimate / standard error, at each look.
        units: as for `multiplier`.
        planned_units: as for `multiplier`.
        confidence: for which the sequence is tightest at `planned_units`.

    Raises:
        ValueError: naming the argument that is not usable.
    """
    return _p(np.asarray(z, dtype=np.float64), _information(units, planned_units, confidence))


def mixture_test(
    difference: ArrayLike, standard_error: ArrayLike, effect_scale: float, confidence: float = 0.95
) -> tuple[Floats, Floats, Floats]:
    """The mixture sequential test, tuned by the size of effects instead of by units.

    Args:
        difference: at each look.
        standard_error: at each look, above 0.
        effect_scale: tau, the usual size of effects, in the unit of `difference`.
        confidence: of all looks together.

    Returns:
        Low and high end of the sequence, and the p-value, at each look.

    Raises:
        ValueError: naming the argument that is not usable.
    """
    alpha = 1 - between("confidence", confidence, 0, 1)
    found = np.asarray(difference, dtype=np.float64)
    error = np.asarray(standard_error, dtype=np.float64)
    if not (error > 0).all():
        raise ValueError("standard_error must be above 0")
    information = (positive("effect_scale", effect_scale) / error) ** 2
    reach = error * _boundary(information, alpha)
    return found - reach, found + reach, _p(found / error, information)


def false_alarm_price(confidence: float = 0.95) -> float:
    """How much wider the sequence is at its tightest than an interval for one look.

    >>> round(false_alarm_price(), 2)
    1.55
    """
    return math.sqrt(1 + best_information(confidence)) / float(ndtri((1 + confidence) / 2))


def _information(units: ArrayLike, planned_units: float, confidence: float) -> Floats:
    amount = np.asarray(units, dtype=np.float64)
    if (amount < 0).any():
        raise ValueError("units must not be negative")
    return np.asarray(amount / positive("planned_units", planned_units) * best_information(confidence))


def _boundary(information: Floats, alpha: float) -> Floats:
    safe = np.where(information > 0, information, 1.0)
    reach = np.sqrt((1 + 1 / safe) * (np.log1p(safe) - 2 * math.log(alpha)))
    return np.asarray(np.where(information > 0, reach, np.inf))


def _p(z: Floats, information: Floats) -> Floats:
    log_ratio = 0.5 * (z * z * information / (1 + information) - np.log1p(information))
    return np.asarray(np.exp(-np.maximum(log_ratio, 0.0)))
