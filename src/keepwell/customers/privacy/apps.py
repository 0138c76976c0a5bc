"""Django's entry for privacy."""

from django.apps import AppConfig


class PrivacyConfig(AppConfig):
    """The app's entry."""

    name = "keepwell.customers.privacy"
    label = "privacy"

    def ready(self) -> None:
        """Say how consents go over when two records become one."""
        from keepwell.customers.identity.services import register_merger
        from keepwell.customers.privacy.services.consents import merge_consents, split_consents

        register_merger(
            name="consents", merge=merge_consents, split=split_consents, models=("privacy.Consent",)
        )
