"""Reasons, labels and definitions: every code has words, with the customer's own figures."""

from __future__ import annotations

import dataclasses

import pytest
from django.utils import translation

from keepwell.insight import definitions, labels, reasons
from keepwell.insight.contracts import Reason, ScoreView
from keepwell.insight.cycle import reasoning
from keepwell.science import rfm, segments, trend, value, warning

FIGURES = {
    "rhythm_broken": (
        {"rhythm_days": 21, "silence_days": 74},
        "Used to buy every 21 days; last order 74 days ago.",
    ),
    "purchases_fell": (
        {"recent": 1, "usual": 7.0, "window_days": 90},
        "1 order in the last 90 days; usual in that time before: 7.",
    ),
    "quantity_fell": (
        {"recent": 12.0, "usual": 40.4, "window_days": 90},
        "12 items bought in the last 90 days; usual in that time before: 40.",
    ),
    "spending_fell": (
        {"recent": 20.5, "earlier": 1345.0, "window_days": 90, "currency": "EUR"},
        "Spent €20.50 per order in the last 90 days; before that €1,345.00.",
    ),
    "best_dormant": (
        {"annual": 2300, "silence_days": 80, "currency": "JPY"},
        "Brought JP¥2,300 a year, one of your best customers; nothing for 80 days.",
    ),
    "complaints_rose": (
        {"recent": 3, "earlier": 0, "window_days": 90},
        "3 complaints in the last 90 days; 0 in the same time before.",
    ),
    "contact_silent": (
        {"rhythm_days": 1, "silence_days": 95},
        "Used to be in touch every 1 day; last contact 95 days ago.",
    ),
    "mood_bad": (
        {"unhappy": 2, "texts": 3, "window_days": 90},
        "2 of 3 texts of the last 90 days with a feeling sound unhappy.",
    ),
    "bought_once": ({"silence_days": 120}, "Bought only once, 120 days ago, and has not come back."),
    "drifting_away": (
        {"p_alive": 0.004, "silence_days": 200},
        "Probability of still being a customer less than 1%; last order 200 days ago.",
    ),
    "low_return": (
        {"return_chance": 0.2, "horizon_days": 90, "silence_days": 60},
        "Last order 60 days ago; chance of another within 90 days only 20%.",
    ),
}


@pytest.mark.parametrize("code", list(FIGURES))
def test_a_reason_tells_the_customers_own_figures(code):
    figures, text = FIGURES[code]
    with translation.override("en"):
        assert reasons.text(Reason(code, figures, 1.0)) == text


@pytest.mark.parametrize("language", ["zh-hans", "zh-hant"])
@pytest.mark.parametrize("code", list(FIGURES))
def test_a_reason_can_be_told_in_every_language(code, language):
    figures, _text = FIGURES[code]
    with translation.override(language):
        text = reasons.text(Reason(code, figures, 1.0))
    for name, figure in figures.items():
        if name in ("silence_days", "window_days"):
            assert str(figure) in text


def test_every_code_of_the_science_has_words():
    assert set(FIGURES) == set(warning.REASONS) == set(labels.REASON)
    assert set(reasoning.REASONS) == set(labels.REASON)
    assert tuple(labels.HINT) == labels.HINT_CODES == segments.HINTS
    assert set(labels.STATUS) == set(warning.STATUSES)
    assert set(labels.RISK_LEVEL) == set(warning.LEVELS)
    assert set(labels.TIER) == set(value.TIERS)
    assert set(labels.LIFE_STAGE) == set(segments.LIFE_STAGES)
    assert set(labels.COMMUNICATION_GROUP) == set(segments.COMMUNICATION_GROUPS)
    assert set(labels.TREND) == set(trend.TRENDS)
    assert set(labels.SEGMENT) == {name for row in rfm.SEGMENTS for name in row}


def test_an_unknown_reason_shows_its_code():
    assert reasons.text(Reason("of_a_later_version", {}, 0.5)) == "of_a_later_version"


def test_every_indicator_is_defined():
    named = {
        "churn_risk",
        "risk_level",
        "status",
        "tier",
        "life_stage",
        "communication_group",
        "rfm_segment",
        "p_alive",
        "expected_purchases",
        "clv",
        "formula_clv",
        "annual_contribution",
        "value_at_stake",
        "expected_loss",
        "silence_days",
        "rhythm_days",
        "quantity_trend",
        "is_core",
    }
    shown = {field.name for field in dataclasses.fields(ScoreView)}
    assert named <= shown
    assert named <= set(definitions.DEFINITIONS)
    for code, one in definitions.DEFINITIONS.items():
        assert one.code == code
        assert all(str(getattr(one, f.name)).strip() for f in dataclasses.fields(one))
