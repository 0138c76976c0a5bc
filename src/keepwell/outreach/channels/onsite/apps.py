"""Django's entry for the website."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class OnsiteConfig(AppConfig):
    """What the shop's own pages show."""

    name = "keepwell.outreach.channels.onsite"
    label = "onsite"
    verbose_name = _("On the website")

    def ready(self) -> None:
        """Follow customers who are erased."""
        from keepwell.outreach.channels.onsite import following

        following.register()
