"""Charts as data: findings, colours, tables."""

from __future__ import annotations

import json
import math
import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from keepwell.insight.segments.contracts import Profile
from keepwell.web import formats
from keepwell.web.charts import cockpit, customer, intervals, plan
from keepwell.web.charts.segments import profile_shares
from tests.web import factories
from tests.web.factories import AS_OF

COLOURS = re.compile(r"^\$[a-z_]+$")


def every_chart():
    summary, thresholds = factories.summary(), factories.thresholds()
    history = [
        (AS_OF - timedelta(days=30), 0.3, 2000.0, "high", "active"),
        (AS_OF, 0.8, 900.0, "mid", "at_risk"),
    ]
    return [
        *cockpit.cockpit_charts(summary, thresholds, summary.by_tier),
        customer.risk_history_chart(history, thresholds),
        customer.value_history_chart(history, "CNY"),
        customer.rhythm_chart(factories.score(), [(AS_OF - timedelta(days=74), Decimal(10))], AS_OF),
        plan.curve_chart(factories.plan()),
    ]


def texts(node):
    if isinstance(node, dict):
        for value in node.values():
            yield from texts(value)
    elif isinstance(node, list):
        for value in node:
            yield from texts(value)
    elif isinstance(node, str):
        yield node


@pytest.mark.parametrize("chart", every_chart(), ids=lambda chart: chart.id)
def test_every_chart_is_plain_data_with_a_finding_a_unit_and_a_table(chart):
    assert json.loads(json.dumps(chart.option, allow_nan=False)) == chart.option
    assert chart.title
    assert chart.unit
    assert not chart.is_empty
    assert chart.rows
    assert all(len(row) == len(chart.columns) for row in chart.rows)
    assert all(isinstance(cell, str) for row in chart.rows for cell in row)


def test_every_colour_is_one_of_the_system():
    from pathlib import Path

    import keepwell.web

    css = (Path(keepwell.web.__file__).parent / "static/keepwell/keepwell.css").read_text()
    light, dark = css.split(".dark {")[0], css.split(".dark {")[1].split("}")[0]
    used = {text for chart in every_chart() for text in texts(chart.option) if COLOURS.match(text)}
    assert used
    for name in used:
        variable = f"--kw-{name[1:].replace('_', '-')}:"
        assert variable in light, name
        assert variable in dark, name


def test_bars_begin_at_zero():
    for chart in every_chart():
        option = chart.option
        if not any(series["type"] == "bar" for series in option["series"]):
            continue
        axes = [option[name] for name in ("xAxis", "yAxis")]
        flat = [axis for one in axes for axis in (one if isinstance(one, list) else [one])]
        assert all(axis["min"] == 0 for axis in flat if axis["type"] == "value")


def test_revenue_is_compared_over_full_months_only():
    summary = factories.summary()
    chart = cockpit.months_chart(summary.months, "CNY", AS_OF)
    full = [point.revenue for point in summary.months[:-1]]
    change = float(sum(full[-3:]) / sum(full[-6:-3])) - 1
    assert chart.title == f"Revenue of the last three full months is {change:.0%} above the three before"
    assert "itemStyle" in chart.option["series"][0]["data"][-1]


def test_a_month_that_is_over_counts_as_full():
    summary = factories.summary()
    end = datetime(2026, 11, 30, 23, 59, 59, 999_999, tzinfo=UTC)
    chart = cockpit.months_chart(summary.months, "CNY", end)
    assert chart.note == ""
    assert "itemStyle" not in chart.option["series"][0]["data"][-1]


def test_the_risk_bands_wear_the_colours_of_their_levels():
    chart = cockpit.risk_chart((1,) * 10, factories.thresholds(high_risk=0.7, medium_risk=0.4))
    colours = [bar["itemStyle"]["color"] for bar in chart.option["series"][0]["data"]]
    assert colours == ["$risk_low"] * 4 + ["$risk_medium"] * 3 + ["$risk_high"] * 3
    assert "30%" in chart.title


