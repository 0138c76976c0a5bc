"""Django's entry for the room."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django.apps import AppConfig

if TYPE_CHECKING:
    from keepwell.history.contracts import LiveFact


class InsightConfig(AppConfig):
    """The room's entry."""

    name = "keepwell.insight"
    label = "insight"

    def ready(self) -> None:
        """Let live facts reach the segments, this release's segments into databases; forget people."""
        from django.db.models.signals import post_migrate

        from keepwell.customers.privacy.services import register_eraser
        from keepwell.history.services import subscribe
        from keepwell.insight import erasing
        from keepwell.insight.segments.attributes import register_attributes
        from keepwell.insight.segments.providers import PORTRAIT, PRIVACY
        from keepwell.insight.segments.vocabulary import TABLES

        register_eraser("insight", erasing.forget, models=erasing.MODELS)
        register_attributes(PORTRAIT)
        register_attributes(PRIVACY)
        subscribe(tables=tuple(TABLES), handler=_react)
        post_migrate.connect(_seed, sender=self, dispatch_uid="insight.segments.seed")


def _react(facts: Sequence[LiveFact]) -> None:
    from keepwell.insight.segments.services import react

    react(facts)


def _seed(using: str, **_options: Any) -> None:
    from keepwell.insight.segments.seeding import after_migrate

    after_migrate(using)
