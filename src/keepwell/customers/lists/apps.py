"""Django's entry for lists."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.apps import AppConfig

if TYPE_CHECKING:
    from keepwell.customers.privacy.contracts import Subject


class ListsConfig(AppConfig):
    """The part's entry."""

    name = "keepwell.customers.lists"
    label = "lists"

    def ready(self) -> None:
        """Say how lists forget a person."""
        from keepwell.customers.privacy.services import register_eraser

        register_eraser("lists", _forget, models=("lists.BulkChange", "lists.SavedView"))


def _forget(subject: Subject) -> dict[str, int]:
    from keepwell.customers.lists import services

    return {"rows": services.forget(mentions=subject.mentions)}
