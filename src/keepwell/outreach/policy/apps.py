"""Django's entry for the contact policy."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from keepwell.history.contracts import LiveFact


class PolicyConfig(AppConfig):
    """Who may be contacted when, how often, and what was said of it."""

    name = "keepwell.outreach.policy"
    label = "policy"
    verbose_name = _("Contact policy")

    def ready(self) -> None:
        """Follow customers who are merged or erased, and complaints."""
        from keepwell.history.services import subscribe
        from keepwell.outreach.policy import following

        following.register()
        subscribe(tables=("tickets",), handler=_react)


def _react(facts: Sequence[LiveFact]) -> None:
    from keepwell.outreach.policy import complaints

    complaints.react(facts)
