"""The plan's chart: what each further unit of budget brings."""

from __future__ import annotations

from django.utils.translation import gettext as _

from keepwell.plays.contracts import PlanResult
from keepwell.web import formats
from keepwell.web.charts.base import Chart, fmt, option, value_axis


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
            grid={"left": 12, "right": 24, "top": 16, "bottom": 20, "containLabel": True},
            xAxis=value_axis(fmt("compact_money", currency), name=_("Budget"), nameGap=30, **axis_name),
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
    further = [
        (budget, gain) for budget, gain in plan.curve if budget > plan.spent and gain > plan.expected_gain
    ]
    if not further:
        return _("More budget would not bring more")
    budget, gain = further[0]
    return _("The next %(budget)s would bring about %(gain)s more") % {
        "budget": formats.compact_money(budget - plan.spent, plan.currency),
        "gain": formats.compact_money(gain - plan.expected_gain, plan.currency),
    }
