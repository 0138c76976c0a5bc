"""Django's entry for the room."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.apps import AppConfig

if TYPE_CHECKING:
    from keepwell.insight.contracts import StepContext


class PlaysConfig(AppConfig):
    """The room's entry."""

    name = "keepwell.plays"
    label = "plays"

    def ready(self) -> None:
        """Add the step "plan" to every cycle, the defaults to every new database, the room to erasing."""
        from django.db.models.signals import post_migrate

        from keepwell.customers.privacy.services import register_eraser
        from keepwell.insight.contracts import CycleStep
        from keepwell.insight.services import register_step
        from keepwell.plays import erasing

        post_migrate.connect(_seed, sender=self, dispatch_uid="plays.seed")
        register_step(CycleStep(name="plan", run=_run_plan_step))
        register_eraser("plays", erasing.forget, models=erasing.MODELS)


def _run_plan_step(context: StepContext) -> int:
    from keepwell.plays.cycle import run

    return run(context)


def _seed(using: str, **_options: Any) -> None:
    from keepwell.plays.seeding import after_migrate

    after_migrate(using)
