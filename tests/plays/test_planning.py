from collections import Counter
from decimal import Decimal

import numpy as np
import pytest
from django.core.exceptions import ValidationError

from keepwell.plays import core, planning, services
from keepwell.plays.rulebook import current_rulebook
from keepwell.science.allocate import plan_budget
from tests.plays.conftest import candidate_table

pytestmark = pytest.mark.django_db


def compute(cycle_id, budget, capacities=None, currency="CNY"):
    return planning.compute(
        cycle_id=cycle_id,
        currency=currency,
        budget=Decimal(budget).quantize(planning.QUANTUM),
        capacities=capacities or {},
        book=current_rulebook(currency),
    )


def test_a_plan_adds_up_and_keeps_its_limits(candidates):
    capacities = {"call_back": 30, "gift": 5, "personal_visit": 2, "service_recovery": 10}
    plan = compute(candidates(candidate_table(2_000)), "9000", capacities)
    lines = list(plan.lines)
    assert sum(line.cost for line in lines) == plan.spent <= plan.budget
    assert sum(line.gain for line in lines) == plan.expected_gain <= plan.upper_bound
    assert {code: total["customers"] for code, total in plan.actions.items()} == Counter(
        line.treatment for line in lines
    )
    for code, limit in capacities.items():
        assert plan.actions.get(code, {"customers": 0})["customers"] <= limit
    assert len({line.customer_id for line in lines}) == len(lines)
    assert all(line.cost < line.gain <= line.expected_loss for line in lines)
    assert 0 <= plan.gap <= 0.001
    assert plan.basis == "assumption"
    assert plan.considered == 2_000 >= plan.worthwhile >= len(lines) > 0


def test_the_same_input_gives_the_same_plan(candidates):
    cycle_id = candidates(candidate_table(500))
    first, second = compute(cycle_id, "300"), compute(cycle_id, "300")
    assert list(first.lines) == list(second.lines)
    assert first.curve == second.curve


def test_nothing_can_be_bought_for_nothing(candidates):
    plan = compute(candidates(candidate_table(200)), "0")
    assert (plan.spent, plan.expected_gain, len(plan.lines), plan.gap) == (0, 0, 0, 0.0)


def test_an_empty_cycle_gives_an_empty_plan(candidates):
    plan = compute(candidates(candidate_table(0)), "1000")
    assert (plan.considered, plan.worthwhile, len(plan.lines), plan.upper_bound) == (0, 0, 0, 0)
    assert plan.curve[0] == (0, 0)


def test_customers_are_served_by_value_and_core_before_gain(candidates):
    plan = compute(candidates(candidate_table(2_000)), "3000")
    keys = [(line.priority, -line.gain) for line in plan.lines]
    assert keys == sorted(keys)
    assert plan.lines[0].tier == "high"
    assert plan.lines[-1] == list(plan.lines)[-1]


def test_treatments_are_told_by_benefit_and_speed_of_return(candidates):
    plan = compute(candidates(candidate_table(2_000)), "3000")
    speeds = [(total["gain"] - total["cost"]) / total["return_days"] for total in plan.actions.values()]
    assert speeds == sorted(speeds, reverse=True)
    assert len(speeds) > 2


def test_the_curve_never_falls_and_passes_through_the_plan(candidates):
    plan = compute(candidates(candidate_table(1_500)), "800", {"call_back": 20, "gift": 10})
    budgets, gains = zip(*plan.curve, strict=True)
    assert list(budgets) == sorted(set(budgets))
    assert list(gains) == sorted(gains)
    assert (plan.budget, plan.expected_gain) in plan.curve or dict(plan.curve)[
        plan.budget
    ] >= plan.expected_gain


def test_every_point_of_the_curve_can_be_reached_and_is_close_to_the_best(candidates):
    cycle_id = candidates(candidate_table(1_500))
    capacities = {"call_back": 20, "gift": 10, "personal_visit": 3, "service_recovery": 15}
    plan = compute(cycle_id, "800", capacities)
    book = current_rulebook("CNY")
    field = planning.load(cycle_id, book)
    limits = [capacities.get(rule.code) for rule in book.treatments]
    for budget, gain in plan.curve[::8]:
        best = plan_budget(field.gain, field.cost, float(budget), limits)
        assert float(gain) <= best.upper_bound * (1 + 1e-9)
        assert float(gain) >= 0.95 * best.gain - 0.01


