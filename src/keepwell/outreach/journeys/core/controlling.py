"""Which part of a journey its control is kept from: pure rules of the definition."""

from __future__ import annotations

from keepwell.outreach.controls.contracts import BOUND
from keepwell.outreach.core import purpose
from keepwell.outreach.journeys.core.checks import reachable
from keepwell.outreach.journeys.core.graph import Definition, Message, Step, Task


def is_marketing(step: Step) -> bool:
    """Whether a step brings marketing to the customer."""
    if isinstance(step, Message):
        return step.purpose in BOUND
    return isinstance(step, Task) and purpose(step.response) in BOUND


def is_owed(step: Step) -> bool:
    """Whether a step brings the customer something that is no marketing."""
    return isinstance(step, Message | Task) and not is_marketing(step)


def control_share(definition: Definition) -> float:
    """The share that is kept as control: none where nothing that people can come to is marketing."""
    steps = [definition.steps[code] for code in reachable(definition)]
    return definition.control if any(is_marketing(one) for one in steps) else 0.0


def may_stay_out(definition: Definition) -> bool:
    """Whether the control does not come in; where something is owed it walks, without the marketing."""
    return not any(is_owed(definition.steps[code]) for code in reachable(definition))
