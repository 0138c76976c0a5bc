"""Django's entry for search."""

from django.apps import AppConfig


class SearchConfig(AppConfig):
    """The part's entry."""

    name = "keepwell.customers.search"
    label = "search"
