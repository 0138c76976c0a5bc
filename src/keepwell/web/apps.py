"""Django's entry for the pages."""

from django.apps import AppConfig


class WebConfig(AppConfig):
    """The pages."""

    name = "keepwell.web"
    label = "web"
