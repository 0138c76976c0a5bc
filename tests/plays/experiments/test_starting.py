"""Who is dealt out, and how."""

from __future__ import annotations

from collections import Counter

import pytest

from keepwell.outreach.policy import queries as policy
from keepwell.plays.experiments import queries
from keepwell.plays.experiments.contracts import Status
from tests.plays.experiments.conftest import IDLE

pytestmark = pytest.mark.django_db


def test_members_are_dealt_out_by_shares_and_the_holdout_is_left_out(begun):
    row = begun(60)
    assert row.status is Status.RUNNING
    found = queries.units(row.play_id)
    passed = dict(queries.passed_over(row.play_id))
    assert len(found) + len(passed) == 60
    aside = policy.held_out([*found.customer_id, *passed])
    assert {one for one, cause in passed.items() if cause == "holdout"} == aside
    assert not aside & set(found.customer_id)
    sizes = Counter(found.arms[one] for one in found.arm)
    assert abs(sizes["control"] - 0.2 * len(found)) <= 1
    shares = {"control": 0.2, "a": 0.8}
    assert all(
        found.propensity[place] == pytest.approx(shares[found.arms[arm]])
        for place, arm in enumerate(found.arm)
    )


def test_members_of_another_play_for_the_same_aim_are_passed_over(begun):
    first = begun(30)
    again = begun(segment_id=first.segment_id, name="Again")
    assert len(queries.units(again.play_id)) == 0
    causes = Counter(cause for _one, cause in queries.passed_over(again.play_id))
    assert causes["other_play"] == len(queries.units(first.play_id))
    other_aim = begun(segment_id=first.segment_id, name="Revenue", primary="revenue", arms=(IDLE, IDLE))
    assert len(queries.units(other_aim.play_id)) == len(queries.units(first.play_id))
