"""What every chart is: a finding, an option for ECharts, and its data as a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

# Colours are names; the page's script turns "$high" into the value that the theme gives it.
FONT_SIZE = 12
BAR_WIDTH_MAX = 22


@dataclass(frozen=True)
class Chart:
    """One chart. `title` states the finding, `unit` what is drawn, `rows` the same data for the table."""

    id: str
    title: str
    unit: str
    option: Mapping[str, Any]
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    height: int = 220
    note: str = ""
    is_empty: bool = False

    @property
    def option_id(self) -> str:
        """The id of the element that carries the option."""
        return f"{self.id}-option"


def fmt(kind: str, currency: str = "") -> dict[str, str]:
    """A marker that the page's script replaces by a formatter of the page's language."""
    return {"$format": kind, "currency": currency}


def option(*, series: list[dict[str, Any]], **parts: Any) -> dict[str, Any]:
    """An option with what all charts share: no animation of its own, tight margins, labels inside."""
    return {
        "animationDuration": 200,
        "grid": {"left": 8, "right": 16, "top": 12, "bottom": 4, "containLabel": True},
        "series": series,
        **parts,
    }


def category_axis(names: Sequence[str], **parts: Any) -> dict[str, Any]:
    """An axis of words."""
    return {
        "type": "category",
        "data": list(names),
        "axisTick": {"show": False},
        "axisLine": {"lineStyle": {"color": "$line"}},
        "axisLabel": {"color": "$text", "fontSize": FONT_SIZE},
        **parts,
    }


def value_axis(
    formatter: Mapping[str, str] | None = None, *, hide_last: bool = False, **parts: Any
) -> dict[str, Any]:
    """An axis of amounts, from zero; `hide_last` where the end is no round amount."""
    label: dict[str, Any] = {"color": "$subtle", "fontSize": FONT_SIZE, "showMaxLabel": not hide_last}
    if formatter:
        label["formatter"] = formatter
    return {
        "type": "value",
        "min": 0,
        "splitNumber": 3,
        "splitLine": {"lineStyle": {"color": "$grid"}},
        "axisLabel": label,
        **parts,
    }


def ranked_bars(
    names: Sequence[str],
    values: Sequence[float],
    colours: Sequence[str],
    formatter: Mapping[str, str],
) -> dict[str, Any]:
    """Horizontal bars from top to bottom, each with its value written behind it."""
    bars = [
        {"value": value, "itemStyle": {"color": colour}}
        for value, colour in zip(values, colours, strict=True)
    ]
    return option(
        grid={"left": 8, "right": 72, "top": 4, "bottom": 4, "containLabel": True},
        xAxis={"type": "value", "min": 0, "show": False},
        yAxis=category_axis(names, inverse=True, axisLine={"show": False}),
        tooltip={"trigger": "item", "valueFormatter": formatter},
        series=[
            {
                "type": "bar",
                "data": bars,
                "barMaxWidth": BAR_WIDTH_MAX,
                "label": {
                    "show": True,
                    "position": "right",
                    "color": "$text",
                    "formatter": {**formatter, "of": "value"},
                },
                "itemStyle": {"borderRadius": [0, 3, 3, 0]},
            }
        ],
    )
