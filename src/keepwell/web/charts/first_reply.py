"""Routine enquiries that a machine closed, week by week beside the target; and how soon who replied."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.utils.translation import gettext as _

from keepwell.outreach.firstreply.contracts import AnswerFigures, Share
from keepwell.web import formats
from keepwell.web.charts.base import BAR_WIDTH_MAX, Chart, category_axis, fmt, option, value_axis

ANSWERS_MOST = 12


def share_chart(weeks: Sequence[tuple[date, Share]], whole: Share, target: float) -> Chart:
    """The share of each week as bars, with the target as a line."""
    names = [monday.isoformat() for monday, _share in weeks]
    return Chart(
        id="chart-first-reply",
        title=finding(whole, target),
        unit=_("Share of routine enquiries that are over which no colleague had to answer, by week"),
        is_empty=not weeks,
        option=option(
            xAxis=category_axis(names),
            yAxis=value_axis(fmt("percent"), max=1),
            tooltip={"trigger": "axis", "valueFormatter": fmt("percent")},
            series=[
                {
                    "name": _("closed automatically"),
                    "type": "bar",
                    "barMaxWidth": BAR_WIDTH_MAX,
                    "itemStyle": {"color": "$stage_growth"},
                    "data": [one.value for _monday, one in weeks],
                    "markLine": {
                        "symbol": "none",
                        "silent": True,
                        "data": [{"yAxis": target}],
                        "lineStyle": {"color": "$subtle", "type": "dashed"},
                        "label": {"formatter": _("target"), "color": "$subtle", "position": "insideEndTop"},
                    },
                }
            ],
        ),
        columns=[_("Week from"), _("Closed automatically"), _("Routine, over"), _("Share")],
        rows=[
            [
                monday.isoformat(),
                formats.number(one.machine),
                formats.number(one.routine),
                formats.percent(one.value) if one.value is not None else formats.DASH,
            ]
            for monday, one in weeks
        ],
    )


def finding(whole: Share, target: float) -> str:
    """The chart's title: the share, and whether that is the target."""
    if whole.value is None:
        return _("No routine enquiry is over yet")
    given = {"share": formats.percent(whole.value, 1), "target": formats.percent(target)}
    if whole.value >= target:
        return _("%(share)s closed automatically: the target of %(target)s is met") % given
    return _("%(share)s closed automatically: the target is %(target)s") % given


def answers_chart(found: Sequence[AnswerFigures]) -> Chart:
    """Answers by how often they were given, split by what came after."""
    shown = found[:ANSWERS_MOST]
    parts = (
        (_("closed with it"), "$stage_growth", [one.closed for one in shown]),
        (_("not known yet"), "$line", [one.given - one.closed - one.not_helped for one in shown]),
        (_("did not help"), "$risk_high", [one.not_helped for one in shown]),
    )
    worst = max(shown, key=lambda one: one.not_helped) if shown else None
    title = _("No answer has been given yet")
    if worst is not None and worst.not_helped:
        title = _("“%(answer)s” helped least often: %(count)s times not") % {
            "answer": worst.title,
            "count": formats.number(worst.not_helped),
        }
    elif shown:
        title = _("“%(answer)s” was given most often") % {"answer": shown[0].title}
    return Chart(
        id="chart-answers",
        title=title,
        unit=_("Enquiries that an answer was given to, by what came after"),
        height=90 + 34 * max(1, len(shown)),
        is_empty=not shown,
        option=option(
            grid={"left": 8, "right": 16, "top": 36, "bottom": 4, "containLabel": True},
            legend={"top": 0, "left": 0, "itemWidth": 12, "itemHeight": 10, "textStyle": {"color": "$text"}},
            xAxis=value_axis(fmt("number"), minInterval=1),
            yAxis=category_axis([one.title for one in shown], inverse=True),
            tooltip={"trigger": "axis", "valueFormatter": fmt("number")},
            series=[
                {
                    "name": name,
                    "type": "bar",
                    "stack": "all",
                    "barMaxWidth": BAR_WIDTH_MAX,
                    "itemStyle": {"color": colour},
                    "data": [max(0, value) for value in values],
                }
                for name, colour, values in parts
            ],
        ),
        columns=[_("Answer"), *(name for name, _colour, _values in parts)],
        rows=[
            [one.title, *(formats.number(max(0, values[place])) for _name, _colour, values in parts)]
            for place, one in enumerate(shown)
        ],
    )
