"""Django's entry for the desk."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class WinbackConfig(AppConfig):
    """Win-back cases."""

    name = "keepwell.plays.winback"
    label = "winback"
    verbose_name = _("Win-back")

    def ready(self) -> None:
        """Follow customers, tasks and approvals."""
        from keepwell.plays.winback import following

        following.register()
