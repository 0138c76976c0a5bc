"""Django's entry for plays."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ExperimentsConfig(AppConfig):
    """Plays."""

    name = "keepwell.plays.experiments"
    label = "experiments"
    verbose_name = _("Plays")

    def ready(self) -> None:
        """Follow tasks and customers."""
        from keepwell.plays.experiments import following

        following.register()
