"""Several treatments: published critical values, scipy's Dunnett, error rates, the set of the best."""

import numpy as np
import pytest
from scipy import stats

from keepwell.science.experiment import Moments, compare, lift_from_moments, moments_by_arm
from keepwell.science.experiment.dunnett import chance_within, critical_value, loadings

pytestmark = pytest.mark.science


@pytest.mark.parametrize(
    ("treatments", "freedom", "sided", "wanted"),
    [
        (2, np.inf, 2, 2.21), (3, np.inf, 2, 2.35), (5, np.inf, 2, 2.51), (9, np.inf, 2, 2.69),
        (2, 20, 2, 2.38), (3, 20, 2, 2.54), (1, 10, 2, 2.23), (2, 10, 2, 2.57), (1, np.inf, 1, 1.64),
        (2, np.inf, 1, 1.92), (3, np.inf, 1, 2.06), (3, 10, 1, 2.34),
    ],
)  # fmt: skip
def test_published_critical_values(treatments, freedom, sided, wanted):
    """Dunnett (1955, 1964), 5 %, equal arms."""
    loading = np.full(treatments, 0.5**0.5)
    assert critical_value(loading, 0.95, freedom, sided=sided) == pytest.approx(wanted, abs=0.006)


def test_unequal_arms_as_simulated():
    variance = np.array([1 / 100, 1 / 400, 1 / 50, 1 / 200])
    z = np.random.default_rng(60).normal(0, np.sqrt(variance), (400_000, 4))
    stray = np.abs((z[:, 1:] - z[:, :1]) / np.sqrt(variance[0] + variance[1:])).max(axis=1)
    assert chance_within(2.3, loadings(variance)) == pytest.approx((stray <= 2.3).mean(), abs=0.002)


def normal_arms(means, n=60, seed=61):
    rng = np.random.default_rng(seed)
    return [rng.normal(mean, 2, n) for mean in means]


def test_p_values_and_intervals_as_by_scipy():
    control, *others = normal_arms([10, 10.4, 11.2, 9.9], n=200)
    wanted = stats.dunnett(*others, control=control, rng=np.random.default_rng(0))
    found = compare(Moments.of(control), {str(i): Moments.of(y) for i, y in enumerate(others)})
    interval = wanted.confidence_interval()
    for i, one in enumerate(found.lifts.values()):
        assert one.p_value == pytest.approx(wanted.pvalue[i], abs=0.01)
        assert one.low == pytest.approx(interval.low[i], abs=0.03)
        assert one.high == pytest.approx(interval.high[i], abs=0.03)
        assert (one.p_value < 0.05) == (one.low > 0 or one.high < 0)


def test_one_treatment_is_a_plain_lift():
    control, treated = (Moments.of(y) for y in normal_arms([10, 10.5]))
    one, plain = compare(control, {"mail": treated}).lifts["mail"], lift_from_moments(treated, control)
    assert (one.low, one.high, one.p_value) == pytest.approx((plain.low, plain.high, plain.p_value), abs=1e-4)
    rates = [Moments.from_sums(units=90, events=x, sums=[x], products=[[x]], binary=True) for x in (20, 33)]
    one, plain = compare(rates[0], {"mail": rates[1]}).lifts["mail"], lift_from_moments(rates[1], rates[0])
    assert (one.low, one.high, one.p_value) == pytest.approx((plain.low, plain.high, plain.p_value), abs=1e-4)


def test_false_alarms_of_the_family_and_the_truly_best():
    """Nothing works: one false claim or more in at most 5 %. One works: it is in the set of the best."""
    rng = np.random.default_rng(62)
    alarms, kept, trials = 0, 0, 200
    for _ in range(trials):
        arms = [Moments.of(rng.exponential(10, 150)) for _ in range(4)]
        found = compare(arms[0], dict(zip("abc", arms[1:], strict=True)))
        alarms += any(one.evidence in ("helped", "harmed") for one in found.lifts.values())
        shifted = {"a": arms[1], "b": arms[2], "c": Moments.of(rng.exponential(10, 150) + 1.0)}
        kept += "c" in compare(arms[0], shifted).may_be_best
    assert alarms / trials < 0.08
    assert kept / trials > 0.94


def test_the_best_is_named_when_it_is_clear():
    arms = normal_arms([10, 10, 14, 11], n=300)
    names = ["mail", "call", "card"]
    moments = [Moments.of(y) for y in arms]
    found = compare(moments[0], dict(zip(names, moments[1:], strict=True)))
    assert found.may_be_best == ("call",)
    turned = compare(moments[0], dict(zip(names, moments[1:], strict=True)), higher_is_better=False)
    assert turned.may_be_best == ("control", "mail")
    assert turned.lifts["call"].evidence == "harmed"


def test_rates_of_few_events_and_looks_at_any_time():
    def arm(events, units=400):
        return Moments.from_sums(units=units, events=events, sums=[events], products=[[events]], binary=True)

    few = compare(arm(3), {"mail": arm(5), "call": arm(0)})
    assert few.may_be_best == ("control", "mail", "call")
    assert {one.method for one in few.lifts.values()} == {"score"}
    watched = compare(arm(100), {"mail": arm(190), "call": arm(105)}, planned_units=1200)
    assert watched.may_be_best == ("mail", "call")
    plain = lift_from_moments(arm(190), arm(100), planned_units=1200)
    assert watched.lifts["mail"].low < plain.low


def test_covariates_adjust_all_arms_by_one_theta():
    rng = np.random.default_rng(63)
    x = rng.gamma(2, 10, (3, 800))
    y = 0.9 * x + rng.normal(0, 3, x.shape) + np.array([[0.0], [0.0], [1.5]])
    arms = [Moments.of(a, covariate=b) for a, b in zip(y, x, strict=True)]
    found = compare(arms[0], {"mail": arms[1], "call": arms[2]})
    assert found.lifts["call"].theta == found.lifts["mail"].theta
    assert found.lifts["call"].theta[0] == pytest.approx(0.9, abs=0.02)
    assert found.lifts["call"].low > 0
    assert found.may_be_best == ("call",)


def test_an_arm_without_anybody_stands_aside():
    control, treated = (Moments.of(y) for y in normal_arms([10, 12]))
    found = compare(control, {"mail": treated, "call": Moments.empty()})
    assert found.lifts["mail"].evidence == "helped"
    assert found.lifts["call"].evidence == "too_small"
    assert found.may_be_best == ("mail", "call")
    nobody = compare(Moments.empty(), {"mail": treated})
    assert nobody.may_be_best == ("control", "mail")


def test_what_cannot_be_used_is_named():
    control = Moments.of([1.0, 2.0])
    with pytest.raises(ValueError, match="must not hold the name of the control"):
        compare(control, {"control": control})
    with pytest.raises(ValueError, match="must have the columns of the control"):
        compare(control, {"mail": Moments.of([1.0], covariate=[1.0])})


def test_an_outcome_that_is_explained_to_the_last_digit_has_no_negative_variance():
    for seed in range(60):
        rng = np.random.default_rng(seed)
        x = rng.gamma(1, 3, (7, 3)).round(1)
        y = x @ np.array([0.3, -0.2, 0.1]) + 0.5
        arms = moments_by_arm(y, [0, 0, 1, 1, 1, 1, 1], 2, covariate=x)
        found = compare(arms[0], {"mail": arms[1]}).lifts["mail"]
        assert found.standard_error >= 0
        assert found.evidence == "too_small"
