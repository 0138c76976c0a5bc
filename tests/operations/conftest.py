"""The program on homes and databases of its own."""

from __future__ import annotations

import pytest

from tests.cli.conftest import Program, drop_database, own_database, ready, ready_home

__all__ = ["ready", "ready_home"]

PASSPHRASE = "correct horse battery staple"


@pytest.fixture
def elsewhere(ready, tmp_path):
    """A second program: an empty home and, on PostgreSQL, an empty database."""
    environment = {**ready.environment, "KEEPWELL_HOME": str(tmp_path / "new")}
    environment["DATABASE_URL"] = ""
    database = own_database(environment)
    yield Program(tmp_path / "new", environment)
    if database:
        drop_database(*database)


@pytest.fixture
def phrase(tmp_path):
    """The file of the passphrase."""
    path = tmp_path / "phrase"
    path.write_text(PASSPHRASE + "\n")
    return path
