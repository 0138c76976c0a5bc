"""Effects of journeys and mailings as charts: each figure with its interval, and one over time."""

from __future__ import annotations

import math
from collections.abc import Sequence

from django.utils.translation import gettext as _

from keepwell.plays.lifts.contracts import Adjustment, Compared, Figure, Look
from keepwell.web import formats
from keepwell.web.charts import intervals
from keepwell.web.charts.base import Chart, fmt
from keepwell.web.charts.intervals import Bar, Seen, milliseconds
from keepwell.web.lifts import words


def forest(figures: Sequence[Compared], title: str) -> Chart:
    """Each figure's difference relative to the control, with its interval."""
    many = len({one.currency for one in figures if one.currency}) > 1
    bars = [
        Bar(words.name(one, many=many), one.relative, one.relative_low, one.relative_high, one.verdict)
        for one in figures
    ]
    return intervals.forest("chart-lift-forest", title, bars)


def over_time(looks: Sequence[Look], adjustments: Sequence[Adjustment], title: str) -> Chart:
    """Buying again beside control at each look, with its interval; changes stand beside the curve."""
    seen = [
        Seen(one.as_of, again.difference, again.low, again.high)
        for one in looks
        if (again := one.of(Figure.RETENTION)) and math.isfinite(again.low + again.high + again.difference)
    ]
    changes = [
        {"xAxis": milliseconds(one.at), "name": words.change(one)}
        for one in adjustments
        if seen and seen[0].at <= one.at <= seen[-1].at
    ]
    return intervals.over_time(
        "chart-lift-looks",
        title,
        _("Difference to the control at each look; upright lines are changes"),
        seen,
        axis=fmt("percent"),
        lines=changes,
        rows=[
            [
                formats.exact(one.at),
                *(
                    words.difference(Figure.RETENTION, each, "")
                    for each in (one.difference, one.low, one.high)
                ),
            ]
            for one in seen
        ],
    )
