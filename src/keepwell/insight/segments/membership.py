"""Who is in: kept with its dated history, by the cycle for everybody, by live facts for the touched."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from datetime import datetime
from itertools import islice
from typing import Any

import pyarrow as pa
from django.db import transaction

from keepwell.customers.identity import queries as identity
from keepwell.foundation import clock
from keepwell.history import services as history
from keepwell.insight.cycle import bulk
from keepwell.insight.segments import counting, store
from keepwell.insight.segments.compiler import compile_definition
from keepwell.insight.segments.counting import depends_on, resolve, run
from keepwell.insight.segments.definition import DefinitionError, parse
from keepwell.insight.segments.models import (
    Segment,
    SegmentMember,
    SegmentMovement,
    SegmentSize,
    SegmentTouch,
)

SOURCE = "keepwell"
CHUNK = 500
ROWS = 20_000
FOLLOW_CUSTOMERS = 500


def evaluate_all(*, built: store.Store, cycle_id: str, at: datetime) -> int:
    """Work every segment out from a new store, after a cycle; returns how many members they have.

    Customers touched since the store was made are left to `follow`. The same cycle again changes nothing.
    """
    total = 0
    for pk in Segment.objects.filter(archived_at=None).order_by("pk").values_list("pk", flat=True):
        total += evaluate(pk, built=built, at=at, cycle_id=cycle_id)
    with transaction.atomic():
        SegmentTouch.objects.filter(at__lt=built.built_at).delete()
        SegmentTouch.objects.filter(at__gte=built.built_at, pending=False).update(pending=True)
    return total


def evaluate(segment_id: int, *, built: store.Store, at: datetime, cycle_id: str = "") -> int:
    """Work one segment out; returns its size. A definition that fails is noted and its members stay."""
    row = Segment.objects.get(pk=segment_id)
    changed = counting.touched(built.built_at) or set()
    try:
        found = counting.member_ids(parse(row.definition), at=at, present_store=built)
    except DefinitionError as error:
        Segment.objects.filter(pk=segment_id).update(error=str(error)[:300])
        return row.size or 0
    return _apply(row, set(found.to_pylist()), at, cycle_id, without=changed)


def _apply(row: Segment, found: set[str], at: datetime, cycle_id: str, *, without: set[str]) -> int:
    with transaction.atomic():
        locked = Segment.objects.select_for_update().get(pk=row.pk)
        if locked.version != row.version:
            return locked.size or 0  # changed meanwhile: whoever changed it asks again
        old = set(SegmentMember.objects.filter(segment=row.pk).values_list("customer_id", flat=True))
        first = locked.evaluated_version is None
        cause = "cycle" if locked.evaluated_version == locked.version else "definition"
        if first:
            # Those who are in from the beginning have not entered: no facts, but whoever was touched too.
            entered, left = found - old, set()
        else:
            entered, left = found - old - without, old - found - without
        size = len(old) + len(entered) - len(left)
        _move(row.pk, entered, left, at, cause, quiet=first)
        _note_size(locked, size, len(entered) if not first else 0, len(left), at, cycle_id)
    return size


def _note_size(row: Segment, size: int, entered: int, left: int, at: datetime, cycle_id: str) -> None:
    row.size, row.evaluated_version, row.evaluated_at, row.error = size, row.version, clock.now(), ""
    row.save(update_fields=["size", "evaluated_version", "evaluated_at", "error"])
    known = SegmentSize.objects.filter(segment=row, cycle_id=cycle_id) if cycle_id else None
    if known is None or not known.exists():
        SegmentSize.objects.create(
            segment=row, at=at, cycle_id=cycle_id, size=size, entered=entered, left=left
        )


def _move(
    segment_id: int, entered: set[str], left: set[str], at: datetime, cause: str, *, quiet: bool = False
) -> None:
    """Members, their history and its facts, in the caller's transaction: all of it or nothing."""
    for part in _parts(sorted(left), CHUNK):
        SegmentMember.objects.filter(segment=segment_id, customer_id__in=part).delete()
    for part in _parts(sorted(entered), ROWS):
        bulk.insert(SegmentMember._meta.db_table, _rows(segment_id, part, "entered_at", at))
    if quiet:
        return
    moves = [(one, True) for one in sorted(entered)] + [(one, False) for one in sorted(left)]
    for chunk in _parts(moves, 2_000):
        made = SegmentMovement.objects.bulk_create(
            [
                SegmentMovement(segment_id=segment_id, customer_id=one, at=at, entered=into, cause=cause)
                for one, into in chunk
            ]
        )
        # A new rule is not an event in a customer's life: it sets nothing in motion.
        history.record_many(
            facts=[("interactions", _fact(movement)) for movement in made],
            source=SOURCE,
            live=cause != "definition",
        )


