"""Effects of journeys and mailings as what their pages and files show."""

from __future__ import annotations

import math
from typing import Any

from django.utils.translation import gettext as _

from keepwell.plays.experiments.measured import Amount
from keepwell.plays.lifts.contracts import HORIZONS, Adjustment, Compared, Effect, Figure, Look
from keepwell.web import formats
from keepwell.web.charts import lifts as charts
from keepwell.web.lifts import words
from keepwell.web.results import words as results

HEADER = (
    "version", "figure", "currency", "treated", "control", "treated_mean", "control_mean", "difference",
    "low", "high", "verdict", "total", "total_low", "total_high", "cost", "days", "known_up_to",
)  # fmt: skip


def context(found: Effect, changes: tuple[Adjustment, ...], *, keeps: bool) -> dict[str, Any]:
    """Everything that the part with the effect shows; `keeps`: whether a share is kept as control."""
    latest = found.latest
    return {
        "found": found,
        "latest": latest,
        "days": found.days,
        "horizons": HORIZONS,
        "keeps": keeps or bool(found.control),
        "sentence": words.sentence(found, keeps=keeps),
        "rows": rows(latest) if latest else [],
        "money": [_money(latest, one) for one in latest.figures if one.figure is Figure.MARGIN]
        if latest
        else [],
        "versions": [_version(one) for one in found.versions],
        "charts": _charts(found, changes),
        "changes": [{"one": one, "words": words.change(one)} for one in changes],
    }


def rows(look: Look) -> list[dict[str, Any]]:
    """One row for each figure."""
    many = len({one.currency for one in look.figures if one.currency}) > 1
    return [_row(one, many=many) for one in look.figures]


def _row(one: Compared, *, many: bool) -> dict[str, Any]:
    return {
        "name": words.name(one, many=many),
        "treated": words.level(one.figure, one.treated_mean, one.currency),
        "control": words.level(one.figure, one.control_mean, one.currency),
        "difference": words.difference(one.figure, one.difference, one.currency),
        "low": words.difference(one.figure, one.low, one.currency),
        "high": words.difference(one.figure, one.high, one.currency),
        "is_bounded": math.isfinite(one.low) or math.isfinite(one.high),
        "total": results.between(one.total, one.currency),
        "verdict": verdict(one.verdict),
        "code": code(one.verdict),
        "small": one.verdict == "too_small",
        "doubts": [str(results.DOUBT[each]) for each in one.doubts if each in results.DOUBT],
        "counted": one.method == "score",
    }


def verdict(said: str) -> str:
    """A verdict in words."""
    return str(results.VERDICT.get(said, said))


def code(said: str) -> str:
    """The class of its badge."""
    return next((kind for one, kind in results.CLASS.items() if one.value == said), said)


def _money(look: Look, one: Compared) -> dict[str, Any]:
    """What it brought in one currency, and for each unit that was spent on messages."""
    first = next(each for each in look.figures if each.figure is Figure.MARGIN)
    cost = look.cost if one is first else 0.0
    back = Amount(*(each / cost for each in vars(one.total).values())) if cost else None
    return {
        "margin": results.between(one.total, one.currency),
        "cost": formats.money(cost, one.currency) if one is first and look.cost_known else formats.DASH,
        "returned": results.between(back, one.currency) if back and look.cost_known else formats.DASH,
        "currency": one.currency,
    }


def _version(look: Look) -> dict[str, Any]:
    again = look.of(Figure.RETENTION)
    return {
        "number": look.version,
        "treated": look.treated,
        "control": look.control,
        "row": _row(again, many=False) if again else None,
    }


def _charts(found: Effect, changes: tuple[Adjustment, ...]) -> list[Any]:
    if found.latest is None:
        return []
    made = [
        charts.forest(found.latest.figures, _("How each figure differs from the control")),
        charts.over_time(found.looks, changes, _("Bought again, as it was seen over time")),
    ]
    return [one for one in made if not one.is_empty]


def lines(found: Effect) -> list[tuple[Any, ...]]:
    """One line for each figure of all versions together and of each; plain numbers, for files.

    The cost stands with the margin that bears it.
    """
    looks = [found.latest, *found.versions] if found.latest else []
    return [
        (
            look.version or "",
            str(one.figure),
            one.currency,
            look.treated,
            look.control,
            *(_plain(getattr(one, name)) for name in HEADER[5:10]),
            one.verdict,
            *(_plain(value) for value in (one.total.value, one.total.low, one.total.high)),
            look.cost if look.cost_known and one is look.of(Figure.MARGIN) else None,
            look.days,
            look.as_of,
        )
        for look in looks
        for one in look.figures
    ]


def _plain(value: float) -> float | None:
    return value if math.isfinite(value) else None


CHANGES_HEADER = ("at", "who", "what", "reason", "version", "control_before", "control_after", "text")


def change_lines(changes: tuple[Adjustment, ...]) -> list[tuple[Any, ...]]:
    """One line for each change, for files."""
    made = []
    for one in changes:
        share = one.details.get("control")
        before, after = share if isinstance(share, list) else (None, share)
        text = one.details.get("text", "")
        made.append((one.at, one.actor, one.what, one.reason, one.version or "", before, after, text))
    return made
