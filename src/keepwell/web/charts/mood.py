"""How customers feel from stage to stage."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _

from keepwell.outreach.touchpoints.contracts import StageView
from keepwell.web.charts.base import Chart, category_axis, option

HEIGHT = 150


def mood_chart(stages: Sequence[StageView]) -> Chart:
    """A line over the stages, filled marks where surveys say it and hollow ones where people think so."""
    known = [one for one in stages if one.mood is not None]
    low = min(known, key=lambda one: one.mood or 0, default=None)
    title = _("The mood along the way")
    if low is not None and len(known) > 1:
        title = _("The mood is lowest at “%(stage)s”") % {"stage": low.name}
    marks: list[dict[str, Any] | str] = [
        "-"
        if one.mood is None
        else {
            "value": round(one.mood, 3),
            "symbol": "circle" if one.is_measured else "emptyCircle",
            "symbolSize": 9,
        }
        for one in stages
    ]
    return Chart(
        id="chart-mood",
        title=title,
        unit=_(
            "From angry (−1) to delighted (1); filled: measured by surveys, hollow: what colleagues think"
        ),
        height=HEIGHT,
        is_empty=not known,
        option=option(
            grid={"left": 0, "right": 0, "top": 12, "bottom": 4, "containLabel": False},
            xAxis=category_axis([one.name for one in stages], axisLabel={"show": False}),
            yAxis={
                "type": "value",
                "min": -1,
                "max": 1,
                "interval": 1,
                "axisLabel": {"show": False},
                "splitLine": {"lineStyle": {"color": "$grid"}},
            },
            tooltip={"trigger": "axis"},
            series=[
                {
                    "type": "line",
                    "connectNulls": True,
                    "smooth": 0.3,
                    "lineStyle": {"color": "$accent", "width": 2},
                    "itemStyle": {"color": "$accent"},
                    "data": marks,
                }
            ],
        ),
        columns=[_("Stage"), _("Mood"), _("Known from")],
        rows=[
            [
                one.name,
                "–" if one.mood is None else f"{one.mood:+.2f}",
                _("surveys")
                if one.is_measured
                else (_("what colleagues think") if one.mood is not None else "–"),
            ]
            for one in stages
        ],
    )
