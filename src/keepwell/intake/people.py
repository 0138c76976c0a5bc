"""Staged customer rows into records: validated, one per customer number."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from keepwell.customers.contracts import CustomerRow
from keepwell.intake import contactdata
from keepwell.intake.finish import stream, with_lines
from keepwell.intake.rules.query import text
from keepwell.intake.shapes import CUSTOMERS
from keepwell.intake.staging import Staged

TEXT_LIMITS = {
    "region": 80, "city": 80, "language": 16, "time_zone": 40, "occupation": 120, "income": 40,
    "industry": 120,
    "acquisition_channel": 80, "name": 200, "company": 200, "wecom": 120, "wechat": 120,
}  # fmt: skip


def merged(connection: duckdb.DuckDBPyConnection, staged: Staged) -> Iterator[dict[str, Any]]:
    """One row per customer number; of what its rows say, the last word on each column."""
    names = [c.name for c in CUSTOMERS.columns if c.name != "customer_id"]
    last = ", ".join(f'arg_max("{n}", _line) FILTER ("{n}" IS NOT NULL) AS "{n}"' for n in names)
    query = f"SELECT customer_id, {last} FROM {with_lines(staged)} GROUP BY 1 ORDER BY 1"  # noqa: S608
    for batch in stream(connection, query):
        yield from batch


def row(
    said: dict[str, Any], *, counts: dict[str, int], country: str | None, order: str, today: date
) -> CustomerRow:
    """A checked record; values that cannot be right are left out and counted."""

    def checked(name: str, value: Any) -> Any:
        if said.get(name) and value is None:
            counts[f"{name}_left_out"] = counts.get(f"{name}_left_out", 0) + 1
        return value

    home = contactdata.country(said["country"]) if said["country"] else None
    fields = {name: said[name][:limit] for name, limit in TEXT_LIMITS.items() if said.get(name)}
    number = said.get("whatsapp")
    born = contactdata.read_date(said["birth_on"], order) if said["birth_on"] else None
    acquired = said["acquired_at"]
    return CustomerRow(
        customer_id=said["customer_id"],
        email=checked("email", contactdata.email(said["email"]) if said["email"] else None),
        phone=checked("phone", contactdata.phone(said["phone"], home or country) if said["phone"] else None),
        whatsapp=checked("whatsapp", contactdata.phone(number, home or country) if number else None),
        gender=checked("gender", contactdata.gender(said["gender"]) if said["gender"] else None),
        birth_on=checked("birth_on", contactdata.birth_on(born, today) if born else None),
        country=checked("country", home),
        acquired_at=_utc(acquired),
        acquisition_cost=said["acquisition_cost"],
        tags=tuple(
            t.strip() for t in said["tags"].replace(";", ",").replace("，", ",").split(",") if t.strip()
        )
        if said["tags"]
        else None,
        **fields,
    )


def _utc(value: datetime | None) -> datetime | None:
    return (
        None
        if value is None
        else value.replace(tzinfo=UTC)
        if value.tzinfo is None
        else value.astimezone(UTC)
    )


STAGED_PEOPLE = pa.schema(
    [
        *(
            pa.field(name, pa.string())
            for name in (
                "customer_id", "name", "email", "phone", "gender", "birth_on", "country", "region", "city",
                "language", "time_zone", "occupation", "income", "company", "industry", "acquired_at",
                "acquisition_channel", "acquisition_cost", "wecom", "wechat", "whatsapp",
            )
        ),
        pa.field("tags", pa.list_(pa.string())),
    ]
)  # fmt: skip
"""Checked records on their way to the customers' room."""


def write(rows: Iterable[CustomerRow], path: Path) -> int:
    """Stage checked records; returns how many."""
    iterator = iter(rows)
    count = 0
    with pq.ParquetWriter(path, STAGED_PEOPLE) as writer:
        while batch := list(islice(iterator, 10_000)):
            count += len(batch)
            writer.write_table(pa.Table.from_pylist([_plain(record) for record in batch], STAGED_PEOPLE))
    return count


def _plain(record: CustomerRow) -> dict[str, Any]:
    plain: dict[str, Any] = {}
    for name in STAGED_PEOPLE.names:
        value = getattr(record, name, None)
        if name == "tags":
            plain[name] = None if value is None else list(value)
        elif isinstance(value, date):
            plain[name] = value.isoformat()
        else:
            plain[name] = None if value is None else str(value)
    return plain


def read(path: Path) -> Iterator[CustomerRow]:
    """The records that were staged at `path`."""
    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches(batch_size=5_000):
            for said in batch.to_pylist():
                yield CustomerRow(
                    **{
                        **said,
                        "birth_on": date.fromisoformat(said["birth_on"]) if said["birth_on"] else None,
                        "acquired_at": datetime.fromisoformat(said["acquired_at"])
                        if said["acquired_at"]
                        else None,
                        "acquisition_cost": Decimal(said["acquisition_cost"])
                        if said["acquisition_cost"]
                        else None,
                        "tags": None if said["tags"] is None else tuple(said["tags"]),
                    }
                )


def contact_rows(connection: duckdb.DuckDBPyConnection, paths: Sequence[Path]) -> Iterator[CustomerRow]:
    """Records that keep the e-mail address or phone number behind a pseudonym, each once."""
    listed = ", ".join(text(str(path)) for path in paths)
    query = f"SELECT DISTINCT customer_id, kind, value FROM read_parquet([{listed}]) ORDER BY ALL"  # noqa: S608
    for batch in stream(connection, query):
        for said in batch:
            if said["kind"] == "email":
                yield CustomerRow(customer_id=said["customer_id"], email=said["value"])
            else:
                yield CustomerRow(customer_id=said["customer_id"], phone=said["value"])
