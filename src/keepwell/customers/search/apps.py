"""Django's entry for search."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.apps import AppConfig

if TYPE_CHECKING:
    from keepwell.customers.privacy.contracts import Subject

MODELS = ("search.Document", "search.Posting", "search.Stale")


class SearchConfig(AppConfig):
    """The part's entry."""

    name = "keepwell.customers.search"
    label = "search"

    def ready(self) -> None:
        """Say how the index forgets a person."""
        from keepwell.customers.privacy.services import register_eraser

        register_eraser("search", _forget, models=MODELS)


def _forget(subject: Subject) -> dict[str, int]:
    from keepwell.customers.search import services

    services.forget_orders()
    return {"records": services.forget(customer_ids=subject.customer_ids)}
