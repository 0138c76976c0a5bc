"""Thresholds, treatments, assumptions, plans: previews, changes, and what is refused."""

from __future__ import annotations

from decimal import Decimal

import pytest

from keepwell.foundation.audit.models import AuditEntry
from keepwell.insight import queries as insight
from keepwell.plays import queries as plays
from keepwell.web import settings_fields
from keepwell.web.views.plan import proposed_budget


def form() -> dict[str, str]:
    now = insight.thresholds()
    return {name: settings_fields.shown(now, one) for name, one in settings_fields.SETTINGS.items()}


def test_what_is_shown_is_what_would_be_saved(shop):
    now = insight.thresholds()
    values, errors = settings_fields.read(form(), now)
    assert errors == {}
    for name, value in values.items():
        present = getattr(now, name)
        if name == "acquisition_cost":
            assert Decimal(value) == present
        elif isinstance(present, float):
            assert value == pytest.approx(present, rel=1e-12)
        else:
            assert value == present


def test_the_preview_counts_whom_other_limits_would_flag(ada, shop):
    calm = ada.get("/settings/thresholds/", {**form(), "high_risk": "100"}, HTTP_HX_REQUEST="true")
    keen = ada.get(
        "/settings/thresholds/",
        {**form(), "high_risk": "1", "medium_risk": "0", "at_risk_from": "medium"},
        HTTP_HX_REQUEST="true",
    )
    assert "<html" not in calm.content.decode()
    assert calm.context["preview"].flagged_now == keen.context["preview"].flagged_now
    assert calm.context["preview"].flagged <= keen.context["preview"].flagged
    assert keen.context["preview"].flagged > 0
    assert insight.thresholds().version == 0


def test_saving_makes_a_version_and_is_recorded(ada, shop):
    answer = ada.post("/settings/thresholds/", {**form(), "high_risk": "82.5", "lifetime_years.high": "6"})
    assert answer["Location"] == "/settings/thresholds/"
    now = insight.thresholds()
    assert (now.version, now.high_risk, now.lifetime_years["high"]) == (1, 0.825, 6.0)
    assert AuditEntry.objects.filter(actor="ada", object_type="thresholds").exists() or (
        AuditEntry.objects.filter(actor="ada").exists()
    )


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"high_risk": "abc"}, "high_risk"),
        ({"high_risk": "130"}, "high_risk"),
        ({"high_risk": "10", "medium_risk": "50"}, "medium_risk"),
        ({"lifetime_years.low": "0"}, "lifetime_years.low"),
        ({"currency": "yuan"}, "currency"),
        ({"new_days": "1.5"}, "new_days"),
    ],
)
def test_what_cannot_be_is_said_at_the_field_and_nothing_changes(ada, shop, wrong, field):
    page = ada.post("/settings/thresholds/", {**form(), **wrong})
    assert page.status_code == 200
    assert field in page.context["errors"]
    shown = {one["setting"].name: one["value"] for group in page.context["groups"] for one in group["fields"]}
    assert all(shown[name] == value for name, value in wrong.items())
    assert insight.thresholds().version == 0


def test_a_treatment_gets_a_cost_and_a_capacity(ada, shop):
    answer = ada.post("/settings/treatments/gift/", {"unit_cost": "39.50", "capacity": "12", "active": "on"})
    assert answer.status_code == 302
    gift = plays.treatment("gift")
    assert (gift.unit_cost, gift.capacity, gift.active) == (Decimal("39.5"), 12, True)
    ada.post("/settings/treatments/gift/", {"unit_cost": "39.50", "capacity": ""})
    gift = plays.treatment("gift")
    assert (gift.capacity, gift.active) == (None, False)


@pytest.mark.parametrize(
    "wrong", [{"unit_cost": "x"}, {"unit_cost": "-1"}, {"unit_cost": "1", "capacity": "1.5"}]
)
def test_a_treatment_refuses_what_is_no_amount_and_keeps_what_was_typed(ada, shop, wrong):
    before = plays.treatment("gift")
    page = ada.post("/settings/treatments/gift/", wrong)
    assert page.status_code == 400
    assert f'value="{wrong["unit_cost"]}"' in page.content.decode()
    assert plays.treatment("gift") == before


