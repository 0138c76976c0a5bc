"""Travellers from the table and back to it, many at once."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import connection

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
WRITTEN = (
    ("step", "text"),
    ("visit", "integer"),
    ("since", "timestamptz"),
    ("wake_at", "timestamptz"),
    ("waits_for", "text"),
    ("heard", "boolean"),
    ("memo", "jsonb"),
    ("ended_at", "timestamptz"),
    ("outcome", "text"),
)


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
    """Write where everybody is now: one statement, for the ORM's update of many rows is slow."""
    if not walked:
        return
    quote = connection.ops.quote_name
    table = quote(Traveller._meta.db_table)
    names = [quote(name) for name, _type in WRITTEN]
    values = [
        (
            one.traveller_id,
            one.step,
            one.visit,
            one.since,
            one.wake_at,
            one.waits_for,
            one.heard,
            json.dumps(one.memo, ensure_ascii=False),
            now if one.outcome else None,
            one.outcome,
        )
        for one in walked
    ]
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            marks = ", ".join(f"{name} = %s" for name in names)
            adapted = [(*(_plain(value) for value in row[1:]), row[0]) for row in values]
            cursor.executemany(f"UPDATE {table} SET {marks} WHERE id = %s", adapted)  # noqa: S608
            return
        set_ = ", ".join(f"{name} = v.{name}" for name in names)
        kinds = ", ".join(["%s::bigint[]", *(f"%s::{kind}[]" for _name, kind in WRITTEN)])
        cursor.execute(
            f"UPDATE {table} AS t SET {set_} FROM unnest({kinds}) AS v(id, {', '.join(names)}) "  # noqa: S608
            "WHERE t.id = v.id",
            [list(column) for column in zip(*values, strict=True)],
        )


def _plain(value: Any) -> Any:
    return connection.ops.adapt_datetimefield_value(value) if isinstance(value, datetime) else value


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
