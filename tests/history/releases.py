"""A table of two releases: what an earlier one wrote, which did not know the later columns."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

from deltalake import DeltaTable

from keepwell.history import services
from keepwell.history.schemas import FACT_TABLES
from tests.history.factories import START, rows
from tests.history.reading import read

NAME = "contacts"
ADDED = ("purpose", "content", "reason")


def narrow(name=NAME):
    """The table as it was before any column was added."""
    table = FACT_TABLES[name]
    return replace(table, columns=tuple(column for column in table.columns if not column.since))


@contextmanager
def earlier_release():
    """What happens here is done by a release that does not know the columns."""
    table = FACT_TABLES[NAME]
    FACT_TABLES[NAME] = narrow()
    try:
        yield
    finally:
        FACT_TABLES[NAME] = table


def message(number, **changes):
    return {
        "contact_id": f"m{number:03d}",
        "customer_id": f"c{number % 3}",
        "at": START + timedelta(hours=number),
        "channel": "email",
        "status": "sent",
        **changes,
    }


def append(facts, batch_id, **common):
    return services.append_rows(table=NAME, rows=rows(NAME, facts, **common), batch_id=batch_id)


def append_earlier(facts, batch_id):
    with earlier_release():
        return append(facts, batch_id)


def said(column="reason", **options):
    return {row["contact_id"]: row[column] for row in read(NAME, **options)}


def data_files(home):
    return sorted((home.lake_path / NAME).glob("*.parquet"))


def commit_of(home, version):
    path = home.lake_path / NAME / "_delta_log" / f"{version:020d}.json"
    return [json.loads(line) for line in path.read_text().splitlines()]


def delta(home, version=None):
    return DeltaTable(home.lake_path / NAME, version=version)


def delta_columns(home, version=None):
    return {field.name for field in delta(home, version).schema().fields}
