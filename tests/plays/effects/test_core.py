"""Two sides compared: what is there is found, what is not there is not, and little data says so."""

from __future__ import annotations

import numpy as np
import pytest

from keepwell.plays.effects import core
from keepwell.plays.effects.contracts import Metric


def shop(count, *, effect, share=0.1, seed=1, rate=0.3):
    """Customers who come back with `rate`, raised by `effect` where they are in reach."""
    random = np.random.default_rng(seed)
    reached = random.random(count) >= share
    before = random.poisson(4, count).astype(float)
    chance = np.clip(rate + 0.03 * (before - 4) + effect * reached, 0, 1)
    back = random.random(count) < chance
    next_day = np.where(back, random.uniform(0, 60, count), np.inf)
    spent = np.where(back, random.lognormal(5, 0.5, count), 0.0)
    return core.Sides(reached, spent, next_day, before * 100, before)


def test_an_effect_that_is_there_is_found_and_counted_up():
    sides = shop(20_000, effect=0.08)
    again, revenue = core.effects(sides)
    assert again.metric is Metric.BOUGHT_AGAIN
    assert again.lift.evidence == revenue.lift.evidence == "helped"
    assert again.lift.low < 0.08 < again.lift.high
    assert again.saved == pytest.approx(again.lift.difference * sides.reached.sum())
    assert again.saved_low < 0.08 * sides.reached.sum() < again.saved_high


def test_what_was_known_before_makes_the_interval_narrower():
    sides = shop(20_000, effect=0.08)
    again, _revenue = core.effects(sides)
    assert again.lift.variance_reduction > 0.005


def test_little_data_says_so():
    again, revenue = core.effects(shop(60, effect=0.3))
    assert again.lift.evidence == revenue.lift.evidence == "too_small"


def test_repeated_looks_keep_false_alarms_below_five_per_cent():
    alarms = 0
    for seed in range(300):
        sides = shop(4_000, effect=0.0, share=0.2, seed=seed)
        looks = range(400, 4_001, 400)
        alarms += any(
            core.effects(_first(sides, count))[0].lift.evidence in ("helped", "harmed") for count in looks
        )
    assert alarms / 300 <= 0.05


def _first(sides, count):
    return core.Sides(*(getattr(sides, name)[:count] for name in core.Sides.__dataclass_fields__))


def test_nobody_on_one_side_is_no_reason_to_fail():
    for reached in (np.ones(50, bool), np.zeros(50, bool), np.ones(0, bool)):
        count = reached.size
        sides = core.Sides(reached, np.ones(count), np.full(count, np.inf), np.ones(count), np.ones(count))
        assert all(one.lift.evidence == "too_small" for one in core.effects(sides))
        assert core.curve(sides, 60) == ()


def test_groups_hold_together_and_small_ones_are_left_out():
    sides = shop(8_000, effect=0.1, share=0.3)
    keys = ["high" if number % 2 else "mid" for number in range(8_000)]
    keys[0] = "low"
    found = core.by_group(sides, keys)
    assert [one.key for one in found] == ["high", "mid"]
    assert {one.lift.confidence for one in found} == {1 - 0.05 / 2}
    assert all(one.lift.low < 0.1 < one.lift.high for one in found)


def test_the_curve_ends_with_the_shares_and_never_falls():
    sides = shop(2_000, effect=0.1)
    points = core.curve(sides, 60)
    assert [one.day for one in points] == list(range(61))
    assert points[-1].reached == pytest.approx(sides.bought_again[sides.reached].mean())
    assert points[-1].kept_aside == pytest.approx(sides.bought_again[~sides.reached].mean())
    for side in ("reached", "kept_aside"):
        assert np.all(np.diff([getattr(one, side) for one in points]) >= 0)


def test_how_many_it_takes():
    assert core.needed(0.3, 0.05) > core.needed(0.3, 0.2) > core.needed(0.3, 0.5)
    assert core.needed(0.0, 0.05) is None
    assert core.needed(0.99, 0.05) is None
    assert core.needed(0.3, 0.0) is None
