"""What the tests of intake share."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def run(home, transactional_db):
    """Import files as anna, at noon of 1 March 2026."""
    from keepwell.intake import services

    def import_files(*paths, now=NOW, **options):
        return services.import_paths(paths=paths, actor="anna", now=now, **options)

    return import_files


@pytest.fixture
def facts(home, transactional_db):
    """Rows of a fact table as sorted tuples of some columns."""
    from keepwell.history import queries as history
    from keepwell.history.engine import engine

    def read(table, *columns):
        with engine() as e:
            found = e.execute(history.scan(table, engine=e).select(list(columns))).to_pylist()
        return sorted((tuple(row[c] for c in columns) for row in found), key=repr)

    return read
