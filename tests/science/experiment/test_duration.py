"""Restricted means of times of which some have not ended: by pseudo-values that are means like others."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from keepwell.science.experiment import Moments, lift_from_moments, longest_horizon, pseudo_values

TIMES = st.lists(st.tuples(st.integers(0, 30), st.booleans()), min_size=2, max_size=40)


def kaplan_meier(times, ended, horizon):
    """The area under the curve, step by step."""
    alive, area, last = 1.0, 0.0, 0.0
    for at in sorted(set(times)):
        if at >= horizon:
            break
        events = sum(1 for time, end in zip(times, ended, strict=True) if time == at and end)
        if events:
            area, last = area + alive * (at - last), at
            alive *= 1 - events / sum(1 for time in times if time >= at)
    return area + alive * (horizon - last)


@given(TIMES)
def test_their_mean_is_the_area_under_the_curve(rows):
    times, ended = [float(time) for time, _end in rows], [end for _time, end in rows]
    found = pseudo_values(times, np.array(ended, dtype=float), 14.0)
    assert found.mean() == pytest.approx(kaplan_meier(times, ended, 14.0), abs=1e-9)


@given(TIMES)
def test_where_all_have_ended_each_is_its_own_time_up_to_the_horizon(rows):
    times = np.array([float(time) for time, _end in rows])
    np.testing.assert_allclose(
        pseudo_values(times, np.ones(times.size), 14.0), np.minimum(times, 14.0), atol=1e-9
    )


def test_leaving_one_out_says_nearly_the_same():
    rng = np.random.default_rng(5)
    times, until = rng.exponential(6, 400), rng.uniform(0, 30, 400)
    seen, ended = np.minimum(times, until), (times <= until).astype(float)
    found = pseudo_values(seen, ended, 14.0)
    whole = kaplan_meier(seen, ended, 14.0)
    left_out = [
        400 * whole - 399 * kaplan_meier(np.delete(seen, place), np.delete(ended, place), 14.0)
        for place in range(0, 400, 40)
    ]
    np.testing.assert_allclose(found[::40], left_out, atol=0.15)


def test_intervals_hold_the_truth_where_some_are_still_waiting():
    rng = np.random.default_rng(11)
    truth = 4 * (1 - np.exp(-14 / 4)) - 6 * (1 - np.exp(-14 / 6))  # restricted means of exponential times
    held = 0
    rounds = 400
    for _round in range(rounds):
        sides = []
        for mean in (4.0, 6.0):
            times = rng.exponential(mean, 150)
            until = np.where(rng.random(150) < 0.3, rng.uniform(2, 14, 150), 60.0)
            seen, ended = np.minimum(times, until), (times <= until).astype(float)
            sides.append(Moments.of(pseudo_values(seen, ended, 14.0)))
        found = lift_from_moments(*sides, unskewed=True, higher_is_better=False)
        held += found.low <= truth <= found.high
    assert 0.925 <= held / rounds <= 0.98


@pytest.mark.parametrize(
    ("given_", "named"),
    [
        (([-1.0], [1], 14.0), "duration"),
        (([1.0], [2], 14.0), "ended"),
        (([1.0], [1], 0.0), "horizon"),
        (([1.0], [1, 0], 14.0), "ended"),
    ],
)
def test_what_is_not_usable_is_refused_by_name(given_, named):
    with pytest.raises(ValueError, match=named):
        pseudo_values(*given_)


def test_nobody_says_nothing():
    assert pseudo_values([], [], 14.0).size == 0
    assert longest_horizon([], [], 14.0) == 14.0
