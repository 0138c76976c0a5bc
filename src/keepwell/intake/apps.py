"""Django's entry for the room."""

from django.apps import AppConfig


class IntakeConfig(AppConfig):
    """The room's entry."""

    name = "keepwell.intake"
    label = "intake"
