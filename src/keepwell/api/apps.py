"""Django's entry for the API."""

from django.apps import AppConfig


class ApiConfig(AppConfig):
    """REST and tracking over HTTP."""

    name = "keepwell.api"
    label = "api"
