"""Data quality per field and source: how complete, how valid, how new."""

from __future__ import annotations

from datetime import UTC
from typing import Any

import ibis

from keepwell.customers.lists import queries as records
from keepwell.foundation import clock
from keepwell.history.schemas import COMMON, FACT_TABLES, Column, FactTable
from keepwell.insight.cycle.work import Work

SKIPPED = {"scores"}  # made here, not brought in
LATEST = "recorded_at"


def run(work: Work) -> tuple[int, str]:
    """Measure every table that has rows; the result is stored with the cycle."""
    names = [name for name in work.row.data_version if name not in SKIPPED]
    measured: list[dict[str, Any]] = []
    for place, name in enumerate(sorted(names)):
        measured += measure(work, FACT_TABLES[name])
        work.report((place + 1) / len(names), len(measured))
    measured += of_records()
    work.row.quality = measured
    work.row.save(update_fields=["quality"])
    return len(measured), ""


def of_records() -> list[dict[str, Any]]:
    """One row per field and source of the customers' records."""
    return [
        {
            "table": "customers",
            "field": one.field,
            "source": one.source,
            "rows": one.rows,
            "completeness": one.completeness,
            "validity": one.validity,
            "newest_at": one.newest_at.astimezone(UTC).isoformat() if one.newest_at else None,
        }
        for one in records.record_quality(now=clock.now())
    ]


def measure(work: Work, table: FactTable) -> list[dict[str, Any]]:
    """One row per field and source of `table`, from one pass over it."""
    facts = work.scan(table.name)
    when = facts[table.time or LATEST]
    asked: dict[str, Any] = {"rows": facts.count()}
    fields = [column for column in table.columns if column not in COMMON]
    for place, column in enumerate(fields):
        value = facts[column.name]
        there = present(value, column)
        asked[f"present_{place}"] = there.sum()
        asked[f"valid_{place}"] = (there & valid(value, column)).sum()
        asked[f"newest_{place}"] = when.max(where=there)
    found = work.engine.execute(facts.group_by("source").agg(**asked)).to_pylist()
    return [
        _row(table.name, column.name, one, place)
        for one in sorted(found, key=lambda one: one["source"])
        for place, column in enumerate(fields)
    ]


def present(value: Any, column: Column) -> Any:
    """Whether a value is there: not null and, for text, not blank."""
    if column.type in ("string", "json"):
        return value.notnull() & (value.strip() != "")
    return value.notnull()


def valid(value: Any, column: Column) -> Any:
    """Whether a present value passes the checks of its field."""
    if column.choices:
        return value.isin(list(column.choices))
    if column.name == "currency":
        return value.re_search("^[A-Z]{3}$")
    if column.name == "customer_id":
        return value == value.strip()
    if column.name in ("unit_price", "price", "cost", "discount"):
        return value >= 0
    if column.name == "quantity":
        return value != 0
    if column.name in ("propensity", "sentiment"):
        return value.between(-1.0 if column.name == "sentiment" else 0.0, 1.0)
    return ibis.literal(True)


def _row(table: str, field: str, one: dict[str, Any], place: int) -> dict[str, Any]:
    there, newest = int(one[f"present_{place}"] or 0), one[f"newest_{place}"]
    return {
        "table": table,
        "field": field,
        "source": one["source"],
        "rows": int(one["rows"]),
        "completeness": there / one["rows"],
        "validity": int(one[f"valid_{place}"] or 0) / there if there else 1.0,
        "newest_at": newest.astimezone(UTC).isoformat() if newest is not None else None,
    }
