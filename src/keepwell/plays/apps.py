"""Django's entry for the room."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.apps import AppConfig

if TYPE_CHECKING:
    from keepwell.insight.contracts import StepContext


class PlaysConfig(AppConfig):
    """The room's entry."""

    name = "keepwell.plays"
    label = "plays"

    def ready(self) -> None:
        """Add the step "plan" to every cycle."""
        from keepwell.insight.contracts import CycleStep
        from keepwell.insight.cycle.steps import register_step

        register_step(CycleStep(name="plan", run=_run_plan_step))


def _run_plan_step(context: StepContext) -> int:
    from keepwell.plays.cycle import run

    return run(context)
