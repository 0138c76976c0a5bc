"""Django's entry for feelings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from keepwell.history.contracts import LiveFact


class MoodsConfig(AppConfig):
    """What the words of customers say of how they feel."""

    name = "keepwell.outreach.moods"
    label = "moods"
    verbose_name = _("Feelings")

    def ready(self) -> None:
        """Listen to what comes in; follow who is merged or erased; offer feelings to segments."""
        from keepwell.history.services import subscribe
        from keepwell.insight.segments.contracts import register_attributes
        from keepwell.outreach.moods import following
        from keepwell.outreach.moods.attributes import PROVIDER

        following.register()
        register_attributes(PROVIDER)
        subscribe(tables=("answers",), handler=_answers)


def _answers(facts: Sequence[LiveFact]) -> None:
    from keepwell.outreach.moods.services import reading

    reading.given(facts)
