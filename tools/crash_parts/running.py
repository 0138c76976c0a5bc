"""Start the real commands, kill them, and keep a reader beside them."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
COMMAND_SECONDS_MAX = 600


class BrokenError(RuntimeError):
    """A command that was left alone did not end as it should."""


@dataclass
class Bench:
    """One home folder, the source of all chance, and what was found wrong."""

    home: Path
    work: Path
    rng: random.Random
    violations: list[str] = field(default_factory=list)
    passed: int = 0

    def check(self, holds: bool, what: str) -> None:
        """Count a statement that must hold."""
        if holds:
            self.passed += 1
        else:
            self.violations.append(what)
            print(f"  VIOLATION {what}", flush=True)

    def environment(self) -> dict[str, str]:
        """The environment of every process of this bench."""
        return {**os.environ, "KEEPWELL_HOME": str(self.home), "PYTHONUNBUFFERED": "1"}


@dataclass
class Killed:
    """How a command ended that was to be killed."""

    after_seconds: float
    finished: bool
    last_words: str


def keepwell(bench: Bench, *arguments: str, codes: tuple[int, ...] = (0,), home: bool = True) -> str:
    """Run a command to its end and return what it printed; raises BrokenError."""
    where = ("--home", str(bench.home)) if home else ()
    done = subprocess.run(
        [sys.executable, "-m", "keepwell", *arguments, *where],
        env=bench.environment(),
        capture_output=True,
        text=True,
        timeout=COMMAND_SECONDS_MAX,
        stdin=subprocess.DEVNULL,
    )
    if done.returncode not in codes:
        raise BrokenError(
            f"keepwell {' '.join(arguments)} ended with {done.returncode}: {done.stderr[-2000:]}"
        )
    return done.stdout


def timed(bench: Bench, *arguments: str, codes: tuple[int, ...] = (0,)) -> float:
    """How many seconds an undisturbed command takes."""
    start = time.monotonic()
    keepwell(bench, *arguments, codes=codes)
    return time.monotonic() - start


def killed(bench: Bench, usual_seconds: float, *arguments: str) -> Killed:
    """Start a command and kill it, with all its children, at a random moment of its usual life.

    One in ten dies while it starts, the others later, where the work is done.
    """
    early = bench.rng.random() < 0.1
    low, high = (0.0, 0.4) if early else (0.4, 1.0)
    delay = usual_seconds * bench.rng.uniform(low, high)
    log = bench.work / "killed.log"
    start = time.monotonic()
    with log.open("w+b") as errors:
        process = subprocess.Popen(
            [sys.executable, "-m", "keepwell", *arguments, "--home", str(bench.home)],
            env=bench.environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=errors,
            start_new_session=True,
        )
        try:
            process.wait(timeout=max(0.0, delay - (time.monotonic() - start)))
            finished = True
        except subprocess.TimeoutExpired:
            finished = False
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    words = log.read_text(errors="replace").replace("\r", "\n").split("\n")
    last = next((line.strip() for line in reversed(words) if line.strip()), "")
    return Killed(time.monotonic() - start, finished, last[-80:])


class Companion:
    """A process of our own beside the commands: `feeder` or `reader`; stopped with the block."""

    def __init__(self, bench: Bench, script: str, *arguments: str) -> None:
        self.out = bench.work / f"{script}.jsonl"
        self._stop = bench.work / f"{script}.stop"
        self.out.unlink(missing_ok=True)
        self._stop.unlink(missing_ok=True)
        self._process = subprocess.Popen(
            [sys.executable, str(HERE / f"{script}.py"), str(self.out), str(self._stop), *arguments],
            env=bench.environment(),
            stdin=subprocess.DEVNULL,
        )

    def lines(self) -> list[dict[str, Any]]:
        """What the process has written so far, line by line."""
        text = self.out.read_text() if self.out.exists() else ""
        return [json.loads(line) for line in text.splitlines(keepends=True) if line.endswith("\n")]

    def stop(self) -> int:
        """Ask the process to end and return its exit code."""
        self._stop.touch()
        try:
            return self._process.wait(timeout=60)
        except subprocess.TimeoutExpired:
            return self.kill()

    def kill(self) -> int:
        """End the process at once."""
        self._process.kill()
        return self._process.wait()

    def __enter__(self) -> Companion:
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.poll() is None:
            self.kill()


def conclude(bench: Bench, reader: Companion) -> None:
    """Stop the reader and count what it saw."""
    code = reader.stop()
    lines = reader.lines()
    for line in lines:
        if "violation" in line:
            bench.check(False, f"reader: {line['violation']}")
    looks = max((line.get("looks", 0) for line in lines), default=0)
    print(f"  the reader looked {looks} times", flush=True)
    bench.check(code == 0, f"the reader ended with {code}")
    bench.check(looks > 0, "the reader never looked")
