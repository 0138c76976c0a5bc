"""Django's entry for the integrations."""

from django.apps import AppConfig


class IntegrationsConfig(AppConfig):
    """Tracking messages, webhooks and e-mails."""

    name = "keepwell.integrations"
    label = "integrations"

    def ready(self) -> None:
        """Tell subscribers outside of live facts; add the room to erasing."""
        from keepwell.customers.privacy.services import register_eraser
        from keepwell.integrations import erasing, facts

        facts.subscribe()
        register_eraser("integrations", erasing.forget, models=erasing.MODELS)
