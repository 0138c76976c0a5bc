"""Django's entry for the integrations."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from django.apps import AppConfig

if TYPE_CHECKING:
    from keepwell.outreach.questions.contracts import Inbound


class IntegrationsConfig(AppConfig):
    """Tracking messages, webhooks and e-mails."""

    name = "keepwell.integrations"
    label = "integrations"

    def ready(self) -> None:
        """Tell subscribers outside of live facts; add the room to erasing."""
        from keepwell.customers.privacy.services import register_eraser
        from keepwell.integrations import erasing, facts
        from keepwell.outreach.questions.services import register_source

        facts.subscribe()
        register_source("mail", _letters)
        register_eraser("integrations", erasing.forget, models=erasing.MODELS)


def _letters(since: datetime, until: datetime, most: int) -> Iterable[Inbound]:
    from keepwell.integrations.services import mail  # it brings what speaks to the web

    return mail.incoming_between(since, until, most)
