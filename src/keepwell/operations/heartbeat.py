"""Signs of life of the worker processes: one small file each in the home, rewritten every few seconds."""

from __future__ import annotations

import logging
import os
import platform
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import orjson

from keepwell.foundation import clock
from keepwell.foundation.home import Home
from keepwell.operations.contracts import WorkerView

BEAT_SECONDS = 10.0
ALIVE = timedelta(seconds=60)
FORGET = timedelta(days=1)

log = logging.getLogger("keepwell.work")


def folder() -> Path:
    """Where the signs of life lie."""
    return Home.current().root / "workers"


class Heartbeat:
    """Tells, from a thread of its own, that this process lives and what it is doing."""

    def __init__(self) -> None:
        self._name = f"{platform.node()}-{os.getpid()}"
        self._path = folder() / f"{self._name}.json"
        self._lock = threading.Lock()
        self._jobs: dict[str, datetime] = {}
        self._counts: Counter[str] = Counter()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._keep, name="heartbeat", daemon=True)

    def start(self) -> None:
        """Begin; forgets processes that were last seen long ago."""
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        for path, said in _files():
            if clock.now() - _seen(said) > FORGET:
                path.unlink(missing_ok=True)
        self._beat()
        self._thread.start()

    @contextmanager
    def doing(self, name: str) -> Iterator[None]:
        """That the process does this; several threads may do something at once."""
        with self._lock:
            self._jobs[name] = clock.now()
        try:
            yield
        finally:
            with self._lock:
                self._jobs.pop(name, None)

    def count(self, name: str, number: int = 1) -> None:
        """Add to a counter that /metrics shows."""
        with self._lock:
            self._counts[name] += number

    def stop(self) -> None:
        """End; the process is no longer listed."""
        self._stop.set()
        self._thread.join()
        self._path.unlink(missing_ok=True)

    def _keep(self) -> None:
        while not self._stop.wait(BEAT_SECONDS):
            try:
                self._beat()
            except OSError as error:
                log.warning("no sign of life could be left: %s", error.strerror)

    def _beat(self) -> None:
        with self._lock:
            # What has taken longest says most.
            job, since = min(self._jobs.items(), key=lambda one: one[1], default=("", None))
            counts = dict(self._counts)
        said = {"seen_at": clock.now(), "job": job, "job_since": since, "counts": counts}
        temporary = self._path.with_name(f".{self._path.name}")
        temporary.write_bytes(orjson.dumps(said))
        temporary.replace(self._path)


def workers(now: datetime | None = None) -> list[WorkerView]:
    """The worker processes that gave a sign of life within the last minute."""
    now = now or clock.now()
    found = []
    for path, said in _files():
        if now - _seen(said) <= ALIVE:
            since = said.get("job_since")
            at = datetime.fromisoformat(since) if since else None
            found.append(WorkerView(path.stem, _seen(said), str(said.get("job", "")), at))
    return found


def counts() -> dict[tuple[str, str], int]:
    """What living and lately ended workers have counted: {(worker, name): number}."""
    return {
        (path.stem, name): int(number)
        for path, said in _files()
        for name, number in said.get("counts", {}).items()
    }


def _files() -> list[tuple[Path, dict[str, Any]]]:
    found = []
    for path in sorted(folder().glob("*.json")):
        try:
            found.append((path, orjson.loads(path.read_bytes())))
        except (FileNotFoundError, ValueError):
            continue
    return found


def _seen(said: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(said["seen_at"])
