"""The purchase rhythm of each customer, and whether it is broken.

`summarize` reduces orders to a few figures per customer inside the engine; `Rhythm` learns from them how
rhythms differ between customers and judges each customer's silence by the customer's own rhythm.

The model: the logarithm of a customer's interval between purchase days is normal with the customer's own mean
and variance; over customers, means are normal and variances scaled inverse chi-square (empirical Bayes). So a
customer with many intervals is judged by them, one with few mostly by the population.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Self

import ibis
import ibis.expr.types as ir
import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import polygamma, psi, stdtr

from keepwell.science.rfm import day_number, purchase_days

Floats = NDArray[np.float64]

# What is assumed of a shop in which nobody has come back yet: a season, give or take a factor of e.
DEFAULT_DAYS = 90.0
DEFAULT_LOG_VARIANCE = 1.0
MOST_DEGREES = 1000.0
# An interval is rounded to whole days: the variance of that rounding, in days squared.
ROUNDING_VARIANCE = 1 / 12
SHORTEST_SILENCE_DAYS = 0.5


def summarize(orders: ir.Table, as_of: date | datetime) -> ir.Table:
    """The intervals between purchase days of every customer.

    Args:
        orders: customer_id, ordered_at (timestamp or date), amount; see `keepwell.science.rfm.summarize`.
        as_of: rows after it are ignored; silence is counted up to its day.

    Returns:
        One row per customer: customer_id, intervals (int64, purchase days less one), interval_median_days
        (float64, null without an interval), interval_log_variance (float64, sample variance of the natural
        logarithm of the intervals, null with fewer than two), silence_days (int32, days since the last
        purchase).

    >>> import pyarrow as pa
    >>> orders = ibis.memtable(pa.table({"customer_id": ["a"] * 4, "amount": [1.0] * 4,
    ...     "ordered_at": [date(2026, 1, day) for day in (1, 8, 15, 29)]}))
    >>> row = summarize(orders, date(2026, 1, 31)).to_pyarrow().to_pylist()[0]
    >>> row["intervals"], row["interval_median_days"], row["silence_days"]
    (3, 7.0, 2)
    """
    days = purchase_days(orders, as_of)
    previous = days.day.lag().over(group_by="customer_id", order_by="day")
    gaps = days.select("customer_id", "day", gap=(days.day - previous).cast("float64"))
    return gaps.group_by("customer_id").agg(
        intervals=gaps.gap.count(),
        interval_median_days=gaps.gap.median(),
        interval_log_variance=gaps.gap.ln().var(how="sample"),
        silence_days=(ibis.literal(day_number(as_of)) - gaps.day.max()).cast("int32"),
    )


@dataclass(frozen=True, slots=True)
class RhythmScores:
    """The rhythm of n customers; every field is (n,) float64.

    rhythm_days: the customer's own typical interval, shrunk toward the population; NaN without an interval.
    usual_gap_days: the same, but the population's typical interval where the customer has none.
    spread_factor: two intervals of three lie between usual_gap_days / spread_factor and usual_gap_days x
        spread_factor.
    silence_ratio: silence in usual gaps.
    broken: probability that this customer, rhythm intact, would have bought again by now; near 1 the
        silence is longer than nearly all intervals that are to be expected of the customer.
    """

    rhythm_days: Floats
    usual_gap_days: Floats
    spread_factor: Floats
    silence_ratio: Floats
    broken: Floats


class Rhythm:
    """Empirical Bayes model of the intervals between purchases.

    `params_`: `log_mean` and `between_variance` of the customers' mean log intervals, `log_variance` and
    `degrees` of the scaled inverse chi-square distribution of their variances. `from_data_` is False when
    nobody had an interval and the documented defaults stand in.

    >>> model = Rhythm().fit([5, 3, 0, 8], [20, 35, None, 7], [0.1, 0.3, None, 0.05])
    >>> scores = model.score([5, 0], [20, None], [0.1, None], [74, 74])
    >>> scores.rhythm_days.round(1).tolist(), scores.broken.round(2).tolist()
    ([19.9, nan], [1.0, 0.95])
    """

    params_: dict[str, float]
    from_data_: bool

    def fit(self, intervals: ArrayLike, median_days: ArrayLike, log_variance: ArrayLike) -> Self:
        """Learn the population from the columns of `summarize`.

        The variances follow Smyth (2004), Stat. Appl. Genet. Mol. Biol. 3, article 3, section 6.2; the means
        DerSimonian & Laird (1986), Controlled Clinical Trials 7, 177-188.

        Args:
            intervals: (n,) numbers of intervals.
            median_days: (n,) median intervals; NaN or None without one.
            log_variance: (n,) variances of the log intervals; NaN or None with fewer than two.

        Returns:
            The model itself.

        Raises:
            ValueError: naming the argument that is not usable.
        """
        count, median, variance = self._columns(intervals, median_days, log_variance)
        known = count > 0
        self.from_data_ = bool(known.any())
        several = count > 1
        within, degrees = prior_of_variances(count[several] - 1, floored(variance, median)[several])
        mean, between = prior_of_means(np.log(median[known]), within / count[known])
        self.params_ = {
            "log_mean": mean,
            "between_variance": between,
            "log_variance": within,
            "degrees": degrees,
        }
        return self

    def score(
        self, intervals: ArrayLike, median_days: ArrayLike, log_variance: ArrayLike, silence_days: ArrayLike
    ) -> RhythmScores:
        """Judge each customer's silence by the customer's own rhythm.

        `broken` is the distribution function of the predictive distribution of an interval, Student's t in
        its logarithm, at the present silence (Gelman et al., Bayesian Data Analysis, 3rd ed., section 3.3).

        Args:
            intervals: (n,) as for `fit`.
            median_days: (n,) as for `fit`.
            log_variance: (n,) as for `fit`.
            silence_days: (n,) days since the last purchase.

        Returns:
            The scores.

        Raises:
            RuntimeError: before `fit`.
            ValueError: naming the argument that is not usable.
        """
        if not hasattr(self, "params_"):
            raise RuntimeError("Rhythm is not fitted: call fit first")
        count, median, variance = self._columns(intervals, median_days, log_variance)
        silence = np.asarray(silence_days, dtype=np.float64)
        if silence.shape != count.shape or not (silence >= 0).all():
            raise ValueError("silence_days must not be negative, with one element per customer")
        prior = self.params_
        known = count > 0
        own_degrees = np.maximum(count - 1, 0)
        own = np.where(count > 1, floored(variance, median), 0.0)
        degrees = prior["degrees"] + own_degrees
        within = (prior["degrees"] * prior["log_variance"] + own_degrees * own) / degrees
        of_mean = within / np.maximum(count, 1)
        trust = np.where(known, prior["between_variance"] / (prior["between_variance"] + of_mean), 0.0)
        center = prior["log_mean"] + trust * (np.log(np.where(known, median, 1.0)) - prior["log_mean"])
        uncertain = np.sqrt(within + prior["between_variance"] * (1 - trust))
        usual = np.exp(center)
        lasted = np.log(np.maximum(silence, SHORTEST_SILENCE_DAYS))
        return RhythmScores(
            rhythm_days=np.where(known, usual, np.nan),
            usual_gap_days=usual,
            spread_factor=np.exp(uncertain),
            silence_ratio=silence / usual,
            broken=np.asarray(stdtr(degrees, (lasted - center) / uncertain)),
        )

    @staticmethod
    def _columns(
        intervals: ArrayLike, median_days: ArrayLike, log_variance: ArrayLike
    ) -> tuple[Floats, Floats, Floats]:
        names = ("intervals", "median_days", "log_variance")
        given = (intervals, median_days, log_variance)
        count, median, variance = (np.asarray(values, dtype=np.float64) for values in given)
        for name, array in zip(names, (count, median, variance), strict=True):
            if array.ndim != 1 or array.size != count.size:
                raise ValueError(f"{name} must have one dimension and as many elements as intervals")
        if not (count >= 0).all():
            raise ValueError("intervals must not be negative")
        if not (median[count > 0] > 0).all():
            raise ValueError("median_days must be above 0 where there is an interval")
        if not (variance[count > 1] >= 0).all():
            raise ValueError("log_variance must not be negative where there are two intervals")
        return count, median, variance

    def to_dict(self) -> dict[str, Any]:
        """A JSON-ready copy of the fitted model."""
        if not hasattr(self, "params_"):
            raise RuntimeError("Rhythm is not fitted: call fit first")
        return {"model": "Rhythm", "params": dict(self.params_), "from_data": self.from_data_}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        """The reverse of `to_dict`."""
        if data.get("model") != "Rhythm":
            raise ValueError(f"data is of {data.get('model')}, not of Rhythm")
        model = cls()
        model.params_ = {name: float(value) for name, value in data["params"].items()}
        model.from_data_ = bool(data["from_data"])
        return model


def floored(variance: Floats, median: Floats) -> Floats:
    """Variances of log intervals, at least what rounding to whole days leaves undecided."""
    return np.maximum(variance, ROUNDING_VARIANCE / np.maximum(median, 1.0) ** 2)


def prior_of_variances(degrees: Floats, variance: Floats) -> tuple[float, float]:
    """Location and degrees of freedom of the scaled inverse chi-square prior (after Smyth 2004, section 6.2).

    Args:
        degrees: (k,) degrees of freedom of each variance, at least 1.
        variance: (k,) variances, above 0.

    Returns:
        The prior's variance and its degrees of freedom, at most `MOST_DEGREES`.
    """
    if degrees.size < 2:
        return (float(variance[0]) if variance.size else DEFAULT_LOG_VARIANCE), 1.0
    levels, of = np.unique(degrees, return_inverse=True)
    noise = polygamma(1, levels / 2)[of]  # the sampling variance of a log variance
    centered = np.log(variance) - (psi(levels / 2) - np.log(levels / 2))[of]
    # Weighted by precision: variances of two intervals are mostly noise, and the smallest are rounding.
    mean = float(np.average(centered, weights=1 / noise))
    excess = float(np.average((centered - mean) ** 2 - noise, weights=noise**-2.0))
    half = inverse_trigamma(excess) if excess > 0 else MOST_DEGREES / 2
    half = min(half, MOST_DEGREES / 2)
    return float(np.exp(mean + psi(half) - np.log(half))), 2 * half


def inverse_trigamma(value: float) -> float:
    """The y with trigamma(y) = `value` > 0, by Newton's method on its reciprocal (Smyth 2004, appendix)."""
    y = 0.5 + 1 / value
    for _ in range(50):
        at = float(polygamma(1, y))
        step = at * (1 - at / value) / float(polygamma(2, y))
        y += step
        if -step / y < 1e-10:
            break
    return y


def prior_of_means(log_median: Floats, variance: Floats) -> tuple[float, float]:
    """Mean of the customers' mean log intervals and its variance between them.

    Args:
        log_median: (k,) what each customer's intervals say.
        variance: (k,) how uncertain that is.

    Returns:
        The mean over customers and the variance between customers (DerSimonian & Laird 1986).
    """
    if log_median.size == 0:
        return float(np.log(DEFAULT_DAYS)), DEFAULT_LOG_VARIANCE
    if log_median.size == 1:
        return float(log_median[0]), DEFAULT_LOG_VARIANCE
    weight = 1 / variance
    total = float(weight.sum())
    center = float(weight @ log_median) / total
    excess = float(weight @ (log_median - center) ** 2) - (log_median.size - 1)
    between = max(0.0, excess / (total - float(weight @ weight) / total))
    weight = 1 / (variance + between)
    return float(weight @ log_median / weight.sum()), between
