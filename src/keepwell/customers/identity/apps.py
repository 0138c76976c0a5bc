"""Django's entry for identity."""

from django.apps import AppConfig


class IdentityConfig(AppConfig):
    """The app's entry."""

    name = "keepwell.customers.identity"
    label = "identity"

    def ready(self) -> None:
        """Say how owners go over when two records become one."""
        from keepwell.customers.identity.services import ownership, register_merger

        register_merger(
            name="ownership",
            merge=ownership.merge_ownerships,
            split=ownership.split_ownerships,
            models=("customers.Ownership",),
        )
