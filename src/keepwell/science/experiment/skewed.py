"""Intervals of the means of skewed outcomes, such as money, for one look or for looks at any time.

Few customers place the largest orders, and the studentised difference of means takes their skewness over: one
end of the usual interval misses far more often than the other. Hall (1992, "On the removal of skewness by
transformation", JRSS B 54) undoes that by a cubic, which unlike Johnson's (1978) correction is monotone, so
that intervals and p-values agree; of the difference of two means: Zhou & Dinh (2005, Biostatistics 6).
"""

import numpy as np

NONE = 1e-6  # skewness below which nothing is left to take out


def transformed(t: float, skewness: float) -> float:
    """The studentised difference without its skewness, close to a Student's t.

    Args:
        t: (difference - truth) / standard error.
        skewness: of the difference (`verdict.skewness`); NaN where it is not known, and nothing is changed.

    >>> round(transformed(2.0, 0.0), 3), round(transformed(2.0, -0.3), 3)
    (2.0, 1.577)
    """
    if not abs(skewness) > NONE or not np.isfinite(t):
        return t
    return t + skewness * t**2 / 3 + skewness**2 * t**3 / 27 + skewness / 6


def reach(critical: float, skewness: float) -> tuple[float, float]:
    """How many standard errors an interval reaches down and up, for `critical` of both without skewness.

    One of them may be negative where skewness is great: the interval then leaves out the difference itself.

    >>> [round(one, 2) for one in reach(1.96, 0.0)], [round(one, 2) for one in reach(1.96, -0.3)]
    ([1.96, 1.96], [2.65, 1.63])
    """
    if not abs(skewness) > NONE:
        return critical, critical
    up, down = (
        3 / skewness * (np.cbrt(1 + skewness * (z - skewness / 6)) - 1) for z in (critical, -critical)
    )
    return float(up), float(-down)
