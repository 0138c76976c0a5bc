"""Django's entry for the room."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    """Users and permissions."""

    name = "keepwell.accounts"
    label = "accounts"
    verbose_name = _("Accounts")
