import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from keepwell.plays import core

K = 4
MONEY = st.floats(0, 1e6, allow_nan=False)


def rule(code, cost, **options):
    return core.TreatmentRule(
        code=code,
        unit_cost=cost,
        order_cost_share=options.pop("order_cost_share", 0.0),
        low_cost=options.pop("low_cost", False),
        **options,
    )


def book(*rules, saved=0.2, **changes):
    values = {
        "version": 1,
        "treatments": rules,
        "saved_share": np.full((len(rules), 3, len(core.REASON_GROUPS)), saved),
        "max_cost": np.array([500.0, 100.0, 15.0]),
        "max_value_share": np.array([0.3, 0.2, 0.1]),
        "low_cost_only": np.array([False, False, True]),
        "lost_share_factor": 0.4,
        "lost_max_silence_days": 730.0,
    }
    return core.Rulebook(**{**values, **changes})


def customers(n=1, **columns):
    values = {
        "expected_loss": 500.0,
        "value_at_stake": 1000.0,
        "average_amount": 100.0,
        "tier": 0,
        "group": 0,
        "lost": False,
        "silence_days": 90.0,
        "hints": 0,
    }
    return core.Candidates(**{name: np.full(n, columns.get(name, value)) for name, value in values.items()})


CALL, MAIL = rule("call", 8.0), rule("mail", 0.05, low_cost=True)


def test_the_gain_is_the_assumed_share_of_the_expected_loss_before_costs():
    gain, cost = core.worthwhile(customers(), book(CALL, saved=0.11))
    assert gain.tolist() == [[55.0]]
    assert cost.tolist() == [[8.0]]


def test_a_coupon_costs_a_share_of_the_average_order():
    coupon = rule("coupon", 0.10, order_cost_share=0.03)
    assert core.costs(customers(average_amount=250.0), book(coupon)).tolist() == [[7.6]]


def test_what_gains_no_more_than_it_costs_is_left_out():
    exactly = rule("call", 100.0)
    gain, _ = core.worthwhile(customers(), book(exactly, saved=0.2))
    assert gain.tolist() == [[-np.inf]]
    gain, _ = core.worthwhile(customers(), book(rule("call", 99.99), saved=0.2))
    assert gain.tolist() == [[100.0]]


def test_a_low_tier_gets_low_cost_measures_only():
    low = customers(tier=2, value_at_stake=10_000.0)
    cost = core.costs(low, book(CALL, MAIL))
    assert core.allowed(low, book(CALL, MAIL), cost).tolist() == [[False, True]]


def test_the_limit_of_a_grade_is_absolute_and_a_share_of_the_value_at_stake():
    dear = rule("visit", 120.0)
    rules = book(dear)

    def may(**columns):
        who = customers(**columns)
        return bool(core.allowed(who, rules, core.costs(who, rules))[0, 0])

    assert may(tier=0)
    assert not may(tier=1)  # 120 > 100
    assert not may(tier=0, value_at_stake=399.0)  # 30 % of 399 < 120
    assert may(tier=0, value_at_stake=400.0)


def test_the_cost_stays_below_the_value_at_stake_even_where_the_grade_would_allow_all_of_it():
    everything = book(rule("gift", 100.0), max_value_share=np.array([1.0, 1.0, 1.0]))
    who = customers(value_at_stake=100.0)
    assert not core.allowed(who, everything, core.costs(who, everything)).any()


def test_the_lost_count_less_and_not_at_all_when_long_silent():
    recent = customers(lost=True, silence_days=730.0)
    long_ago = customers(lost=True, silence_days=731.0)
    never = customers(lost=True, silence_days=np.inf)
    assert core.worthwhile(recent, book(CALL))[0].tolist() == [[40.0]]  # 500 x 0.4 x 0.2
    assert core.worthwhile(long_ago, book(CALL))[0].tolist() == [[-np.inf]]
    assert core.worthwhile(never, book(CALL))[0].tolist() == [[-np.inf]]


def test_silence_alone_shuts_out_nobody_who_is_still_here():
    assert core.worthwhile(customers(silence_days=5000.0), book(CALL))[0].tolist() == [[100.0]]


