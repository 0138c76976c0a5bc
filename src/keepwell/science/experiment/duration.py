"""Times until something, of which some have not come to their end yet.

What is compared is the restricted mean: the mean time within a horizon, the area under the Kaplan-Meier curve
up to it (P. Royston, M. Parmar, BMC Med. Res. Methodol. 13:152, 2013). Each unit gets a pseudo-value, so that
means of pseudo-values are restricted means and everything that compares means compares these (P. Andersen, M.
Hansen, J. Klein, Lifetime Data Anal. 10, 2004), by the infinitesimal jackknife (E. Parner, P. Andersen, M.
Overgaard, Lifetime Data Anal. 29, 2023). Whether somebody is still waiting must not tell how long it will
take.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from keepwell.science.experiment.inputs import Floats, vector


def pseudo_values(duration: ArrayLike, ended: ArrayLike, horizon: float) -> Floats:
    """(n,) what each unit of one arm adds to its restricted mean, in the unit of `duration`.

    Where all have ended, or are followed up to the horizon, it is min(duration, horizon).

    Args:
        duration: (n,) >= 0, until the end or until it was looked at last.
        ended: (n,) 1 where it ended then, 0 where it had not yet.
        horizon: up to where times count, above 0; see `longest_horizon`.

    Raises:
        ValueError: naming the argument that is not usable.

    >>> pseudo_values([1.0, 2.0, 30.0], [1, 1, 1], 14.0).round(9).tolist()
    [1.0, 2.0, 14.0]
    >>> waiting = pseudo_values([1.0, 2.0, 4.0], [1, 0, 1], 14.0)
    >>> round(float(waiting.mean()), 6), bool(waiting[1] > 2)
    (3.0, True)
    """
    times = vector("duration", duration)
    known = vector("ended", ended, times.size)
    if times.size and times.min() < 0:
        raise ValueError("duration must not be below 0")
    if not np.all((known == 0) | (known == 1)):
        raise ValueError("ended must be 0 or 1")
    if not (np.isfinite(horizon) and horizon > 0):
        raise ValueError("horizon must be above 0")
    count = times.size
    if not count:
        return np.zeros(0)
    is_event = (known == 1) & (times < horizon)
    at = np.unique(times[is_event])
    order = np.sort(times)
    at_risk = count - np.searchsorted(order, at, side="left")
    events = np.bincount(np.searchsorted(at, times[is_event]), minlength=at.size)
    left = at_risk - events
    survival = np.cumprod(left / at_risk)
    steps = np.diff(np.concatenate([at, [horizon]])) * survival
    area = np.cumsum(steps[::-1])[::-1]  # under the curve from each time of an end to the horizon
    mean = float((at[0] if at.size else horizon) + (area[0] if at.size else 0.0))
    # Nobody is left after the last end: there is no area behind it either.
    per = np.divide(area, left, out=np.zeros_like(area), where=left > 0)
    passed = np.concatenate([[0.0], np.cumsum(per * events / at_risk)])
    influence = passed[np.searchsorted(at, times, side="right")]
    influence[is_event] -= per[np.searchsorted(at, times[is_event])]
    return np.asarray(mean + count * influence)


def longest_horizon(duration: ArrayLike, ended: ArrayLike, wanted: float) -> float:
    """The longest horizon up to `wanted` at which the curve of these units is known.

    Where the last one looked at is still waiting nothing is known behind it.

    >>> longest_horizon([1.0, 5.0], [1, 0], 14.0), longest_horizon([1.0, 5.0], [1, 1], 14.0)
    (5.0, 14.0)
    """
    times = vector("duration", duration)
    known = vector("ended", ended, times.size)
    if not times.size:
        return wanted
    last = float(times.max())
    return wanted if np.any(known[times == last] == 1) else min(wanted, last)
