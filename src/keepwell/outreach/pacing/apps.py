"""Django's entry for pace and strategies."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PacingConfig(AppConfig):
    """How often each customer is written to, by their reactions, and the strategy of each stage of life."""

    name = "keepwell.outreach.pacing"
    label = "pacing"
    verbose_name = _("Pace and strategies")

    def ready(self) -> None:
        """Follow customers who are merged or erased."""
        from keepwell.outreach.pacing import following

        following.register()
