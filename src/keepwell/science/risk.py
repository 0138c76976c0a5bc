"""Churn risk: evidence weighted by what happened before, monotone, with a ridge towards default weights.

Nobody sees a customer leave; what is seen is that no purchase came within a horizon. A slow buyer who is
still a customer may well buy nothing in that time, so silence and leaving are told apart by a mixture: with
g = P(gone) and q = the chance that somebody who is still a customer buys within the horizon,

    P(no purchase) = g + (1 - g) (1 - q) = 1 - (1 - g) q,

and g is what is learnt (a cure-rate model with a known latency: Farewell 1982, Biometrics 38, eq. 1).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.optimize import brentq, minimize_scalar
from scipy.special import expit, logit

from keepwell.science.metrics import auc, brier

Floats = npt.NDArray[np.float64]
TOLERANCE = 1e-9
ITERATIONS = 100
TRACE = 1e-12
LEAST_OF_EACH = 30
LEAST_ROWS = 200
# A more complex rule must beat a simpler one's Brier score by this share of it.
WORTH = 0.001
# How far the pace of the horizon may lie from that of the history, and how surprising that is.
PACE_LIMITS = (0.2, 5.0)
PACE_SPREAD = 0.35
PACE_ROWS = 50_000


class RiskModel:
    """P(gone) = expit(intercept + weights . evidence), weights >= 0: more evidence never lowers the risk.

    The penalised likelihood has a Gaussian prior on each weight around its default, so that a weight about
    which the data say nothing keeps its default, and plenty of data decide alone (ridge; le Cessie & van
    Houwelingen 1992, shrunk to a target). Newton steps (IRLS) with an active set for the bound at 0.

    Args:
        default_weights: (p,) >= 0.
        default_intercept: centre of the intercept's prior.
        spread: standard deviation of the weights' prior, one number or (p,).
        intercept_spread: standard deviation of the intercept's prior.
    """

    def __init__(
        self,
        default_weights: npt.ArrayLike,
        *,
        default_intercept: float = 0.0,
        spread: npt.ArrayLike = 0.5,
        intercept_spread: float = 3.0,
    ) -> None:
        self.default_weights = default_weights
        self.default_intercept = default_intercept
        self.spread = spread
        self.intercept_spread = intercept_spread

    def fit(self, X: npt.ArrayLike, y: npt.ArrayLike, reach: npt.ArrayLike = 1.0) -> RiskModel:
        """Learn intercept_ and weights_ from who came back.

        Args:
            X: (n, p) evidence.
            y: (n,) 1 = no purchase within the horizon, 0 = at least one.
            reach: (n,) or one number above 0, at most 1: the chance that somebody who is still a customer
                buys within the horizon. With 1, y itself is being gone, and this is a logistic regression.

        Raises:
            ValueError: X, y or reach has a wrong shape or is not finite, y is not 0 or 1, or reach is not
                above 0 and at most 1.
        """
        evidence, outcome = self._checked(X), np.asarray(y, dtype=np.float64)
        if outcome.shape != (evidence.shape[0],) or not np.isin(outcome, (0.0, 1.0)).all():
            raise ValueError("y must hold 0 or 1 for every row of X")
        chance = np.broadcast_to(np.asarray(reach, dtype=np.float64), outcome.shape)
        if not ((chance > 0) & (chance <= 1)).all():
            raise ValueError("reach must be above 0 and at most 1")
        design = np.column_stack([np.ones(evidence.shape[0]), evidence])
        centre, precision = self._prior(evidence.shape[1])
        beta = _maximise(_Silence(design, outcome, chance), centre, precision)
        self.intercept_, self.weights_ = float(beta[0]), beta[1:]
        return self

    def use_defaults(self) -> RiskModel:
        """Take the default weights: what to do where there is too little history to learn from."""
        self.intercept_ = float(self.default_intercept)
        self.weights_ = np.asarray(self.default_weights, dtype=np.float64).copy()
        return self

    def predict_proba(self, X: npt.ArrayLike) -> Floats:
        """(n,) probabilities of being gone."""
        return np.asarray(expit(self.intercept_ + self._checked(X) @ self.weights_))

    def contributions(self, X: npt.ArrayLike) -> Floats:
        """(n, p) what each piece of evidence adds to the log-odds."""
        return np.asarray(self._checked(X) * self.weights_)

    def to_dict(self) -> dict[str, Any]:
        """What was learnt, ready for JSON."""
        return {"intercept": self.intercept_, "weights": self.weights_.tolist()}

    def restore(self, data: dict[str, Any]) -> RiskModel:
        """The reverse of `to_dict`."""
        self.intercept_ = float(data["intercept"])
        self.weights_ = np.asarray(data["weights"], dtype=np.float64)
        return self

    def _prior(self, columns: int) -> tuple[Floats, Floats]:
        spread = np.broadcast_to(np.asarray(self.spread, dtype=np.float64), (columns,))
        centre = np.concatenate(
            [[self.default_intercept], np.asarray(self.default_weights, dtype=np.float64)]
        )
        return centre, np.concatenate([[self.intercept_spread], spread]) ** -2.0

    def _checked(self, X: npt.ArrayLike) -> Floats:
        evidence = np.asarray(X, dtype=np.float64)
        columns = np.asarray(self.default_weights).size
        if evidence.ndim != 2 or evidence.shape[1] != columns:
            raise ValueError(f"X must have shape (n, {columns})")
        if not np.isfinite(evidence).all():
            raise ValueError("X must be finite")
        return evidence


@dataclass(frozen=True)
class _Silence:
    """The mixture's likelihood: design (n, p + 1), outcome (n,) 1 = silent, reach (n,)."""

    design: Floats
    outcome: Floats
    reach: Floats

    def value(self, beta: Floats) -> float:
        """The log-likelihood, up to what does not depend on `beta`."""
        eta = self.design @ beta
        silent = np.log1p(-self.reach * expit(-eta), where=self.outcome > 0, out=np.zeros_like(eta))
        return float(silent.sum() - np.logaddexp(0.0, eta)[self.outcome == 0].sum())

    def slopes(self, beta: Floats) -> tuple[Floats, Floats]:
        """Gradient (p + 1,) and expected information (p + 1, p + 1)."""
        gone = expit(self.design @ beta)
        p_silent = np.maximum(1 - self.reach * (1 - gone), TRACE)
        share = self.reach * gone * (1 - gone) / p_silent
        score = np.where(self.outcome > 0, share, -gone)
        information = (self.design * (share * gone)[:, None]).T @ self.design
        return self.design.T @ score, information


