"""Django's entry for the integrations."""

from django.apps import AppConfig


class IntegrationsConfig(AppConfig):
    """Tracking messages and webhooks."""

    name = "keepwell.integrations"
    label = "integrations"

    def ready(self) -> None:
        """Tell subscribers outside of live facts."""
        from keepwell.integrations import facts

        facts.subscribe()
