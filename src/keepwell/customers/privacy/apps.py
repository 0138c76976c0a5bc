"""Django's entry for privacy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.apps import AppConfig

if TYPE_CHECKING:
    from keepwell.customers.privacy.contracts import Subject


class PrivacyConfig(AppConfig):
    """The app's entry."""

    name = "keepwell.customers.privacy"
    label = "privacy"

    def ready(self) -> None:
        """Say how consents go over when two records become one, and how a portrait is forgotten."""
        from keepwell.customers.identity.services import register_merger
        from keepwell.customers.privacy.services import register_eraser
        from keepwell.customers.privacy.services.consents import merge_consents, split_consents
        from keepwell.customers.privacy.services.retention import register_own

        register_merger(
            name="consents", merge=merge_consents, split=split_consents, models=("privacy.Consent",)
        )
        register_eraser("portrait", _forget_portrait)
        register_own()


def _forget_portrait(subject: Subject) -> dict[str, int]:
    from keepwell.customers.services import erase_portrait

    return {"rows": sum(erase_portrait(customer_id=number) for number in subject.customer_ids)}
