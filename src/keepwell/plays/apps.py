"""Django's entry for the room."""

from django.apps import AppConfig


class PlaysConfig(AppConfig):
    """The room's entry."""

    name = "keepwell.plays"
    label = "plays"
