"""Travellers from the table and back to it, many at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import connection

from keepwell.foundation.rows import write_many
from keepwell.outreach.journeys.core.walking import Walker
from keepwell.outreach.journeys.models import StepCount, Traveller

READ = (
    "id",
    "customer_id",
    "entered_at",
    "step",
    "visit",
    "since",
    "wake_at",
    "waits_for",
    "heard",
    "memo",
    "version_id",
)
WRITTEN = ("step", "visit", "since", "wake_at", "waits_for", "heard", "memo", "ended_at", "outcome")


def walkers(rows: Iterable[tuple[Any, ...]], *, now: datetime) -> list[tuple[int, Walker]]:
    """(version, walker) of rows of `READ`; who has just come in moves on the clock of what brought them."""
    found = []
    for pk, customer_id, entered_at, step, visit, since, wake_at, waits_for, heard, memo, version_id in rows:
        begins = visit == 1 and not waits_for
        walker = Walker(
            traveller_id=pk,
            customer_id=customer_id,
            entered_at=entered_at,
            step=step,
            visit=visit,
            at=min(entered_at, now) if begins else now,
            since=since,
            wake_at=wake_at,
            waits_for=waits_for,
            heard=heard,
            memo=memo,
        )
        found.append((version_id, walker))
    return found


def store(walked: Sequence[Walker], *, now: datetime) -> None:
    """Write where everybody is now."""
    rows = (
        (
            one.traveller_id,
            one.step,
            one.visit,
            one.since,
            one.wake_at,
            one.waits_for,
            one.heard,
            one.memo,
            now if one.outcome else None,
            one.outcome,
        )
        for one in walked
    )
    write_many(Traveller, WRITTEN, rows)


def count(tallies: Iterable[tuple[int, Counter[tuple[str, str]]]]) -> None:
    """Add to the counts of versions, in one order, so that two who count at once never block each other."""
    total: Counter[tuple[int, str, str]] = Counter()
    for version_id, tally in tallies:
        for (step, what), number in tally.items():
            total[version_id, step, what] += number
    added = sorted(total.items())
    if not added:
        return
    quote = connection.ops.quote_name
    table = quote(StepCount._meta.db_table)
    statement = (
        f"INSERT INTO {table} (version_id, step, what, number) VALUES (%s, %s, %s, %s) "  # noqa: S608
        f"ON CONFLICT (version_id, step, what) DO UPDATE SET number = {table}.number + excluded.number"
    )
    with connection.cursor() as cursor:
        cursor.executemany(statement, [(*key, number) for key, number in added])
