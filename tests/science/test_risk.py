"""Risk: monotone, shrunk to the defaults, compared with the simple rules."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize
from scipy.special import expit

from keepwell.science import risk

pytestmark = pytest.mark.science


def data(n=4000, seed=3, weights=(1.0, 0.5, 0.0), intercept=-0.5):
    rng = np.random.default_rng(seed)
    X = np.column_stack([rng.normal(0, 1.5, n), rng.gamma(1, 1, n), rng.gamma(1, 1, n)])
    return X, (rng.random(n) < expit(intercept + X @ np.array(weights))).astype(float)


def test_known_weights_are_found():
    X, y = data(n=40_000)
    model = risk.RiskModel([1, 1, 1], spread=10.0, intercept_spread=10.0).fit(X, y)
    assert model.intercept_ == pytest.approx(-0.5, abs=0.06)
    assert model.weights_ == pytest.approx([1.0, 0.5, 0.0], abs=0.05)


def test_the_fit_is_the_maximum():
    X, y = data(n=500, weights=(0.8, 0.3, -0.6))
    model = risk.RiskModel([0.6, 0.2, 0.1], spread=0.5).fit(X, y)

    def loss(beta):
        eta = beta[0] + X @ beta[1:]
        prior = (beta[0] / 3) ** 2 + (((beta[1:] - [0.6, 0.2, 0.1]) / 0.5) ** 2).sum()
        return np.logaddexp(0, eta).sum() - y @ eta + prior / 2

    best = minimize(loss, np.zeros(4), bounds=[(None, None)] + [(0, None)] * 3, tol=1e-12)
    assert [model.intercept_, *model.weights_] == pytest.approx(best.x, abs=1e-4)
    assert model.weights_[2] == 0


def test_evidence_that_never_occurred_keeps_its_default():
    X, y = data()
    X[:, 2] = 0
    model = risk.RiskModel([0.6, 0.2, 0.31], spread=0.5).fit(X, y)
    assert model.weights_[2] == pytest.approx(0.31)


def silent_data(n=60_000, seed=5):
    """Customers of whom some are gone and some only buy rarely: gone, silent, evidence and reach."""
    rng = np.random.default_rng(seed)
    X = np.column_stack([rng.normal(0, 1.5, n), rng.gamma(1, 1, n), rng.gamma(1, 1, n)])
    gone = rng.random(n) < expit(-1.5 + X @ np.array([1.0, 0.5, 0.0]))
    reach = rng.beta(1, 2, n) * 0.98 + 0.01
    return X, gone, (gone | (rng.random(n) >= reach)).astype(float), reach


def test_leaving_is_told_from_buying_rarely():
    X, gone, silent, reach = silent_data()
    model = risk.RiskModel([1, 1, 1], spread=10.0, intercept_spread=10.0).fit(X, silent, reach)
    assert model.intercept_ == pytest.approx(-1.5, abs=0.1)
    assert model.weights_ == pytest.approx([1.0, 0.5, 0.0], abs=0.08)
    assert model.predict_proba(X).mean() == pytest.approx(gone.mean(), abs=0.01)
    assert silent.mean() > gone.mean() + 0.3


def test_the_mixture_is_fitted_at_its_maximum():
    X, _, silent, reach = silent_data(n=800)
    model = risk.RiskModel([0.6, 0.2, 0.1], spread=0.5).fit(X, silent, reach)

    def loss(beta):
        p = risk.p_silent(expit(beta[0] + X @ beta[1:]), reach)
        prior = (beta[0] / 3) ** 2 + (((beta[1:] - [0.6, 0.2, 0.1]) / 0.5) ** 2).sum()
        return -(silent * np.log(p) + (1 - silent) * np.log(1 - p)).sum() + prior / 2

    best = minimize(loss, np.zeros(4), bounds=[(None, None)] + [(0, None)] * 3, tol=1e-12)
    assert [model.intercept_, *model.weights_] == pytest.approx(best.x, abs=1e-3)


def test_the_pace_of_the_horizon_is_found():
    rng = np.random.default_rng(11)
    X, gone, _, reach = silent_data(n=20_000)
    faster = (gone | (rng.random(gone.size) >= risk.at_pace(reach, 1.6))).astype(float)
    model = risk.RiskModel([1, 1, 1], spread=10.0, intercept_spread=10.0)
    assert risk.find_pace(X, faster, reach, model) == pytest.approx(1.6, rel=0.1)
    assert risk.at_pace(reach, 1.0) == pytest.approx(reach)


@pytest.mark.parametrize("reach", [0.0, -0.1, 1.1, np.nan])
def test_an_impossible_reach_is_refused(reach):
    X, y = data(n=50)
    with pytest.raises(ValueError, match=r"^reach "):
        risk.RiskModel([1, 1, 1]).fit(X, y, np.full(50, reach))


@given(seed=st.integers(0, 1000), column=st.integers(0, 2), more=st.floats(0, 20))
def test_more_evidence_never_lowers_the_risk(seed, column, more):
    X, y = data(n=120, seed=seed, weights=(-1.0, 0.4, -0.3))
    model = risk.RiskModel([0.5, 0.5, 0.5]).fit(X, y)
    worse = X.copy()
    worse[:, column] += more
    assert (model.weights_ >= 0).all()
    assert (model.predict_proba(worse) >= model.predict_proba(X)).all()


def test_contributions_add_up():
    X, y = data(n=300)
    model = risk.RiskModel([1, 1, 1]).fit(X, y)
    total = model.intercept_ + model.contributions(X).sum(axis=1)
    assert expit(total) == pytest.approx(model.predict_proba(X))
    again = risk.RiskModel([1, 1, 1]).restore(model.to_dict())
    assert again.predict_proba(X) == pytest.approx(model.predict_proba(X), abs=0)


@pytest.mark.parametrize(
    ("X", "y", "name"),
    [
        (np.zeros((3, 2)), np.zeros(3), "X"),
        (np.full((3, 3), np.nan), np.zeros(3), "X"),
        (np.zeros((3, 3)), np.zeros(2), "y"),
        (np.zeros((3, 3)), np.full(3, 0.5), "y"),
    ],
)
def test_wrong_arguments_are_named(X, y, name):
    with pytest.raises(ValueError, match=f"^{name} "):
        risk.RiskModel([1, 1, 1]).fit(X, y)


def fold(n):
    return np.arange(n) % 2 == 0


def test_the_best_rule_is_chosen():
    X, y = data(weights=(0.5, 1.0, 0.0))
    model = risk.RiskModel([1, 0.5, 0.5])
    silence, alive = np.ones(y.size), np.full(y.size, 0.5)
    found = risk.compare(X, silence, alive, np.ones(y.size), y, model, fold(y.size))
    assert (found.chosen, found.reason, found.rows) == ("evidence", "best", y.size)
    assert found.rules["evidence"].brier < found.rules["model"].brier < found.rules["recency"].brier


def test_a_simpler_rule_that_is_as_good_is_kept():
    X, y = data(weights=(1.0, 0.0, 0.0))
    model = risk.RiskModel([1, 0.5, 0.5])
    always = np.ones(y.size)
    found = risk.compare(X, always, np.full(y.size, 0.5), always, y, model, fold(y.size))
    assert (found.chosen, found.reason) == ("model", "simpler_is_as_good")
    rng = np.random.default_rng(1)
    silence = rng.gamma(1, 50, y.size)
    churned = (rng.random(y.size) < expit(-3 + np.log1p(silence))).astype(float)
    found = risk.compare(X, silence, np.full(y.size, 0.5), always, churned, model, fold(y.size))
    assert found.chosen == "recency"


@pytest.mark.parametrize(("n", "churned"), [(150, 75), (400, 20), (400, 390)])
def test_too_little_history_uses_the_defaults(n, churned):
    y = (np.arange(n) < churned).astype(float)
    ones = np.ones(n)
    found = risk.compare(np.zeros((n, 3)), ones, ones, ones, y, risk.RiskModel([1, 1, 1]), fold(n))
    assert (found.chosen, found.reason, found.rules) == ("evidence", "too_little_history", {})


def test_the_matching_intercept_gives_the_mean_risk():
    X, _ = data()
    shift = risk.matching_intercept(X, [1, 1, 1], 0.37)
    assert expit(shift + X.sum(axis=1)).mean() == pytest.approx(0.37)


def test_log_odds_are_bounded():
    assert risk.log_odds([0, 0.5, 1]).tolist() == [-8, 0, 8]
