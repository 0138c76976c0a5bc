"""Django's entry for journeys."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from keepwell.history.contracts import LiveFact


class JourneysConfig(AppConfig):
    """What sets people going, and the steps that they take."""

    name = "keepwell.outreach.journeys"
    label = "journeys"
    verbose_name = _("Journeys")

    def ready(self) -> None:
        """Let live facts set people going; follow who is merged or erased; bring the ready-made journeys."""
        from django.db.models.signals import post_migrate

        from keepwell.history.services import subscribe
        from keepwell.outreach.journeys import following
        from keepwell.outreach.journeys.core.facts import TABLES

        following.register()
        subscribe(tables=TABLES, handler=_react)
        post_migrate.connect(_seed, sender=self, dispatch_uid="journeys.seed")


def _react(facts: Sequence[LiveFact]) -> None:
    from keepwell.outreach.journeys.services.reacting import react

    react(facts)


def _seed(using: str, **_options: Any) -> None:
    from keepwell.outreach.journeys.seeding import after_migrate

    after_migrate(using)
