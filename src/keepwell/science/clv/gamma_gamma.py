"""Gamma-Gamma: how much customers spend at a purchase."""

from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import gammaln, polygamma, psi

from keepwell.science.clv.diagnostics import FitDiagnostics, diagnose
from keepwell.science.clv.inputs import Floats, require_fitted, same_length, vector, weight_vector
from keepwell.science.clv.newton import Evaluation, maximise

NAMES = ("p", "q", "v")
# The logarithms of p, q, v / mean value stay within these.
LOWER = np.log(np.array([1e-3, 1e-3, 1e-5]))
UPPER = np.log(np.array([1e5, 1e4, 1e6]))


class GammaGammaLikelihood:
    """Log-likelihood of mean transaction values (Fader & Hardie 2013, eq. 1a) in ln p, ln q, ln v."""

    def __init__(self, frequency: Floats, monetary: Floats, weight: Floats) -> None:
        self.counts, self.of = np.unique(frequency, return_inverse=True)
        self.customers_of = np.bincount(self.of, weights=weight)
        self.customers = float(weight.sum())
        self.total = frequency * monetary
        self.frequency, self.weight = frequency, weight
        # sum of w x (ln m + ln x), and of w ln m: the terms of the data alone
        log_value = np.log(monetary)
        self.scaled = float((weight * frequency) @ (log_value + np.log(frequency)))
        self.plain = float(weight @ log_value)

    def __call__(self, logs: Floats) -> Evaluation:
        """Value, gradient (3,) and Hessian (3, 3) at the logarithms of the parameters."""
        p, q, v = params = np.exp(logs)
        n, x, w, k = self.customers, self.frequency, self.weight, self.customers_of
        px = p * self.counts
        reach = self.total + v
        log_reach, inverse = np.log(reach), 1 / reach
        shape = p * x + q
        value = (
            k @ (gammaln(px + q) - gammaln(px))
            + n * (q * np.log(v) - gammaln(q))
            + p * self.scaled
            - self.plain
            - (w * shape) @ log_reach
        )
        joint, own = psi(px + q), psi(px)
        gradient = np.array(
            [
                (k * self.counts) @ (joint - own) + self.scaled - (w * x) @ log_reach,
                k @ joint + n * (np.log(v) - psi(q)) - w @ log_reach,
                n * q / v - (w * shape) @ inverse,
            ]
        )
        joint2, own2 = polygamma(1, px + q), polygamma(1, px)
        hessian = np.zeros((3, 3))
        hessian[0, 0] = (k * self.counts**2) @ (joint2 - own2)
        hessian[0, 1] = hessian[1, 0] = (k * self.counts) @ joint2
        hessian[0, 2] = hessian[2, 0] = -((w * x) @ inverse)
        hessian[1, 1] = k @ joint2 - n * polygamma(1, q)
        hessian[1, 2] = hessian[2, 1] = n / v - w @ inverse
        hessian[2, 2] = -n * q / v**2 + (w * shape) @ inverse**2
        slope = gradient * params
        return float(value), slope, hessian * np.outer(params, params) + np.diag(slope)


