"""The cases of the demo, on a real small shop."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db.models import Count

from keepwell.cli import demo_cases
from keepwell.plays.winback.models import Case


@pytest.fixture
def made(shop):
    from keepwell.outreach.policy.services import set_holdout

    now = shop.as_of + timedelta(days=1)
    set_holdout(share=0, reason="test", actor="ada", now=now - timedelta(days=30))
    return demo_cases.make(now), now


def test_there_is_a_case_at_each_step_and_both_examples_end_well(made):
    count, now = made
    counted = dict(Case.objects.order_by().values_list("status").annotate(Count("pk")))
    assert sum(counted.values()) == count
    assert {"opened", "analysed", "planned", "contacting", "won_back", "lost"} <= set(counted), counted
    won = Case.objects.filter(status="won_back").order_by("pk")
    assert sorted(one.main_cause for one in won) == ["missing_function", "service"]
    assert next(one for one in won if one.main_cause == "missing_function").lesson
    assert demo_cases.make(now) == 0  # once
