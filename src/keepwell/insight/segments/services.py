"""What can be done with segments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from keepwell.customers import attributes as portraits
from keepwell.customers.identity import queries as identity
from keepwell.foundation import clock
from keepwell.foundation.audit.services import log
from keepwell.history.contracts import LiveFact
from keepwell.insight.segments import counting, membership, store
from keepwell.insight.segments.contracts import SegmentError, SegmentView
from keepwell.insight.segments.definition import (
    DefinitionError,
    SegmentCondition,
    leaves,
    parse,
    to_json,
)
from keepwell.insight.segments.models import Segment, SegmentTouch, SegmentVersion
from keepwell.insight.segments.rows import view

NAME_MAX = 120
DESCRIPTION_MAX = 500
AT_ONCE_MAX = 50_000  # members that a page waits for; more are filled in by the worker
OVERLAP = timedelta(minutes=2)


def save(
    *,
    name: str,
    definition: Mapping[str, Any],
    description: str = "",
    shared: str = "private",
    author_id: int | None,
    actor: str,
    segment_id: int | None = None,
) -> SegmentView:
    """Make a segment, or change one; a changed definition becomes its next version.

    Raises SegmentError for a name that does not fit or a segment that comes with the product,
    DefinitionError for a definition that makes no sense or that leads back to the segment itself.
    """
    name, description = name.strip(), description.strip()
    if not name or len(name) > NAME_MAX:
        raise SegmentError(_("A segment needs a name of at most %(most)s characters.") % {"most": NAME_MAX})
    if len(description) > DESCRIPTION_MAX:
        raise SegmentError(_("The description is too long."))
    if shared not in dict(Segment.SHARED):
        raise SegmentError(_("Shared with whom? Choose one of the three."))
    plain = to_json(parse(definition))
    now = clock.now()
    with transaction.atomic():
        row = _row_to_save(segment_id, author_id, now)
        _refuse_loop(plain, row.pk)
        changed = row.pk is None or row.definition != plain
        if row.pk is not None and changed:
            row.version += 1
        row.name, row.description, row.shared = name, description, shared
        row.definition, row.updated_at, row.error = plain, now, ""
        row.save()
        if changed:
            SegmentVersion.objects.create(
                segment=row, version=row.version, definition=plain, created_at=now, actor=actor
            )
        log(
            actor=actor,
            action="segment.change" if segment_id else "segment.create",
            object_type="segment",
            object_id=str(row.pk),
            details={"name": name, "version": row.version, "shared": shared},
        )
    return view(row)


def _row_to_save(segment_id: int | None, author_id: int | None, now: Any) -> Segment:
    if segment_id is None:
        return Segment(author_id=author_id, created_at=now, version=1)
    row = Segment.objects.select_for_update().filter(pk=segment_id).first()
    if row is None:
        raise SegmentError(_("There is no such segment."))
    if row.code is not None:
        raise SegmentError(_("This segment comes with Keepwell. Duplicate it and change the copy."))
    return row


def _refuse_loop(plain: Mapping[str, Any], segment_id: int | None, above: tuple[int, ...] = ()) -> None:
    """Every segment asked for must be there, and none may lead back."""
    for leaf in leaves(parse(plain)):
        if not isinstance(leaf, SegmentCondition):
            continue
        other = leaf.segment_id
        if other == segment_id or other in above:
            raise DefinitionError("segment", _("A segment cannot depend on itself."))
        found = Segment.objects.filter(pk=other).values_list("definition", flat=True).first()
        if found is None:
            raise DefinitionError("segment", f"there is no segment {other}")
        _refuse_loop(found, segment_id, (*above, other))


def duplicate(*, segment_id: int, author_id: int | None, actor: str) -> SegmentView:
    """A private copy of a segment."""
    row = _get(segment_id)
    from keepwell.insight.segments.rows import name_of

    name = _("%(name)s (copy)") % {"name": name_of(row)}
    return save(
        name=name[:NAME_MAX],
        definition=row.definition,
        description=row.description,
        author_id=author_id,
        actor=actor,
    )


def archive(*, segment_id: int, actor: str) -> SegmentView:
    """Put a segment away: it is no longer worked out, and comes back with `restore`."""
    return _archived(segment_id, actor, away=True)


def restore(*, segment_id: int, actor: str) -> SegmentView:
    """Take a segment out of the archive; its members are worked out anew."""
    return _archived(segment_id, actor, away=False)


def _archived(segment_id: int, actor: str, *, away: bool) -> SegmentView:
    with transaction.atomic():
        row = Segment.objects.select_for_update().filter(pk=segment_id).first()
        if row is None:
            raise SegmentError(_("There is no such segment."))
        if row.code is not None:
            raise SegmentError(_("This segment comes with Keepwell. Duplicate it and change the copy."))
        if away != (row.archived_at is not None):
            row.archived_at = clock.now() if away else None
            row.save(update_fields=["archived_at"])
            log(
                actor=actor,
                action="segment.archive" if away else "segment.restore",
                object_type="segment",
                object_id=str(row.pk),
                details={"name": row.name},
            )
    return view(row)


def fill(*, segment_id: int, most: int | None = AT_ONCE_MAX) -> bool:
    """Work a segment's members out now; False where there was no cycle yet or they are more than `most`."""
    row = _get(segment_id)
    built = store.current()
    if built is None or row.archived_at is not None:
        return False
    if most is not None:
        size = counting.count(parse(row.definition), owner_ids=None, fresh=False).size
        if max(size, row.size or 0) > most:
            return False
    membership.evaluate(segment_id, built=built, at=counting.moment(built))
    return True


