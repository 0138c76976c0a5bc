"""What became of the feedback that each department got, as bars."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _

from keepwell.outreach.questions.contracts import DepartmentFigures
from keepwell.web import formats
from keepwell.web.charts.base import BAR_WIDTH_MAX, Chart, category_axis, fmt, option, value_axis

PARTS = (
    ("answered", "$stage_growth"),
    ("no_action", "$line"),
    ("handed_on", "$subtle"),
    ("on_time", "$risk_medium"),
    ("overdue", "$risk_high"),
)


def _value(one: DepartmentFigures, part: str) -> int:
    return one.waiting - one.overdue if part == "on_time" else int(getattr(one, part))


def feedback_chart(rows: Sequence[tuple[str, DepartmentFigures]]) -> Chart:
    """Departments by what they got, split by what became of it."""
    words = {
        "answered": _("answered"),
        "no_action": _("nothing to do"),
        "handed_on": _("handed on"),
        "on_time": _("waiting"),
        "overdue": _("overdue"),
    }
    names = [name for name, _one in rows]
    series = [
        {
            "name": words[part],
            "type": "bar",
            "stack": "all",
            "barMaxWidth": BAR_WIDTH_MAX,
            "itemStyle": {"color": colour},
            "data": [_value(one, part) for _name, one in rows],
        }
        for part, colour in PARTS
    ]
    return Chart(
        id="chart-feedback",
        title=finding(rows),
        unit=_("Feedback that each department got, by what became of it"),
        height=90 + 34 * max(1, len(rows)),
        is_empty=not rows,
        option=option(
            grid={"left": 8, "right": 16, "top": 36, "bottom": 4, "containLabel": True},
            legend={"top": 0, "left": 0, "itemWidth": 12, "itemHeight": 10, "textStyle": {"color": "$text"}},
            xAxis=value_axis(fmt("number"), minInterval=1),
            yAxis=category_axis(names, inverse=True),
            tooltip={"trigger": "axis", "valueFormatter": fmt("number")},
            series=series,
        ),
        columns=[_("Department"), *(words[part] for part, _colour in PARTS)],
        rows=[[name, *(formats.number(_value(one, part)) for part, _colour in PARTS)] for name, one in rows],
    )


def finding(rows: Sequence[tuple[str, DepartmentFigures]]) -> str:
    """The chart's title: who got most, and where most is overdue."""
    if not rows:
        return _("No feedback was passed on in this period")
    late = max(rows, key=lambda row: row[1].overdue)
    if late[1].overdue:
        return _("Most is overdue at %(department)s: %(count)s") % {
            "department": late[0],
            "count": formats.number(late[1].overdue),
        }
    return _("%(department)s got most; nothing is overdue") % {"department": rows[0][0]}
