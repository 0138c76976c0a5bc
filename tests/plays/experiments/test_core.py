"""The lot: a function of who is in, the shares, the limits and the salt."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keepwell.plays.experiments import core
from keepwell.plays.experiments.core import Limits

KEYS = "abcd"
people = st.dictionaries(
    st.text("0123456789C-", min_size=1, max_size=8),
    st.sampled_from(["high/low", "mid/high", "/"]),
    max_size=80,
)
weights = st.lists(st.floats(0.1, 10), min_size=1, max_size=4)
control = st.sampled_from([0.0, 0.05, 0.2, 0.5])


def limits(by_arm, costs=(), budget=None, capacities=None):
    keys = list(by_arm)
    amounts = dict(zip(keys, [Decimal(0), *costs], strict=False))
    return Limits(
        unit_cost={key: amounts.get(key, Decimal(0)) for key in keys},
        treatment={key: "" if key == "control" else f"t{key}" for key in keys},
        budget=budget,
        capacities=capacities or {},
    )


def arms_of(ids, dealt):
    return {ids[place]: int(arm) for place, arm in zip(dealt.chosen, dealt.arm, strict=True)}


@given(people, control, weights, st.text("ab", min_size=1, max_size=3), st.randoms(use_true_random=False))
def test_the_order_does_not_matter_and_nobody_is_dealt_out_twice(who, share, parts, salt, random):
    by_arm = core.shares(share, dict(zip(KEYS, parts, strict=False)))
    ids = list(who)
    mixed = random.sample(ids, len(ids))
    budget = Decimal(len(ids))
    bound = limits(by_arm, [Decimal(2)] * 4, budget)
    first = core.deal(ids, [who[one] for one in ids], by_arm, bound, salt=salt)
    again = core.deal(mixed, [who[one] for one in mixed], by_arm, bound, salt=salt)
    assert arms_of(ids, first) == arms_of(mixed, again)
    assert len(set(first.chosen.tolist())) == len(first.chosen)


@given(people, control, weights)
def test_shares_hold_within_each_stratum_to_one_member(who, share, parts):
    by_arm = core.shares(share, dict(zip(KEYS, parts, strict=False)))
    ids, keys = list(who), list(by_arm)
    dealt = core.deal(ids, [who[one] for one in ids], by_arm, limits(by_arm), salt="x")
    assert len(dealt.chosen) == len(ids)
    counted = Counter((who[ids[p]], keys[a]) for p, a in zip(dealt.chosen, dealt.arm, strict=True))
    for stratum, size in Counter(who.values()).items():
        for key in keys:
            assert abs(counted[stratum, key] - by_arm[key] * size) < 1 + 1e-6
    for arm, propensity in zip(dealt.arm, dealt.propensity, strict=True):
        assert propensity == pytest.approx(by_arm[keys[arm]])


@given(
    people,
    control,
    weights,
    st.lists(st.integers(0, 50), min_size=4, max_size=4),
    st.integers(0, 500),
    st.integers(0, 20),
)
def test_the_budget_and_capacities_hold_whatever_the_lot(who, share, parts, costs, budget, most):
    by_arm = core.shares(share, dict(zip(KEYS, parts, strict=False)))
    ids, keys = list(who), list(by_arm)
    amounts = [Decimal(one) for one in costs]
    bound = limits(by_arm, amounts, Decimal(budget), {"ta": most})
    dealt = core.deal(ids, [who[one] for one in ids], by_arm, bound, salt="x")
    counted = Counter(keys[arm] for arm in dealt.arm)
    assert sum(bound.unit_cost[key] * number for key, number in counted.items()) <= budget
    assert counted["a"] <= most


def test_nobody_is_left_out_where_there_is_room_for_all():
    by_arm = core.shares(0.2, {"a": 1, "b": 1})
    ids = [f"C{number}" for number in range(100)]
    bound = limits(by_arm, [Decimal(1), Decimal(1)], Decimal(80), {"ta": 40})
    assert len(core.deal(ids, ["x"] * 100, by_arm, bound, salt="s").chosen) == 100


def test_another_salt_deals_anew():
    by_arm = core.shares(0.5, {"a": 1})
    ids = [f"C{number}" for number in range(200)]
    first, second = (
        core.deal(ids, ["x"] * 200, by_arm, limits(by_arm), salt=salt).arm for salt in ("one", "two")
    )
    assert (first != second).any()


def test_shares_of_arms_follow_their_weights():
    assert core.shares(0.1, {"a": 1, "b": 2}) == pytest.approx({"control": 0.1, "a": 0.3, "b": 0.6})
    assert list(core.shares(0, {"a": 1, "b": 1})) == ["a", "b"]
    with pytest.raises(ValueError, match="positive"):
        core.shares(0.2, {"a": 0})
