"""What a new installation starts with."""

from decimal import Decimal

from django.db import migrations

from keepwell.plays import core, defaults


def fill(apps, schema_editor):
    """Add the default treatments, assumptions, limits and the rule for the lost."""
    playbook = apps.get_model("plays", "Playbook")
    treatment = apps.get_model("plays", "Treatment")
    assumption = apps.get_model("plays", "Assumption")
    grade_limit = apps.get_model("plays", "GradeLimit")
    playbook.objects.get_or_create(
        pk=1,
        defaults={
            "version": 1,
            "lost_share_factor": defaults.LOST_SHARE_FACTOR,
            "lost_max_silence_days": defaults.LOST_MAX_SILENCE_DAYS,
        },
    )
    for code, brought in defaults.TREATMENTS.items():
        row = treatment.objects.create(
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
        assumption.objects.bulk_create(
            assumption(
                treatment=row,
                tier=tier,
                reason_group=group,
                saved_share=defaults.saved_share(code, tier, place),
                version=1,
            )
            for tier in core.TIERS
            for place, group in enumerate(core.REASON_GROUPS)
        )
    for tier, (max_cost, max_value_share, low_cost_only) in defaults.GRADE_LIMITS.items():
        grade_limit.objects.create(
            tier=tier,
            max_cost=Decimal(max_cost),
            cost_is_default=True,
            max_value_share=max_value_share,
            low_cost_only=low_cost_only,
        )


class Migration(migrations.Migration):
    """Data only."""

    dependencies = [("plays", "0001_initial")]
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
