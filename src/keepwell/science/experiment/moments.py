"""What an arm has to say, in numbers of fixed size that can be added.

A database can collect a `Moments` for each arm, day and shop by plain sums; adding them gives the same result
as all units at once. Kept are sums around the mean (Chan, Golub & LeVeque 1983), not raw squares, so that
adding loses no digits.
"""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike

from keepwell.science.experiment.inputs import Floats, covariate_matrix, vector

# Rows worked on at a time: what is derived from them stays in the processor's cache, and linear algebra does
# not wake other threads for them.
BLOCK = 8192


@dataclass(frozen=True, slots=True, eq=False)
class Moments:
    """Sums over the units of one arm; `a + b` is both together.

    Columns are the outcome, then the denominator (of a ratio metric), then the covariates. Each unit has a
    weight w, the inverse of the probability with which it came into this arm; all 1 where that is the same
    for everybody.

    Attributes:
        units: how many.
        events: units with an outcome other than 0.
        binary: whether every outcome is 0 or 1.
        ratio: whether the second column is a denominator.
        weight: sum of w.
        weight_squared: sum of w².
        mean: (p,) sum of w z / sum of w.
        drift: (p,) sum of w² (z - mean); all 0 with equal weights.
        scatter: (p, p) sum of w² (z - mean)(z - mean)'.
        third: (4,) sum of w³ (y - mean)^j of the outcome, j = 0…3; NaN where it is not known.
    """

    units: int
    events: int
    binary: bool
    ratio: bool
    weight: float
    weight_squared: float
    mean: Floats
    drift: Floats
    scatter: Floats
    third: Floats

    @classmethod
    def of(
        cls,
        outcome: ArrayLike,
        *,
        denominator: ArrayLike | None = None,
        covariate: ArrayLike | None = None,
        weights: ArrayLike | None = None,
    ) -> Self:
        """Of the units of one arm.

        Args:
            outcome: (n,) of any unit; 0 and 1 for yes and no.
            denominator: (n,) for a ratio metric, sum of outcomes / sum of denominators.
            covariate: (n,) or (n, k) known before the experiment began.
            weights: (n,) above 0, the inverse of the probability of this arm.

        Raises:
            ValueError: naming the argument that is not usable.

        >>> both = Moments.of([0, 1, 1]) + Moments.of([0, 0])
        >>> both.units, both.events, round(float(both.mean[0]), 6)
        (5, 2, 0.4)
        """
        y = vector("outcome", outcome)
        columns = [y]
        if denominator is not None:
            columns.append(vector("denominator", denominator, y.size))
        x = covariate_matrix(covariate, y.size)
        if x is not None:
            columns += list(x.T)
        w = None if weights is None else vector("weights", weights, y.size)
        if w is not None and w.size and w.min() <= 0:
            raise ValueError("weights must be above 0")
        ratio = denominator is not None
        whole = cls.empty(len(columns), ratio=ratio)
        for start in range(0, y.size, BLOCK):
            part = slice(start, start + BLOCK)
            rows = np.stack([column[part] for column in columns])
            whole = whole + cls._of_rows(rows, None if w is None else w[part], ratio=ratio)
        return whole

    @classmethod
    def _of_rows(cls, z: Floats, w: Floats | None, *, ratio: bool) -> Self:
        """Of one block of checked values: z (p, n), w (n,) or None for 1 everywhere."""
        y, n = z[0], z.shape[1]
        events = int(np.count_nonzero(y != 0))
        binary = events == int(np.count_nonzero(y == 1))
        if w is None:
            mean = z.mean(axis=1)
            off = z - mean[:, None]
            third = np.array([n, 0.0, off[0] @ off[0], (off[0] * off[0]) @ off[0]])
            none = np.zeros_like(mean)
            return cls(n, events, binary, ratio, float(n), float(n), mean, none, _products(off, off), third)
        weight, w2 = float(w.sum()), w * w
        mean = np.array([row @ w for row in z]) / weight
        off = z - mean[:, None]
        heavy = off * w2
        w3, square = w2 * w, off[0] * off[0]
        third = np.array([w3.sum(), w3 @ off[0], w3 @ square, (w3 * square) @ off[0]])
        drift, scatter = heavy.sum(axis=1), _products(heavy, off)
        return cls(n, events, binary, ratio, weight, float(w2.sum()), mean, drift, scatter, third)

    @classmethod
    def empty(cls, columns: int = 1, *, ratio: bool = False) -> Self:
        """Of nobody."""
        none = np.zeros(columns)
        return cls(0, 0, True, ratio, 0.0, 0.0, none, none, np.zeros((columns, columns)), np.zeros(4))

    @classmethod
    def from_sums(
        cls,
        *,
        units: int,
        events: int,
        sums: ArrayLike,
        products: ArrayLike,
        cubes: ArrayLike | None = None,
        binary: bool = False,
        ratio: bool = False,
        weight: float | None = None,
        weight_squared: float | None = None,
        squared_sums: ArrayLike | None = None,
    ) -> Self:
        """From what a database adds up: COUNT(*), COUNT(*) FILTER (WHERE y <> 0), SUM(z), SUM(z z'), SUM(y³).

        Args:
            units: rows.
            events: rows whose outcome is not 0.
            sums: (p,) sum of each column; of w z with weights.
            products: (p, p) sum of the product of each two columns; of w² z z' with weights.
            cubes: sum of y³; with weights the four sums of w³ y^j, j = 0…3. Left out, nothing is said about
                skewness.
            binary: whether every outcome is 0 or 1.
            ratio: whether the second column is a denominator.
            weight: sum of w; left out where all are 1.
            weight_squared: sum of w².
            squared_sums: (p,) sum of w² z.

        Raises:
            ValueError: naming the argument that is not usable.

        >>> m = Moments.from_sums(units=4, events=2, sums=[2], products=[[2]], cubes=2, binary=True)
        >>> float(m.mean[0]), float(m.scatter[0, 0])
        (0.5, 1.0)
        """
        total = vector("sums", sums)
        square = np.asarray(products, dtype=np.float64)
        if square.shape != (total.size, total.size) or not np.isfinite(square).all():
            raise ValueError(f"products must be finite, of shape {(total.size, total.size)}")
        if not 0 <= events <= units:
            raise ValueError(f"events must be between 0 and units, they are {events} of {units}")
        if units == 0:
            return cls.empty(total.size, ratio=ratio)
        plain = weight is None
        if weight is None or weight_squared is None or squared_sums is None:
            if not (weight is None and weight_squared is None and squared_sums is None):
                raise ValueError("weight, weight_squared and squared_sums go together")
            w1 = w2 = float(units)
            second = total
        else:
            w1, w2, second = float(weight), float(weight_squared), vector("squared_sums", squared_sums)
        mean = total / w1
        drift = second - w2 * mean
        scatter = square - np.outer(second, mean) - np.outer(mean, second) + w2 * np.outer(mean, mean)
        third = np.full(4, np.nan)
        if cubes is not None:
            powers = np.asarray(cubes, dtype=np.float64)
            if plain and powers.ndim == 0:
                powers = np.array([units, total[0], square[0, 0], float(powers)])
            third = _shifted(vector("cubes", powers, 4), -float(mean[0]))
        return cls(units, events, binary, ratio, w1, w2, mean, drift, (scatter + scatter.T) / 2, third)

    def __add__(self, other: Self) -> Self:
        """The units of both, which must be different ones."""
        if self.mean.size != other.mean.size or self.ratio != other.ratio:
            raise ValueError("moments of different columns cannot be added")
        if not self.units or not other.units:
            return self if self.units else other
        weight = self.weight + other.weight
        mean = self.mean + (other.mean - self.mean) * (other.weight / weight)
        parts = [part._around(mean) for part in (self, other)]
        drift, scatter, third = (a + b for a, b in zip(*parts, strict=True))
        return type(self)(
            units=self.units + other.units,
            events=self.events + other.events,
            binary=self.binary and other.binary,
            ratio=self.ratio,
            weight=weight,
            weight_squared=self.weight_squared + other.weight_squared,
            mean=mean,
            drift=drift,
            scatter=scatter,
            third=third,
        )

    def _around(self, center: Floats) -> tuple[Floats, Floats, Floats]:
        """Drift, scatter and third around another point than the mean."""
        by = self.mean - center
        cross = np.outer(self.drift, by)
        scatter = self.scatter + cross + cross.T + self.weight_squared * np.outer(by, by)
        return self.drift + self.weight_squared * by, scatter, _shifted(self.third, float(by[0]))

    @property
    def covariates(self) -> int:
        """How many covariates there are."""
        return int(self.mean.size) - (2 if self.ratio else 1)

    @property
    def equal_weights(self) -> bool:
        """Whether all units have the same weight."""
        return abs(self.units * self.weight_squared - self.weight**2) <= 1e-9 * self.weight**2

    @property
    def effective_units(self) -> float:
        """Units that would be as precise with equal weights: (sum of w)² / sum of w² (Kish 1965)."""
        return self.weight**2 / self.weight_squared if self.units else 0.0

    @property
    def measurable(self) -> bool:
        """Whether there is a mean with a variance: two units, and of a ratio something to divide by."""
        return self.units >= 2 and not (self.ratio and self.mean[1] == 0)

    @property
    def covariance_of_mean(self) -> Floats:
        """(p, p) covariance of the means: sum of w² (z - mean)(z - mean)' / (sum of w)² x n / (n - 1).

        With equal weights that is the sample covariance / n; else the linearised variance of the Hájek
        estimator (Särndal, Swensson & Wretman 1992, section 5.7). NaN with fewer than two units.
        """
        if self.units < 2:
            return np.full_like(self.scatter, np.nan)
        return np.asarray(self.scatter / self.weight**2 * (self.units / (self.units - 1)))

    def to_dict(self) -> dict[str, Any]:
        """A JSON-ready copy."""
        third = None if np.isnan(self.third).any() else self.third.tolist()
        return {
            "units": self.units, "events": self.events, "binary": self.binary, "ratio": self.ratio,
            "weight": self.weight, "weight_squared": self.weight_squared, "mean": self.mean.tolist(),
            "drift": self.drift.tolist(), "scatter": self.scatter.tolist(), "third": third,
        }  # fmt: skip

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        """The reverse of `to_dict`."""
        third = np.full(4, np.nan) if data["third"] is None else np.array(data["third"], dtype=np.float64)
        mean, drift, scatter = (
            np.array(data[name], dtype=np.float64) for name in ("mean", "drift", "scatter")
        )
        return cls(
            units=int(data["units"]),
            events=int(data["events"]),
            binary=bool(data["binary"]),
            ratio=bool(data["ratio"]),
            weight=float(data["weight"]),
            weight_squared=float(data["weight_squared"]),
            mean=mean,
            drift=drift,
            scatter=scatter,
            third=third,
        )


