"""Django's entry for the room."""

from django.apps import AppConfig


class CustomersConfig(AppConfig):
    """The room's entry."""

    name = "keepwell.customers"
    label = "customers"
