"""Thresholds: versions, checks that name the field, audit."""

from __future__ import annotations

from dataclasses import asdict, fields
from decimal import Decimal

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from keepwell.foundation.audit.models import AuditEntry
from keepwell.insight import queries, settings
from keepwell.insight.contracts import Thresholds
from keepwell.insight.models import ThresholdVersion
from keepwell.insight.thresholds import set_thresholds


def test_every_change_is_a_version_and_audited(db):
    assert queries.thresholds() == settings.DEFAULTS
    first = set_thresholds(values={"high_risk": 0.8, "currency": "cny"}, actor="ann")
    second = set_thresholds(values={"acquisition_cost": "12.50"}, actor="bob")
    assert (first.version, first.high_risk, first.currency) == (1, 0.8, "CNY")
    assert (second.version, second.high_risk, second.acquisition_cost) == (2, 0.8, Decimal("12.50"))
    assert queries.thresholds() == second
    assert [(v, who) for v, _at, who, _values in queries.threshold_versions()] == [(2, "bob"), (1, "ann")]
    entry = AuditEntry.objects.order_by("id")[0]
    assert (entry.actor, entry.object_id) == ("ann", "1")
    assert entry.details == {"version": [0, 1], "high_risk": [0.6, 0.8], "currency": ["", "CNY"]}


def test_the_same_again_changes_nothing(db):
    set_thresholds(values={"high_risk": 0.8}, actor="ann")
    set_thresholds(values={"high_risk": 0.8}, actor="ann")
    assert ThresholdVersion.objects.count() == AuditEntry.objects.count() == 1


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"high_risk": 1.1}, "high_risk"),
        ({"high_risk": "much"}, "high_risk"),
        ({"high_risk": None}, "high_risk"),
        ({"high_risk": float("nan")}, "high_risk"),
        ({"high_risk": True}, "high_risk"),
        ({"high_risk": 0.3}, "medium_risk"),
        ({"horizon_days": 0}, "horizon_days"),
        ({"horizon_days": 30.5}, "horizon_days"),
        ({"at_risk_from": "low"}, "at_risk_from"),
        ({"currency": "YUAN"}, "currency"),
        ({"acquisition_cost": "-1"}, "acquisition_cost"),
        ({"acquisition_cost": "NaN"}, "acquisition_cost"),
        ({"lifetime_years": {"high": 5}}, "lifetime_years"),
        ({"lifetime_years": {"high": 5, "mid": 3, "low": 0, "default": 3}}, "lifetime_years"),
        ({"high_value_share": 0.8}, "mid_value_share"),
        ({"version": 7}, "version"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_a_wrong_value_is_refused_by_name(db, values, field):
    with pytest.raises(settings.ThresholdError) as caught:
        set_thresholds(values={"new_days": 10} | values, actor="ann")
    assert list(caught.value.errors) == [field]
    assert not ThresholdVersion.objects.exists()
    assert not AuditEntry.objects.exists()


def test_errors_come_in_the_readers_language(db):
    with pytest.raises(settings.ThresholdError) as caught:
        settings.merge(settings.DEFAULTS, {"high_risk": 2, "horizon_days": 0})
    with translation.override("en"):
        assert str(caught.value.errors["high_risk"]) == "must be a number from 0 to 1"
    assert set(caught.value.errors) == {"high_risk", "horizon_days"}


@given(
    high=st.floats(0, 1),
    medium=st.floats(0, 1),
    cost=st.decimals(0, 10**6, places=2),
    days=st.integers(1, 3650),
)
def test_json_keeps_every_setting(high, medium, cost, days):
    values = {
        "high_risk": max(high, medium),
        "medium_risk": min(high, medium),
        "acquisition_cost": cost,
        "horizon_days": days,
    }
    merged = settings.merge(settings.DEFAULTS, values)
    assert settings.parse(settings.to_json(merged)) == merged
    assert set(asdict(merged)) == {field.name for field in fields(Thresholds)}
