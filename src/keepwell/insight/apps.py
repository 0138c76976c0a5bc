"""Django's entry for the room."""

from django.apps import AppConfig


class InsightConfig(AppConfig):
    """The room's entry."""

    name = "keepwell.insight"
    label = "insight"
