"""The simple rules that stand in where a model does not hold."""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import isotonic_regression

from keepwell.science.clv.inputs import counts, same_length, vector

Floats = NDArray[np.float64]

# Strengths tried for the shrunken rate, in purchases.
STRENGTHS = (0.0, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 4.0)
DEFAULT_STRENGTH = 0.5


def naive_rate(horizon: float, frequency: ArrayLike, T: ArrayLike) -> Floats:
    """Each customer's own rate so far times the horizon, x / T x horizon; 0 for a customer of age 0.

    >>> naive_rate(10, [2, 0], [40, 40]).tolist()
    [0.5, 0.0]
    """
    x, age = counts("frequency", frequency), vector("T", T)
    same_length(frequency=x, T=age)
    return np.asarray(horizon * x / np.where(age > 0, age, 1.0))


@dataclass(frozen=True, slots=True)
class ShrunkenRate:
    """The naive rate, drawn toward the population's: (x + k) / (T + k / rate) x horizon.

    It is the mean of a Gamma posterior (negative binomial model without dropout, Ehrenberg 1959) of strength
    k purchases, and gives one-time buyers something above 0.
    """

    rate: float
    strength: float

    @classmethod
    def learn(cls, frequency: Floats, T: Floats, actual: Floats, horizon: float) -> Self:
        """The strength of `STRENGTHS` with the least squared error in a holdout."""
        rate = population_rate(frequency, T)
        tried = [cls(rate, strength) for strength in STRENGTHS]
        errors = [((rule.expected_purchases(horizon, frequency, T) - actual) ** 2).sum() for rule in tried]
        return tried[int(np.argmin(errors))]

    @classmethod
    def unlearnt(cls, frequency: Floats, T: Floats) -> Self:
        """With the default strength, where no holdout says better."""
        return cls(population_rate(frequency, T), DEFAULT_STRENGTH)

    def expected_purchases(self, horizon: float, frequency: ArrayLike, T: ArrayLike) -> Floats:
        """(n,) purchases to expect in the next `horizon` units of time.

        >>> ShrunkenRate(rate=0.05, strength=1.0).expected_purchases(10, [2, 0], [40, 40]).round(3).tolist()
        [0.5, 0.167]
        """
        x, age = counts("frequency", frequency), vector("T", T)
        same_length(frequency=x, T=age)
        if self.rate <= 0:
            return np.zeros_like(x)
        reach = age + self.strength / self.rate
        return np.asarray(horizon * (x + self.strength) / np.where(reach > 0, reach, 1.0))

    def to_dict(self) -> dict[str, float]:
        """A JSON-ready copy."""
        return {"rate": self.rate, "strength": self.strength}


def population_rate(frequency: Floats, T: Floats) -> float:
    """Repeat purchases per unit of time, over all customers."""
    return float(frequency.sum() / T.sum()) if T.any() else 0.0


@dataclass(frozen=True, slots=True)
class ReturnCurve:
    """Probability of coming back within the horizon as a falling function of silence.

    Learned on a holdout by isotonic regression (Barlow & Brunk 1972); straight lines between the blocks.

    measure: what silence is measured by: `silence` (units of time) or `silence_ratio` (usual gaps).
    horizon: within which time customers came back.
    knots: (k,) silences, rising.
    probabilities: (k,) falling.
    """

    measure: str
    horizon: float
    knots: tuple[float, ...]
    probabilities: tuple[float, ...]

    @classmethod
    def learn(cls, measure: str, silence: Floats, returned: Floats, horizon: float) -> Self:
        """From (n,) silences at the split and whether (0, 1) each customer came back within the horizon."""
        values, of, size = np.unique(silence, return_inverse=True, return_counts=True)
        share = np.bincount(of, weights=returned) / size
        fitted = isotonic_regression(share, weights=size.astype(np.float64), increasing=False)
        starts = fitted.blocks[:-1]
        weight = np.add.reduceat(size, starts)
        center = np.add.reduceat(values * size, starts) / weight
        return cls(measure, float(horizon), tuple(center.tolist()), tuple(fitted.x[starts].tolist()))

    def probability_of_return(self, silence: ArrayLike) -> Floats:
        """(n,) probabilities for (n,) silences.

        >>> ReturnCurve("silence", 90, (10, 50), (0.8, 0.2)).probability_of_return([0, 30, 99]).tolist()
        [0.8, 0.5, 0.2]
        """
        return np.interp(vector("silence", silence), self.knots, self.probabilities)

    def to_dict(self) -> dict[str, Any]:
        """A JSON-ready copy."""
        return {
            "measure": self.measure,
            "horizon": self.horizon,
            "knots": list(self.knots),
            "probabilities": list(self.probabilities),
        }

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        """The reverse of `to_dict`."""
        return cls(
            data["measure"], float(data["horizon"]), tuple(data["knots"]), tuple(data["probabilities"])
        )
