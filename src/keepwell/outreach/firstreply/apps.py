"""Django's entry for first replies."""

from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class FirstReplyConfig(AppConfig):
    """What customers who write to us are answered at once, and who answers them after that."""

    name = "keepwell.outreach.firstreply"
    label = "firstreply"
    verbose_name = _("First reply")

    def ready(self) -> None:
        """Take what customers write; follow who is merged or erased."""
        from keepwell.outreach.firstreply import following

        following.register()
