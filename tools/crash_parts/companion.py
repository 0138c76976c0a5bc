"""What feeder and reader have in common."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any


def start() -> tuple[Callable[..., None], Callable[[], bool], list[str]]:
    """Bring up the installation; (say a line, whether to go on, further arguments)."""
    from keepwell.cli.boot import boot

    boot(Path(os.environ["KEEPWELL_HOME"]), migrate=False)
    out, stop = Path(sys.argv[1]), Path(sys.argv[2])
    file = out.open("a", buffering=1)
    parent = os.getppid()

    def say(**line: Any) -> None:
        file.write(json.dumps(line) + "\n")

    def go_on() -> bool:
        return not stop.exists() and os.getppid() == parent

    return say, go_on, sys.argv[3:]
