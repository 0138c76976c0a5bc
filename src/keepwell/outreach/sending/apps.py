"""Django's entry for sending."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SendingConfig(AppConfig):
    """Messages to customers, from the queue to the provider's answer."""

    name = "keepwell.outreach.sending"
    label = "sending"
    verbose_name = _("Sending")

    def ready(self) -> None:
        """Follow customers who are merged or erased."""
        from keepwell.outreach.sending import following

        following.register()
