"""Numbers, times and sentences in three languages."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from keepwell.web import diagnostics, formats, phrases
from tests.web import factories

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "currency", "shown", "exact"),
    [
        (Decimal("0"), "CNY", "¥0", "¥0.00"),
        (Decimal("-300"), "CNY", "−¥300.00", "−¥300.00"),
        (Decimal("10500"), "CNY", "¥10,500", "¥10,500.00"),
        (Decimal("1234.5678"), "EUR", "€1,235", "€1,234.57"),
        (Decimal("999.5"), "USD", "$999.50", "$999.50"),
        (Decimal("1234.5"), "JPY", "JP¥1,234", "JP¥1,234"),
        (Decimal("12"), "XYZ", "XYZ 12.00", "XYZ 12.00"),
        (Decimal("-0.001"), "CNY", "¥0.00", "¥0.00"),
        (None, "CNY", "–", "–"),
    ],
)
def test_money(value, currency, shown, exact):
    assert formats.money(value, currency) == shown
    assert formats.money(value, currency, exact=True) == exact


@pytest.mark.parametrize(
    ("language", "value", "shown"),
    [
        ("en", 9_999, "9,999"),
        ("en", 12_345, "12.3k"),
        ("en", 1_903_000, "1.9M"),
        ("en", 4_000_000_000, "4B"),
        ("zh-hans", 9_999, "9,999"),
        ("zh-hans", 12_345, "1.2万"),
        ("zh-hans", 1_903_000, "190万"),
        ("zh-hant", 1_903_000, "190萬"),
        ("zh-hans", 250_000_000, "2.5亿"),
        ("zh-hant", 250_000_000, "2.5億"),
    ],
)
def test_large_numbers_in_the_scale_of_the_language(language, value, shown):
    with translation.override(language):
        assert formats.compact(value) == shown


@pytest.mark.parametrize(
    ("share", "shown"),
    [
        (0, "0%"),
        (0.0001, "<1%"),
        (0.005, "<1%"),
        (0.995, ">99%"),
        (0.37, "37%"),
        (0.9999, ">99%"),
        (1, "100%"),
        (None, "–"),
    ],
)
def test_a_share_that_is_something_is_never_shown_as_nothing_or_all(share, shown):
    assert formats.percent(share) == shown


@pytest.mark.parametrize(("language", "shown"), [("en", "a: b, c; "), ("zh-hans", "a：b，c；")])
def test_signs_between_words_are_as_wide_as_the_language_writes_them(language, shown):
    with translation.override(language):
        assert "".join(word + formats.sign(mark) for word, mark in zip("abc", ":,;", strict=True)) == shown


@given(st.floats(0, 1))
def test_only_nothing_is_shown_as_nothing(share):
    assert (formats.percent(share) == "0%") == (share == 0)
    assert (formats.percent(share) == "100%") == (share == 1)


@pytest.mark.parametrize(
    ("before", "shown"),
    [
        (timedelta(seconds=20), "just now"),
        (timedelta(minutes=1), "1 minute ago"),
        (timedelta(hours=5), "5 hours ago"),
        (timedelta(days=1), "1 day ago"),
        (timedelta(days=74), "74 days ago"),
        (timedelta(days=300), "10 months ago"),
        (timedelta(days=800), "2 years ago"),
    ],
)
def test_how_long_ago(before, shown):
    assert formats.ago(NOW - before, NOW) == shown


def test_what_lies_ahead_is_given_as_a_date():
    assert formats.ago(NOW + timedelta(days=3), NOW) == "24 Nov 2026 12:00"
    assert formats.ago(None, NOW) == "never"


def test_the_end_of_a_day_is_the_day():
    assert formats.exact(datetime(2011, 8, 31, 23, 59, 59, 999_999, tzinfo=UTC)) == "31 Aug 2011"
    with translation.override("zh-hant"):
        assert formats.exact(datetime(2011, 8, 31, 8, 5, tzinfo=UTC)) == "2011年8月31日 08:05"


def test_the_cockpit_in_one_sentence():
    summary = factories.summary()
    assert (
        phrases.cockpit(summary)
        == "412 customers are at risk, with an expected loss of ¥1.9M over 12 months."
    )
    assert phrases.at_risk_change(summary) == "37 more than at the last cycle."
    fewer = factories.summary(previous={"at_risk": {"customers": 413}})
    assert phrases.at_risk_change(fewer) == "1 fewer than at the last cycle."
    assert phrases.at_risk_change(factories.summary(previous={})) == ""
    nobody = factories.summary(at_risk=factories.count(0))
    assert phrases.cockpit(nobody).startswith("Nobody is at risk.")


def test_a_plan_in_one_sentence():
    assert phrases.plan(factories.plan()) == "¥24.00 for 3 customers should save about ¥600.00."
    assert "¥40.00 more" in phrases.gap(factories.plan())
    assert phrases.gap(factories.plan(gap=0.0)) == "No plan within these limits can gain more."
    nothing = factories.plan(actions={}, worthwhile=0)
    assert phrases.plan(nothing).startswith("No treatment promises more than it costs")


@pytest.mark.parametrize("status", ["new", "active", "at_risk", "lost"])
def test_a_customer_in_one_sentence(status):
    assert phrases.customer(factories.score(status=status)).endswith(".")


def test_a_fallback_is_told_with_its_reason():
    models = {
        "purchase": {
            "chosen": "shrunken_rate",
            "alive": "return_curve",
            "reason": "",
            "holdout": {
                "customers": 4300,
                "returned": 1200,
                "horizon": 90.0,
                "purchases": [{"method": "mbg", "mae": 0.9, "rmse": 1.0, "auc": 0.7}],
                "alive": [{"method": "recency", "auc": 0.8}],
                "findings": [
                    {"code": "fit_on_boundary", "method": "mbg", "figures": {"a": 1e-9}},
                    {
                        "code": "beaten_by_naive_rate",
                        "method": "bg",
                        "figures": {"mae": 0.91234, "naive_mae": 0.8},
                    },
                ],
            },
        },
        "spend": {"chosen": "mean", "reason": "not_sound"},
        "risk": {"chosen": "evidence", "reason": "best", "rules": {"recency": {"auc": 0.8, "brier": 0.1}}},
    }
    told = " ".join(diagnostics.findings(models))
    assert "Expected purchases come from own rate drawn towards that of all" in told
    assert "MBG/NBD: the fit ran to the boundary" in told
    assert "BG/NBD: beaten by each customer's own rate in the holdout (mean error 0.912 against 0.800" in told
    assert "the Gamma-Gamma fit is not sound" in told
    assert {row["method"] for row in diagnostics.comparison(models)} == {
        "MBG/NBD",
        "time since the last order",
    }
    assert ("purchase.holdout.customers", "4300") in diagnostics.details(models)


def test_models_of_another_version_are_told_by_their_codes():
    odd = {"code": "new_code", "method": "new_method", "figures": {}}
    assert diagnostics.finding(odd) == "new_method: new_code"
    assert diagnostics.findings({}) == []
    assert diagnostics.comparison({}) == []


@pytest.mark.parametrize(("language", "said"), [("en", "a, b"), ("zh-hans", "a、b"), ("zh-hant", "a、b")])
def test_words_in_a_row(language, said):
    with translation.override(language):
        assert formats.listed(["a", "b"]) == said


def test_a_message_says_its_channel_in_words():
    from keepwell.history.contracts import TimelineFact
    from keepwell.web import timeline

    at = datetime(2026, 11, 1, tzinfo=UTC)
    sent = TimelineFact("contacts", "m1", at, {"channel": "wecom", "subject": "Hello"})
    assert timeline.event(sent, "CNY").details == ("WeCom", "Hello")
