"""Django's entry for groups of customers."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ChatsConfig(AppConfig):
    """Groups of customers in WeCom, who of them is known here, and what was said to a group."""

    name = "keepwell.outreach.chats"
    label = "chats"
    verbose_name = _("Customer groups")

    def ready(self) -> None:
        """Follow customers who are merged or erased."""
        from keepwell.outreach.chats import following

        following.register()
