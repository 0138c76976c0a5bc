"""Django's entry for the room."""

from django.apps import AppConfig


class HistoryConfig(AppConfig):
    """Facts."""

    name = "keepwell.history"
    label = "history"
