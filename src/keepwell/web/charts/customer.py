"""The charts of one customer."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from keepwell.insight import labels
from keepwell.insight.contracts import ScoreView, Thresholds
from keepwell.web import formats
from keepwell.web.charts.base import Chart, fmt, option, value_axis

History = Sequence[tuple[datetime, float, float, str, str]]
# A change of risk below five points is noise between cycles.
RISK_STEADY = 0.05
VALUE_STEADY = 0.05
SHORT_DAYS = 150
DAY_MS = 86_400_000


def time_axis(first: datetime | None, last: datetime | None, **parts: Any) -> dict[str, Any]:
    """An axis of instants, named by day where it spans few months, else by month."""
    short = first is not None and last is not None and (last - first).days < SHORT_DAYS
    return {
        "type": "time",
        # A day is the least that is named; finer ticks would say the same day again.
        "minInterval": DAY_MS,
        "axisLine": {"lineStyle": {"color": "$line"}},
        "axisLabel": {
            "color": "$subtle",
            "fontSize": 11,
            "hideOverlap": True,
            "alignMinLabel": "left",
            "alignMaxLabel": "right",
            "formatter": fmt("day" if short else "month"),
        },
        "splitLine": {"show": False},
        **parts,
    }


def milliseconds(moment: datetime) -> int:
    """The instant as the page's script counts it."""
    return round(moment.timestamp() * 1000)


def risk_history_chart(history: History, thresholds: Thresholds) -> Chart:
    """The churn risk of one customer over the cycles."""
    points = [[milliseconds(at), round(risk, 4)] for at, risk, *_rest in history]
    bands = [
        [{"yAxis": thresholds.high_risk, "itemStyle": {"color": "$risk_high_soft"}}, {"yAxis": 1}],
        [
            {"yAxis": thresholds.medium_risk, "itemStyle": {"color": "$risk_medium_soft"}},
            {"yAxis": thresholds.high_risk},
        ],
    ]
    return Chart(
        id="chart-risk-history",
        title=_risk_finding(history),
        unit=_("Churn risk at each cycle"),
        height=150,
        is_empty=not points,
        option=option(
            xAxis=time_axis(*_span(history)),
            yAxis=value_axis(fmt("percent"), max=1, interval=0.5),
            tooltip={"trigger": "axis", "valueFormatter": fmt("percent")},
            series=[_line(points, "$ink", {"markArea": {"silent": True, "data": bands}})],
        ),
        columns=[_("Cycle"), _("Churn risk"), _("Status")],
        rows=[
            [formats.exact(at), formats.percent(risk), str(labels.STATUS.get(status, status))]
            for at, risk, _clv, _tier, status in history
        ],
    )


def value_history_chart(history: History, currency: str) -> Chart:
    """The expected 12-month value of one customer over the cycles."""
    points = [[milliseconds(at), round(float(clv), 2)] for at, _risk, clv, *_rest in history]
    # Next to nothing is drawn as next to nothing, not stretched over the height.
    top: dict[str, Any] = (
        {"max": 1, "interval": 1} if points and max(value for _at, value in points) < 1 else {}
    )
    return Chart(
        id="chart-value-history",
        title=_value_finding(history, currency),
        unit=_("Expected 12-month value at each cycle"),
        height=150,
        is_empty=not points,
        option=option(
            xAxis=time_axis(*_span(history)),
            yAxis=value_axis(fmt("compact_money", currency), splitNumber=2, **top),
            tooltip={"trigger": "axis", "valueFormatter": fmt("money", currency)},
            series=[_line(points, "$accent", {"areaStyle": {"color": "$accent", "opacity": 0.12}})],
        ),
        columns=[_("Cycle"), _("Expected 12-month value"), _("Value tier")],
        rows=[
            [formats.exact(at), formats.money(clv, currency), str(labels.TIER.get(tier, tier))]
            for at, _risk, clv, tier, _status in history
        ],
    )


def _span(history: History) -> tuple[datetime | None, datetime | None]:
    return (history[0][0], history[-1][0]) if history else (None, None)


