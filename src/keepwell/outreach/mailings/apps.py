"""Django's entry for mailings."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MailingsConfig(AppConfig):
    """One text to many, once."""

    name = "keepwell.outreach.mailings"
    label = "mailings"
    verbose_name = _("Mailings")

    def ready(self) -> None:
        """Follow customers who are merged or erased."""
        from keepwell.outreach.mailings import following

        following.register()