def test_a_treatment_for_a_hint_is_for_customers_who_have_it():
    bundle = rule("bundle", 1.0, hint_bit=2)
    who = customers(n=3)
    who = core.Candidates(**{**vars(who), "hints": np.array([0, 2, 3])})
    assert core.allowed(who, book(bundle), core.costs(who, book(bundle))).ravel().tolist() == [
        False,
        True,
        True,
    ]


def test_the_best_action_has_the_highest_net_gain_and_the_lower_cost_among_equals():
    gain = np.array([[10.0, 30.0], [10.0, 12.0], [-np.inf, -np.inf]])
    cost = np.array([[1.0, 25.0], [5.0, 7.0], [1.0, 1.0]])
    assert core.best_action(gain, cost).tolist() == [0, 0, core.NOTHING]
    assert core.best_action(np.array([[12.0, 10.0]]), np.array([[7.0, 5.0]])).tolist() == [1]


def test_nobody_gets_anything_where_no_treatment_is_active():
    gain, cost = core.worthwhile(customers(n=2), book())
    assert core.best_action(gain, cost).tolist() == [-1, -1]


def test_reasons_that_nobody_named_fall_under_the_default():
    assert core.REASON_GROUPS[core.group_index(None)] == core.DEFAULT_GROUP
    assert core.REASON_GROUPS[core.group_index("a reason of tomorrow")] == core.DEFAULT_GROUP


def test_every_reason_of_insight_has_its_group():
    from keepwell.insight.labels import REASON

    assert set(core.GROUP_OF_REASON) == set(REASON)


@settings(max_examples=60, deadline=None)
@given(data=st.data(), n=st.integers(1, 12))
def test_whatever_the_customers_every_action_keeps_every_limit(data, n):
    def draw(elements, dtype=np.float64):
        return data.draw(hnp.arrays(dtype, n, elements=elements))

    who = core.Candidates(
        expected_loss=draw(MONEY),
        value_at_stake=draw(MONEY),
        average_amount=draw(MONEY),
        tier=draw(st.integers(0, 2), np.int64),
        group=draw(st.integers(0, len(core.REASON_GROUPS) - 1), np.int64),
        lost=draw(st.booleans(), np.bool_),
        silence_days=draw(st.floats(0, 3000)),
        hints=draw(st.integers(0, 7), np.int64),
    )
    saved = data.draw(hnp.arrays(np.float64, (K, 3, len(core.REASON_GROUPS)), elements=st.floats(0, 1)))
    rules = tuple(
        rule(f"t{i}", data.draw(MONEY), order_cost_share=data.draw(st.floats(0, 1)), hint_bit=i % 2)
        for i in range(K)
    )
    settings_ = core.Rulebook(**{**vars(book(*rules)), "saved_share": saved})
    gain, cost = core.worthwhile(who, settings_)
    choice = core.best_action(gain, cost)
    for row, column in enumerate(choice.tolist()):
        if column == core.NOTHING:
            assert not np.isfinite(gain[row]).any()
            continue
        tier, price = who.tier[row], cost[row, column]
        assert cost[row, column] < gain[row, column] <= who.expected_loss[row] + 1e-4
        assert price < who.value_at_stake[row]
        assert price <= settings_.max_cost[tier]
        assert price <= who.value_at_stake[row] * settings_.max_value_share[tier]
        assert not (settings_.low_cost_only[tier] and not rules[column].low_cost)
        assert not (who.lost[row] and who.silence_days[row] > settings_.lost_max_silence_days)
        assert who.hints[row] & rules[column].hint_bit == rules[column].hint_bit
        net = gain[row] - cost[row]
        assert net[column] == pytest.approx(net.max())


def test_high_value_and_core_customers_are_served_first():
    tier = np.array([2, 1, 0, 1, 2, 0])
    is_core = np.array([True, False, False, True, False, True])
    order = np.argsort(core.priorities(tier, is_core), kind="stable")
    assert [(int(tier[i]), bool(is_core[i])) for i in order] == [
        (0, False), (0, True), (1, True), (1, False), (2, True), (2, False),
    ]  # fmt: skip


def test_resources_are_ranked_by_benefit_and_speed_of_return():
    totals = {"slow": (1000.0, 100.0, 30), "fast": (400.0, 50.0, 5), "waste": (10.0, 20.0, 1)}
    assert core.ranking(totals) == ["fast", "slow", "waste"]
