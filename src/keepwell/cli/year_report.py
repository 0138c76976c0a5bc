"""What `keepwell year` found, as values: each play's measurement beside the truth, sums, assumptions."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from keepwell.cli.year_loop import MonthlyPlay

METRICS = ("retention", "revenue", "margin")
# Assumptions by treatment and group of causes, of all tiers together, weighted by who was treated.
Line = tuple[str, str]


def document(plays: Sequence[MonthlyPlay], before: Mapping[tuple[str, str, str], float]) -> dict[str, Any]:
    """Everything as JSON-ready values.

    `before` are the shares assumed on the first day, by treatment, tier and group of causes.
    """
    rows = [_play(one) for one in plays if one.results is not None]
    return {
        "plays": rows,
        "coverage": {metric: _coverage(rows, metric) for metric in METRICS},
        "total": _total(plays),
        "assumptions": _assumptions(plays, before),
    }


def _play(play: MonthlyPlay) -> dict[str, Any]:
    lifts = {one.metric.value: one.lifts["a"] for one in play.results.metrics}
    return {
        "month": play.month,
        "play_id": play.play_id,
        "code": play.code,
        "treatment": play.treatment,
        "started_on": play.started_at.date(),
        "members": play.members,
        "control": play.control,
        "reached": play.reached,
        "spent": round(play.spent, 2),
        "looks": [_look(look) for look in play.looks],
        **{metric: _beside(lifts[metric], float(getattr(play.truth, metric))) for metric in METRICS},
    }


def _beside(lift: Any, truth: float) -> dict[str, Any]:
    told = math.isfinite(lift.low) and math.isfinite(lift.high)
    return {
        "measured": _finite(lift.difference),
        "low": _finite(lift.low),
        "high": _finite(lift.high),
        "true": truth,
        "covered": bool(lift.low <= truth <= lift.high) if told else None,
        "trusted": not set(lift.doubts) - {"wide"},
        "evidence": lift.evidence,
    }


def _look(found: Any) -> dict[str, Any]:
    lift = next(one.lifts["a"] for one in found.metrics if one.metric == "retention")
    return {
        "as_of": found.as_of,
        "measured": _finite(lift.difference),
        "low": _finite(lift.low),
        "high": _finite(lift.high),
        "evidence": lift.evidence,
    }


def _coverage(rows: Sequence[Mapping[str, Any]], metric: str) -> dict[str, int]:
    """Of all plays, and of those whose interval Keepwell itself trusts: how many intervals hold the truth."""
    told = [(row[metric]["covered"], row[metric]["trusted"]) for row in rows]
    return {
        "plays": len(told),
        "covered": sum(covered is True for covered, _trusted in told),
        "trusted": sum(trusted for _covered, trusted in told),
        "trusted_covered": sum(covered is True and trusted for covered, trusted in told),
    }


def _total(plays: Sequence[MonthlyPlay]) -> dict[str, Any]:
    """What all plays saved together; squares of half intervals add up, as every play has its own control."""
    found: dict[str, Any] = {}
    for name, metric in (("customers_kept", "retention"), ("revenue", "revenue"), ("margin", "margin")):
        value = truth = square = 0.0
        for play in plays:
            if play.results is None:
                continue
            lift = next(one.lifts["a"] for one in play.results.metrics if one.metric == metric)
            treated = play.members - play.control
            if not math.isfinite(lift.high - lift.low):
                continue
            value += lift.difference * treated
            truth += getattr(play.truth, metric) * treated
            square += ((lift.high - lift.low) / 2 * treated) ** 2
        half = math.sqrt(square)
        low, high = value - half, value + half
        found[name] = {
            "measured": value, "low": low, "high": high, "true": truth, "covered": low <= truth <= high,
        }  # fmt: skip
    found["spent"] = round(sum(play.spent for play in plays), 2)
    found["treated"] = sum(play.members - play.control for play in plays)
    found["reached"] = sum(play.reached for play in plays)
    return found


def _assumptions(
    plays: Sequence[MonthlyPlay], before: Mapping[tuple[str, str, str], float]
) -> list[dict[str, Any]]:
    """Lines that a play measured: the share saved as assumed before, after learning, and in truth.

    The truth is 1 - q_t / q_c over everybody who was dealt into a treated arm with that treatment and group
    of causes, as learning defines a saved share, within the days in which outcomes count.
    """
    from keepwell.plays import queries
    from keepwell.plays.learning import queries as learning

    after = {(one.treatment, one.tier, one.reason_group): one.saved_share for one in queries.assumptions()}
    learned = {(one.treatment, one.reason_group) for one in learning.lessons(limit=10_000) if one.counts}
    tiers: dict[Line, list[str]] = defaultdict(list)
    leave: dict[Line, list[float]] = defaultdict(list)
    stay: dict[Line, list[float]] = defaultdict(list)
    for play in plays:
        for place, member in enumerate(play.arm):
            line = (play.treatment, queries.reason_group(member.reason))
            tiers[line].append(member.tier)
            leave[line].append(1 - float(play.truth.kept_without[place]))
            stay[line].append(1 - float(play.truth.kept_with[place]))
    rows = []
    for line in sorted(learned & set(tiers)):
        treatment, group = line

        def mean(shares: Mapping[tuple[str, str, str], float], line: Line = line) -> float:
            return float(np.mean([shares[(line[0], tier, line[1])] for tier in tiers[line]]))

        rows.append(
            {
                "treatment": treatment,
                "reason_group": group,
                "members": len(tiers[line]),
                "before": mean(before),
                "after": mean(after),
                "true": 1 - sum(stay[line]) / sum(leave[line]),
            }
        )
    return rows


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
