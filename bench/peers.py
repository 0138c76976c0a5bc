"""The packages we measure ourselves against, in an environment of their own.

`lifetimes` needs a numpy and a pandas that nothing else here could live with, so it runs as a program of its
own, under Python 3.11, from requirements/peers.lock; answers come back as JSON.
"""

import json
import os
import resource
import subprocess
import sys
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parent.parent
VENV = REPOSITORY / ".venv-peers"
LOCK = REPOSITORY / "requirements" / "peers.lock"
STAMP = VENV / "peers.lock"
SCRIPT = Path(__file__).with_name("peer_lifetimes.py")
UNAVAILABLE = "peer not installed: its environment needs Python 3.11 and a package index"


def cpu_seconds() -> float:
    """User and system time of this process so far."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def python() -> Path | None:
    """The peers' interpreter; builds their environment when it is absent or old. None where that fails."""
    interpreter = VENV / "bin" / "python"
    if STAMP.exists() and STAMP.read_bytes() == LOCK.read_bytes():
        return interpreter
    uv = str(Path(sys.executable).with_name("uv"))
    try:
        subprocess.run([uv, "venv", "--quiet", "--clear", "--python", "3.11", VENV], check=True)
        install = [uv, "pip", "install", "--quiet", "--python", interpreter, "--require-hashes", "-r", LOCK]
        subprocess.run(install, check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        print(f"peers: {error}", file=sys.stderr)
        return None
    STAMP.write_bytes(LOCK.read_bytes())
    return interpreter


def ask(task: str, path: Path) -> dict[str, Any] | None:
    """Run a task of `peer_lifetimes.py` on a file; None where the peer cannot be had.

    One thread for its linear algebra: more would only wait for each other, and that counts as CPU time.
    """
    interpreter = python()
    if interpreter is None:
        return None
    environment = os.environ | {"OPENBLAS_NUM_THREADS": "1", "PYTHONWARNINGS": "ignore"}
    answer = subprocess.run(
        [interpreter, SCRIPT, task, path], check=True, capture_output=True, text=True, env=environment
    )
    return json.loads(answer.stdout.splitlines()[-1])
