"""Django's entry for the room."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Users and permissions."""

    name = "keepwell.accounts"
    label = "accounts"
