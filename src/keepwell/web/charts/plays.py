"""Results of plays as charts: lifts beside each other, over time, day by day, and how far contacts came."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from keepwell.plays.experiments.measured import PlayResults
from keepwell.plays.experiments.outcomes import Metric
from keepwell.plays.learning.contracts import LookView
from keepwell.web import formats
from keepwell.web.charts.base import Chart, category_axis, fmt, option, value_axis
from keepwell.web.results import words

TABLE_EVERY_DAYS = 10
COLOURS = ("$risk_medium", "$ink", "$accent", "$tier_high", "$stage_decline", "$risk_low")
FOREST_ROW = 30


def forest(found: PlayResults, names: Mapping[str, str], title: str) -> Chart:
    """Each arm's lift relative to the control, one line for each metric, with its interval."""
    rows = [
        (one.metric, arm, lift)
        for one in found.metrics
        for arm, lift in one.lifts.items()
        if math.isfinite(lift.relative)
    ]
    drawn = [
        row for row in rows if math.isfinite(row[2].relative_low) and math.isfinite(row[2].relative_high)
    ]
    many = len(names) > 2
    labels = [_label(metric, names[arm], many=many) for metric, arm, _lift in drawn]
    series: list[dict[str, Any]] = [
        {
            "type": "line",
            "silent": True,
            "symbol": "none",
            "lineStyle": {"color": "$ink", "width": 2},
            "data": [[round(lift.relative_low, 5), place], [round(lift.relative_high, 5), place]],
        }
        for place, (_metric, _arm, lift) in enumerate(drawn)
    ]
    dots = [
        {
            "value": [round(lift.relative, 5), place],
            "itemStyle": {"color": _colour(lift.relative_low, lift.relative_high)},
        }
        for place, (_metric, _arm, lift) in enumerate(drawn)
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
        id="chart-play-forest",
        title=title,
        unit=_("Difference to the control, relative to the control; the line is the interval"),
        height=70 + FOREST_ROW * max(1, len(drawn)),
        is_empty=not drawn,
        option=option(
            grid={"left": 8, "right": 24, "top": 8, "bottom": 8, "containLabel": True},
            xAxis=value_axis(fmt("percent"), min=None, scale=True),
            yAxis=category_axis(
                labels,
                inverse=True,
                axisLabel={"color": "$text", "fontSize": 12, "width": 140, "overflow": "break"},
            ),
            series=series,
        ),
        columns=[_("Figure"), _("Relative difference"), _("Low"), _("High")],
        rows=[
            [
                _label(metric, names[arm], many=many),
                *(_relative(one) for one in (lift.relative, lift.relative_low, lift.relative_high)),
            ]
            for metric, arm, lift in rows
        ],
    )


def _label(metric: Metric, arm: str, *, many: bool) -> str:
    name = str(words.SHORT[metric])
    return f"{name} · {arm}" if many else name


def _relative(value: float) -> str:
    return f"{100 * value:+.1f}%".replace("-", "−") if math.isfinite(value) else formats.DASH


def _colour(low: float, high: float) -> str:
    return "$better" if low > 0 else "$worse" if high < 0 else "$ink"


def over_time(looks: Sequence[LookView], metric: str, currency: str, title: str) -> Chart:
    """One lift at each look, with the band that holds at all looks together."""
    kept = [one for one in looks if None not in (one.estimate, one.low, one.high)]
    stamps = [int(one.as_of.timestamp() * 1000) for one in kept]
    bounds: list[tuple[float, float, float]] = [
        (float(one.estimate or 0), float(one.low or 0), float(one.high or 0)) for one in kept
    ]
    money = metric in (Metric.REVENUE, Metric.MARGIN)
    marker = fmt("compact_money", currency) if money else fmt("percent")
    hidden = {"type": "line", "symbol": "none", "silent": True, "stack": "band", "stackStrategy": "all"}
    return Chart(
        id="chart-play-looks",
        title=title,
        unit=_("Difference to the control at each look; the band holds at all looks together"),
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
            yAxis=value_axis(marker, min=None, scale=True),
            series=[
                {
                    **hidden,
                    "lineStyle": {"opacity": 0},
                    "data": _pairs(stamps, [low for _e, low, _h in bounds]),
                },
                {
                    **hidden,
                    "lineStyle": {"opacity": 0},
                    "areaStyle": {"color": "$accent_soft", "opacity": 0.35},
                    "data": _pairs(stamps, [high - low for _e, low, high in bounds]),
                },
                {
                    "type": "line",
                    "symbolSize": 5,
                    "lineStyle": {"color": "$accent", "width": 2},
                    "itemStyle": {"color": "$accent"},
                    "data": _pairs(stamps, [estimate for estimate, _l, _h in bounds]),
                    "markLine": {
                        "silent": True,
                        "symbol": "none",
                        "label": {"show": False},
                        "lineStyle": {"color": "$subtle", "type": "dashed"},
                        "data": [{"yAxis": 0}],
                    },
                },
            ],
        ),
        columns=[_("Known up to"), _("Difference"), _("Low"), _("High")],
        rows=[
            [formats.exact(one.as_of), *(words.difference(metric, value, currency) for value in three)]
            for one, three in zip(kept, bounds, strict=True)
        ],
    )


