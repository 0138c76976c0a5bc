"""The plan's chart: what each further unit of budget brings."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise

from django.utils.translation import gettext as _

from keepwell.plays.contracts import PlanResult
from keepwell.web import formats
from keepwell.web.charts.base import Chart, fmt, option, value_axis

MORE = Decimal("0.1")  # how much more budget the finding asks about
NOTHING = Decimal("0.01")  # a gain below this share of its cost is none


def curve_chart(plan: PlanResult) -> Chart:
    """Assumed gain against budget, with the present budget marked."""
    currency = plan.currency
    points = [[round(float(budget), 2), round(float(gain), 2)] for budget, gain in plan.curve]
    here = [round(float(plan.spent), 2), round(float(plan.expected_gain), 2)]
    axis_name = {"nameLocation": "middle", "nameTextStyle": {"color": "$subtle"}}
    return Chart(
        id="chart-curve",
        title=_finding(plan),
        unit=_("Expected gain (assumption) against budget"),
        height=260,
        is_empty=not points,
        option=option(
            grid={"left": 12, "right": 24, "top": 16, "bottom": 28, "containLabel": True},
            xAxis=value_axis(
                fmt("compact_money", currency),
                name=_("Budget"),
                nameGap=28,
                max=points[-1][0] if points else 1,
                hide_last=True,
                **axis_name,
            ),
            yAxis=value_axis(fmt("compact_money", currency)),
            tooltip={"trigger": "axis", "valueFormatter": fmt("money", currency)},
            series=[
                {
                    "name": _("Expected gain"),
                    "type": "line",
                    "data": points,
                    "showSymbol": False,
                    "lineStyle": {"color": "$accent", "width": 2},
                    "itemStyle": {"color": "$accent"},
                    "areaStyle": {"color": "$accent", "opacity": 0.1},
                    "markPoint": {
                        "symbol": "circle",
                        "symbolSize": 12,
                        "itemStyle": {"color": "$ink"},
                        "label": {
                            "show": True,
                            "position": "bottom",
                            "distance": 8,
                            "color": "$text",
                            "formatter": _("this plan"),
                        },
                        "data": [{"coord": here}],
                    },
                }
            ],
        ),
        columns=[_("Budget"), _("Expected gain (assumption)")],
        rows=[
            [formats.money(budget, currency), formats.money(gain, currency)] for budget, gain in plan.curve
        ],
    )


def _finding(plan: PlanResult) -> str:
    """What a tenth more budget would bring, read off the curve."""
    if not plan.curve or not plan.spent:
        return _("Nothing is spent yet")
    more = plan.spent * MORE
    gain = _gain_at(plan.curve, plan.spent + more) - plan.expected_gain
    if gain <= more * NOTHING:
        return _("More budget would hardly bring more")
    return _("%(budget)s more would bring about %(gain)s more") % {
        "budget": formats.compact_money(more, plan.currency),
        "gain": formats.compact_money(gain, plan.currency),
    }


def _gain_at(curve: tuple[tuple[Decimal, Decimal], ...], budget: Decimal) -> Decimal:
    """The gain at `budget`, straight between the points of the curve; beyond its end that of the end."""
    for (left, low), (right, high) in pairwise(curve):
        if left <= budget <= right and right > left:
            return low + (high - low) * (budget - left) / (right - left)
    return curve[-1][1]
