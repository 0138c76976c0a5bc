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
        from keepwell.insight.recommending.contracts import register_ignored
        from keepwell.outreach import following
        from keepwell.outreach.recommending import ignoring

        following.register()
        register_ignored("messages", ignoring.shown_in_vain)