def _pairs(stamps: Sequence[int], values: Sequence[float]) -> list[list[float]]:
    return [[stamp, round(value, 5)] for stamp, value in zip(stamps, values, strict=True)]


def bought_again(found: PlayResults, names: Mapping[str, str], title: str) -> Chart:
    """The share of each arm that has ordered again by each day after the lot."""
    drawn = list(found.curves)
    series = [
        {
            "name": names[one.arm],
            "type": "line",
            "step": "end",
            "showSymbol": False,
            "lineStyle": {
                "color": COLOURS[place % len(COLOURS)],
                "width": 2,
                "type": "dashed" if one.arm == found.baseline else "solid",
            },
            "itemStyle": {"color": COLOURS[place % len(COLOURS)]},
            "labelLayout": {"moveOverlap": "shiftY"},
            "endLabel": {
                "show": True,
                "formatter": names[one.arm],
                "color": "$text",
                "width": 110,
                "overflow": "truncate",
            },
            "data": [[day, round(share, 5)] for day, share in enumerate(one.shares)],
        }
        for place, one in enumerate(drawn)
    ]
    days = [day for day in range(found.outcome_days + 1) if day % TABLE_EVERY_DAYS == 0]
    if days and days[-1] != found.outcome_days:
        days.append(found.outcome_days)
    return Chart(
        id="chart-play-again",
        title=title,
        unit=_("Share that has bought again, by days after the lot"),
        height=240,
        is_empty=not drawn,
        option=option(
            grid={"left": 8, "right": 120, "top": 16, "bottom": 4, "containLabel": True},
            xAxis={
                "type": "value",
                "min": 0,
                "max": found.outcome_days,
                "splitLine": {"show": False},
                "axisLine": {"lineStyle": {"color": "$line"}},
                "axisLabel": {"color": "$subtle", "fontSize": 11},
            },
            yAxis=value_axis(fmt("percent")),
            tooltip={"trigger": "axis", "valueFormatter": fmt("percent")},
            series=series,
        ),
        columns=[_("Day"), *(names[one.arm] for one in drawn)],
        rows=[[str(day), *(formats.percent(one.shares[day], 1) for one in drawn)] for day in days],
    )


def funnel(found: PlayResults, names: Mapping[str, str], title: str) -> Chart:
    """How far the contacts of each treated arm came."""
    arms = [one for one in found.arms if not one.is_control and one.members]
    steps = [key for key in words.STEP if any(key == name for one in arms for name, _n in one.funnel)]
    counts = {one.key: dict(one.funnel) for one in arms}
    return Chart(
        id="chart-play-funnel",
        title=title,
        unit=_("Members who came at least so far"),
        height=240,
        is_empty=not arms,
        option=option(
            grid={
                "left": 8,
                "right": 16,
                "top": 32 if len(arms) > 1 else 12,
                "bottom": 4,
                "containLabel": True,
            },
            **({"legend": {"top": 0, "left": 0, "textStyle": {"color": "$text"}}} if len(arms) > 1 else {}),
            xAxis=category_axis(
                [str(words.STEP[key]) for key in steps],
                axisLabel={"color": "$text", "fontSize": 11, "interval": 0, "width": 64, "overflow": "break"},
            ),
            yAxis=value_axis(fmt("number"), minInterval=1),
            tooltip={"trigger": "axis", "valueFormatter": fmt("number")},
            series=[
                {
                    "name": names[one.key],
                    "type": "bar",
                    "barMaxWidth": 36,
                    "itemStyle": {"color": COLOURS[(place + 1) % len(COLOURS)], "borderRadius": [3, 3, 0, 0]},
                    "label": {"show": len(arms) < 3, "position": "top", "color": "$text"},
                    "data": [counts[one.key].get(key, 0) for key in steps],
                }
                for place, one in enumerate(arms)
            ],
        ),
        columns=[_("Step"), *(names[one.key] for one in arms)],
        rows=[
            [str(words.STEP[key]), *(formats.number(counts[one.key].get(key, 0)) for one in arms)]
            for key in steps
        ],
    )