def _line(points: list[list[float]], colour: str, more: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "line",
        "data": points,
        "symbol": "circle",
        "symbolSize": 6,
        "showAllSymbol": True,
        "lineStyle": {"color": colour, "width": 2},
        "itemStyle": {"color": colour},
        **more,
    }


def _risk_finding(history: History) -> str:
    if not history:
        return _("No cycle has rated this customer yet")
    risk = history[-1][1]
    if len(history) == 1:
        return _("Risk now %(risk)s; first cycle") % {"risk": formats.percent(risk)}
    figures = {"risk": formats.percent(risk), "before": formats.percent(history[-2][1])}
    change = risk - history[-2][1]
    if abs(change) < RISK_STEADY:
        return _("Risk steady at %(risk)s") % figures
    if change > 0:
        return _("Risk up from %(before)s to %(risk)s") % figures
    return _("Risk down from %(before)s to %(risk)s") % figures


def _value_finding(history: History, currency: str) -> str:
    if not history:
        return _("No cycle has valued this customer yet")
    value = history[-1][2]
    if len(history) == 1:
        return _("Value now %(value)s; first cycle") % {"value": formats.money(value, currency)}
    before = history[-2][2]
    figures = {"value": formats.money(value, currency), "before": formats.money(before, currency)}
    if figures["value"] == figures["before"] or abs(float(value) - float(before)) <= VALUE_STEADY * float(
        before
    ):
        return _("Value steady at %(value)s") % figures
    if value > before:
        return _("Value up from %(before)s to %(value)s") % figures
    return _("Value down from %(before)s to %(value)s") % figures


def rhythm_chart(score: ScoreView, orders: Sequence[tuple[datetime, Decimal]], as_of: datetime) -> Chart:
    """The customer's orders on a line of time, the silence since the last one drawn as a gap."""
    ordered = sorted(orders)
    points = [[milliseconds(at), 0, round(float(amount), 2)] for at, amount in ordered]
    gap: list[Any] = []
    if ordered and as_of > ordered[-1][0]:
        gap = [
            [
                {"xAxis": milliseconds(ordered[-1][0]), "itemStyle": {"color": "$risk_high_soft"}},
                {"xAxis": milliseconds(as_of)},
            ]
        ]
    return Chart(
        id="chart-rhythm",
        title=_rhythm_finding(score),
        unit=_("Each dot is an order; the band is the silence since the last one"),
        height=110,
        is_empty=not points,
        option=option(
            grid={"left": 12, "right": 12, "top": 8, "bottom": 24},
            xAxis=time_axis(ordered[0][0] if ordered else None, as_of, max=milliseconds(as_of)),
            yAxis={"type": "value", "show": False, "min": -1, "max": 1},
            tooltip={"trigger": "item", "formatter": {**fmt("money", score.currency), "of": "point"}},
            series=[
                {
                    "type": "scatter",
                    "data": points,
                    "symbolSize": 11,
                    "itemStyle": {"color": "$accent", "opacity": 0.75},
                    "markArea": {"silent": True, "data": gap},
                }
            ],
        ),
        columns=[_("Ordered"), _("Amount")],
        rows=[[formats.exact(at), formats.money(amount, score.currency)] for at, amount in reversed(ordered)],
    )


def _rhythm_finding(score: ScoreView) -> str:
    if score.silence_days is None:
        return _("No orders yet")
    figures = {"silence": formats.days(score.silence_days), "rhythm": formats.days(score.rhythm_days)}
    if score.rhythm_days is None:
        return ngettext(
            "One order, then silent for %(silence)s",
            "%(count)s orders, then silent for %(silence)s",
            score.orders,
        ) % {**figures, "count": score.orders}
    if score.rhythm_days > 0 and score.silence_days > score.rhythm_days:
        times = formats.number(score.silence_days / score.rhythm_days, 1)
        return _("Usually every %(rhythm)s; silent for %(silence)s, %(times)s times as long") % {
            **figures,
            "times": times,
        }
    return _("Usually every %(rhythm)s; last order %(silence)s ago, within the rhythm") % figures
