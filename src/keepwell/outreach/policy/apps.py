"""Django's entry for the contact policy."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PolicyConfig(AppConfig):
    """Who may be contacted when, how often, and what was said of it."""

    name = "keepwell.outreach.policy"
    label = "policy"
    verbose_name = _("Contact policy")

    def ready(self) -> None:
        """Follow customers who are merged or erased."""
        from keepwell.outreach.policy import following

        following.register()
