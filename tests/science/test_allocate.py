"""Plans under a budget and capacities: feasible, near the bound, the same every time."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog
from scipy.sparse import csr_matrix, vstack

from keepwell.science.allocate import gain_curve, plan_budget

pytestmark = pytest.mark.science


def shop(customers, treatments=5, seed=0):
    """Heavy-tailed values, gains that follow them, costs by treatment with some spread."""
    rng = np.random.default_rng(seed)
    value = rng.lognormal(5, 1.3, customers)
    price = np.array([1, 5, 20, 80, 40, 60, 10.0])[:treatments]
    effect = np.array([0.02, 0.05, 0.12, 0.25, 0.15, 0.2, 0.06])[:treatments]
    cost = np.round(price * rng.lognormal(0, 0.15, (customers, treatments)), 2)
    gain = value[:, None] * effect * rng.lognormal(-0.1, 0.6, cost.shape) - rng.exponential(3, cost.shape)
    return gain, cost


def linear_bound(gain, cost, budget, capacity=None):
    n, k = gain.shape
    rows = np.repeat(np.arange(n), k)
    one_each = csr_matrix((np.ones(n * k), (rows, np.arange(n * k))), shape=(n, n * k))
    parts, limits = [one_each, csr_matrix(cost.ravel()[None, :])], [np.ones(n), [budget]]
    if capacity is not None:
        columns = np.tile(np.arange(k), n)
        parts.append(csr_matrix((np.ones(n * k), (columns, np.arange(n * k))), shape=(k, n * k)))
        limits.append(capacity)
    found = linprog(
        -gain.ravel(), A_ub=vstack(parts), b_ub=np.concatenate(limits), bounds=(0, 1), method="highs"
    )
    assert found.status == 0
    return -found.fun


def best_by_trying_all(gain, cost, budget, capacity):
    n, k = gain.shape
    best = 0.0
    for choice in itertools.product(range(-1, k), repeat=n):
        taken = [(i, j) for i, j in enumerate(choice) if j >= 0]
        if math.fsum(cost[i, j] for i, j in taken) > budget:
            continue
        if capacity is not None and any(choice.count(j) > capacity[j] for j in range(k)):
            continue
        best = max(best, math.fsum(gain[i, j] for i, j in taken))
    return best


def assert_feasible(plan, gain, cost, budget, capacity=None):
    n, k = gain.shape
    assert plan.choice.shape == (n,)
    assert plan.choice.dtype == np.int64
    assert ((plan.choice >= -1) & (plan.choice < k)).all()
    rows = np.flatnonzero(plan.choice >= 0)
    costs, gains = cost[rows, plan.choice[rows]], gain[rows, plan.choice[rows]]
    for spent in (math.fsum(costs), float(costs.sum()), float(sum(costs.tolist())), plan.cost):
        assert spent <= budget
    assert plan.gain == math.fsum(gains)
    assert (gains > 0).all()
    assert plan.upper_bound >= plan.gain
    if capacity is not None:
        assert (np.bincount(plan.choice + 1, minlength=k + 1)[1:] <= np.asarray(capacity, dtype=float)).all()


money = st.one_of(st.integers(0, 6).map(float), st.floats(0, 1e3), st.sampled_from([1e-9, 0.1, 1e9]))
worth = st.one_of(
    st.integers(-4, 9).map(float), st.floats(-1e3, 1e3), st.sampled_from([-math.inf, 1e-12, 1e12])
)


@st.composite
def tiny_cases(draw):
    n, k = draw(st.integers(1, 5)), draw(st.integers(1, 3))
    cell = st.lists(worth, min_size=n * k, max_size=n * k)
    gain = np.array(draw(cell)).reshape(n, k)
    cost = np.array(draw(st.lists(money, min_size=n * k, max_size=n * k))).reshape(n, k)
    budget = draw(st.one_of(money, st.just(float(cost.sum())), st.just(math.inf)))
    capacity = draw(st.none() | st.lists(st.integers(0, n), min_size=k, max_size=k))
    return gain, cost, budget, capacity


@settings(max_examples=300, deadline=None)
@given(tiny_cases())
def test_a_plan_is_feasible_and_its_bound_holds_for_every_choice(case):
    gain, cost, budget, capacity = case
    plan = plan_budget(gain, cost, budget, capacity)
    assert_feasible(plan, gain, cost, budget, capacity)
    best = best_by_trying_all(gain, cost, budget, capacity)
    assert plan.upper_bound >= best
    assert plan.gain <= best * (1 + 1e-12)


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 10_000))
def test_under_a_budget_small_plans_are_the_best_there_are(seed):
    rng = np.random.default_rng(seed)
    gain = rng.lognormal(2, 1, (6, 3)) * rng.choice([-1, 1, 1, 1], (6, 3))
    cost = np.round(rng.lognormal(1, 0.8, (6, 3)), 2)
    budget = float(rng.uniform(1, 25))
    plan = plan_budget(gain, cost, budget)
    assert plan.gain == pytest.approx(best_by_trying_all(gain, cost, budget, None), rel=1e-12)
    limits = rng.integers(0, 3, 3)
    limited = plan_budget(gain, cost, budget, limits)
    assert limited.gain == pytest.approx(best_by_trying_all(gain, cost, budget, limits), rel=1e-12)


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 10_000), st.integers(6, 60), st.booleans())
def test_whole_and_tied_numbers(seed, customers, limited):
    rng = np.random.default_rng(seed)
    gain = rng.integers(-2, 5, (customers, 4)).astype(float)
    cost = rng.integers(0, 4, (customers, 4)).astype(float)
    capacity = rng.integers(0, customers // 2, 4) if limited else None
    budget = float(rng.integers(0, 2 * customers))
    plan = plan_budget(gain, cost, budget, capacity)
    assert_feasible(plan, gain, cost, budget, capacity)
    # What nobody could be given is no part of the plan, and makes its bound tighter.
    bound = linear_bound(np.where(cost > budget, -1.0, gain), cost, budget, capacity)
    assert plan.upper_bound >= bound * (1 - 1e-9)
    # The relaxation splits at most one customer for each limit; each split can cost the best gain.
    assert plan.gain >= bound - 4.0 * (1 if capacity is None else 2)


@pytest.mark.parametrize("seed", range(3))
def test_under_a_budget_the_bound_is_the_linear_one(seed):
    gain, cost = shop(1_500, seed=seed)
    plan = plan_budget(gain, cost, 3_000.0)
    assert_feasible(plan, gain, cost, 3_000.0)
    assert plan.upper_bound == pytest.approx(linear_bound(gain, cost, 3_000.0), rel=1e-9)
    assert plan.gap < 1e-4


@pytest.mark.parametrize("seed", range(3))
def test_under_budget_and_capacities_the_bound_is_the_linear_one(seed):
    gain, cost = shop(1_500, seed=seed)
    capacity = [300, 100, 40, 10, 15]
    plan = plan_budget(gain, cost, 2_000.0, capacity)
    assert_feasible(plan, gain, cost, 2_000.0, capacity)
    assert plan.upper_bound == pytest.approx(linear_bound(gain, cost, 2_000.0, capacity), rel=1e-4)
    assert plan.gap < 5e-4


def test_large_case_reaches_its_targets():
    gain, cost = shop(60_000)
    assert plan_budget(gain, cost, 200_000.0).gap < 1e-6
    capacity = [9_000, 4_000, 2_000, 500, 600]
    for budget in (60_000.0, 150_000.0, math.inf):
        plan = plan_budget(gain, cost, budget, capacity)
        assert_feasible(plan, gain, cost, budget, capacity)
        assert plan.gap < 1e-3


@pytest.mark.parametrize("seed", range(2))
def test_scarce_places_for_dear_treatments(seed):
    """Places for a few in ten thousand: a sample of the customers hardly sees them."""
    rng = np.random.default_rng(seed)
    value = rng.lognormal(5, 1.4, 50_000) * rng.beta(0.7, 2.5, 50_000)
    gain = value[:, None] * [0.04, 0.10, 0.18, 0.40] * rng.lognormal(-0.1, 0.5, (50_000, 4)) - 1
    cost = np.round(np.array([0.5, 5, 20, 90]) * rng.lognormal(0, 0.1, gain.shape), 2)
    for budget in (10_000.0, 25_000.0):
        plan = plan_budget(gain, cost, budget, [2_000, 1_000, 300, 20])
        assert_feasible(plan, gain, cost, budget, [2_000, 1_000, 300, 20])
        assert plan.gap < 1e-3


def test_many_equal_customers_share_scarce_treatments():
    gain, cost = np.tile([10.0, 6.0, 3.0], (5_000, 1)), np.tile([4.0, 2.0, 1.0], (5_000, 1))
    capacity = [1_000, 1_500, 2_000]
    plan = plan_budget(gain, cost, 7_000.0, capacity)
    assert_feasible(plan, gain, cost, 7_000.0, capacity)
    assert plan.gap < 1e-3
    assert plan.gain == pytest.approx(linear_bound(gain, cost, 7_000.0, capacity), rel=1e-3)


def test_more_budget_never_gains_less():
    gain, cost = shop(400)
    for capacity in (None, [80, 30, 20, 5, 5]):
        plans = [plan_budget(gain, cost, budget, capacity) for budget in (0, 50, 200, 800, 3_000, math.inf)]
        bounds, gains = [plan.upper_bound for plan in plans], [plan.gain for plan in plans]
        # Bounds are rounded up, each a little differently.
        assert all(low <= high * (1 + 1e-12) for low, high in itertools.pairwise(bounds))
        assert gains == sorted(gains)


def test_the_same_input_gives_the_same_plan():
    gain, cost = shop(3_000)
    first, second = (plan_budget(gain, cost, 2_500.0, [200, 100, 50, 20, 20]) for _ in range(2))
    assert np.array_equal(first.choice, second.choice)
    assert (first.gain, first.cost, first.upper_bound) == (second.gain, second.cost, second.upper_bound)


def test_input_is_left_alone():
    gain, cost = (np.asfortranarray(values) for values in shop(50))
    kept = gain.copy(), cost.copy()
    plan_budget(gain, cost, 10.0, [1, 2, 3, 0, 5])
    assert np.array_equal(gain, kept[0])
    assert np.array_equal(cost, kept[1])


def test_no_budget_buys_only_what_is_free():
    plan = plan_budget([[3.0, 9.0], [2.0, 1.0]], [[0.0, 1.0], [5.0, 0.0]], 0)
    assert plan.choice.tolist() == [0, 1]
    assert (plan.cost, plan.gain, plan.upper_bound) == (0.0, 4.0, pytest.approx(4.0))


def test_no_capacity_gives_nobody_anything():
    plan = plan_budget(*shop(100), 1e6, capacity=[0] * 5)
    assert (plan.choice == -1).all()
    assert plan.upper_bound == 0.0


def test_nothing_is_better_than_a_loss():
    plan = plan_budget(-np.ones((4, 2)), np.zeros((4, 2)), 100.0)
    assert (plan.choice == -1).all()
    assert (plan.gain, plan.cost, plan.upper_bound) == (0.0, 0.0, 0.0)


def test_tenths_fill_a_budget_exactly():
    plan = plan_budget(np.ones((10, 1)), np.full((10, 1), 0.1), 1.0)
    assert plan.choice.tolist() == [0] * 9 + [plan.choice[9]]
    assert plan.cost <= 1.0


def test_no_customers():
    plan = plan_budget(np.empty((0, 3)), np.empty((0, 3)), 5.0, [1, 1, 1])
    assert plan.choice.size == 0
    assert plan.gain == plan.upper_bound == 0.0


def test_unlimited_capacity_is_no_capacity():
    gain, cost = shop(500)
    free = plan_budget(gain, cost, 900.0)
    assert np.array_equal(
        plan_budget(gain, cost, 900.0, [None, math.inf, 500, 900, None]).choice, free.choice
    )


def test_huge_ranges():
    rng = np.random.default_rng(4)
    gain = 10 ** rng.uniform(-9, 12, (2_000, 4))
    cost = 10 ** rng.uniform(-6, 9, (2_000, 4))
    for capacity in (None, [5, 300, 20, 60]):
        plan = plan_budget(gain, cost, 1e6, capacity)
        assert_feasible(plan, gain, cost, 1e6, capacity)
        # With gains over 21 orders of magnitude one customer can be the gap; no more than that.
        assert plan.gain >= plan.upper_bound - gain[cost <= 1e6].max()


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"gain": [[1.0, math.nan]]}, "gain"),
        ({"gain": [[1.0, math.inf]]}, "gain"),
        ({"gain": [1.0, 2.0]}, "gain"),
        ({"cost": [[1.0, -1.0]]}, "cost"),
        ({"cost": [[1.0, math.nan]]}, "cost"),
        ({"cost": [[1.0, math.inf]]}, "cost"),
        ({"cost": [[1.0]]}, "cost"),
        ({"budget": -1.0}, "budget"),
        ({"budget": math.nan}, "budget"),
        ({"capacity": [1]}, "capacity"),
        ({"capacity": [1, -1]}, "capacity"),
        ({"capacity": [1, math.nan]}, "capacity"),
    ],
)
def test_errors_name_the_argument(change, name):
    arguments = {"gain": [[1.0, 2.0]], "cost": [[1.0, 1.0]], "budget": 1.0, "capacity": None} | change
    with pytest.raises(ValueError, match=rf"^{name} must"):
        plan_budget(**arguments)


def test_curve_and_plan_agree():
    gain, cost = shop(800)
    budgets = [0.0, 10.0, 333.3, 2_000.0, 1e6]
    curve = gain_curve(gain, cost, budgets)
    for index, budget in enumerate(budgets):
        plan = plan_budget(gain, cost, budget)
        assert curve.gain[index] <= plan.gain * (1 + 1e-12)
        assert plan.gain <= curve.upper_bound[index] * (1 + 1e-9)
        assert curve.spent[index] <= budget
        # A plan also knows what no customer can be given within its budget.
        assert plan.upper_bound <= curve.upper_bound[index] * (1 + 1e-9)


def test_curve_is_concave_and_ends_where_money_buys_nothing_more():
    curve = gain_curve(*shop(800), points=50)
    assert curve.budget.size == 50
    assert (np.diff(curve.upper_bound) >= 0).all()
    assert (np.diff(curve.upper_bound, 2) <= 1e-6).all()
    assert curve.return_on_next[-1] == 0.0
    assert (np.diff(curve.return_on_next) <= 0).all()


def test_curve_refuses_bad_arguments():
    with pytest.raises(ValueError, match=r"^points must"):
        gain_curve(*shop(3), points=1)
    with pytest.raises(ValueError, match=r"^budgets must"):
        gain_curve(*shop(3), [-1.0])
