"""Django's entry for online advertising."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AdvertisingConfig(AppConfig):
    """Lists of customers for advertising platforms, what campaigns brought and cost."""

    name = "keepwell.outreach.advertising"
    label = "advertising"
    verbose_name = _("Advertising")

    def ready(self) -> None:
        """Follow customers who are merged or erased."""
        from keepwell.outreach.advertising import following

        following.register()
