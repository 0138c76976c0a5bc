"""Django's entry for the room."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class OutreachConfig(AppConfig):
    """Tasks, alerts, notifications."""

    name = "keepwell.outreach"
    label = "outreach"
    verbose_name = _("Outreach")

    def ready(self) -> None:
        """Follow customers who change hands, are merged or erased."""
        from keepwell.outreach import following

        following.register()