def test_low_tiers_get_low_cost_measures_only(candidates):
    table = candidate_table(1_000, tier=np.full(1_000, 2, np.int8))
    plan = compute(candidates(table), "100000")
    low_cost = {rule.code for rule in current_rulebook("CNY").treatments if rule.low_cost}
    assert plan.lines
    assert {line.treatment for line in plan.lines} <= low_cost


def test_default_costs_follow_the_price_level_of_the_currency():
    yuan, yen = current_rulebook("CNY"), current_rulebook("JPY")
    assert [rule.unit_cost * 60 for rule in yuan.treatments] == [rule.unit_cost for rule in yen.treatments]
    assert (yuan.max_cost * 60).tolist() == yen.max_cost.tolist()


def test_a_cost_of_ones_own_is_the_same_in_every_currency():
    services.set_treatment(code="gift", unit_cost=Decimal("33"), actor="ann")
    for currency in ("CNY", "JPY", ""):
        costs = {rule.code: rule.unit_cost for rule in current_rulebook(currency).treatments}
        assert costs["gift"] == 33.0


def test_missing_plan_inputs_are_told(home):
    with pytest.raises(FileNotFoundError):
        compute("20990101T000000Z-000000", "100")


def test_hints_in_lists_and_in_bits_are_the_same():
    import pyarrow as pa

    from keepwell.insight.labels import HINT_CODES
    from keepwell.plays.inputs import _hint_bits

    codes = [["bundle_offer"], [], ["dedicated_adviser", "bundle_offer"], None]
    expected = [1 << HINT_CODES.index("bundle_offer"), 0]
    expected += [expected[0] | 1 << HINT_CODES.index("dedicated_adviser"), 0]
    assert _hint_bits(pa.chunked_array([codes])).to_pylist() == expected
    assert _hint_bits(pa.chunked_array([[1, None, 3]])).to_pylist() == [1, 0, 3]


def test_money_keeps_four_decimals_exactly():
    from keepwell.plays.inputs import money_array

    values = np.array([0.0, 0.05, 123.4567, 99999999.9999, 1e13 / 3])
    assert money_array(values[:4]).to_pylist() == [
        Decimal("0.0000"), Decimal("0.0500"), Decimal("123.4567"), Decimal("99999999.9999"),
    ]  # fmt: skip


def test_a_capacity_for_an_unknown_treatment_is_refused():
    from keepwell.plays.queries import checked_capacities

    book = current_rulebook("CNY")
    with pytest.raises(ValidationError) as refused:
        checked_capacities(book, {"carrier_pigeon": 3})
    assert "capacities" in refused.value.message_dict
    assert checked_capacities(book, {"gift": None})["call_back"] == 200
    assert "gift" not in checked_capacities(book, {"gift": None})


def test_the_rulebook_has_an_assumption_for_every_cell():
    book = current_rulebook("CNY")
    assert book.saved_share.shape == (9, len(core.TIERS), len(core.REASON_GROUPS))
    assert (book.saved_share > 0).all()
    assert (book.saved_share < 0.5).all()


def test_who_is_kept_aside_gets_nothing_but_service(candidates):
    from datetime import UTC, datetime

    from keepwell.outreach.policy import queries as policy
    from keepwell.outreach.policy.services import set_holdout

    cycle = candidates(candidate_table(3_000))
    now = datetime(2026, 1, 1, tzinfo=UTC)
    set_holdout(share=0.3, reason="test", actor="ada", now=now)
    aside = policy.held_out([f"C{number:06d}" for number in range(3_000)])
    plan = compute(cycle, "20000")
    assert plan.aside_share == 0.3
    assert {line.treatment for line in plan.lines if line.customer_id in aside} == {"service_recovery"}
    set_holdout(share=0, reason="test", actor="ada", now=now)
    everybody = compute(cycle, "20000")
    assert len({line.treatment for line in everybody.lines if line.customer_id in aside}) > 1
    assert everybody.worthwhile > plan.worthwhile


def test_inputs_of_an_earlier_release_know_the_draw_all_the_same(candidates):
    table = candidate_table(500)
    new = compute(candidates(table), "3000")
    old = compute(candidates(table.drop_columns(["draw"])), "3000")
    assert list(new.lines) == list(old.lines)