def react(facts: Sequence[LiveFact]) -> None:
    """Note whom live facts are about, in the caller's transaction; `follow` does the rest."""
    by_table: dict[str, set[str]] = {}
    for fact in facts:
        own = fact.table == "interactions" and fact.data["type"] in ("segment_entered", "segment_left")
        if fact.customer_id and not own:
            by_table.setdefault(fact.table, set()).add(fact.customer_id)
    for table, customer_ids in by_table.items():
        membership.touch(customer_ids, table)


def touch(*, customer_ids: Sequence[str], table: str = "people") -> None:
    """Look at these customers again soon; for rooms that change what `AttributeProvider`s tell."""
    membership.touch(customer_ids, table)


def follow() -> int:
    """Bring membership up to date with what happened since the last cycle; the worker calls it often.

    Returns how many customers and segments were looked at.
    """
    built = store.current()
    if built is None:
        return 0
    done = 0
    for pk, version, evaluated in Segment.objects.filter(archived_at=None).values_list(
        "pk", "version", "evaluated_version"
    ):
        if version != evaluated:
            membership.evaluate(pk, built=built, at=counting.moment(built))
            done += 1
    while looked := membership.follow():
        done += looked
    return done


def notice_changes() -> int:
    """Touch the customers whose record, owner or identity changed since the last time (or the store's)."""
    built = store.current()
    if built is None:
        return 0
    newest = SegmentTouch.objects.filter(table="people").order_by("-at").values_list("at", flat=True).first()
    # A little earlier than the last time: changes may be committed later than they were stamped.
    since = max(built.built_at, newest - OVERLAP) if newest else built.built_at
    changed = {*portraits.changed_since(since), *identity.changed_since(since)}
    membership.touch(changed, "people")
    return len(changed)


def note_export(*, segment_id: int, kind: str, with_names: bool, actor: str) -> None:
    """Put into the audit log that a target list left the house."""
    log(
        actor=actor,
        action="segment.export",
        object_type="segment",
        object_id=str(segment_id),
        details={"format": kind, "names": with_names},
    )


def _get(segment_id: int) -> Segment:
    row = Segment.objects.filter(pk=segment_id).first()
    if row is None:
        raise SegmentError(_("There is no such segment."))
    return row
