"""What insight can do: run the cycle, take steps from rooms above, change the thresholds."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from keepwell.insight.contracts import CycleView
from keepwell.insight.cycle.abandoning import abandon_unfinished
from keepwell.insight.cycle.errors import CycleBusyError, CycleError, NoOrdersError
from keepwell.insight.cycle.steps import register_step
from keepwell.insight.settings import ThresholdError
from keepwell.insight.thresholds import set_thresholds

__all__ = [
    "CycleBusyError",
    "CycleError",
    "NoOrdersError",
    "ThresholdError",
    "abandon_unfinished",
    "register_step",
    "run_cycle",
    "set_thresholds",
]


def run_cycle(
    *,
    as_of: datetime | None = None,
    actor: str,
    progress: Callable[[str, float, int], None] | None = None,
    resume: bool = True,
) -> CycleView:
    """Run one cycle on what is known at `as_of` (default: now) and make it the current one.

    With `resume` an unfinished cycle of the same as_of, data version, thresholds and steps is carried on;
    only its unfinished steps are done. `progress` is called with (step, share done 0 to 1, rows so far).

    Raises ValueError for an as_of without a time zone, NoOrdersError without a single purchase,
    CycleBusyError while another cycle runs.
    """
    # Engine and models take seconds to load: programs that only register a step or read scores do without.
    from keepwell.insight.cycle import runner

    return runner.run_cycle(as_of=as_of, actor=actor, progress=progress, resume=resume)