def _products(left: Floats, right: Floats) -> Floats:
    """Left right' for few long rows; dot products, as matrix products are made for other shapes."""
    found = np.zeros((len(left), len(left)))
    for i in range(len(left)):
        for j in range(i, len(left)):
            found[i, j] = found[j, i] = left[i] @ right[j]
    return found


def _shifted(sums: Floats, by: float) -> Floats:
    """Sums of powers 0…3 of v + by, from those of v."""
    s0, s1, s2, s3 = sums.tolist()
    return np.array(
        [s0, s1 + by * s0, s2 + 2 * by * s1 + by**2 * s0, s3 + 3 * by * s2 + 3 * by**2 * s1 + by**3 * s0]
    )


def moments_by_arm(
    outcome: ArrayLike,
    arm: ArrayLike,
    arms: int,
    *,
    denominator: ArrayLike | None = None,
    covariate: ArrayLike | None = None,
    probability: ArrayLike | None = None,
) -> list[Moments]:
    """A `Moments` for each arm.

    Args:
        outcome: (n,).
        arm: (n,) 0…arms - 1.
        arms: how many there are.
        denominator: (n,) for a ratio metric.
        covariate: (n,) or (n, k) known before the experiment began.
        probability: (n,) with which each unit came into the arm it is in, in (0, 1].

    Raises:
        ValueError: naming the argument that is not usable.

    >>> [m.units for m in moments_by_arm([1.5, 0, 2], [0, 2, 0], 3)]
    [2, 0, 1]
    """
    y = vector("outcome", outcome)
    of = np.asarray(arm)
    fits = of.shape == y.shape and of.dtype.kind in "iub"
    if not fits or (y.size and not (of.min() >= 0 and of.max() < arms)):
        raise ValueError(f"arm must be {y.size} integers, each of 0…{arms - 1}")
    columns = [y]
    if denominator is not None:
        columns.append(vector("denominator", denominator, y.size))
    x = covariate_matrix(covariate, y.size)
    if x is not None:
        columns += list(x.T)
    p = None if probability is None else vector("probability", probability, y.size)
    if p is not None and y.size and not (p.min() > 0 and p.max() <= 1):
        raise ValueError("probability must be above 0 and at most 1")
    return _grouped(columns, of, arms, p, ratio=denominator is not None)


def _grouped(columns: list[Floats], of: Any, arms: int, p: Floats | None, *, ratio: bool) -> list[Moments]:
    """Blocks by arm, from checked columns."""
    found = [Moments.empty(len(columns), ratio=ratio) for _ in range(arms)]
    for start in range(0, columns[0].size, BLOCK):
        part = slice(start, start + BLOCK)
        for a in range(arms):
            mine = np.flatnonzero(of[part] == a)
            if mine.size:
                rows = np.stack([column[part].take(mine) for column in columns])
                w = None if p is None else 1 / p[part].take(mine)
                found[a] = found[a] + Moments._of_rows(rows, w, ratio=ratio)
    return found
