"""Facts by their keys."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from keepwell.history.engine import Engine
from keepwell.history.engine.sql import literal, quote
from keepwell.history.facts import denormalize
from keepwell.history.lake import Snapshot, fact_table
from keepwell.history.models import OutboxFact
from keepwell.history.reading import newest_revisions

KEYS_PER_QUERY = 500


def read_facts(engine: Engine, table: str, keys: Collection[str]) -> dict[str, dict[str, Any]]:
    """The newest version of each fact among `keys`, from outbox and lake, by key.

    Raises ValueError for an unknown table or one whose key has several columns.
    """
    schema = fact_table(table)
    if len(schema.key) != 1:
        raise ValueError(f"{table}: its key is {', '.join(schema.key)}")
    column = quote(schema.key[0])
    names = ", ".join(quote(own.name) for own in schema.columns)
    found: dict[str, dict[str, Any]] = {}
    for some in _chunks(sorted(set(keys))):
        # The outbox first: a flush in between shows a fact twice, not never.
        waiting = OutboxFact.objects.filter(table=table, key__in=some).order_by("id")
        newest = {row.key: denormalize(schema.columns, row.fact) for row in waiting}
        asked = [key for key in some if key not in newest]
        files = Snapshot.open(table).files() if asked else []
        if files:
            condition = f"f.{column} IN ({', '.join(literal(key) for key in asked)})"
            rows = newest_revisions(schema, files, where=condition)
            stored = engine.execute(engine.sql(f"SELECT {names} FROM ({rows})"))  # noqa: S608
            found.update({row[schema.key[0]]: row for row in stored.to_pylist()})
        found.update(newest)
    return found


def _chunks(keys: list[str]) -> Iterator[list[str]]:
    for start in range(0, len(keys), KEYS_PER_QUERY):
        yield keys[start : start + KEYS_PER_QUERY]
