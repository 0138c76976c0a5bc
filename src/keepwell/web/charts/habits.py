"""The charts of habits: how texts are read, and when in the week customers do what."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from django.utils.dates import WEEKDAYS, WEEKDAYS_ABBR
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from keepwell.outreach.habits.contracts import Delays, Hour, MonthRead, Share
from keepwell.outreach.habits.core import FEWEST, share
from keepwell.web import formats
from keepwell.web.charts.base import Chart, category_axis, fmt, option, value_axis

# Below so many acts the hours of a week hold one or none each.
WEEK_MIN = 200


def months_chart(months: Sequence[MonthRead]) -> Chart:
    """The share that people opened, month by month, with its interval; months of too few are left out."""
    names = [date_format(one.month, "YEAR_MONTH_FORMAT") for one in months]
    known = [one.opened if one.opened.units >= FEWEST else None for one in months]
    band = {
        "type": "line",
        "stack": "interval",
        "symbol": "none",
        "lineStyle": {"opacity": 0},
        "silent": True,
    }
    return Chart(
        id="chart-text-months",
        title=_trend([one for one in known if one]),
        unit=_("Opened by people, of those whose opening can be told, by the month of sending"),
        note=_("the band is the interval; months of fewer than %(count)s messages are left out")
        % {"count": FEWEST},
        height=200,
        is_empty=not any(known),
        option=option(
            xAxis=category_axis(names),
            yAxis=value_axis(fmt("percent")),
            tooltip={"trigger": "axis", "valueFormatter": fmt("percent")},
            series=[
                {**band, "data": [one.low if one else "-" for one in known]},
                {
                    **band,
                    "data": [one.high - one.low if one else "-" for one in known],
                    "areaStyle": {"color": "$accent", "opacity": 0.15},
                    "tooltip": {"show": False},
                },
                {
                    "type": "line",
                    "data": [one.value if one else "-" for one in known],
                    "symbolSize": 7,
                    "lineStyle": {"color": "$accent", "width": 2},
                    "itemStyle": {"color": "$accent"},
                },
            ],
        ),
        columns=[_("Month"), _("Arrived"), _("Opened by people"), _("Clicked")],
        rows=[
            [name, formats.number(one.arrived), _worded(one.opened), _worded(one.clicked)]
            for name, one in zip(names, months, strict=True)
        ],
    )


def _trend(known: Sequence[Share]) -> str:
    """Whether the last month differs from the first beyond chance."""
    if not known:
        return _("Too few messages in every month to see a trend")
    first, last = known[0], known[-1]
    if len(known) == 1 or (last.low <= first.high and first.low <= last.high):
        return _("No clear trend")
    figures = {"first": formats.percent(first.value), "last": formats.percent(last.value)}
    if last.value > first.value:
        return _("Opened more than at first: %(last)s after %(first)s") % figures
    return _("Opened less than at first: %(last)s after %(first)s") % figures


def delay_chart(found: Delays) -> Chart:
    """How much of what was opened was so within how many hours."""
    names = [_span(hours) for hours, _share in found.within]
    title = _("Too few openings to say how soon")
    if found.opened >= FEWEST:
        title = (
            _("Half of those who open it do so within %(span)s") % {"span": _span(found.half_hours)}
            if found.half_hours
            else _("Half of those who open it take longer than %(span)s") % {"span": names[-1]}
        )
    bars = {
        "type": "bar",
        "data": [one.value for _hours, one in found.within],
        "itemStyle": {"color": "$accent", "borderRadius": [3, 3, 0, 0]},
    }
    return Chart(
        id="chart-text-delays",
        title=title,
        unit=_("First openings by people within so long after sending"),
        height=200,
        is_empty=found.opened < FEWEST,
        option=option(
            xAxis=category_axis(names),
            yAxis=value_axis(fmt("percent"), max=1, interval=0.25),
            tooltip={"trigger": "axis", "valueFormatter": fmt("percent")},
            series=[bars],
        ),
        columns=[_("Within"), _("Opened by then"), _("Interval")],
        rows=[
            [
                name,
                _("%(share)s of %(count)s")
                % {"share": formats.percent(one.value), "count": formats.number(found.opened)},
                f"{formats.percent(one.low)}–{formats.percent(one.high)}",
            ]
            for name, (_hours, one) in zip(names, found.within, strict=True)
        ],
    )


def week_chart(hours: Iterable[Hour]) -> Chart:
    """Every hour of the week, the darker the more was done in it."""
    counted: Counter[tuple[int, int]] = Counter()
    for one in hours:
        counted[one.weekday, one.hour] += one.count
    clock_hours = [f"{hour:02d}" for hour in range(24)]
    cells = [[hour, day, counted[day, hour]] for day in range(7) for hour in range(24)]
    return Chart(
        id="chart-week",
        title=busiest(counted),
        unit=_("How often, by weekday and hour on the customers' own clocks"),
        note=_("what is told by its date alone has no hour, and is left out"),
        height=260,
        is_empty=not counted,
        option=option(
            grid={"left": 4, "right": 4, "top": 8, "bottom": 46, "containLabel": True},
            xAxis=category_axis(clock_hours, splitArea={"show": False}),
            yAxis=category_axis([str(WEEKDAYS_ABBR[day]) for day in range(7)], inverse=True),
            tooltip={"trigger": "item", "valueFormatter": fmt("number")},
            visualMap={
                "min": 0,
                "max": max(counted.values(), default=1),
                "calculable": False,
                "orient": "horizontal",
                "left": "center",
                "bottom": 0,
                "itemWidth": 12,
                "itemHeight": 120,
                "text": [_("often"), _("seldom")],
                "textStyle": {"color": "$subtle"},
                "inRange": {"color": ["$grid", "$accent"]},
            },
            series=[
                {
                    "type": "heatmap",
                    "data": cells,
                    "itemStyle": {"borderColor": "$surface", "borderWidth": 1},
                    "emphasis": {"itemStyle": {"borderColor": "$text"}},
                }
            ],
        ),
        columns=[_("Weekday"), *clock_hours],
        rows=[
            [str(WEEKDAYS[day]), *(formats.number(counted[day, hour]) for hour in range(24))]
            for day in range(7)
        ],
    )


def busiest(counted: Counter[tuple[int, int]]) -> str:
    """The busiest hour with its share, where enough was done to say so."""
    total = sum(counted.values())
    if total < WEEK_MIN:
        return _("Too little was done to see an hour that stands out")
    (day, hour), most = max(counted.items(), key=lambda one: (one[1], one[0]))
    low = share(most, total, compared=7 * 24).low
    if low <= 1 / (7 * 24):
        return _("No hour of the week stands out")
    return _("Most is done on %(weekday)s, %(start)s:00 to %(end)s:00 (%(share)s of all)") % {
        "weekday": WEEKDAYS[day],
        "start": hour,
        "end": hour + 1,
        "share": formats.percent(most / total),
    }


def _span(hours: int) -> str:
    if hours < 48:
        return ngettext("%(count)s hour", "%(count)s hours", hours) % {"count": hours}
    return ngettext("%(count)s day", "%(count)s days", hours // 24) % {"count": hours // 24}


def _worded(one: Share) -> str:
    if one.units < FEWEST:
        return _("too few to tell")
    return _("%(share)s (%(low)s to %(high)s), %(events)s of %(units)s") % {
        "share": formats.percent(one.value),
        "low": formats.percent(one.low),
        "high": formats.percent(one.high),
        "events": formats.number(one.events),
        "units": formats.number(one.units),
    }