def _fact(movement: SegmentMovement) -> dict[str, object]:
    return {
        "interaction_id": f"segment-{movement.segment_id}-{movement.pk}",
        "customer_id": movement.customer_id,
        "at": movement.at,
        "channel": None,
        "type": "segment_entered" if movement.entered else "segment_left",
        "subject": f"segment:{movement.segment_id}",
        "value": None,
        "properties": {"cause": movement.cause},
    }


def _rows(segment_id: int, customer_ids: list[str], column: str, at: datetime) -> pa.RecordBatch:
    size = len(customer_ids)
    return pa.RecordBatch.from_pydict(
        {
            "segment_id": pa.array([segment_id] * size, pa.int64()),
            "customer_id": pa.array(customer_ids, pa.string()),
            column: pa.array([at] * size, pa.timestamp("us", tz="UTC")),
        }
    )


def forget(customer_ids: Collection[str]) -> int:
    """Take people who are erased out of every segment, in the caller's transaction; tells how many times.

    No history and no facts: whoever is erased has not left.
    """
    rows = SegmentMember.objects.filter(customer_id__in=customer_ids)
    inside = list(rows.values_list("segment_id", flat=True))
    for pk, times in Counter(inside).items():
        locked = Segment.objects.select_for_update().get(pk=pk)
        locked.size = max((locked.size or 0) - times, 0)
        locked.save(update_fields=["size"])
    rows.delete()
    return len(inside)


def touch(customer_ids: Iterable[str], table: str) -> None:
    """Note that something happened to these customers, in the caller's transaction.

    What happens under a number that leads to another customer happens to that one.
    """
    at = clock.now()
    numbers = {one for one in customer_ids if one}
    numbers.update(identity.canonical_ids(numbers).values())
    SegmentTouch.objects.bulk_create(
        [SegmentTouch(customer_id=one, table=table, at=at) for one in sorted(numbers)],
        batch_size=500,
        update_conflicts=True,
        unique_fields=["customer_id", "table"],
        update_fields=["at", "pending"],
    )


def follow(*, limit: int = FOLLOW_CUSTOMERS) -> int:
    """Look again at up to `limit` touched customers, in the segments that depend on what touched them.

    Returns how many customers were looked at. Idempotent: dying half-way, the rest is done the next time.
    """
    pending = SegmentTouch.objects.filter(pending=True).order_by("id")
    rows = list(pending.values_list("id", "customer_id", "table", "at")[: limit * 4])
    newest = max((at for *_rest, at in rows), default=None)
    customers: dict[str, set[str]] = {}
    taken = []
    for pk, customer_id, table, _at in rows:
        if customer_id in customers or len(customers) < limit:
            customers.setdefault(customer_id, set()).add(table)
            taken.append(pk)
    if not taken:
        return 0
    _look_again(customers)
    for part in _parts(taken, CHUNK):
        # Who was touched again meanwhile stays pending.
        SegmentTouch.objects.filter(pk__in=part, at__lte=newest).update(pending=False)
    return len(customers)


def _look_again(customers: dict[str, set[str]]) -> None:
    at = clock.now()
    tables = set().union(*customers.values())
    with store.of_customers(customers, at=at) as connection:
        for row in Segment.objects.filter(archived_at=None, evaluated_version__isnull=False):
            try:
                node = parse(row.definition)
                if not depends_on(node) & tables:
                    continue
                compiled = compile_definition(node, now=at, resolve=resolve)
            except DefinitionError:
                continue
            inside = {one for (one,) in run(connection, compiled, compiled.members()).fetchall()}
            _apply_some(row, customers, inside, at)


def _apply_some(row: Segment, customers: Collection[str], inside: set[str], at: datetime) -> None:
    with transaction.atomic():
        locked = Segment.objects.select_for_update().get(pk=row.pk)
        if locked.version != row.version or locked.evaluated_version != row.version:
            return
        old: set[str] = set()
        for part in _parts(sorted(customers), CHUNK):
            known = SegmentMember.objects.filter(segment=row.pk, customer_id__in=part)
            old.update(known.values_list("customer_id", flat=True))
        entered, left = inside - old, old - inside
        if not entered and not left:
            return
        _move(row.pk, entered, left, at, "live")
        locked.size = (locked.size or 0) + len(entered) - len(left)
        locked.save(update_fields=["size"])


def _parts(items: Iterable[Any], size: int) -> Iterable[list[Any]]:
    source = iter(items)
    while part := list(islice(source, size)):
        yield part
