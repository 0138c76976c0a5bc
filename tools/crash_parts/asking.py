"""Ask an installation from outside."""

from __future__ import annotations

import subprocess
import sys

from crash_parts.running import Bench, BrokenError

BOOT = (
    "import json, os; from pathlib import Path; from keepwell.cli.boot import boot;"
    "boot(Path(os.environ['KEEPWELL_HOME']), migrate=False);"
)


def ask(bench: Bench, program: str) -> str:
    """What a small program on the same installation prints; raises BrokenError."""
    done = subprocess.run(
        [sys.executable, "-c", BOOT + program], env=bench.environment(), capture_output=True, text=True
    )
    if done.returncode:
        raise BrokenError(done.stderr[-2000:])
    return done.stdout
