"""The charts of segments: size over time, seasons, two groups side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice
from typing import Any

from django.utils.dates import MONTHS_3, WEEKDAYS_ABBR
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from keepwell.insight import labels
from keepwell.insight.segments.contracts import Comparison, Profile, Seasonality, Size
from keepwell.web import formats
from keepwell.web.charts.base import Chart, category_axis, fmt, option, value_axis
from keepwell.web.charts.customer import milliseconds, time_axis
from keepwell.web.portrait.words import GENDER

SHOWN = 8  # values per characteristic
NOTABLE = 0.15  # a season is one from this much above or below the average
CHARACTERISTICS: dict[str, Any] = {
    "tier": gettext_lazy("Value tier"),
    "status": gettext_lazy("Status"),
    "life_stage": gettext_lazy("Life-cycle stage"),
    "region": gettext_lazy("Region"),
    "age": gettext_lazy("Age"),
    "gender": gettext_lazy("Gender"),
    "industry": gettext_lazy("Industry"),
    "reason": gettext_lazy("Strongest reason"),
    "hint": gettext_lazy("Needs and hints"),
    "category": gettext_lazy("Categories bought in a year"),
    "rfm_segment": gettext_lazy("RFM segment"),
}
VALUES: dict[str, Mapping[str, Any]] = {
    "tier": labels.TIER,
    "status": labels.STATUS,
    "life_stage": labels.LIFE_STAGE,
    "gender": GENDER,
    "reason": labels.REASON,
    "hint": labels.HINT,
    "rfm_segment": labels.SEGMENT,
}


@dataclass(frozen=True)
class Share:
    """One value of a characteristic in one or two groups."""

    label: str
    first: float
    second: float | None = None


def size_chart(sizes: Sequence[Size]) -> Chart:
    """How many were in the segment after each cycle."""
    points = [[milliseconds(one.at), one.size] for one in sizes]
    line = {
        "type": "line",
        "step": "end",
        "data": points,
        "symbolSize": 6,
        "showAllSymbol": True,
        "lineStyle": {"color": "$accent", "width": 2},
        "itemStyle": {"color": "$accent"},
        "areaStyle": {"color": "$accent", "opacity": 0.1},
    }
    return Chart(
        id="chart-segment-size",
        title=_size_finding(sizes),
        unit=_("Customers after each cycle"),
        height=180,
        is_empty=not points,
        option=option(
            xAxis=time_axis(sizes[0].at if sizes else None, sizes[-1].at if sizes else None),
            yAxis=value_axis(fmt("number"), minInterval=1),
            tooltip={"trigger": "axis", "valueFormatter": fmt("number")},
            series=[line],
        ),
        columns=[_("Cycle"), _("Customers"), _("Entered"), _("Left")],
        rows=[
            [
                formats.exact(one.at),
                formats.number(one.size),
                formats.number(one.entered),
                formats.number(one.left),
            ]
            for one in reversed(sizes)
        ],
    )


def _size_finding(sizes: Sequence[Size]) -> str:
    if not sizes:
        return _("Not counted yet")
    last = sizes[-1]
    if len(sizes) == 1:
        return _("%(size)s customers at the first count") % {"size": formats.number(last.size)}
    if not last.entered and not last.left:
        return _("Nobody entered or left since the cycle before")
    return _("%(entered)s entered and %(left)s left since the cycle before") % {
        "entered": formats.number(last.entered),
        "left": formats.number(last.left),
    }


def seasonality_charts(found: Seasonality) -> list[Chart]:
    """Orders by month and by weekday."""
    return [_months(found), _weekdays(found)]


def _months(found: Seasonality) -> Chart:
    names = [date_format(day, "YEAR_MONTH_FORMAT") for day, _number, _amount in found.months]
    bars = {
        "type": "bar",
        "data": [number for _day, number, _amount in found.months],
        "itemStyle": {"color": "$accent", "borderRadius": [3, 3, 0, 0]},
    }
    return Chart(
        id="chart-segment-months",
        title=_season_finding(found.index),
        unit=_("Orders by month, two years"),
        height=180,
        is_empty=not found.months,
        option=option(
            xAxis=category_axis([_short(day) for day, _number, _amount in found.months]),
            yAxis=value_axis(fmt("number"), minInterval=1),
            tooltip={"trigger": "axis", "valueFormatter": fmt("number")},
            series=[bars],
        ),
        columns=[_("Month"), _("Orders"), _("Amount")],
        rows=[
            [name, formats.number(number), formats.number(round(amount))]
            for name, (_day, number, amount) in zip(names, found.months, strict=True)
        ],
    )


def _short(day: date) -> str:
    name = str(MONTHS_3[day.month])
    return f"{name} {day.year % 100:02d}" if day.month == 1 else name


def _season_finding(index: Mapping[int, float]) -> str:
    if not index:
        return _("A full year is needed to see a season")
    best = max(index, key=lambda month: index[month])
    if index[best] < 1 + NOTABLE:
        return _("No season stands out")
    return _("Strongest in %(month)s: %(share)s more orders than the average month") % {
        "month": date_format(date(2000, best, 1), "F"),
        "share": formats.percent(index[best] - 1),
    }


def _weekdays(found: Seasonality) -> Chart:
    names = [str(WEEKDAYS_ABBR[place]) for place in range(7)]
    total = sum(found.weekdays)
    best = max(range(7), key=lambda place: found.weekdays[place]) if total else 0
    notable = total and found.weekdays[best] / total > (1 + NOTABLE) / 7
    title = (
        _("Most orders come on %(day)s") % {"day": date_format(date(2024, 1, 1 + best), "l")}
        if notable
        else _("No weekday stands out")
    )
    bars = {
        "type": "bar",
        "data": list(found.weekdays),
        "itemStyle": {"color": "$stage_mature", "borderRadius": [3, 3, 0, 0]},
    }
    return Chart(
        id="chart-segment-weekdays",
        title=title,
        unit=_("Orders by weekday, two years, UTC"),
        height=180,
        is_empty=not total,
        option=option(
            xAxis=category_axis(names),
            yAxis=value_axis(fmt("number"), minInterval=1),
            tooltip={"trigger": "axis", "valueFormatter": fmt("number")},
            series=[bars],
        ),
        columns=[_("Weekday"), _("Orders")],
        rows=[[name, formats.number(one)] for name, one in zip(names, found.weekdays, strict=True)],
    )


def profile_shares(profile: Profile) -> list[tuple[str, list[Share]]]:
    """The characteristics of one group, each with its most frequent values."""
    told = {**profile.shares, "category": profile.categories}
    return [
        (
            str(title),
            [Share(_label(name, value), share) for value, share in islice(told[name].items(), SHOWN)],
        )
        for name, title in CHARACTERISTICS.items()
        if told.get(name)
    ]


def compared_shares(found: Comparison) -> list[tuple[str, list[Share]]]:
    """The characteristics of both groups; the values that differ most come first."""
    first = {**found.first.shares, "category": found.first.categories}
    second = {**found.second.shares, "category": found.second.categories}
    told = []
    for name, title in CHARACTERISTICS.items():
        values = {**first.get(name, {}), **second.get(name, {})}
        if not values:
            continue
        rows = [
            Share(
                _label(name, value), first.get(name, {}).get(value, 0.0), second.get(name, {}).get(value, 0.0)
            )
            for value in values
        ]
        rows.sort(key=lambda one: -abs(one.first - (one.second or 0.0)))
        told.append((str(title), rows[:SHOWN]))
    return told


def compared_figures(found: Comparison) -> list[tuple[str, str, str]]:
    """The figures of both groups, in words."""
    currency = found.currency

    def money(value: Any) -> str:
        return formats.money(value, currency) if value is not None else "–"

    def plain(value: float | None) -> str:
        return formats.number(round(value, 1)) if value is not None else "–"

    def days(value: float | None) -> str:
        return formats.days(value) if value is not None else "–"

    def share(value: float | None) -> str:
        return formats.percent(value) if value is not None else "–"

    pairs: list[tuple[str, Any, str]] = [
        (_("Customers"), formats.number, "size"),
        (_("Value of the next 12 months"), money, "clv"),
        (_("Value per customer"), money, "average_clv"),
        (_("Expected loss"), money, "expected_loss"),
        (_("Churn risk on average"), share, "average_risk"),
        (_("Orders per customer"), plain, "average_orders"),
        (_("Average order"), money, "average_order_amount"),
        (_("Days since the last order, on average"), days, "average_silence_days"),
    ]
    return [
        (label, say(getattr(found.first, name)), say(getattr(found.second, name)))
        for label, say, name in pairs
    ]


def _label(name: str, value: str) -> str:
    return str(VALUES.get(name, {}).get(value, value))
