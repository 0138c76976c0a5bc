"""Put what a new installation starts with into the database; what is there already stays as it is."""

from __future__ import annotations

from decimal import Decimal

from django.db import connections, transaction

from keepwell.plays import core, defaults
from keepwell.plays.models import Assumption, GradeLimit, Playbook, Treatment


def after_migrate(using: str) -> None:
    """Seed a database whose tables have just been made or emptied."""
    if Playbook._meta.db_table in connections[using].introspection.table_names():
        seed(using=using)


def seed(*, using: str = "default") -> None:
    """Add the missing treatments with their assumptions, grade limits, and the rule for the lost."""
    with transaction.atomic(using=using):
        Playbook.objects.using(using).get_or_create(
            pk=1,
            defaults={
                "lost_share_factor": defaults.LOST_SHARE_FACTOR,
                "lost_max_silence_days": defaults.LOST_MAX_SILENCE_DAYS,
            },
        )
        known = set(Treatment.objects.using(using).values_list("code", flat=True))
        for code in defaults.TREATMENTS:
            if code not in known:
                _add_treatment(code, using)
        for tier, (max_cost, max_value_share, low_cost_only) in defaults.GRADE_LIMITS.items():
            GradeLimit.objects.using(using).get_or_create(
                tier=tier,
                defaults={
                    "max_cost": Decimal(max_cost),
                    "cost_is_default": True,
                    "max_value_share": max_value_share,
                    "low_cost_only": low_cost_only,
                },
            )


def _add_treatment(code: str, using: str) -> None:
    brought = defaults.TREATMENTS[code]
    row = Treatment.objects.using(using).create(
        code=code,
        channel=brought.channel,
        unit_cost=Decimal(brought.unit_cost_cny),
        cost_is_default=True,
        order_cost_share=brought.order_cost_share,
        capacity=brought.capacity,
        low_cost=brought.low_cost,
        return_days=brought.return_days,
        requires_hint=brought.requires_hint,
        is_own=False,
    )
    Assumption.objects.using(using).bulk_create(
        Assumption(
            treatment=row,
            tier=tier,
            reason_group=group,
            saved_share=defaults.saved_share(code, tier, place),
            version=1,
        )
        for tier in core.TIERS
        for place, group in enumerate(core.REASON_GROUPS)
    )
