"""What the pages say of a dry run, and of what happened at steps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from keepwell.outreach.journeys import labels, queries, words
from keepwell.outreach.journeys.contracts import SPANS
from keepwell.outreach.journeys.core.graph import End, in_order
from keepwell.outreach.journeys.core.reading import parse


def context(journey_id: int, definition: Mapping[str, Any]) -> dict[str, Any]:
    """The last dry run of a journey, for steps that may have changed since."""
    trial = queries.newest_trial(journey_id)
    told: dict[str, Any] = {"trial": trial, "spans": SPANS}
    if trial is None or trial.found is None:
        return told
    plan = parse(trial.definition)
    told["trial_is_old"] = trial.definition != definition
    told["trial_outcomes"] = [
        (str(labels.OUTCOME.get(code, code)), number) for code, number in trial.found.outcomes.items()
    ]
    told["trial_steps"] = [
        (place, words.step(plan.steps[code]), said(trial.found.steps.get(code, {})))
        for place, code in enumerate(in_order(plan), 1)
        if not isinstance(plan.steps[code], End)
    ]
    return told


def said(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    """What happened at a step, in words; arms of a split by their names."""
    return [
        (code.removeprefix("arm:") if code.startswith("arm:") else str(labels.COUNT.get(code, code)), number)
        for code, number in counts.items()
    ]