def _maximise(silence: _Silence, centre: Floats, precision: Floats) -> Floats:
    """The posterior mode under weights >= 0 (the first column, the intercept, is free) by Fisher scoring."""

    def objective(beta: Floats) -> float:
        return silence.value(beta) - 0.5 * float((precision * (beta - centre) ** 2).sum())

    beta = centre.copy()
    value = objective(beta)
    for _ in range(ITERATIONS):
        slope, information = silence.slopes(beta)
        gradient = slope - precision * (beta - centre)
        curvature = information + np.diag(precision)
        # A weight at 0 that wants to fall stays there.
        free = (beta > 0) | (gradient > 0)
        free[0] = True
        if np.abs(gradient[free]).max() < TOLERANCE * max(1.0, silence.outcome.size):
            break
        step = np.zeros_like(beta)
        step[free] = np.linalg.solve(curvature[np.ix_(free, free)], gradient[free])
        size = 1.0
        while True:
            trial = beta + size * step
            trial[1:] = np.maximum(trial[1:], 0.0)
            reached = objective(trial)
            if reached >= value or size < 1e-8:
                break
            size /= 2
        if size < 1e-8:
            break
        beta, value = trial, reached
    return beta


def p_silent(gone: npt.ArrayLike, reach: npt.ArrayLike) -> Floats:
    """(n,) probability of no purchase within the horizon, from P(gone) and the chance to buy if not gone."""
    return np.asarray(1 - np.asarray(reach, np.float64) * (1 - np.asarray(gone, np.float64)))


def at_pace(reach: npt.ArrayLike, pace: float) -> Floats:
    """(n,) the chance to buy where everybody buys `pace` times as fast: 1 - (1 - reach) ** pace.

    Exact for purchases that come as a (mixed) Poisson process with a shape in proportion to the pace.
    """
    inside = np.clip(np.asarray(reach, dtype=np.float64), TRACE, 1 - TRACE)
    return np.asarray(-np.expm1(pace * np.log1p(-inside)))


