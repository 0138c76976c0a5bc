"""A home as an earlier release left it, on SQLite or moved into a PostgreSQL of the same shape."""

from __future__ import annotations

import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from tests.cli.conftest import program

__all__ = ["program"]

HERE = Path(__file__).parent
# Made by each release before the next one changes the shape: `keepwell demo --customers 50 --seed 7
# --no-serve`, two accounts, one saved plan, one fact in the outbox.
RELEASES = {path.name.removeprefix("home-").removesuffix(".tar.xz"): path for path in HERE.glob("home-*.xz")}
MOVE = """
import sys
from datetime import UTC, datetime
from pathlib import Path
import django
django.setup()
import sqlite3
from keepwell.operations.backup import loading
from keepwell.operations.backup.manifest import Manifest
state = Path(sys.argv[1])
source = sqlite3.connect(state)
applied = source.execute("SELECT app, name FROM django_migrations ORDER BY id").fetchall()
source.close()
manifest = Manifest(datetime.now(UTC), "", "sqlite", applied, 0, {}, "left out")
loading.shape_as(manifest)
loading.load_sqlite(state)
state.unlink()
"""


def run_script(program, script, *arguments):
    """Run Python with the program's environment; its standard output."""
    environment = {**program.environment, "DJANGO_SETTINGS_MODULE": "keepwell.foundation.settings"}
    environment["KEEPWELL_CONFIDENTIALITY"] = "off"  # pages instead of the question that comes before them
    done = subprocess.run(
        [sys.executable, "-c", script, *map(str, arguments)], env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(params=sorted(RELEASES))
def earlier(request, program):
    """The program on the home of an earlier release."""
    with tarfile.open(RELEASES[request.param]) as packed:
        packed.extractall(program.home.parent, filter="data")
    if program.environment.get("DATABASE_URL"):
        run_script(program, MOVE, program.home / "state.sqlite3")
    return program
