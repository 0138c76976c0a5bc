"""Members compared arm by arm: by hand, and by whether what is said holds as often as it says."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.special import ndtri

from keepwell.plays.experiments import outcomes
from keepwell.plays.experiments.outcomes import Guard, Metric, Outcomes, Sample
from keepwell.science.experiment.score import difference_interval


def units(arm, *, propensity=0.5, cost=0.0, past=None):
    """Members of these arms."""
    count = len(arm)
    return Sample(
        tuple(f"C{n}" for n in range(count)),
        np.asarray(arm, dtype=np.int64),
        np.broadcast_to(np.asarray(propensity, dtype=float), count).copy(),
        np.zeros(count),
        np.broadcast_to(np.asarray(cost, dtype=float), count).copy(),
        np.zeros((count, 0)) if past is None else past,
    )


def outcome(
    ordered, *, revenue=None, contribution=None, satisfaction=None, complaints=None, unsubscribed=None
):
    """What became of them."""
    count = len(ordered)
    zero = np.zeros(count)
    given = lambda values: zero if values is None else np.asarray(values, dtype=float)  # noqa: E731
    return Outcomes(
        np.where(np.asarray(ordered, dtype=bool), 10.0, np.inf),
        given(revenue),
        given(contribution),
        np.full(count, np.nan) if satisfaction is None else np.asarray(satisfaction, dtype=float),
        given(complaints),
        given(unsubscribed),
    )


def test_shares_by_hand_newcombe_1998():
    """56 of 70 beside 48 of 80, the example of Newcombe (1998) that the score interval is checked against."""
    arm = [1] * 70 + [0] * 80
    ordered = [1] * 56 + [0] * 14 + [1] * 48 + [0] * 32
    results = outcomes.measure(units(arm), outcome(ordered), ("control", "a"), planned_units=None)
    retention = results[0]
    found = retention.lifts["a"]
    assert retention.metric is Metric.RETENTION
    assert found.difference == pytest.approx(0.2)
    assert (round(found.low, 4), round(found.high, 4)) == (0.0528, 0.3382)
    assert retention.known == {"control": 80, "a": 70}
    assert retention.may_be_best == ("a",)


def small(ordered_treated, ordered_control, size, **more):
    """A play of `size` in each arm, of whom so many ordered; something is known of all from before."""
    arm = [1] * size + [0] * size
    ordered = [n < ordered_treated for n in range(size)] + [n < ordered_control for n in range(size)]
    before = np.random.default_rng(4).normal(size=(2 * size, 1))
    return units(arm, past=before, **more), outcome(ordered, revenue=np.array(ordered) * 100.0)


def test_of_few_orders_shares_are_compared_as_they_were_counted():
    """14 of 50 beside 3 of 50: the score interval (Miettinen & Nurminen 1985) holds where means do not."""
    members, found = small(14, 3, 50)
    retention, revenue, *_ = outcomes.measure(members, found, ("control", "a"), planned_units=None)
    lift = retention.lifts["a"]
    assert (lift.method, lift.doubts, lift.evidence) == ("score", (), "helped")
    assert lift.difference == pytest.approx(0.22)
    assert (lift.low, lift.high) == pytest.approx(difference_interval(14, 50, 3, 50, ndtri(0.975)))
    assert revenue.lifts["a"].method == "welch"
    assert "few_events" in revenue.lifts["a"].doubts


def test_elsewhere_shares_are_adjusted_for_what_was_known_before():
    """With orders enough, before the end, and where members had not all the same chance of their arm."""
    many, uneven = small(90, 60, 300), small(14, 3, 50, propensity=[0.4, 0.5] * 50)
    for (members, found), planned, method in (
        (many, None, "welch"),
        (small(14, 3, 50), 100.0, "sequence"),
        (uneven, None, "welch"),
    ):
        lift = outcomes.measure(members, found, ("control", "a"), planned_units=planned)[0].lifts["a"]
        assert lift.method == method
        assert lift.theta


def a_thousand(seed=1):
    """A play of 1,000, a fifth of them its control, of whom three in ten ordered for about as much."""
    rng = np.random.default_rng(seed)
    arm = np.array([1] * 800 + [0] * 200)
    ordered = rng.random(1000) < 0.3
    revenue = np.where(ordered, rng.gamma(4, 25, 1000), 0.0)
    return units(arm, propensity=np.where(arm == 1, 0.8, 0.2), cost=np.where(arm == 1, 2.0, 0.0)), revenue


@pytest.mark.parametrize("place", [0, 900])
def test_who_ordered_for_very_much_makes_money_doubtful_whichever_arm_they_are_in(place):
    members, revenue = a_thousand()
    money = (Metric.REVENUE, Metric.MARGIN)

    def doubts():
        found = outcome(revenue > 0, revenue=revenue, contribution=revenue * 0.4)
        results = outcomes.measure(members, found, ("control", "a"), planned_units=None)
        return [set(one.lifts["a"].doubts) for one in results if one.metric in money]

    assert not any("skewed" in one for one in doubts())
    revenue[place] = 30_000.0
    assert all("skewed" in one for one in doubts())


def test_what_is_spent_on_everybody_is_no_order():
    """Sixty orders of 1,000, of which the control's fifth has twelve: too few, though all were spent on."""
    members, _ = a_thousand()
    ordered = np.zeros(1000, dtype=bool)
    ordered[:48] = ordered[800:812] = True
    found = outcome(ordered, revenue=ordered * 50.0, contribution=ordered * 20.0)
    results = outcomes.measure(members, found, ("control", "a"), planned_units=None)
    margin = next(one.lifts["a"] for one in results if one.metric is Metric.MARGIN)
    assert "few_events" in margin.doubts


