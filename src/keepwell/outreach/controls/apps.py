"""Django's entry for the controls of journeys and mailings."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ControlsConfig(AppConfig):
    """Who is kept as control of a journey or a mailing."""

    name = "keepwell.outreach.controls"
    label = "controls"
    verbose_name = _("Control groups of journeys and mailings")

    def ready(self) -> None:
        """Follow customers who are merged or erased."""
        from keepwell.outreach.controls import following

        following.register()
