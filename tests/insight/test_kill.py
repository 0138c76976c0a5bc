"""kill -9 at random moments of a cycle: carrying on ends in the same scores, seen all at once."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.insight import shop

pytestmark = pytest.mark.slow
DEATHS = int(os.environ.get("KEEPWELL_TEST_DEATHS", "6"))
REPOSITORY = Path(__file__).resolve().parents[2]
SETUP = """
import django; django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0)
from tests.insight import shop
shop.put("orders", shop.random_orders(), "orders")
"""
SEEN = (
    "SELECT p.cycle_id, count(s.customer_id), sum(s.churn_risk), y.status, y.summary"
    " FROM insight_currentcycle p JOIN insight_cycle y ON y.id = p.cycle_id"
    " JOIN insight_score s ON s.cycle_id = p.cycle_id GROUP BY p.cycle_id"
)


def read(home: Path):
    with sqlite3.connect(f"file:{home}/state.sqlite3?mode=ro", uri=True, timeout=30) as state:
        return state.execute(SEEN).fetchone()


def segment_members(home: Path) -> list:
    with sqlite3.connect(f"file:{home}/state.sqlite3?mode=ro", uri=True, timeout=30) as state:
        return state.execute(
            "SELECT segment_id, customer_id FROM insight_segmentmember ORDER BY 1, 2"
        ).fetchall()


def start(home: Path, mode: str) -> subprocess.Popen:
    environment = os.environ | {
        "KEEPWELL_HOME": str(home),
        "DJANGO_SETTINGS_MODULE": "keepwell.foundation.settings",
        "PYTHONPATH": str(REPOSITORY),
    }
    environment.pop("DATABASE_URL", None)
    script = [str(REPOSITORY / "tests" / "insight" / "dying.py"), shop.AS_OF.isoformat(), mode]
    command = ["-c", SETUP] if mode == "setup" else script
    return subprocess.Popen(
        [sys.executable, *command], cwd=REPOSITORY, env=environment, stdout=subprocess.PIPE, text=True
    )


def watch(process: subprocess.Popen, home: Path, until: float | None, seen: set) -> None:
    """Poll as a reader until the process ends, or kill it `until` seconds after it began to run."""
    process.stdout.readline()
    begun = time.monotonic()
    while process.poll() is None:
        row = read(home)
        if row:
            seen.add(row[:4])
            assert row[3] == "done"
            assert f'"customers": {row[1]}' in row[4]
        if until is not None and time.monotonic() - begun >= until:
            process.send_signal(signal.SIGKILL)
            process.wait()
    process.stdout.close()


def test_readers_never_see_a_mixture(tmp_path):
    home = tmp_path / "home"
    home.mkdir()
    with start(home, "setup") as process:
        assert process.wait() == 0
    seen: set = set()
    begun = time.monotonic()
    with start(home, "resume") as process:
        watch(process, home, None, seen)
        assert process.returncode == 0
    span = time.monotonic() - begun
    first, members = read(home), segment_members(home)
    assert members
    moments = random.Random(4)
    for _ in range(DEATHS):
        with start(home, "resume") as process:
            watch(process, home, moments.uniform(0, span), seen)
    with start(home, "resume") as process:
        watch(process, home, None, seen)
        assert process.returncode == 0
    last = read(home)
    assert last[1:3] == first[1:3]
    assert segment_members(home) == members
    # Every state that a reader saw was a whole cycle, and all cycles of one input are equal.
    assert {row[1:] for row in seen} == {first[1:4]}
    with sqlite3.connect(home / "state.sqlite3") as state:
        counts = state.execute("SELECT cycle_id, count(*) FROM insight_score GROUP BY cycle_id").fetchall()
    assert {count for _cycle, count in counts} == {first[1]}
    assert len(counts) <= 2