def test_margin_is_less_what_the_play_spent():
    arm = [1, 1, 0, 0]
    found = outcome([1] * 4, contribution=[30, 50, 10, 20])
    members = units(arm, cost=[4, 6, 0, 0])
    assert found.of(Metric.MARGIN, members.cost).tolist() == [26, 44, 10, 20]
    margin = outcomes.measure(members, found, ("control", "a"), planned_units=None)[2]
    assert margin.lifts["a"].difference == pytest.approx(35 - 15)


def test_satisfaction_counts_those_who_answered():
    arm = [1] * 4 + [0] * 4
    said = [1.0, 0.5, math.nan, math.nan, 0.5, 0.0, 0.25, math.nan]
    result = outcomes.measure(
        units(arm), outcome([0] * 8, satisfaction=said), ("control", "a"), planned_units=None
    )[3]
    assert result.known == {"control": 3, "a": 2}
    assert result.lifts["a"].difference == pytest.approx(0.5)
    assert result.lifts["a"].evidence == "too_small"


def test_who_was_dealt_with_another_probability_weighs_accordingly():
    """Half of the members had 0.8 to be treated, half 0.2; the plain means would mix that with their kind."""
    arm = [1] * 8 + [0] * 2 + [1] * 2 + [0] * 8
    own = [0.8] * 8 + [0.2] * 2 + [0.2] * 2 + [0.8] * 8
    ordered = [1] * 10 + [0] * 10  # the first kind orders always, the second never: no effect at all
    found = outcomes.measure(
        units(arm, propensity=own), outcome(ordered), ("control", "a"), planned_units=None
    )[0].lifts["a"]
    assert found.difference == pytest.approx(0.0)


def test_an_arm_of_nobody_is_too_small_and_no_error():
    found = outcomes.measure(units([]), outcome([]), ("control", "a", "b"), planned_units=100)
    assert all(lift.evidence == "too_small" for one in found for lift in one.lifts.values())
    assert outcomes.guards(units([]), outcome([]), ("control", "a"))[0].rail.state == "open"
    assert outcomes.curves(units([]), outcome([]), ("control",), 5) == ()


