"""Differences to a control as charts: each with its interval, and one over time with its band."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from keepwell.plays.experiments.measured import Verdict
from keepwell.web import formats
from keepwell.web.charts.base import Chart, category_axis, fmt, option, value_axis

ROW = 30
COLOUR = {Verdict.BETTER: "$better", Verdict.WORSE: "$worse"}  # what is not sure stays the colour of ink


@dataclass(frozen=True)
class Bar:
    """One line of a forest: a difference relative to the control, its interval, what is said of it."""

    label: str
    relative: float
    low: float
    high: float
    verdict: str  # of experiments.measured.Verdict


@dataclass(frozen=True)
class Seen:
    """A difference to the control as it was seen at one moment; all finite."""

    at: datetime
    difference: float
    low: float
    high: float


def forest(chart: str, title: str, bars: Sequence[Bar]) -> Chart:
    """Each difference relative to the control, with its interval; those without bounds only in the table."""
    drawn = [one for one in bars if all(map(math.isfinite, (one.relative, one.low, one.high)))]
    series: list[dict[str, Any]] = [
        {
            "type": "line",
            "silent": True,
            "symbol": "none",
            "lineStyle": {"color": "$ink", "width": 2},
            "data": [[round(one.low, 5), place], [round(one.high, 5), place]],
        }
        for place, one in enumerate(drawn)
    ]
    dots = [
        {
            "value": [round(one.relative, 5), place],
            "itemStyle": {"color": COLOUR.get(Verdict(one.verdict), "$ink")},
        }
        for place, one in enumerate(drawn)
    ]
    series.append({"type": "scatter", "symbolSize": 10, "data": dots, "markLine": _mark([{"xAxis": 0}])})
    return Chart(
        id=chart,
        title=title,
        unit=_("Difference to the control, relative to the control; the line is the interval"),
        height=70 + ROW * max(1, len(drawn)),
        is_empty=not drawn,
        option=option(
            grid={"left": 8, "right": 24, "top": 8, "bottom": 8, "containLabel": True},
            xAxis=value_axis(fmt("percent"), min=None, scale=True),
            yAxis=category_axis(
                [one.label for one in drawn],
                inverse=True,
                axisLabel={"color": "$text", "fontSize": 12, "width": 140, "overflow": "break"},
            ),
            series=series,
        ),
        columns=[_("Figure"), _("Relative difference"), _("Low"), _("High")],
        rows=[[one.label, *(_relative(each) for each in (one.relative, one.low, one.high))] for one in bars],
    )


def over_time(
    chart: str,
    title: str,
    unit: str,
    seen: Sequence[Seen],
    *,
    axis: Any,
    rows: Sequence[Sequence[str]],
    lines: Sequence[dict[str, Any]] = (),
) -> Chart:
    """One difference at each look with its band; `rows` say the same in words, `lines` stand upright."""
    stamps = [milliseconds(one.at) for one in seen]
    hidden = {"type": "line", "symbol": "none", "silent": True, "stack": "band", "stackStrategy": "all"}
    return Chart(
        id=chart,
        title=title,
        unit=unit,
        height=220,
        is_empty=len(seen) < 2,
        option=option(
            grid={"left": 8, "right": 24, "top": 12, "bottom": 4, "containLabel": True},
            xAxis={
                "type": "time",
                "axisLabel": {
                    "color": "$subtle",
                    "fontSize": 11,
                    "hideOverlap": True,
                    "formatter": fmt("day"),
                },
                "axisLine": {"lineStyle": {"color": "$line"}},
                "splitLine": {"show": False},
            },
            yAxis=value_axis(axis, min=None, scale=True),
            series=[
                {**hidden, "lineStyle": {"opacity": 0}, "data": _pairs(stamps, [one.low for one in seen])},
                {
                    **hidden,
                    "lineStyle": {"opacity": 0},
                    "areaStyle": {"color": "$accent_soft", "opacity": 0.35},
                    "data": _pairs(stamps, [one.high - one.low for one in seen]),
                },
                {
                    "type": "line",
                    "symbolSize": 5,
                    "lineStyle": {"color": "$accent", "width": 2},
                    "itemStyle": {"color": "$accent"},
                    "data": _pairs(stamps, [one.difference for one in seen]),
                    "markLine": _mark([{"yAxis": 0}, *lines]),
                },
            ],
        ),
        columns=[_("Known up to"), _("Difference"), _("Low"), _("High")],
        rows=[list(row) for row in rows],
    )


def milliseconds(at: datetime) -> int:
    """A moment as a chart counts it."""
    return int(at.timestamp() * 1000)


def _mark(lines: Sequence[dict[str, Any]]) -> dict[str, Any]:
    return {
        "silent": True,
        "symbol": "none",
        "label": {"show": False},
        "lineStyle": {"color": "$subtle", "type": "dashed"},
        "data": list(lines),
    }


def _pairs(stamps: Sequence[int], values: Sequence[float]) -> list[list[float]]:
    return [[stamp, round(value, 5)] for stamp, value in zip(stamps, values, strict=True)]


def _relative(value: float) -> str:
    return f"{100 * value:+.1f}%".replace("-", "−") if math.isfinite(value) else formats.DASH
