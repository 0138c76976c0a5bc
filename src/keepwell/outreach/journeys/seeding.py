"""Put the ready-made journeys into a database; what is there already stays as it is."""

from __future__ import annotations

from django.db import connections, transaction

from keepwell.foundation import clock
from keepwell.outreach.journeys.contracts import ACTOR
from keepwell.outreach.journeys.core.reading import parse
from keepwell.outreach.journeys.core.writing import to_json
from keepwell.outreach.journeys.models import FestivalDay, Journey, JourneyVersion
from keepwell.outreach.journeys.seeds import SEEDS


def after_migrate(using: str) -> None:
    """Seed a database whose tables have just been made or emptied."""
    if FestivalDay._meta.db_table in connections[using].introspection.table_names():
        seed(using=using)


def seed(*, using: str = "default") -> None:
    """Add the journeys that are missing, as drafts."""
    known = set(Journey.objects.using(using).values_list("code", flat=True))
    missing = [code for code in SEEDS if code not in known]
    if not missing:
        return
    now = clock.now()
    by = {"created_at": now, "created_by": ACTOR, "updated_at": now, "updated_by": ACTOR}
    with transaction.atomic(using=using):
        rows = Journey.objects.using(using).bulk_create(
            Journey(code=code, is_own=False, **by) for code in missing
        )
        JourneyVersion.objects.using(using).bulk_create(
            JourneyVersion(journey=row, number=1, definition=to_json(parse(SEEDS[row.code].definition)), **by)
            for row in rows
        )
