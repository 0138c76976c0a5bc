"""Results of a play as what its page and files show."""

from __future__ import annotations

import math
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from keepwell.accounts import access
from keepwell.accounts.contracts import Permission
from keepwell.foundation import clock
from keepwell.insight.labels import TIER
from keepwell.outreach import users
from keepwell.plays import queries as plays
from keepwell.plays.effects.contracts import Lift
from keepwell.plays.experiments import queries, results
from keepwell.plays.experiments.contracts import PlayView
from keepwell.plays.experiments.measured import EVIDENCE, PlayResults, Worth
from keepwell.plays.experiments.outcomes import GroupLift, GuardResult, Metric
from keepwell.plays.learning import queries as learning
from keepwell.web import formats
from keepwell.web.charts import plays as charts
from keepwell.web.results import words

DIMENSIONS = ("tier", "grade", "cause", "owner")


def panel(play_id: int) -> dict[str, Any]:
    """What `keepwell/play_results.html` needs, to be included in the page of a play; it loads by itself."""
    return {"results_url": reverse("play_results", args=[play_id])}


def context(request: HttpRequest, play: PlayView) -> dict[str, Any]:
    """Everything that the part with the results shows."""
    one = results.read(play.play_id)
    found, tables = results.summary(one), results.grouped(one)
    names = words.names(play)
    export = {
        kind: reverse("play_results_export", args=[play.play_id, kind]) for kind in ("csv", "xlsx", "pdf")
    }
    return {
        "play": play,
        "found": found,
        "sentence": words.sentence(found, play),
        "status": words.status(found) if found.members else "",
        "metrics": metric_rows(found, names),
        "guards": [guard_row(one, names, found) for one in found.guards],
        "worth": [worth_row(one, names, found) for one in found.worth],
        "arms": found.arms,
        "charts": chart_list(found, play, names),
        "groups": group_tables(tables),
        "planned": planned(found),
        "lessons": lesson_rows(play_id=play.play_id),
        "may_take_back": access.may(request.user, Permission.CHANGE_SETTINGS),
        "roll_out": [roll_out(found, one.key, names) for one in found.arms if not one.is_control],
        "export": export,
    }


def chart_list(found: PlayResults, play: PlayView, names: dict[str, str]) -> list[Any]:
    """The charts that have something to show."""
    if not found.members:
        return []
    arm = next((key for key in (found.best, *(one.key for one in found.arms)) if key in _treated(found)), "")
    looks = learning.looks(play.play_id, metric=found.primary.value, arm=arm)
    made = [
        charts.forest(found, names, _("How each figure differs from the control")),
        charts.bought_again(found, names, again_title(found, names)),
        charts.over_time(
            looks,
            found.primary,
            found.currency,
            _("“%(arm)s”: %(metric)s, as it was seen over time")
            % {"arm": names.get(arm, ""), "metric": words.METRIC[found.primary]},
        ),
        charts.funnel(found, names, _("How far the contacts came")),
    ]
    return [one for one in made if not one.is_empty]


def _treated(found: PlayResults) -> list[str]:
    return [one.key for one in found.arms if not one.is_control]


def again_title(found: PlayResults, names: dict[str, str]) -> str:
    """What the curve says at its end."""
    last = [f"{names[one.arm]} {formats.percent(one.shares[-1], 1)}" for one in found.curves]
    return _("Bought again within %(days)s days: %(shares)s") % {
        "days": found.outcome_days,
        "shares": formats.listed(last),
    }


