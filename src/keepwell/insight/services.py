"""What insight can do: run the cycle, take steps from rooms above, change the thresholds."""

from keepwell.insight.cycle.errors import CycleBusyError, CycleError, NoOrdersError
from keepwell.insight.cycle.runner import run_cycle
from keepwell.insight.cycle.steps import register_step
from keepwell.insight.settings import ThresholdError
from keepwell.insight.thresholds import set_thresholds

__all__ = [
    "CycleBusyError",
    "CycleError",
    "NoOrdersError",
    "ThresholdError",
    "register_step",
    "run_cycle",
    "set_thresholds",
]
