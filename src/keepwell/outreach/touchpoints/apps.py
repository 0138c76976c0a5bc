"""Django's entry for the journey map."""

from __future__ import annotations

from typing import Any

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TouchpointsConfig(AppConfig):
    """Where customers meet the shop, where it hurts, and what is kept ready for that."""

    name = "keepwell.outreach.touchpoints"
    label = "touchpoints"
    verbose_name = _("Journey map")

    def ready(self) -> None:
        """Follow who is merged or erased; bring the usual map."""
        from django.db.models.signals import post_migrate

        from keepwell.outreach.tailoring import places
        from keepwell.outreach.touchpoints import following, queries

        following.register()
        places.register(queries.touchpoint_names)
        post_migrate.connect(_seed, sender=self, dispatch_uid="touchpoints.seed")


def _seed(using: str, **_options: Any) -> None:
    from keepwell.outreach.touchpoints.seeding import after_migrate

    after_migrate(using)