def find_pace(evidence: Floats, y: Floats, reach: Floats, model: RiskModel) -> float:
    """How many times as fast as their history customers bought within the horizon (season, growth).

    The posterior mode of the mixture's profile likelihood, with a log-normal prior around 1; on at most
    `PACE_ROWS` rows, evenly taken. `model` gives prior and shape of the weights; it is not changed.
    """
    stride = max(1, -(-y.size // PACE_ROWS))
    X, silent, chance = evidence[::stride], y[::stride], reach[::stride]
    design = np.column_stack([np.ones(silent.size), X])
    centre, precision = model._prior(X.shape[1])

    def loss(log_pace: float) -> float:
        silence = _Silence(design, silent, at_pace(chance, float(np.exp(log_pace))))
        beta = _maximise(silence, centre, precision)
        # The term that `value` leaves out, for it does not depend on the weights, does depend on the pace.
        bought = float(np.log(silence.reach[silent == 0]).sum())
        weights = 0.5 * float((precision * (beta - centre) ** 2).sum())
        return 0.5 * (log_pace / PACE_SPREAD) ** 2 + weights - silence.value(beta) - bought

    found = minimize_scalar(loss, bounds=np.log(PACE_LIMITS), method="bounded", options={"xatol": 0.01})
    return float(np.exp(found.x))


@dataclass(frozen=True)
class RuleScore:
    """How one rule did out of sample: area under the ROC curve and Brier score."""

    auc: float
    brier: float


@dataclass(frozen=True)
class Comparison:
    """Which rule to use for the risk, and how all did on the user's own past.

    `chosen` is "evidence", "model" or "recency"; `reason` is "best", "too_little_history" (the evidence with
    its default weights, nothing learnt) or "simpler_is_as_good".
    """

    chosen: str
    reason: str
    rows: int
    churned: int
    rules: dict[str, RuleScore]

    def to_dict(self) -> dict[str, Any]:
        """A JSON-ready copy."""
        return {
            "chosen": self.chosen,
            "reason": self.reason,
            "rows": self.rows,
            "churned": self.churned,
            "rules": {name: {"auc": s.auc, "brier": s.brier} for name, s in self.rules.items()},
        }


def simple_rule() -> RiskModel:
    """A rule of one column: P(gone) = expit(a + b x), b >= 0."""
    return RiskModel([1.0], spread=3.0, intercept_spread=10.0)


def compare(
    evidence: Floats,
    recency: Floats,
    p_alive: Floats,
    reach: Floats,
    y: Floats,
    model: RiskModel,
    fold: npt.NDArray[np.bool_],
) -> Comparison:
    """Cross-fit the weighted evidence, the purchase model alone and recency alone, and choose.

    Each rule is fitted where `fold` is true and judged where it is false, and the other way round, by the
    probability of silence that it implies. The rule with the lowest Brier score wins; a simpler one keeps
    its place unless it is beaten by `WORTH`. Two plain ones are reported beside them: "plain_recency", a
    logistic curve of recency on silence itself, and "one_minus_p_alive", the model's P(alive) as it is.

    Args:
        evidence: (n, p), column 0 the log-odds of not being alive under the purchase model.
        recency: (n,) days of silence at the split.
        p_alive: (n,) at the split.
        reach: (n,) chance that somebody who is still a customer buys within the horizon.
        y: (n,) 1 = no purchase within the horizon after the split.
        model: prior and shape of the weighted evidence; it is not changed.
        fold: (n,) which half a customer is in.
    """
    churned = int(y.sum())
    if min(churned, y.size - churned) < LEAST_OF_EACH or y.size < LEAST_ROWS:
        return Comparison("evidence", "too_little_history", int(y.size), churned, {})
    days = np.log1p(recency)[:, None]
    always = np.ones_like(reach)
    rivals = {
        "recency": (days, reach),
        "model": (evidence[:, :1], reach),
        "evidence": (evidence, reach),
        "plain_recency": (days, always),
    }
    silent = {name: np.empty(y.size) for name in rivals}
    for train in (fold, ~fold):
        for name, (X, chance) in rivals.items():
            rule = _like(model) if name == "evidence" else simple_rule()
            rule.fit(X[train], y[train], chance[train])
            silent[name][~train] = p_silent(rule.predict_proba(X[~train]), chance[~train])
    silent["one_minus_p_alive"] = p_silent(1 - p_alive, reach)
    rules = {name: RuleScore(auc(y, one), brier(y, one)) for name, one in silent.items()}
    chosen = "recency"
    for name in ("model", "evidence"):
        if rules[name].brier < rules[chosen].brier * (1 - WORTH):
            chosen = name
    reason = "best" if chosen == "evidence" else "simpler_is_as_good"
    return Comparison(chosen, reason, int(y.size), churned, rules)


def _like(model: RiskModel) -> RiskModel:
    return RiskModel(
        model.default_weights,
        default_intercept=model.default_intercept,
        spread=model.spread,
        intercept_spread=model.intercept_spread,
    )


def matching_intercept(X: Floats, weights: npt.ArrayLike, mean_risk: float) -> float:
    """The intercept with which the mean risk of evidence X (n, p) is `mean_risk`, between 0 and 1."""
    score = X @ np.asarray(weights, dtype=np.float64)
    wanted = float(np.clip(mean_risk, 1e-6, 1 - 1e-6))
    return float(brentq(lambda shift: float(expit(shift + score).mean()) - wanted, -100.0, 100.0))


def log_odds(probability: npt.ArrayLike, *, limit: float = 8.0) -> Floats:
    """Log-odds, kept within +-`limit` so that no single figure decides alone."""
    with np.errstate(divide="ignore"):
        return np.asarray(np.clip(logit(np.asarray(probability, dtype=np.float64)), -limit, limit))
