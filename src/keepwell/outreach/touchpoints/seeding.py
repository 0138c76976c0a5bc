"""Put the usual map into a database that has none."""

from __future__ import annotations

from django.db import connections, transaction

from keepwell.foundation import clock
from keepwell.outreach.touchpoints.contracts import ACTOR
from keepwell.outreach.touchpoints.models import Friction, Measurement, Stage, Touchpoint
from keepwell.outreach.touchpoints.seeds import FRICTIONS, STAGES, TOUCHPOINTS


def after_migrate(using: str) -> None:
    """Seed a database whose tables have just been made or emptied."""
    if Measurement._meta.db_table in connections[using].introspection.table_names():
        seed(using=using)


def seed(*, using: str = "default") -> None:
    """Make the usual map where there is no stage at all; what people made of it is never touched."""
    if Stage.objects.using(using).exists():
        return
    by = {"updated_at": clock.now(), "updated_by": ACTOR}
    with transaction.atomic(using=using):
        Stage.objects.using(using).bulk_create(
            Stage(code=code, position=place) for place, code in enumerate(STAGES)
        )
        stages = {row.code: row for row in Stage.objects.using(using).all()}
        Touchpoint.objects.using(using).bulk_create(
            Touchpoint(
                code=code,
                stage=stages[one.stage],
                channel=one.channel,
                fact=one.fact,
                feeling=one.feeling,
                position=place,
                **by,
            )
            for place, (code, one) in enumerate(TOUCHPOINTS.items())
        )
        points = {row.code: row for row in Touchpoint.objects.using(using).all()}
        Friction.objects.using(using).bulk_create(
            Friction(code=code, touchpoint=points[one.touchpoint], severity=one.severity, **one.values, **by)
            for code, one in FRICTIONS.items()
        )
