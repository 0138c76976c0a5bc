"""Who bought again, in reach and kept aside, day by day after the warning."""

from __future__ import annotations

from django.utils.translation import gettext as _

from keepwell.plays.effects.contracts import EffectReport
from keepwell.web import formats
from keepwell.web.charts.base import Chart, fmt, option, value_axis

TABLE_EVERY_DAYS = 10


def effect_chart(found: EffectReport, title: str) -> Chart:
    """Two lines: the share of each side that has bought again by each day."""
    sides = (("reached", _("in reach"), "$ink"), ("kept_aside", _("kept aside"), "$risk_medium"))
    series = [
        {
            "name": name,
            "type": "line",
            "step": "end",
            "showSymbol": False,
            "lineStyle": {"color": colour, "width": 2, "type": "solid" if side == "reached" else "dashed"},
            "itemStyle": {"color": colour},
            "labelLayout": {"moveOverlap": "shiftY"},
            "endLabel": {"show": True, "formatter": name, "color": "$text"},
            "data": [[one.day, round(getattr(one, side), 5)] for one in found.curve],
        }
        for side, name, colour in sides
    ]
    rows = [one for one in found.curve if one.day % TABLE_EVERY_DAYS == 0 or one.day == found.horizon_days]
    return Chart(
        id="chart-effect",
        title=title,
        unit=_("Share that has bought again, by days after the warning"),
        height=240,
        is_empty=not found.curve,
        option=option(
            grid={"left": 8, "right": 90, "top": 16, "bottom": 4, "containLabel": True},
            xAxis={
                "type": "value",
                "min": 0,
                "max": found.horizon_days,
                "interval": 10,
                "splitLine": {"show": False},
                "axisLine": {"lineStyle": {"color": "$line"}},
                "axisLabel": {"color": "$subtle", "fontSize": 11},
            },
            yAxis=value_axis(fmt("percent")),
            tooltip={"trigger": "axis", "valueFormatter": fmt("percent")},
            series=series,
        ),
        columns=[_("Day"), *(name for _side, name, _colour in sides)],
        rows=[[str(one.day), formats.percent(one.reached), formats.percent(one.kept_aside)] for one in rows],
    )
