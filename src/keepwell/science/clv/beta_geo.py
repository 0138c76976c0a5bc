"""BG/NBD and MBG/NBD: how often customers buy, and whether they still do."""

from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import expit

from keepwell.science.clv.diagnostics import FitDiagnostics, diagnose
from keepwell.science.clv.expectation import purchases_while_alive
from keepwell.science.clv.grouping import group
from keepwell.science.clv.inputs import Floats, histories, require_fitted, weight_vector
from keepwell.science.clv.likelihood import NAMES, GeoLikelihood
from keepwell.science.clv.newton import maximise

# The logarithms of r, alpha / mean T, a, b stay within these: beyond them the model has become a simpler one.
LOWER = np.log(np.array([1e-4, 1e-5, 1e-5, 1e-5]))
UPPER = np.log(np.array([1e4, 1e5, 1e5, 1e5]))
SAMPLE = 16_384


class _GeoModel:
    """What both models share; `_modified` is 1 when the first purchase is a chance to leave as well."""

    _modified: ClassVar[int]

    params_: dict[str, float]
    log_likelihood_: float
    converged_: bool
    on_boundary_: bool
    diagnostics_: FitDiagnostics

    def __init__(self, *, tolerance: float = 1e-12, max_iterations: int = 100) -> None:
        self.tolerance = tolerance
        self.max_iterations = max_iterations

    def fit(
        self, frequency: ArrayLike, recency: ArrayLike, T: ArrayLike, weights: ArrayLike | None = None
    ) -> Self:
        """Fit by maximum likelihood.

        Args:
            frequency: (n,) repeat purchases, whole numbers.
            recency: (n,) age at the last purchase, 0 without a repeat purchase; same unit as `T`.
            T: (n,) age at the end of observation.
            weights: (n,) how many customers each row stands for; 1 by default.

        Returns:
            The fitted model itself, with `params_`, `log_likelihood_`, `converged_`, `on_boundary_` and
            `diagnostics_`. A fit that went wrong is reported there, not raised.

        Raises:
            ValueError: naming the argument that cannot be a purchase history, or when nobody ever came back.
        """
        x, t_x, age = histories(frequency, recency, T)
        weight = weight_vector(weights, x)
        bought_again = x.any() if weight is None else (weight[x > 0] > 0).any()
        if not bought_again:
            raise ValueError("frequency must hold at least one repeat purchase")
        unit = float(age.mean())
        data = group(x, t_x, age, weight)
        full = GeoLikelihood(data, modified=bool(self._modified))
        shift = np.array([0.0, np.log(unit), 0.0, 0.0])
        box = {"lower": LOWER + shift, "upper": UPPER + shift}
        start = self._first_guess(x, age)
        if len(data) > 4 * SAMPLE:
            # Every k-th customer: the same optimum but for sampling noise, at a fraction of the price.
            rows = slice(None, None, len(x) // SAMPLE)
            sample = group(x[rows], t_x[rows], age[rows], None if weight is None else weight[rows])
            if sample.frequency.any():
                part = GeoLikelihood(sample, modified=bool(self._modified))
                start = maximise(part, start, scale=part.customers, tolerance=1e-6, **box).point
        optimum = maximise(
            full,
            start,
            scale=full.customers,
            tolerance=self.tolerance,
            max_iterations=self.max_iterations,
            **box,
        )
        self.params_ = dict(zip(NAMES, np.exp(optimum.point).tolist(), strict=True))
        self.log_likelihood_ = optimum.value
        self.converged_ = optimum.converged
        self.on_boundary_ = bool(optimum.at_bound.any())
        self.diagnostics_ = diagnose(optimum, NAMES, customers=full.customers, groups=len(data))
        return self

    @staticmethod
    def _first_guess(x: Floats, age: Floats) -> Floats:
        """A wide spread of rates around the observed one, and one customer in four leaving at a purchase."""
        rate = max(float(x.sum()), 1.0) / float(age.sum())
        guess: Floats = np.log(np.array([0.5, 0.5 / rate, 0.8, 2.4]))
        return guess

    def probability_alive(self, frequency: ArrayLike, recency: ArrayLike, T: ArrayLike) -> Floats:
        """The probability that a customer with this history is still one at T.

        Args:
            frequency: (n,) repeat purchases.
            recency: (n,) age at the last purchase.
            T: (n,) age now.

        Returns:
            (n,) probabilities.

        Raises:
            RuntimeError: before `fit`.
            ValueError: naming the argument that cannot be a purchase history.
        """
        require_fitted(self)
        x, t_x, age = histories(frequency, recency, T)
        return self._alive(x, t_x, age)

    def _alive(self, x: Floats, t_x: Floats, age: Floats) -> Floats:
        r, alpha, a, b = (self.params_[name] for name in NAMES)
        chances = x + self._modified
        log_odds = (r + x) * np.log((alpha + age) / (alpha + t_x))
        log_odds += np.log(a) - np.log(np.where(chances > 0, b + chances - 1, 1.0))
        alive: Floats = np.where(chances > 0, expit(-log_odds), 1.0)
        return alive

    def expected_purchases(
        self, horizon: float, frequency: ArrayLike, recency: ArrayLike, T: ArrayLike
    ) -> Floats:
        """Purchases to expect in the next `horizon` units of time.

        Args:
            horizon: how far to look, in the unit of `T`.
            frequency: (n,) repeat purchases.
            recency: (n,) age at the last purchase.
            T: (n,) age now; a customer acquired this moment has 0, 0, 0.

        Returns:
            (n,) expected numbers of purchases.

        Raises:
            RuntimeError: before `fit`.
            ValueError: naming the argument that is not usable.
        """
        require_fitted(self)
        if not (np.isfinite(horizon) and horizon >= 0):
            raise ValueError(f"horizon must be finite and not negative, it is {horizon}")
        x, t_x, age = histories(frequency, recency, T)
        alive = self._alive(x, t_x, age)
        alive *= purchases_while_alive(float(horizon), x, age, **self.params_, extra=self._modified)
        return alive

    def to_dict(self) -> dict[str, Any]:
        """A JSON-ready copy of the fitted model.

        Raises:
            RuntimeError: before `fit`.
        """
        require_fitted(self)
        return {
            "model": type(self).__name__,
            "params": dict(self.params_),
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
        model.log_likelihood_ = float(data["log_likelihood"])
        model.converged_, model.on_boundary_ = bool(data["converged"]), bool(data["on_boundary"])
        model.diagnostics_ = FitDiagnostics.from_dict(data["diagnostics"])
        return model


class BetaGeo(_GeoModel):
    """BG/NBD (Fader, Hardie & Lee 2005, Marketing Science 24, 275-284).

    While a customer is one, purchases are Poisson with a rate that is Gamma(r, alpha) over customers; after
    each *repeat* purchase they leave with a probability that is Beta(a, b) over customers.

    `probability_alive` is exactly 1 for everybody without a repeat purchase, whatever the silence: use
    `ModifiedBetaGeo` to find who is leaving.

    >>> model = BetaGeo().fit([0, 1, 2, 5], [0, 4, 20, 36], [39] * 4, weights=[600, 150, 90, 60])
    >>> model.probability_alive([0, 2], [0, 10], [39, 39]).round(3)
    array([1.   , 0.353])
    >>> model.expected_purchases(39, [0, 2], [0, 10], [39, 39]).round(3)
    array([0.16 , 0.602])
    """

    _modified = 0


class ModifiedBetaGeo(_GeoModel):
    """MBG/NBD (Batislam, Denizel & Filiztekin 2007, Int. J. of Research in Marketing 24, 201-209).

    As BG/NBD, but a customer may leave after the *first* purchase already, so silence counts against one-time
    buyers as well.

    >>> rng = np.random.default_rng(1)
    >>> x = rng.poisson(2, 500)
    >>> t_x = np.where(x > 0, 52 * rng.random(500) ** 0.2, 0)
    >>> model = ModifiedBetaGeo().fit(x, t_x, np.full(500, 52.0))
    >>> sorted(model.params_)
    ['a', 'alpha', 'b', 'r']
    """

    _modified = 1