class GammaGamma:
    """The Gamma-Gamma model of spending (Fader & Hardie 2013, "The Gamma-Gamma model of monetary value").

    A customer's transactions vary around a mean of their own, independent of how often they come; means vary
    over customers so that the mean of x transactions regresses toward the population's. Fit it on customers
    with at least one repeat transaction, `monetary` being the mean value of their repeat transactions.

    >>> rng = np.random.default_rng(7)
    >>> x = rng.integers(1, 9, 4000)
    >>> scale = rng.gamma(4.0, 1 / 15.0, 4000)
    >>> model = GammaGamma().fit(x, rng.gamma(6.0 * x, 1 / (scale * x)))
    >>> model.converged_, round(float(model.expected_value([0], [0])[0]))
    (True, 30)
    """

    params_: dict[str, float]
    log_likelihood_: float
    converged_: bool
    on_boundary_: bool
    diagnostics_: FitDiagnostics
    mean_value_: float

    def __init__(self, *, tolerance: float = 1e-12, max_iterations: int = 200) -> None:
        self.tolerance = tolerance
        self.max_iterations = max_iterations

    def fit(self, frequency: ArrayLike, monetary: ArrayLike, weights: ArrayLike | None = None) -> Self:
        """Fit by maximum likelihood.

        Args:
            frequency: (n,) transactions behind each mean, at least 1.
            monetary: (n,) mean value of those transactions, above 0.
            weights: (n,) how many customers each row stands for; 1 by default.

        Returns:
            The fitted model itself, with `params_`, `log_likelihood_`, `mean_value_` (per transaction),
            `converged_`, `on_boundary_` and `diagnostics_`.

        Raises:
            ValueError: naming the argument that is not usable.
        """
        x, value = vector("frequency", frequency), vector("monetary", monetary)
        same_length(frequency=x, monetary=value)
        if x.size == 0:
            raise ValueError("frequency must not be empty")
        if x.min() < 1:
            raise ValueError("frequency must be at least 1: fit on customers with repeat transactions")
        if value.min() <= 0:
            raise ValueError("monetary must be above 0")
        weight = weight_vector(weights, x)
        weight = np.ones_like(x) if weight is None else weight
        target = GammaGammaLikelihood(x, value, weight)
        mean = float((weight * x) @ value / (weight @ x))
        shift = np.array([0.0, 0.0, np.log(mean)])
        optimum = maximise(
            target,
            np.log(np.array([4.0, 4.0, 0.75 * mean])),
            lower=LOWER + shift,
            upper=UPPER + shift,
            scale=target.customers,
            tolerance=self.tolerance,
            max_iterations=self.max_iterations,
        )
        self.params_ = dict(zip(NAMES, np.exp(optimum.point).tolist(), strict=True))
        self.mean_value_ = mean
        self.log_likelihood_ = optimum.value
        self.converged_ = optimum.converged
        self.on_boundary_ = bool(optimum.at_bound.any())
        extra = ("infinite_mean",) if self.params_["q"] <= 1 else ()
        self.diagnostics_ = diagnose(
            optimum, NAMES, customers=target.customers, groups=target.counts.size, extra=extra
        )
        return self

    def expected_value(self, frequency: ArrayLike, monetary: ArrayLike) -> Floats:
        """Expected value of a customer's transactions: between their own mean and the population's.

        E[M | x, m] = p (v + x m) / (p x + q - 1) (Fader & Hardie 2013, eq. 5). Where that mean does not exist
        (p x + q <= 1) the mean transaction of the data that was fitted stands in.

        Args:
            frequency: (n,) transactions behind each mean; 0 for a customer of whom nothing is known.
            monetary: (n,) mean value of those transactions; ignored where frequency is 0.

        Returns:
            (n,) expected values.

        Raises:
            RuntimeError: before `fit`.
            ValueError: naming the argument that is not usable.
        """
        require_fitted(self)
        x, value = vector("frequency", frequency), vector("monetary", monetary)
        same_length(frequency=x, monetary=value)
        p, q, v = (self.params_[name] for name in NAMES)
        below = p * x + q - 1
        exists = below > 0
        return np.where(exists, p * (v + x * value) / np.where(exists, below, 1.0), self.mean_value_)

    def to_dict(self) -> dict[str, Any]:
        """A JSON-ready copy of the fitted model.

        Raises:
            RuntimeError: before `fit`.
        """
        require_fitted(self)
        return {
            "model": type(self).__name__,
            "params": dict(self.params_),
            "mean_value": self.mean_value_,
            "log_likelihood": self.log_likelihood_,
            "converged": self.converged_,
            "on_boundary": self.on_boundary_,
            "diagnostics": self.diagnostics_.to_dict(),
        }

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        """The reverse of `to_dict`.

        Raises:
            ValueError: when `data` is of another model.
        """
        if data.get("model") != cls.__name__:
            raise ValueError(f"data is of {data.get('model')}, not of {cls.__name__}")
        model = cls()
        model.params_ = {name: float(data["params"][name]) for name in NAMES}
        model.mean_value_ = float(data["mean_value"])
        model.log_likelihood_ = float(data["log_likelihood"])
        model.converged_, model.on_boundary_ = bool(data["converged"]), bool(data["on_boundary"])
        model.diagnostics_ = FitDiagnostics.from_dict(data["diagnostics"])
        return model
