"""Django's entry for the API."""

from django.apps import AppConfig


class ApiConfig(AppConfig):
    """REST and tracking over HTTP."""

    name = "keepwell.api"
    label = "api"

    def ready(self) -> None:
        """Add the room to erasing."""
        from keepwell.api import erasing
        from keepwell.customers.privacy.services import register_eraser

        register_eraser("api", erasing.forget, models=erasing.MODELS)
