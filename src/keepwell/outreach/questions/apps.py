"""Django's entry for questions and feedback."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from keepwell.history.contracts import LiveFact


class QuestionsConfig(AppConfig):
    """What customers ask and say, who answers it, and what they say of the answer."""

    name = "keepwell.outreach.questions"
    label = "questions"
    verbose_name = _("Questions")

    def ready(self) -> None:
        """Listen to what comes in; follow who is merged, erased or changes hands."""
        from keepwell.history.services import subscribe
        from keepwell.outreach.questions import following

        following.register()
        subscribe(tables=("tickets",), handler=_tickets)


def _tickets(facts: Sequence[LiveFact]) -> None:
    from keepwell.outreach.questions.services import incoming

    incoming.tickets(facts)
