"""Django's entry for content."""

from __future__ import annotations

from typing import Any

from django.apps import AppConfig


class ContentConfig(AppConfig):
    """The app's entry."""

    name = "keepwell.outreach.content"
    label = "content"

    def ready(self) -> None:
        """Bring the ready-made texts to every new database."""
        from django.db.models.signals import post_migrate

        post_migrate.connect(_seed, sender=self, dispatch_uid="content.seed")


def _seed(using: str, **_options: Any) -> None:
    from keepwell.outreach.content.seeding import after_migrate

    after_migrate(using)
