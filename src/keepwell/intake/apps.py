"""Django's entry for the room."""

from django.apps import AppConfig


class IntakeConfig(AppConfig):
    """The room's entry."""

    name = "keepwell.intake"
    label = "intake"

    def ready(self) -> None:
        """Say how the room forgets a person."""
        from keepwell.customers.privacy.services import register_eraser
        from keepwell.intake import erasing

        register_eraser("intake", erasing.forget)
