"""BG/NBD, MBG/NBD and Gamma-Gamma: derivatives, recovery, closed forms, limits, refusals."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.special import betaln, gammaln, hyp2f1

from keepwell.science.clv import BetaGeo, GammaGamma, ModifiedBetaGeo
from keepwell.science.clv.expectation import beta_rule, purchases_while_alive
from keepwell.science.clv.gamma_gamma import GammaGammaLikelihood
from keepwell.science.clv.grouping import group
from keepwell.science.clv.likelihood import GeoLikelihood

pytestmark = pytest.mark.science

MODELS = [BetaGeo, ModifiedBetaGeo]
TRUE = {"r": 0.6, "alpha": 8.0, "a": 0.7, "b": 2.0}


def simulate(n, *, modified, seed, grid=None, r, alpha, a, b):
    """Histories drawn from the story the models tell."""
    rng = np.random.default_rng(seed)
    T = rng.uniform(20, 80, n) if grid is None else rng.integers(20 * grid, 80 * grid, n) / grid
    rate, leave = rng.gamma(r, 1 / alpha, n), rng.beta(a, b, n)
    x, t_x, clock = np.zeros(n), np.zeros(n), np.zeros(n)
    there = np.arange(n)
    if modified:
        there = there[rng.random(n) > leave]
    while there.size:
        clock[there] += rng.exponential(1 / rate[there])
        there = there[clock[there] < T[there]]
        x[there] += 1
        t_x[there] = clock[there]
        there = there[rng.random(there.size) > leave[there]]
    if grid is not None:
        t_x = np.minimum(np.ceil(t_x * grid) / grid, T)
    return x, t_x, T


def textbook(x, t_x, T, *, modified, r, alpha, a, b):
    """The log-likelihood with gamma functions, as the papers print it."""
    k = x + modified
    value = gammaln(r + x) - gammaln(r) + r * np.log(alpha)
    value += gammaln(a + b) + gammaln(b + k) - gammaln(b) - gammaln(a + b + k)
    stays = (alpha + T) ** -(r + x)
    with np.errstate(divide="ignore"):
        leaves = np.where(k > 0, a / (b + k - 1), 0.0) * (alpha + t_x) ** -(r + x)
    return value + np.log(stays + leaves)


@pytest.mark.parametrize("grid", [None, 1, 7])
@pytest.mark.parametrize("modified", [False, True])
def test_likelihood_is_that_of_the_papers(modified, grid):
    data = simulate(400, modified=modified, seed=1, grid=grid, **TRUE)
    weights = np.random.default_rng(2).integers(0, 4, 400).astype(float)
    params = {"r": 0.9, "alpha": 5.0, "a": 1.3, "b": 0.6}
    expected = textbook(*data, modified=modified, **params)
    logs = np.log(list(params.values()))
    for weight, total in ((None, expected.sum()), (weights, weights @ expected)):
        target = GeoLikelihood(group(*data, weight), modified=modified)
        assert target(logs)[0] == pytest.approx(total, rel=1e-12)


def assert_derivatives(target, point, step=1e-5):
    """Gradient and Hessian against central differences."""
    _, gradient, hessian = target(point)
    scale = max(1.0, np.abs(hessian).max())
    for i, unit in enumerate(np.eye(point.size) * step):
        up, down = target(point + unit), target(point - unit)
        assert (up[0] - down[0]) / (2 * step) == pytest.approx(gradient[i], abs=1e-6 * scale)
        np.testing.assert_allclose((up[1] - down[1]) / (2 * step), hessian[i], atol=1e-6 * scale)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.floats(-3, 3), min_size=4, max_size=4), st.booleans())
def test_geo_derivatives(logs, modified):
    data = simulate(200, modified=modified, seed=3, grid=1, **TRUE)
    assert_derivatives(GeoLikelihood(group(*data, None), modified=modified), np.array(logs))


@settings(max_examples=30, deadline=None)
@given(st.lists(st.floats(-2, 3), min_size=3, max_size=3))
def test_gamma_gamma_derivatives(logs):
    rng = np.random.default_rng(4)
    x = rng.integers(1, 9, 200).astype(float)
    target = GammaGammaLikelihood(x, rng.gamma(3, 10, 200), rng.integers(1, 3, 200).astype(float))
    assert_derivatives(target, np.array(logs))


@pytest.mark.parametrize("grid", [None, 7])
@pytest.mark.parametrize(("model", "modified"), [(BetaGeo, False), (ModifiedBetaGeo, True)])
def test_recovers_what_it_was_simulated_from(model, modified, grid):
    data = simulate(80_000, modified=modified, seed=5, grid=grid, **TRUE)
    fitted = model().fit(*data)
    assert fitted.converged_
    assert not fitted.on_boundary_
    assert fitted.diagnostics_.codes == ()
    errors = fitted.diagnostics_.standard_errors
    if grid is None:  # rounding up to the grid is a small bias of its own
        for name, value in TRUE.items():
            assert abs(fitted.params_[name] - value) < 4 * errors[name]
            assert errors[name] < 0.15 * value
    else:
        assert fitted.params_ == pytest.approx(TRUE, rel=0.15)


def test_the_sample_start_changes_nothing():
    x, t_x, T = simulate(100_000, modified=False, seed=6, **TRUE)
    whole = BetaGeo().fit(x, t_x, T)
    grouped = BetaGeo().fit(x[:60_000], t_x[:60_000], T[:60_000], weights=np.ones(60_000))
    again = BetaGeo().fit(x[:60_000], t_x[:60_000], T[:60_000])
    assert grouped.params_ == pytest.approx(again.params_, rel=1e-9)
    assert whole.diagnostics_.gradient_norm < 1e-7
    assert textbook(x, t_x, T, modified=False, **whole.params_).sum() == pytest.approx(
        whole.log_likelihood_, rel=1e-12
    )


@pytest.mark.parametrize("model", MODELS)
def test_weights_stand_for_repeated_customers(model):
    x, t_x, T = simulate(3_000, modified=True, seed=7, grid=1, **TRUE)
    weight = np.random.default_rng(8).integers(0, 3, x.size)
    weighted = model().fit(x, t_x, T, weights=weight)
    repeated = model().fit(*(np.repeat(column, weight) for column in (x, t_x, T)))
    assert weighted.log_likelihood_ == pytest.approx(repeated.log_likelihood_, rel=1e-12)
    assert weighted.params_ == pytest.approx(repeated.params_, rel=1e-5)
    assert weighted.diagnostics_.customers == weight.sum()


@pytest.mark.parametrize("model", MODELS)
def test_the_unit_of_time_does_not_matter(model):
    x, t_x, T = simulate(5_000, modified=True, seed=9, grid=7, **TRUE)
    weeks, days = model().fit(x, t_x, T), model().fit(x, t_x * 7, T * 7)
    in_weeks = days.params_ | {"alpha": days.params_["alpha"] / 7}
    assert in_weeks == pytest.approx(weeks.params_, rel=1e-5)
    np.testing.assert_allclose(
        days.expected_purchases(70, x, t_x * 7, T * 7), weeks.expected_purchases(10, x, t_x, T), rtol=1e-5
    )


def test_a_world_without_leaving_is_reported_as_a_boundary():
    rng = np.random.default_rng(10)
    T = rng.uniform(30, 60, 4_000)
    x = rng.poisson(rng.gamma(1.5, 1 / 20, T.size) * T).astype(float)
    t_x = np.where(x > 0, T * rng.random(T.size) ** (1 / np.maximum(x, 1)), 0.0)
    for model in MODELS:
        fitted = model().fit(x, t_x, T)
        assert fitted.on_boundary_
        assert "on_boundary" in fitted.diagnostics_.codes
        assert fitted.diagnostics_.standard_errors is None
        assert (fitted.probability_alive(x, t_x, T) > 0.95).all()


def test_stopping_early_is_reported():
    data = simulate(2_000, modified=False, seed=11, **TRUE)
    fitted = BetaGeo(max_iterations=1).fit(*data)
    assert not fitted.converged_
    assert "not_converged" in fitted.diagnostics_.codes


def model_with(model, **params):
    """A model as it would come back from storage."""
    report = {"customers": 1.0, "groups": 1, "iterations": 0, "gradient_norm": 0.0, "boundary": []}
    return model.from_dict(
        {
            "model": model.__name__,
            "params": params,
            "log_likelihood": 0.0,
            "converged": True,
            "on_boundary": False,
            "diagnostics": report | {"standard_errors": None, "codes": []},
        }
    )


@pytest.mark.parametrize("modified", [False, True])
def test_expected_purchases_equal_the_hypergeometric_formula(modified):
    """Fader, Hardie & Lee (2005, eq. 10), where it can be evaluated safely."""
    rng = np.random.default_rng(12)
    r, alpha, a, b = 0.243, 4.414, 0.793, 2.426
    x = rng.integers(0, 12, 200).astype(float)
    T = rng.uniform(5, 60, 200)
    t_x = np.where(x > 0, T * rng.random(200), 0)
    k = x + modified
    horizon = 26.0
    ratio = (alpha + T) / (alpha + T + horizon)
    series = hyp2f1(r + x, b + k, a + b + k - 1, horizon / (alpha + T + horizon))
    expected = (a + b + k - 1) / (a - 1) * (1 - ratio ** (r + x) * series)
    gone = a / (b + k - 1) * ((alpha + T) / (alpha + t_x)) ** (r + x)
    expected = expected / (1 + np.where(k > 0, gone, 0))
    model = model_with(ModifiedBetaGeo if modified else BetaGeo, r=r, alpha=alpha, a=a, b=b)
    np.testing.assert_allclose(model.expected_purchases(horizon, x, t_x, T), expected, rtol=1e-9)


@settings(max_examples=150, deadline=None)
@given(
    st.tuples(*[st.floats(-3, 3)] * 3, st.floats(-1, 4)),
    st.integers(0, 200),
    st.floats(0.5, 100),
    st.floats(-2, 6),
    st.sampled_from([0, 1]),
)
def test_expected_purchases_while_alive_equal_an_adaptive_integral(logs, count, age, log_horizon, extra):
    r, a, b, alpha = np.exp(logs)
    horizon, c = np.exp(log_horizon), b + count + extra
    got = purchases_while_alive(
        horizon, np.array([float(count)]), np.array([age]), r=r, alpha=alpha, a=a, b=b, extra=extra
    )[0]
    scale, norm, middle = (alpha + age) / horizon, np.exp(betaln(a, c)), a / (a + c)

    def inner(p):
        return -np.expm1(-(r + count) * np.log1p(p / scale)) / p if p > 0 else (r + count) / scale

    # p = u^(1/a) near 0 and 1 - p = v^(1/c) near 1 take the poles of the density away.
    def left(u):
        p = u ** (1 / a)
        return inner(p) * (1 - p) ** (c - 1) / (a * norm)

    def right(v):
        q = v ** (1 / c)
        return inner(1 - q) * (1 - q) ** (a - 1) / (c * norm)

    settings_ = {"limit": 500, "epsabs": 0, "epsrel": 1e-10}
    low = quad(left, 0, middle**a, full_output=1, **settings_)[0]
    high = quad(right, 0, (1 - middle) ** c, full_output=1, **settings_)[0]
    assert got == pytest.approx(low + high, rel=1e-6)


def test_expected_purchases_agree_with_simulated_futures():
    """Follow customers with one and the same past, drawn by rejection."""
    rng = np.random.default_rng(13)
    r, alpha, a, b = 1.2, 10.0, 0.9, 2.2
    n, T, horizon = 600_000, 30.0, 20.0
    rate, leave = rng.gamma(r, 1 / alpha, n), rng.beta(a, b, n)
    clock, x, t_x, after = np.zeros(n), np.zeros(n), np.zeros(n), np.zeros(n)
    there = np.arange(n)
    while there.size:
        clock[there] += rng.exponential(1 / rate[there])
        there = there[clock[there] < T + horizon]
        early = there[clock[there] < T]
        x[early] += 1
        t_x[early] = clock[early]
        after[there[clock[there] >= T]] += 1
        there = there[rng.random(there.size) > leave[there]]
    model = model_with(BetaGeo, r=r, alpha=alpha, a=a, b=b)
    for count in (0, 1, 3):
        alike = x == count
        foretold = model.expected_purchases(horizon, x[alike], t_x[alike], np.full(alike.sum(), T)).mean()
        assert foretold == pytest.approx(after[alike].mean(), abs=4 * after[alike].std() / alike.sum() ** 0.5)


@pytest.mark.parametrize(
    "shapes", [(1e-3, 0.5), (0.5, 0.5), (1.0, 1.0), (0.3, 0.7), (5.0, 2e3), (40.0, 1e-2)]
)
def test_beta_rule_integrates_polynomials(shapes):
    a, c = shapes
    points, weights = beta_rule(np.array([a]), np.array([c]), 12)
    moment = 1.0
    for power in range(8):
        assert weights[0] @ points[0] ** power == pytest.approx(moment, rel=1e-10)
        moment *= (a + power) / (a + c + power)


@pytest.mark.parametrize("model", MODELS)
def test_limits_of_the_predictions(model):
    fitted = model_with(model, r=0.5, alpha=6.0, a=0.9, b=2.4)
    x, T = np.array([0.0, 2, 30]), np.array([40.0, 40, 40])
    t_x = np.array([0.0, 12, 39])
    assert fitted.expected_purchases(0, x, t_x, T).tolist() == [0, 0, 0]
    near = fitted.expected_purchases(1e-7, x, t_x, T) / 1e-7
    naive = fitted.probability_alive(x, t_x, T) * (0.5 + x) / (6.0 + T)
    np.testing.assert_allclose(near, naive, rtol=1e-5)
    far = [fitted.expected_purchases(h, x, t_x, T) for h in (10.0, 100.0, 1e4, 1e6)]
    assert (np.diff(far, axis=0) > 0).all()
    alive = fitted.probability_alive([3] * 5, [1.0, 10, 20, 30, 40], [40.0] * 5)
    assert (np.diff(alive) > 0).all()
    assert ((alive > 0) & (alive < 1)).all()
    assert fitted.probability_alive([500], [1.0], [1e5])[0] == pytest.approx(0, abs=1e-12)
    assert fitted.expected_purchases(9, [], [], []).size == 0


def test_one_time_buyers_are_alive_for_certain_in_bg_only():
    x, t_x, T = [0, 0], [0, 0], [1.0, 500.0]
    assert model_with(BetaGeo, **TRUE).probability_alive(x, t_x, T).tolist() == [1, 1]
    recent, long_gone = model_with(ModifiedBetaGeo, **TRUE).probability_alive(x, t_x, T)
    assert 1 > recent > long_gone > 0


def test_a_near_one_is_no_special_case():
    x, t_x, T = np.array([0.0, 3]), np.array([0.0, 20]), np.array([30.0, 30])
    at = [
        model_with(BetaGeo, r=0.4, alpha=5.0, a=a, b=0.2).expected_purchases(20, x, t_x, T)
        for a in (1 - 1e-9, 1.0, 1 + 1e-9)
    ]
    np.testing.assert_allclose(at[0], at[1], rtol=1e-7)
    np.testing.assert_allclose(at[2], at[1], rtol=1e-7)


@pytest.mark.parametrize("model", MODELS)
def test_storage_is_json_and_exact(model):
    x, t_x, T = simulate(2_000, modified=True, seed=14, **TRUE)
    fitted = model().fit(x, t_x, T)
    again = model.from_dict(json.loads(json.dumps(fitted.to_dict())))
    assert again.to_dict() == fitted.to_dict()
    assert again.diagnostics_ == fitted.diagnostics_
    assert (again.expected_purchases(9, x, t_x, T) == fitted.expected_purchases(9, x, t_x, T)).all()
    other = next(kind for kind in MODELS if kind is not model)
    with pytest.raises(ValueError, match=model.__name__):
        other.from_dict(fitted.to_dict())


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"frequency": [1.5, 0]}, "frequency"),
        ({"frequency": [-1, 0]}, "frequency"),
        ({"frequency": [0, 0], "recency": [0, 0]}, "frequency"),
        ({"frequency": ["a", "b"]}, "frequency"),
        ({"recency": [9, 0]}, "recency"),
        ({"recency": [1, 1]}, "recency"),
        ({"recency": [np.nan, 0]}, "recency"),
        ({"T": [5]}, "T has 1"),
        ({"T": [[5, 5]]}, "T must have one dimension"),
        ({"T": [np.inf, 5]}, "T must be finite"),
        ({"weights": [1]}, "weights"),
        ({"weights": [0, 0]}, "weights"),
    ],
)
def test_fit_names_the_argument(change, name):
    arguments = {"frequency": [1, 0], "recency": [3, 0], "T": [5, 5]} | change
    with pytest.raises(ValueError, match=name):
        BetaGeo().fit(**arguments)


def test_prediction_needs_a_fit_and_a_horizon():
    with pytest.raises(RuntimeError, match="not fitted"):
        BetaGeo().probability_alive([1], [1], [2])
    with pytest.raises(ValueError, match="horizon"):
        model_with(BetaGeo, **TRUE).expected_purchases(-1, [1], [1], [2])


def spending(n, seed, p=6.0, q=4.0, v=15.0):
    """Mean transaction values drawn from the Gamma-Gamma story."""
    rng = np.random.default_rng(seed)
    x = rng.integers(1, 15, n).astype(float)
    return x, rng.gamma(p * x, 1 / (rng.gamma(q, 1 / v, n) * x))


def test_gamma_gamma_recovers_and_shrinks():
    x, m = spending(40_000, 15)
    fitted = GammaGamma().fit(x, m)
    assert fitted.converged_
    errors = fitted.diagnostics_.standard_errors
    for name, value in (("p", 6.0), ("q", 4.0), ("v", 15.0)):
        assert abs(fitted.params_[name] - value) < 4 * errors[name]
    population = fitted.expected_value([0], [0])[0]
    assert population == pytest.approx(6 * 15 / 3, rel=0.03)
    own = np.array([100.0] * 4)
    estimates = fitted.expected_value([0, 1, 5, 1000], own)
    assert (np.diff(estimates) > 0).all()
    assert estimates[0] == population
    assert estimates[-1] == pytest.approx(100, rel=0.01)


def test_gamma_gamma_weights_and_scale():
    x, m = spending(3_000, 16)
    weight = np.random.default_rng(17).integers(0, 3, x.size)
    weighted = GammaGamma().fit(x, m, weights=weight)
    repeated = GammaGamma().fit(np.repeat(x, weight), np.repeat(m, weight))
    assert weighted.params_ == pytest.approx(repeated.params_, rel=1e-5)
    cents = GammaGamma().fit(x, m * 100)
    dollars = GammaGamma().fit(x, m)
    assert cents.params_["v"] == pytest.approx(dollars.params_["v"] * 100, rel=1e-5)


def test_gamma_gamma_without_a_mean_says_so():
    x, m = spending(5_000, 18, q=0.6)
    fitted = GammaGamma().fit(x, m)
    assert fitted.params_["q"] < 1
    assert "infinite_mean" in fitted.diagnostics_.codes
    assert fitted.expected_value([0], [0])[0] == fitted.mean_value_
    again = GammaGamma.from_dict(json.loads(json.dumps(fitted.to_dict())))
    assert again.expected_value([0, 3], [0, 9]).tolist() == fitted.expected_value([0, 3], [0, 9]).tolist()


def test_equal_amounts_end_on_a_boundary():
    fitted = GammaGamma().fit([1, 2, 3, 4] * 20, [10.0] * 80)
    assert "on_boundary" in fitted.diagnostics_.codes
    assert fitted.expected_value([1], [10.0])[0] == pytest.approx(10, rel=0.01)


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        (([0, 1], [1, 1]), "frequency"),
        (([1, 1], [0, 1]), "monetary"),
        (([1, 1], [1]), "monetary"),
        (([], []), "frequency"),
        (([1, 1], [1, 2], [-1, 1]), "weights"),
    ],
)
def test_gamma_gamma_names_the_argument(arguments, name):
    with pytest.raises(ValueError, match=name):
        GammaGamma().fit(*arguments)