def metric_rows(found: PlayResults, names: dict[str, str]) -> list[dict[str, Any]]:
    """One row for each metric and arm."""
    rows = []
    for one in found.metrics:
        for arm, lift in one.lifts.items():
            verdict = found.verdict(arm, one.metric)
            rows.append(
                {
                    "metric": words.METRIC[one.metric],
                    "primary": one.metric is found.primary,
                    "arm": names[arm],
                    "treated": words.level(one.metric, lift.treated.mean, found.currency),
                    "treated_units": one.known.get(arm, 0),
                    "control": words.level(one.metric, lift.control.mean, found.currency),
                    "control_units": one.known.get(found.baseline, 0),
                    "difference": words.difference(one.metric, lift.difference, found.currency),
                    "low": words.difference(one.metric, lift.low, found.currency),
                    "high": words.difference(one.metric, lift.high, found.currency),
                    "is_bounded": _is_bounded(lift),
                    "verdict": words.VERDICT[verdict],
                    "code": words.CLASS.get(verdict, verdict.value),
                    "doubts": [str(words.DOUBT[doubt]) for doubt in lift.doubts],
                    "small": lift.evidence == "too_small",
                    "counted": lift.method == "score",
                }
            )
    return rows


def _is_bounded(lift: Lift) -> bool:
    """Whether its interval says anything."""
    return math.isfinite(lift.low) or math.isfinite(lift.high)


def guard_row(one: GuardResult, names: dict[str, str], found: PlayResults) -> dict[str, Any]:
    """A guard rail of one arm."""
    state = "alarm" if one.rail.alarm else one.rail.state
    return {
        "guard": words.GUARD[one.guard],
        "arm": names[one.arm],
        "treated": formats.percent(one.lift.treated.mean, 1) if one.lift.treated.units else formats.DASH,
        "control": formats.percent(one.lift.control.mean, 1) if one.lift.control.units else formats.DASH,
        "low": words.points(one.lift.low),
        "high": words.points(one.lift.high),
        "is_bounded": _is_bounded(one.lift),
        "margin": words.points(one.rail.margin),
        "state": words.GUARD_STATE[state],
        "alarm": one.rail.alarm,
        "code": "harmed" if one.rail.alarm else "helped" if state == "safe" else state,
    }


def worth_row(one: Worth, names: dict[str, str], found: PlayResults) -> dict[str, Any]:
    """What one arm, or all, brought in customers and money."""
    returned = one.returned
    return {
        "arm": names.get(one.arm, _("All treated")),
        "all": not one.arm,
        "members": one.members,
        "cost": formats.money(one.cost, found.currency),
        "kept": words.between(one.kept),
        "revenue": words.between(one.revenue, found.currency),
        "margin": words.between(one.margin, found.currency),
        "returned": words.between(returned, found.currency) if returned else formats.DASH,
    }


def planned(found: PlayResults) -> dict[str, Any] | None:
    """What the plan expected beside what was measured."""
    if found.planned is None:
        return None
    return {
        "members": found.planned.members,
        "expected": formats.money(found.planned.expected, found.currency),
        "measured": words.between(found.planned.measured, found.currency),
    }


def roll_out(found: PlayResults, arm: str, names: dict[str, str]) -> dict[str, Any]:
    """Whether an arm may be given to everybody, and why not."""
    answer = results.judged(found, arm)
    return {
        "arm": names[arm],
        "allowed": answer.allowed,
        "why": [str(words.REFUSAL[one]) for one in answer.refusals],
    }


def group_tables(tables: dict[str, tuple[GroupLift, ...]]) -> list[dict[str, Any]]:
    """Where it worked, by tier, grade, cause and owner."""
    titles = {
        "tier": _("By value tier"),
        "grade": _("By grade"),
        "cause": _("By cause"),
        "owner": _("By who looks after the customer"),
    }
    shown = []
    for name in DIMENSIONS:
        rows = tables.get(name, ())
        if any(one.key for one in rows):
            labels = group_labels(name, [one.key for one in rows])
            listed = [group_row(one, labels[one.key]) for one in rows]
            shown.append({"key": name, "title": titles[name], "rows": listed})
    return shown