def test_nothing_gives_empty_charts_with_words():
    summary = factories.summary(
        months=(), by_tier={}, by_reason={}, by_life_stage={}, risk_histogram=(0,) * 10
    )
    charts = cockpit.cockpit_charts(summary, factories.thresholds(), {})
    assert all(chart.is_empty and chart.title for chart in charts)
    assert customer.risk_history_chart([], factories.thresholds()).is_empty
    assert customer.rhythm_chart(factories.score(silence_days=None), [], AS_OF).is_empty
    assert plan.curve_chart(factories.plan(curve=(), spent=Decimal(0))).is_empty


@pytest.mark.parametrize(
    ("before", "now", "finding"),
    [
        (0.31, 0.83, "Risk up from 31% to 83%"),
        (0.83, 0.31, "Risk down from 83% to 31%"),
        (0.80, 0.83, "Risk steady at 83%"),
    ],
)
def test_the_risk_is_told_in_words(before, now, finding):
    history = [(AS_OF - timedelta(days=7), before, 1.0, "low", "active"), (AS_OF, now, 1.0, "low", "active")]
    assert customer.risk_history_chart(history, factories.thresholds()).title == finding


def test_the_value_of_next_to_nothing_is_steady():
    history = [(AS_OF - timedelta(days=7), 0.9, 0.004, "low", "lost"), (AS_OF, 0.9, 0.001, "low", "lost")]
    assert customer.value_history_chart(history, "CNY").title == "Value steady at ¥0.00"


@pytest.mark.parametrize(
    ("changes", "finding"),
    [
        ({}, "Usually every 21 days; silent for 74 days, 3.5 times as long"),
        ({"silence_days": 10.0}, "Usually every 21 days; last order 10 days ago, within the rhythm"),
        ({"rhythm_days": None, "orders": 1}, "One order, then silent for 74 days"),
        ({"rhythm_days": None, "orders": 2}, "2 orders, then silent for 74 days"),
        ({"silence_days": None}, "No orders yet"),
    ],
)
def test_the_rhythm_is_told_in_words(changes, finding):
    assert customer.rhythm_chart(factories.score(**changes), [], AS_OF).title == finding


def test_the_curve_tells_what_a_tenth_more_budget_brings():
    # 24 spent, 600 gained; the curve rises by 300 over the next 24, so 2.4 more bring 30 more.
    assert plan.curve_chart(factories.plan()).title == "¥2 more would bring about ¥30 more"
    flat = factories.plan(curve=((Decimal(0), Decimal(0)), (Decimal(24), Decimal(600))))
    assert plan.curve_chart(flat).title == "More budget would hardly bring more"


@given(st.lists(st.integers(0, 10**6), min_size=10, max_size=10), st.floats(0, 1))
def test_the_share_of_high_risk_is_a_share(histogram, limit):
    share = cockpit._share_high(histogram, factories.thresholds(high_risk=limit))
    assert 0 <= share <= 1 + 1e-9


def test_a_profile_says_its_values_in_the_language_of_the_page():
    profile = Profile(
        size=2,
        clv=Decimal(0),
        average_clv=None,
        expected_loss=Decimal(0),
        average_risk=None,
        average_orders=None,
        average_order_amount=None,
        average_silence_days=None,
        shares={"gender": {"female": 0.5, "male": 0.5}, "tier": {"high": 1.0}},
        categories={},
    )
    with translation.override("zh-hans"):
        found = [label for _title, shares in profile_shares(profile) for label in (s.label for s in shares)]
    assert found == ["高价值", "女", "男"]


def test_only_a_verdict_colours_an_interval():
    sure, doubted, worse, unbounded = (
        intervals.Bar("Revenue", 0.10, 0.02, 0.20, "better"),
        intervals.Bar("Margin", 0.30, 0.10, 0.50, "too_small"),
        intervals.Bar("Orders", -0.20, -0.30, -0.10, "worse"),
        intervals.Bar("Retention", 0.20, -math.inf, math.inf, "too_small"),
    )
    chart = intervals.forest("forest", "Finding", [sure, doubted, worse, unbounded])
    dots = chart.option["series"][-1]["data"]
    assert [one["itemStyle"]["color"] for one in dots] == ["$better", "$ink", "$worse"]
    assert [one["value"] for one in dots] == [[0.1, 0], [0.3, 1], [-0.2, 2]]
    assert chart.rows[-1] == ["Retention", "+20.0%", formats.DASH, formats.DASH]
    assert intervals.forest("forest", "Finding", [unbounded]).is_empty
