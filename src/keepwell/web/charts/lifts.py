"""Effects of journeys and mailings as charts: each figure with its interval, and one over time."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _

from keepwell.plays.lifts.contracts import Adjustment, Compared, Figure, Look
from keepwell.web import formats
from keepwell.web.charts.base import Chart, category_axis, fmt, option, value_axis
from keepwell.web.lifts import words

ROW = 30


def forest(figures: Sequence[Compared], title: str) -> Chart:
    """Each figure's difference relative to the control, with its interval."""
    many = len({one.currency for one in figures if one.currency}) > 1
    drawn = [one for one in figures if math.isfinite(one.relative_low) and math.isfinite(one.relative_high)]
    series: list[dict[str, Any]] = [
        {
            "type": "line",
            "silent": True,
            "symbol": "none",
            "lineStyle": {"color": "$ink", "width": 2},
            "data": [[round(one.relative_low, 5), place], [round(one.relative_high, 5), place]],
        }
        for place, one in enumerate(drawn)
    ]
    dots = [
        {"value": [round(one.relative, 5), place], "itemStyle": {"color": _colour(one)}}
        for place, one in enumerate(drawn)
    ]
    mark = {
        "silent": True,
        "symbol": "none",
        "label": {"show": False},
        "lineStyle": {"color": "$subtle", "type": "dashed"},
        "data": [{"xAxis": 0}],
    }
    series.append({"type": "scatter", "symbolSize": 10, "data": dots, "markLine": mark})
    return Chart(
        id="chart-lift-forest",
        title=title,
        unit=_("Difference to the control, relative to the control; the line is the interval"),
        height=70 + ROW * max(1, len(drawn)),
        is_empty=not drawn,
        option=option(
            grid={"left": 8, "right": 24, "top": 8, "bottom": 8, "containLabel": True},
            xAxis=value_axis(fmt("percent"), min=None, scale=True),
            yAxis=category_axis(
                [words.name(one, many=many) for one in drawn],
                inverse=True,
                axisLabel={"color": "$text", "fontSize": 12, "width": 140, "overflow": "break"},
            ),
            series=series,
        ),
        columns=[_("Figure"), _("Relative difference"), _("Low"), _("High")],
        rows=[
            [
                words.name(one, many=many),
                *(_relative(each) for each in (one.relative, one.relative_low, one.relative_high)),
            ]
            for one in figures
        ],
    )


def _colour(one: Compared) -> str:
    return "$better" if one.relative_low > 0 else "$worse" if one.relative_high < 0 else "$ink"


def _relative(value: float) -> str:
    return f"{100 * value:+.1f}%".replace("-", "−") if math.isfinite(value) else formats.DASH


def over_time(looks: Sequence[Look], adjustments: Sequence[Adjustment], title: str) -> Chart:
    """Buying again beside control at each look, with its interval; changes stand beside the curve."""
    kept = [
        (one.as_of, again)
        for one in looks
        if (again := one.of(Figure.RETENTION)) and math.isfinite(again.low + again.high + again.difference)
    ]
    stamps = [int(at.timestamp() * 1000) for at, _again in kept]
    hidden = {"type": "line", "symbol": "none", "silent": True, "stack": "band", "stackStrategy": "all"}
    changes = [
        {"xAxis": int(one.at.timestamp() * 1000), "name": words.change(one)}
        for one in adjustments
        if stamps and stamps[0] <= one.at.timestamp() * 1000 <= stamps[-1]
    ]
    return Chart(
        id="chart-lift-looks",
        title=title,
        unit=_("Difference to the control at each look; upright lines are changes"),
        height=220,
        is_empty=len(kept) < 2,
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
            yAxis=value_axis(fmt("percent"), min=None, scale=True),
            series=[
                {
                    **hidden,
                    "lineStyle": {"opacity": 0},
                    "data": _pairs(stamps, [one.low for _at, one in kept]),
                },
                {
                    **hidden,
                    "lineStyle": {"opacity": 0},
                    "areaStyle": {"color": "$accent_soft", "opacity": 0.35},
                    "data": _pairs(stamps, [one.high - one.low for _at, one in kept]),
                },
                {
                    "type": "line",
                    "symbolSize": 5,
                    "lineStyle": {"color": "$accent", "width": 2},
                    "itemStyle": {"color": "$accent"},
                    "data": _pairs(stamps, [one.difference for _at, one in kept]),
                    "markLine": {
                        "silent": True,
                        "symbol": "none",
                        "label": {"show": False},
                        "lineStyle": {"color": "$subtle", "type": "dashed"},
                        "data": [{"yAxis": 0}, *changes],
                    },
                },
            ],
        ),
        columns=[_("Known up to"), _("Difference"), _("Low"), _("High")],
        rows=[
            [
                formats.exact(at),
                *(words.difference(one.figure, each, "") for each in (one.difference, one.low, one.high)),
            ]
            for at, one in kept
        ],
    )


def _pairs(stamps: Sequence[int], values: Sequence[float]) -> list[list[float]]:
    return [[stamp, round(value, 5)] for stamp, value in zip(stamps, values, strict=True)]