def group_labels(name: str, keys: list[str]) -> dict[str, str]:
    """What the groups of one kind are called."""
    if name == "tier":
        known = {key: str(word) for key, word in TIER.items()}
    elif name == "cause":
        known = plays.reason_groups()
    elif name == "owner":
        known = {str(pk): word for pk, word in users.names(int(key) for key in keys if key).items()}
        known[""] = _("nobody")
    else:
        known = {"": _("not graded")}
    return {key: known.get(key, key or _("not known")) for key in keys}


def group_row(one: GroupLift, name: str) -> dict[str, Any]:
    """The effect in one group."""
    lift = one.lift
    return {
        "name": name,
        "treated": formats.percent(lift.treated.mean, 1) if one.treated else formats.DASH,
        "treated_units": one.treated,
        "control": formats.percent(lift.control.mean, 1) if one.control else formats.DASH,
        "control_units": one.control,
        "difference": words.points(lift.difference),
        "low": words.points(lift.low),
        "high": words.points(lift.high),
        "is_bounded": _is_bounded(lift),
        "small": lift.evidence == "too_small",
        "verdict": words.VERDICT[EVIDENCE[lift.evidence]],
        "code": words.CLASS.get(EVIDENCE[lift.evidence], "small"),
    }


def lesson_rows(*, treatment: str = "", play_id: int | None = None) -> list[dict[str, Any]]:
    """Lines of the assumptions that were measured, for the pages of a play and of the assumptions."""
    groups = plays.reason_groups()
    treatments = {one.code: one.name for one in plays.treatments()}
    return [
        {
            "one": one,
            "treatment": treatments.get(one.treatment, one.treatment),
            "group": groups.get(one.reason_group, one.reason_group),
            "tier": TIER.get(one.tier, one.tier),
            "before": formats.percent(one.before, 1),
            "after": formats.percent(one.after, 1),
            "measured": _("%(value)s (%(low)s to %(high)s)")
            % {"value": _share(one.measured), "low": _share(one.low), "high": _share(one.high)},
            "customers": one.treated + one.control,
            "weight": formats.percent(one.weight),
        }
        for one in learning.lessons(treatment=treatment, play_id=play_id)
    ]


def _share(value: float) -> str:
    return f"{100 * value:.1f}%".replace("-", "−")


def known(play_id: int) -> PlayView | None:
    """The play, or None."""
    return queries.play(play_id)


def lines(found: PlayResults) -> list[tuple[Any, ...]]:
    """One line for each metric, guard rail and arm; codes and plain numbers, for files."""
    rows: list[tuple[Any, ...]] = []
    for one in found.metrics:
        for arm, lift in one.lifts.items():
            worth = next((each for each in found.worth if each.arm == arm), None)
            total = _total(worth, one.metric)
            rows.append(
                (*_numbers(one.metric.value, arm, lift), found.verdict(arm, one.metric).value, *total)
            )
    for rail in found.guards:
        state = "alarm" if rail.rail.alarm else rail.rail.state
        rows.append((*_numbers(rail.guard.value, rail.arm, rail.lift), state, None, None, None, None))
    return rows


HEADER = (
    "metric", "arm", "treated", "control", "treated_mean", "control_mean", "difference", "low", "high",
    "confidence", "p_value", "verdict", "total", "total_low", "total_high", "cost",
)  # fmt: skip


def _numbers(metric: str, arm: str, lift: Any) -> tuple[Any, ...]:
    plain = lift.to_dict()
    return (
        metric,
        arm,
        lift.treated.units,
        lift.control.units,
        plain["treated"]["mean"],
        plain["control"]["mean"],
        plain["difference"],
        plain["low"],
        plain["high"],
        plain["confidence"],
        plain["p_value"],
    )


def _total(worth: Worth | None, metric: Metric) -> tuple[Any, ...]:
    amount = worth.of(metric) if worth else None
    if worth is None or amount is None:
        return (None, None, None, None)
    bounds = [None if abs(one) == float("inf") else one for one in (amount.value, amount.low, amount.high)]
    return (*bounds, worth.cost)


def stamp() -> str:
    """When a file was made, in words."""
    return formats.exact(clock.now())
