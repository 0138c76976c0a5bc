"""What a worker has handed over, on its own disk, before the database knows.

A worker takes messages under a lease named after its journal. Before a provider can have taken a message it
writes `begun`, after the answer `done`; both go to the kernel at once, so a killed worker leaves them. Who
finds the journal of a dead worker reads from it which messages were taken, which were never begun, and which
are of unknown fate: one for each connection. A living worker holds a lock on its file, so nobody reads it
too early.

After a power cut the last lines may be missing. The journal names the boot of the machine it was written in;
in a later boot a message without an answer is of unknown fate, begun or not.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import socket
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from keepwell.foundation.home import Home
from keepwell.outreach.channels.contracts import Fate, Refusal, Reply

BOOT = Path("/proc/sys/kernel/random/boot_id")
SUFFIX = ".jsonl"


def folder() -> Path:
    """Where journals lie."""
    path = Home.current().root / "sending"
    path.mkdir(mode=0o700, exist_ok=True)
    return path


def machine() -> str:
    """How the leases of this machine's workers begin."""
    return socket.gethostname()[:20] + "-"


def boot() -> str:
    """What this run of the machine is called; "" where it does not say."""
    try:
        return BOOT.read_text().strip()
    except OSError:
        return ""


class Journal:
    """A worker's own journal, locked while it lives; a context manager."""

    def __init__(self) -> None:
        self._file = -1
        while self._file < 0:
            self.lease = machine() + uuid.uuid4().hex
            self._path = folder() / (self.lease + SUFFIX)
            self._file = os.open(self._path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_APPEND, 0o600)
            fcntl.flock(self._file, fcntl.LOCK_EX)
            if not self._path.exists():
                # Somebody who looked for dead workers was here before the lock.
                os.close(self._file)
                self._file = -1
        self._write({"boot": boot()})

    def __enter__(self) -> Journal:
        return self

    def __exit__(self, *_error: object) -> None:
        os.close(self._file)

    def begun(self, message_id: str) -> None:
        """From now on the provider may have taken the message."""
        self._write({"begun": message_id})

    def done(self, message_id: str, reply: Reply) -> None:
        """The provider's answer."""
        said = {"fate": reply.fate, "code": reply.code, "ref": reply.provider_ref, "refusal": reply.refusal}
        self._write({"done": message_id, **said})

    def forget(self) -> None:
        """Remove it: the database knows everything."""
        self._path.unlink(missing_ok=True)

    def _write(self, line: dict[str, Any]) -> None:
        os.write(self._file, orjson.dumps(line) + b"\n")


@dataclass
class Left:
    """What the journal of a dead worker says."""

    lease: str
    same_boot: bool
    begun: set[str] = field(default_factory=set)
    replies: dict[str, Reply] = field(default_factory=dict)

    def fate_of(self, message_id: str) -> Reply | None:
        """The answer; UNKNOWN where it was begun or may have been; None where it certainly was not."""
        if message_id in self.replies:
            return self.replies[message_id]
        if message_id in self.begun or not self.same_boot:
            return Reply(Fate.UNKNOWN, "interrupted")
        return None


def is_dead(lease: str) -> bool:
    """Whether the worker whose journal lies here has died; its lock says so."""
    try:
        file = os.open(folder() / (lease + SUFFIX), os.O_RDONLY)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    finally:
        os.close(file)
    return True


@contextlib.contextmanager
def left_behind(lease: str) -> Iterator[Left | None]:
    """The journal of a worker that has died, held while it is read; None where it lives.

    A lease without a journal here (another machine's, or a lost disk) says nothing: all is unknown.
    """
    path = folder() / (lease + SUFFIX)
    try:
        file = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        yield Left(lease, same_boot=False)
        return
    try:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield None
            return
        yield _read(lease, path)
        path.unlink(missing_ok=True)
    finally:
        os.close(file)


def _read(lease: str, path: Path) -> Left:
    lines = []
    for text in path.read_bytes().splitlines():
        # The last line may be torn where the machine, not the worker, died.
        with contextlib.suppress(orjson.JSONDecodeError):
            lines.append(orjson.loads(text))
    found = Left(lease, same_boot=bool(lines) and lines[0].get("boot") == boot() != "")
    for line in lines[1:]:
        if "begun" in line:
            found.begun.add(line["begun"])
        elif "done" in line:
            refusal = Refusal(line["refusal"]) if line["refusal"] else None
            reply = Reply(Fate(line["fate"]), line["code"], "", refusal, line["ref"])
            found.replies[line["done"]] = reply
    return found


def leases() -> list[str]:
    """Of every journal that lies here; one may be gone by the time that it is looked at."""
    return sorted(path.name.removesuffix(SUFFIX) for path in folder().glob("*" + SUFFIX))