def test_of_two_arms_the_better_is_named():
    random = np.random.default_rng(3)
    arm = random.integers(0, 3, 9_000)
    ordered = random.random(9_000) < np.array([0.2, 0.21, 0.3])[arm]
    found = outcomes.measure(
        units(arm, propensity=1 / 3), outcome(ordered), ("control", "a", "b"), planned_units=None
    )[0]
    assert found.may_be_best == ("b",)
    assert found.lifts["b"].evidence == "helped"
    assert found.lifts["b"].low < 0.1 < found.lifts["b"].high


def test_guard_rail_rises_for_complaints_and_for_those_who_leave():
    arm = [1] * 500 + [0] * 500
    angry = [1] * 40 + [0] * 460 + [1] * 5 + [0] * 495
    gone = [1] * 30 + [0] * 970
    found = outcomes.guards(
        units(arm), outcome([0] * 1000, complaints=angry, unsubscribed=gone), ("control", "a")
    )
    assert {one.guard: one.rail.alarm for one in found} == {Guard.COMPLAINTS: True, Guard.UNSUBSCRIBED: True}
    calm = outcomes.guards(units([0, 1] * 1_000), outcome([0] * 2_000), ("control", "a"))
    assert [one.rail.state for one in calm] == ["safe", "safe"]


def test_daily_looks_at_the_same_members_hold_together():
    """Sixty daily looks at 400 members while their orders come in, and no effect: 5 in 100 at most."""
    random = np.random.default_rng(11)
    alarms, runs = 0, 400
    critical = float(ndtri((1 + outcomes.every_look()) / 2))
    for _ in range(runs):
        days = random.uniform(0, 60, (2, 2_000))
        days[random.random((2, 2_000)) > 0.4] = np.inf
        counts = np.stack([(days <= day).sum(axis=1) for day in range(1, 61)])
        share = counts / 2_000
        pooled = share.mean(axis=1)
        z = (share[:, 1] - share[:, 0]) / np.sqrt(2 * pooled * (1 - pooled) / 2_000)
        alarms += bool((np.abs(z) > critical).any())
    assert alarms / runs <= 0.06


def test_looks_in_a_row_hold_together():
    """Ten looks at nothing: a false alarm of the primary or of a guard rail is rare."""
    alarms = guarded = 0
    for seed in range(120):
        random = np.random.default_rng(seed)
        arm = (random.random(2_000) < 0.8).astype(int)
        members = units(arm, propensity=np.where(arm == 1, 0.8, 0.2))
        seen = outcome(random.random(2_000) < 0.3, complaints=random.random(2_000) < 0.05)
        false = bad = False
        for count in range(200, 2_001, 200):
            rows = np.arange(2_000) < count
            part, got = members.only(rows), _only(seen, rows)
            lift = outcomes.measure(part, got, ("control", "a"), planned_units=2_000)[0].lifts["a"]
            false |= lift.evidence in ("helped", "harmed")
            bad |= any(one.rail.alarm for one in outcomes.guards(part, got, ("control", "a")))
        alarms += false
        guarded += bad
    assert alarms / 120 <= 0.05
    assert guarded / 120 <= 0.05


def test_curve_by_hand():
    found = Outcomes(np.array([0.5, 2.0, np.inf, 1.0]), *(np.zeros(4) for _ in range(5)))
    curve = outcomes.curves(units([0, 0, 0, 1]), found, ("control", "a"), 2)
    assert curve[0].shares == pytest.approx((0.0, 1 / 3, 2 / 3))
    assert curve[1].shares == pytest.approx((0.0, 1.0, 1.0))


def _only(found, rows):
    kept = {name: getattr(found, name) for name in Outcomes.__dataclass_fields__}
    return Outcomes(**{name: one[rows] for name, one in kept.items() if one is not None})
