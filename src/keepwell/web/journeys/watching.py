"""The drawing of a journey that people pass through: who waits where, and which ways they took."""

from __future__ import annotations

from keepwell.outreach.journeys.contracts import Statistics, TravellerView, TrialView
from keepwell.outreach.journeys.core.graph import Definition
from keepwell.outreach.journeys.core.reading import parse
from keepwell.outreach.journeys.core.writing import to_json
from keepwell.web.journeys import drawing
from keepwell.web.journeys.trials import said


def drawn(plan: Definition, counted: Statistics | None, trial: TrialView | None = None) -> drawing.Drawing:
    """The drawing with what happened; where nobody came in yet, with what a dry run of it found."""
    made = drawing.draw(plan)
    if counted is not None and counted.entered:
        by_step = {one.step: one for one in counted.steps}
        for box in made.boxes:
            if box.code in by_step:
                box.waiting, box.counts = by_step[box.code].waiting, said(by_step[box.code].counts)
        drawing.count(made, {code: one.ways for code, one in by_step.items()}, counted.entered)
    elif trial is not None and trial.found is not None and trial.definition == to_json(plan):
        drawing.count(made, trial.found.ways, trial.found.entries)
    return made


def passage(one: TravellerView, definition: object) -> drawing.Drawing:
    """The drawing with somebody's way through it."""
    plan = parse(definition)
    made = drawing.draw(plan)
    here = "" if one.ended_at else one.step
    drawing.walk(made, [stop.step for stop in one.trail], here)
    return made
