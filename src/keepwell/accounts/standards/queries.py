"""What can be asked of the register."""

from __future__ import annotations

from django.db.models import Count

from keepwell.accounts.standards.contracts import Kind, RecordView
from keepwell.accounts.standards.models import StandardRecord


def records(kind: Kind, *, search: str = "", limit: int = 200) -> list[RecordView]:
    """The records of a kind whose title or texts contain `search`; open ones by what is due first."""
    wanted = search.strip().casefold()
    found = []
    for row in StandardRecord.objects.filter(kind=kind).iterator(chunk_size=500):
        if not wanted or wanted in " ".join((row.title, *row.texts.values())).casefold():
            found.append(view(row))
        if len(found) == limit:
            break
    return found


def record(record_id: int) -> RecordView | None:
    """One record."""
    found = StandardRecord.objects.filter(pk=record_id).first()
    return view(found) if found else None


def counts() -> dict[Kind, int]:
    """How many records there are of each kind."""
    found = StandardRecord.objects.order_by().values_list("kind").annotate(Count("pk"))
    known = dict(found)
    return {kind: known.get(kind, 0) for kind in Kind}


def view(row: StandardRecord) -> RecordView:
    """The row as a value."""
    return RecordView(
        record_id=row.pk,
        kind=Kind(row.kind),
        title=row.title,
        texts=dict(row.texts),
        on=row.on,
        due_on=row.due_on,
        is_open=row.is_open,
        version=row.version,
        changed_by=row.changed_by,
        changed_at=row.changed_at,
    )
