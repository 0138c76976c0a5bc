"""The cockpit's charts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from keepwell.insight import labels
from keepwell.insight.contracts import Count, MonthPoint, Summary, Thresholds
from keepwell.web import formats
from keepwell.web.charts.base import Chart, category_axis, fmt, option, ranked_bars, value_axis

MONTHS_SHOWN = 24
REASONS_SHOWN = 8
# A change smaller than this is not a finding.
STEADY = 0.02


def cockpit_charts(
    summary: Summary, thresholds: Thresholds, at_risk_by_tier: Mapping[str, Count]
) -> list[Chart]:
    """Every chart of the cockpit, in reading order."""
    return [
        months_chart(summary.months, summary.currency, summary.cycle.as_of),
        risk_chart(summary.risk_histogram, thresholds),
        reasons_chart(summary.by_reason, summary.currency),
        tier_chart(at_risk_by_tier, summary.currency),
        life_cycle_chart(summary.by_life_stage),
    ]


def months_chart(months: Sequence[MonthPoint], currency: str, as_of: datetime) -> Chart:
    """Revenue and buyers by month, one above the other on the same months."""
    shown = list(months)[-MONTHS_SHOWN:]
    names = [formats.month(point.month) for point in shown]
    running = bool(shown) and _is_running(shown[-1], as_of)
    revenue = [{"value": round(float(point.revenue), 2)} for point in shown]
    if running:
        revenue[-1]["itemStyle"] = {"color": "$accent_soft"}  # type: ignore[assignment]
    money = fmt("money", currency)
    left = 64
    return Chart(
        id="chart-months",
        title=_months_finding(shown[:-1] if running else shown),
        unit=_("Revenue (bars) and buyers (line) by month"),
        note=_("The last month is not over yet: pale bar.") if running else "",
        height=280,
        is_empty=not shown,
        option=option(
            grid=[
                {"left": left, "right": 12, "top": 10, "height": "52%"},
                {"left": left, "right": 12, "top": "68%", "bottom": 24},
            ],
            xAxis=[
                category_axis(names, gridIndex=0, axisLabel={"show": False}),
                category_axis(names, gridIndex=1),
            ],
            yAxis=[
                value_axis(fmt("compact_money", currency), gridIndex=0),
                value_axis(fmt("compact"), gridIndex=1, splitNumber=2),
            ],
            axisPointer={"link": [{"xAxisIndex": "all"}]},
            tooltip={"trigger": "axis"},
            series=[
                {
                    "name": _("Revenue"),
                    "type": "bar",
                    "data": revenue,
                    "barMaxWidth": 26,
                    "itemStyle": {"color": "$accent", "borderRadius": [2, 2, 0, 0]},
                    "tooltip": {"valueFormatter": money},
                },
                {
                    "name": _("Buyers"),
                    "type": "line",
                    "xAxisIndex": 1,
                    "yAxisIndex": 1,
                    "data": [point.buyers for point in shown],
                    "symbol": "circle",
                    "symbolSize": 5,
                    "lineStyle": {"color": "$ink", "width": 2},
                    "itemStyle": {"color": "$ink"},
                    "tooltip": {"valueFormatter": fmt("number")},
                },
            ],
        ),
        columns=[_("Month"), _("Revenue"), _("Orders"), _("Buyers"), _("New customers")],
        rows=[
            [
                formats.month(point.month),
                formats.money(point.revenue, currency),
                formats.number(point.orders),
                formats.number(point.buyers),
                formats.number(point.new_customers),
            ]
            for point in shown
        ],
    )


def _is_running(point: MonthPoint, as_of: datetime) -> bool:
    """Whether the month was not over at `as_of`; the last second of a month belongs to it as a whole."""
    after = as_of + timedelta(seconds=1)
    return (point.month.year, point.month.month) == (after.year, after.month)


def _months_finding(full: Sequence[MonthPoint]) -> str:
    if len(full) < 6:
        return _("Revenue and buyers so far")
    last = sum(point.revenue for point in full[-3:])
    before = sum(point.revenue for point in full[-6:-3])
    if not before:
        return _("Revenue of the last three full months began from nothing")
    change = float(last / before) - 1
    if abs(change) < STEADY:
        return _("Revenue of the last three full months is level with the three before")
    share = {"share": formats.percent(abs(change))}
    if change > 0:
        return _("Revenue of the last three full months is %(share)s above the three before") % share
    return _("Revenue of the last three full months is %(share)s below the three before") % share


def tier_chart(by_tier: Mapping[str, Count], currency: str) -> Chart:
    """The money at risk by value tier; `by_tier` counts those at risk alone."""
    tiers = [tier for tier in labels.TIER if tier in by_tier]
    losses = [by_tier[tier].expected_loss for tier in tiers]
    total = sum(losses, Decimal(0))
    title = _("No money is at risk")
    if total > 0:
        top = max(zip(losses, tiers, strict=True))
        title = _("%(tier)s: %(share)s of the money at risk") % {
            "tier": labels.TIER[top[1]],
            "share": formats.percent(float(top[0] / total)),
        }
    return Chart(
        id="chart-tiers",
        title=title,
        unit=_("Expected loss of those at risk, by value tier"),
        height=150,
        is_empty=not tiers,
        option=ranked_bars(
            [str(labels.TIER[tier]) for tier in tiers],
            [round(float(loss), 2) for loss in losses],
            [f"$tier_{tier}" for tier in tiers],
            fmt("compact_money", currency),
        ),
        columns=[_("Value tier"), _("Customers"), _("Expected loss"), _("Expected 12-month value")],
        rows=[
            [
                str(labels.TIER[tier]),
                formats.number(by_tier[tier].customers),
                formats.money(by_tier[tier].expected_loss, currency),
                formats.money(by_tier[tier].clv, currency),
            ]
            for tier in tiers
        ],
    )


def risk_chart(histogram: Sequence[int], thresholds: Thresholds) -> Chart:
    """How the present customers spread over the risk, with the thresholds of the levels."""
    bands = len(histogram)
    names = [f"{n * 100 // bands}–{(n + 1) * 100 // bands}" for n in range(bands)]
    levels = [_level((n + 0.5) / bands, thresholds) for n in range(bands)]
    total, high = sum(histogram), _share_high(histogram, thresholds)
    return Chart(
        id="chart-risk",
        title=(
            _("About %(share)s of present customers carry a high risk") % {"share": formats.percent(high)}
            if total
            else _("No present customers yet")
        ),
        unit=_("Customers by churn risk, in percent"),
        note=_("High risk from %(high)s, medium risk from %(medium)s.")
        % {
            "high": formats.percent(thresholds.high_risk),
            "medium": formats.percent(thresholds.medium_risk),
        },
        is_empty=not total,
        option=option(
            grid={"left": 8, "right": 8, "top": 24, "bottom": 4, "containLabel": True},
            xAxis=category_axis(names, axisLabel={"color": "$subtle", "fontSize": 11, "interval": 0}),
            yAxis=value_axis(fmt("compact")),
            tooltip={"trigger": "item", "valueFormatter": fmt("number")},
            series=[
                {
                    "type": "bar",
                    "barCategoryGap": "12%",
                    "data": [
                        {"value": count, "itemStyle": {"color": f"$risk_{level}"}}
                        for count, level in zip(histogram, levels, strict=True)
                    ],
                    "label": {
                        "show": True,
                        "position": "top",
                        "color": "$subtle",
                        "fontSize": 11,
                        "formatter": {**fmt("compact"), "of": "value"},
                    },
                    "itemStyle": {"borderRadius": [2, 2, 0, 0]},
                }
            ],
        ),
        columns=[_("Churn risk (%)"), _("Risk level"), _("Customers")],
        rows=[
            [name, str(labels.RISK_LEVEL[level]), formats.number(count)]
            for name, level, count in zip(names, levels, histogram, strict=True)
        ],
    )


def _level(risk: float, thresholds: Thresholds) -> str:
    if risk >= thresholds.high_risk:
        return "high"
    return "medium" if risk >= thresholds.medium_risk else "low"


def _share_high(histogram: Sequence[int], thresholds: Thresholds) -> float:
    """The share above the threshold; a band that it cuts is taken in proportion."""
    bands, total = len(histogram), sum(histogram)
    if not total:
        return 0.0
    above = 0.0
    for n, count in enumerate(histogram):
        top = (n + 1) / bands
        above += count * min(1.0, max(0.0, (top - thresholds.high_risk) * bands))
    return above / total


def reasons_chart(by_reason: Mapping[str, Count], currency: str) -> Chart:
    """The strongest reasons of those at risk, by how many customers they hold."""
    ranked = sorted(by_reason.items(), key=lambda item: (-item[1].customers, item[0]))
    ranked = [item for item in ranked if item[1].customers > 0][:REASONS_SHOWN]
    title = _("Nobody at risk, so no reasons")
    if ranked:
        count = ranked[0][1].customers
        title = ngettext(
            "Most frequent reason: %(reason)s (%(count)s customer)",
            "Most frequent reason: %(reason)s (%(count)s customers)",
            count,
        ) % {"reason": labels.REASON.get(ranked[0][0], ranked[0][0]), "count": formats.number(count)}
    names = [str(labels.REASON.get(code, code)) for code, _count in ranked]
    return Chart(
        id="chart-reasons",
        title=title,
        unit=_("Customers at risk by their strongest reason"),
        is_empty=not ranked,
        option=ranked_bars(
            names, [item[1].customers for item in ranked], ["$accent"] * len(ranked), fmt("number")
        ),
        columns=[_("Strongest reason"), _("Customers"), _("Expected loss")],
        rows=[
            [name, formats.number(count.customers), formats.money(count.expected_loss, currency)]
            for name, (_code, count) in zip(names, ranked, strict=True)
        ],
    )


def life_cycle_chart(by_stage: Mapping[str, Count]) -> Chart:
    """Customers by life-cycle stage."""
    stages = [stage for stage in labels.LIFE_STAGE if stage in by_stage]
    counts = [by_stage[stage].customers for stage in stages]
    total = sum(counts)
    title = _("No customers yet")
    if total:
        declining = by_stage["decline"].customers if "decline" in by_stage else 0
        title = _("%(share)s of customers are in decline") % {"share": formats.percent(declining / total)}
    return Chart(
        id="chart-life-cycle",
        title=title,
        unit=_("Customers by life-cycle stage"),
        height=150,
        is_empty=not total,
        option=ranked_bars(
            [str(labels.LIFE_STAGE[stage]) for stage in stages],
            counts,
            [f"$stage_{stage}" for stage in stages],
            fmt("number"),
        ),
        columns=[_("Life-cycle stage"), _("Customers"), _("Share")],
        rows=[
            [
                str(labels.LIFE_STAGE[stage]),
                formats.number(count),
                formats.percent(count / total if total else None),
            ]
            for stage, count in zip(stages, counts, strict=True)
        ],
    )