def test_a_limit_per_tier(ada, shop):
    ada.post("/settings/limits/low/", {"max_cost": "", "max_value_share": "7.5", "low_cost_only": "on"})
    low = next(limit for limit in plays.grade_limits() if limit.tier == "low")
    assert (low.max_cost, low.max_value_share, low.low_cost_only) == (None, 0.075, True)
    assert ada.post("/settings/limits/low/", {"max_value_share": "most"}).status_code == 400
    assert ada.post("/settings/limits/gold/", {"max_value_share": "1"}).status_code == 302


def test_only_assumptions_that_differ_are_changed(ada, shop):
    before = {(row.tier, row.reason_group): row for row in plays.assumptions() if row.treatment == "gift"}
    typed = {f"share.{group}.{tier}": f"{row.saved_share * 100:g}" for (tier, group), row in before.items()}
    typed["share.silence.high"] = "33"
    assert ada.post("/settings/assumptions/gift/", typed).status_code == 302
    after = {(row.tier, row.reason_group): row for row in plays.assumptions() if row.treatment == "gift"}
    changed = {key for key in after if after[key] != before[key]}
    assert changed == {("high", "silence")}
    assert after[("high", "silence")].saved_share == pytest.approx(0.33)


def test_an_assumption_above_everything_is_refused(ada, shop):
    before = plays.assumptions()
    assert ada.post("/settings/assumptions/gift/", {"share.silence.high": "140"}).status_code == 400
    assert plays.assumptions() == before


def test_a_plan_within_the_budget(ada, shop):
    page = ada.get("/plan/", {"budget": "300"})
    result = page.context["result"]
    assert result.spent <= 300
    text = page.content.decode()
    assert 'id="chart-curve-option"' in text
    assert text.count("assumption</span>") >= len(result.actions) + 1


def test_a_plan_obeys_the_capacities_that_were_typed(ada, shop):
    free = ada.get("/plan/", {"budget": "100000"}).context["result"]
    most = max(free.actions, key=lambda code: free.actions[code]["customers"])
    page = ada.get("/plan/", {"budget": "100000", f"capacity_{most}": "2"})
    assert page.context["result"].actions.get(most, {"customers": 0})["customers"] <= 2


@pytest.mark.parametrize("wrong", ["abc", "-5", "1e400", "NaN", ""])
def test_a_budget_that_is_no_amount(ada, shop, wrong):
    page = ada.get("/plan/", {"budget": wrong})
    assert page.status_code == 200
    if wrong:
        assert page.context["errors"]["budget"]
        assert page.context["budget_text"] == wrong
    else:
        assert page.context["result"].budget > 0


def test_a_capacity_that_is_no_number(ada, shop):
    page = ada.get("/plan/", {"budget": "100", "capacity_gift": "many"})
    assert "Gift" in page.context["errors"]["capacities"][0]


def test_saving_a_plan(ada, shop):
    answer = ada.post("/plan/", {"budget": "300", "save": "1"})
    (plan,) = plays.plans()
    assert answer["Location"] == f"/plan/saved/{plan.plan_id}/"
    page = ada.get(answer["Location"])
    assert page.status_code == 200
    assert page.context["result"].budget == 300
    assert f"/plan/saved/{plan.plan_id}/" in ada.get("/plan/").content.decode()
    ada.post("/plan/", {"budget": "300", "save": "1"})
    assert len(plays.plans()) == 1


@pytest.mark.parametrize(
    ("at_risk", "budget"),
    [("0", "100"), ("1903000", "40000"), ("32366.75", "600"), ("49", "100"), ("50", "1"), ("7.5e9", "2E+8")],
)
def test_the_first_budget_is_a_round_share_of_the_money_at_risk(at_risk, budget):
    assert proposed_budget(Decimal(at_risk)) == Decimal(budget)
