"""What became of those who were warned of, as bars."""

from __future__ import annotations

from django.utils.translation import gettext as _

from keepwell.outreach.contracts import WarningReport
from keepwell.web import formats
from keepwell.web.charts.base import Chart, category_axis, fmt, option, value_axis

PARTS = (("recovered", "$stage_growth"), ("still", "$risk_medium"), ("lost", "$risk_high"), ("gone", "$line"))


def warnings_chart(report: WarningReport, names: dict[str, str]) -> Chart:
    """Warned customers per group, split by what became of them."""
    words = {"recovered": _("kept"), "still": _("still at risk"), "lost": _("lost"), "gone": _("not scored")}
    keys = [names.get(row.key, row.key) for row in report.rows]
    series = [
        {
            "name": words[part],
            "type": "bar",
            "stack": "all",
            "barMaxWidth": 36,
            "itemStyle": {"color": colour},
            "data": [getattr(row, part) for row in report.rows],
        }
        for part, colour in PARTS
    ]
    return Chart(
        id="chart-warnings",
        title=finding(report),
        unit=_("Warned customers by what became of them"),
        height=240,
        is_empty=not report.total.warned,
        option=option(
            grid={"left": 8, "right": 16, "top": 36, "bottom": 4, "containLabel": True},
            legend={"top": 0, "left": 0, "itemWidth": 12, "itemHeight": 10, "textStyle": {"color": "$text"}},
            xAxis=category_axis(keys),
            yAxis=value_axis(fmt("number"), minInterval=1),
            tooltip={"trigger": "axis", "valueFormatter": fmt("number")},
            series=series,
        ),
        columns=[_("Group"), *(words[part] for part, _colour in PARTS)],
        rows=[
            [key, *(formats.number(getattr(row, part)) for part, _colour in PARTS)]
            for key, row in zip(keys, report.rows, strict=True)
        ],
    )


def finding(report: WarningReport) -> str:
    """The chart's title: how many of the decided came back."""
    share = report.total.kept_share
    if share is None:
        return _("No warning of this period has been decided yet")
    return _("%(share)s of the decided warnings ended with the customer kept") % {
        "share": formats.percent(share)
    }
