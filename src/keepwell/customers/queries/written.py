"""Notes, files and promises."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from contextlib import suppress
from datetime import datetime

from django.db.models import Q

from keepwell.customers.contracts import (
    NOTE_FIELDS,
    AttachmentView,
    NoteView,
    PromiseReport,
    PromiseView,
)
from keepwell.customers.files import read_sealed
from keepwell.customers.models import Attachment, Note, Promise
from keepwell.customers.staff import user_names

MANY = 500


def notes(customer_id: str, *, sensitive: bool, limit: int = 20) -> tuple[NoteView, ...]:
    """The newest notes of a customer; sensitive ones only where asked for."""
    found = Note.objects.filter(customer=customer_id)
    if not sensitive:
        found = found.filter(is_sensitive=False)
    return tuple(_note(row) for row in found[:limit])


def note(customer_id: str, note_id: int) -> NoteView | None:
    """One note, sensitive or not; ask `is_sensitive` of it before showing it."""
    row = Note.objects.filter(customer=customer_id, pk=note_id).first()
    return _note(row) if row else None


def note_is_sensitive(*, customer_id: str, note_id: int) -> bool:
    """Whether a note, taken away or not, is marked sensitive; False where it is not there."""
    return Note.every.filter(pk=note_id, customer_id=customer_id, is_sensitive=True).exists()


def attachments(
    customer_id: str, *, sensitive: bool, but_source: str | None = None
) -> tuple[AttachmentView, ...]:
    """The files of a customer, the newest first; sensitive ones only where asked for.

    `but_source` leaves out what came from that source.
    """
    found = Attachment.objects.filter(customer=customer_id)
    if but_source is not None:
        found = found.exclude(source=but_source)
    if not sensitive:
        found = found.filter(is_sensitive=False)
    return tuple(_attachment(row) for row in found[:MANY])


def attachment_is_sensitive(*, customer_id: str, attachment_id: int) -> bool:
    """Whether a file, taken away or not, is marked sensitive; False where it is not there."""
    return Attachment.every.filter(pk=attachment_id, customer_id=customer_id, is_sensitive=True).exists()


def attachment_content(customer_id: str, attachment_id: int) -> tuple[AttachmentView, bytes] | None:
    """A file with its bytes, or None where it is not there."""
    row = Attachment.objects.filter(customer=customer_id, pk=attachment_id).first()
    return (_attachment(row), read_sealed(row.stored_name, row.file_key)) if row else None


def attachment_contents(attachment_ids: Collection[int]) -> Iterator[tuple[int, str, bytes]]:
    """Number, name and bytes of each of these files, one at a time; those that are gone are left out."""
    for row in Attachment.objects.filter(pk__in=attachment_ids):
        with suppress(FileNotFoundError):
            yield row.pk, row.name, read_sealed(row.stored_name, row.file_key)


def promises(customer_id: str, *, limit: int = MANY) -> tuple[PromiseView, ...]:
    """The promises made to a customer: open ones first, the next due first; then the last that ended."""
    mine = Promise.objects.filter(customer=customer_id)
    still_open = list(mine.filter(status="open")[:limit])
    ended = list(mine.exclude(status="open").order_by("-closed_at")[:limit])
    return _promises([*still_open, *ended])


def promises_due(
    *, owner_ids: Collection[int] | None, until: datetime, limit: int = MANY
) -> tuple[PromiseView, ...]:
    """Open promises due by `until`, overdue ones included, the next due first; None: of every owner."""
    found = Promise.objects.filter(status="open", due_at__lte=until)
    if owner_ids is not None:
        found = found.filter(owner__in=owner_ids)
    return _promises(found[:limit])


def promises_ended(
    *, owner_ids: Collection[int] | None, since: datetime, until: datetime, limit: int = MANY
) -> tuple[PromiseView, ...]:
    """Promises kept or broken in a period, the last first, with reason and remedy."""
    found = Promise.objects.exclude(status="open").filter(closed_at__gte=since, closed_at__lt=until)
    if owner_ids is not None:
        found = found.filter(owner__in=owner_ids)
    return _promises(found.order_by("-closed_at", "-id")[:limit])


def promise_report(
    *, owner_ids: Collection[int] | None, since: datetime, until: datetime, now: datetime
) -> tuple[PromiseReport, ...]:
    """Kept and broken in a period, open and overdue now, by owner; most broken first."""
    found = Promise.objects.filter(Q(status="open") | Q(closed_at__gte=since, closed_at__lt=until))
    if owner_ids is not None:
        found = found.filter(owner__in=owner_ids)
    counts: dict[int, dict[str, int]] = {}
    for owner_id, status, due_at in found.order_by().values_list("owner_id", "status", "due_at").iterator():
        mine = counts.setdefault(owner_id, {"kept": 0, "broken": 0, "open": 0, "overdue": 0})
        mine[status] += 1
        mine["overdue"] += status == "open" and due_at < now
    names = user_names(counts)
    rows = [PromiseReport(owner_id, names.get(owner_id, ""), **mine) for owner_id, mine in counts.items()]
    return tuple(sorted(rows, key=lambda row: (-row.broken, -row.overdue, row.owner)))


def _promises(rows: Iterable[Promise]) -> tuple[PromiseView, ...]:
    listed = list(rows)
    names = user_names({row.owner_id for row in listed})
    return tuple(
        PromiseView(
            promise_id=row.pk,
            customer_id=row.customer_id,
            what=row.what,
            due_at=row.due_at,
            owner_id=row.owner_id,
            owner=names.get(row.owner_id, ""),
            status=row.status,
            made_at=row.made_at,
            made_by=row.made_by,
            closed_at=row.closed_at,
            closed_by=row.closed_by,
            reason=row.reason,
            remedy=row.remedy,
            source=row.source,
            updated_at=row.updated_at,
            updated_by=row.updated_by,
        )
        for row in listed
    )


def _note(row: Note) -> NoteView:
    return NoteView(
        note_id=row.pk,
        customer_id=row.customer_id,
        kind=row.kind,
        at=row.at,
        text=row.text,
        fields={name: getattr(row, name) for name in NOTE_FIELDS if getattr(row, name)},
        is_sensitive=row.is_sensitive,
        source=row.source,
        updated_at=row.updated_at,
        updated_by=row.updated_by,
    )


def _attachment(row: Attachment) -> AttachmentView:
    return AttachmentView(
        attachment_id=row.pk,
        customer_id=row.customer_id,
        name=row.name,
        content_type=row.content_type,
        size_bytes=row.size_bytes,
        is_sensitive=row.is_sensitive,
        updated_at=row.updated_at,
        updated_by=row.updated_by,
    )
