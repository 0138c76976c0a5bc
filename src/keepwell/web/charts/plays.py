"""Results of plays as charts: lifts beside each other, over time, day by day, and how far contacts came."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from django.utils.translation import gettext as _

from keepwell.plays.experiments.measured import PlayResults
from keepwell.plays.experiments.outcomes import Metric
from keepwell.plays.learning.contracts import LookView
from keepwell.web import formats
from keepwell.web.charts import intervals
from keepwell.web.charts.base import Chart, category_axis, fmt, option, value_axis
from keepwell.web.charts.intervals import Bar, Seen
from keepwell.web.results import words

TABLE_EVERY_DAYS = 10
COLOURS = ("$risk_medium", "$ink", "$accent", "$tier_high", "$stage_decline", "$risk_low")


def forest(found: PlayResults, names: Mapping[str, str], title: str) -> Chart:
    """Each arm's lift relative to the control, one line for each metric, with its interval."""
    many = len(names) > 2
    bars = [
        Bar(
            _label(one.metric, names[arm], many=many),
            lift.relative,
            lift.relative_low,
            lift.relative_high,
            found.verdict(arm, one.metric),
        )
        for one in found.metrics
        for arm, lift in one.lifts.items()
        if math.isfinite(lift.relative)
    ]
    return intervals.forest("chart-play-forest", title, bars)


def _label(metric: Metric, arm: str, *, many: bool) -> str:
    name = str(words.SHORT[metric])
    return f"{name} · {arm}" if many else name


def over_time(looks: Sequence[LookView], metric: str, currency: str, title: str) -> Chart:
    """One lift at each look, with the band that holds at all looks together."""
    seen = [
        Seen(one.as_of, one.estimate, one.low, one.high)
        for one in looks
        if one.estimate is not None and one.low is not None and one.high is not None
    ]
    if metric in (Metric.REVENUE, Metric.MARGIN):
        axis = fmt("compact_money", currency)
    else:
        axis = fmt("decimal" if metric == Metric.SOLVING else "percent")
    return intervals.over_time(
        "chart-play-looks",
        title,
        _("Difference to the control at each look; the band holds at all looks together"),
        seen,
        axis=axis,
        rows=[
            [
                formats.exact(one.at),
                *(words.difference(metric, each, currency) for each in (one.difference, one.low, one.high)),
            ]
            for one in seen
        ],
    )


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
