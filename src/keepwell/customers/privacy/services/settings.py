"""The settings of privacy, written one by one."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from keepwell.customers.privacy.models import Settings


def keep(name: str, value: Any) -> Any:
    """Write one setting beside whoever writes another one; returns what it was."""
    with transaction.atomic():
        Settings.objects.get_or_create(pk=1)
        row = Settings.objects.select_for_update().get(pk=1)
        before = row.values.get(name)
        row.values = {**row.values, name: value}
        row.save(update_fields=["values"])
    return before
