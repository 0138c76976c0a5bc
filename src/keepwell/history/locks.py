"""One writer per table: a lease in state, and on a local folder a file lock beside it."""

from __future__ import annotations

import os
import platform
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import IO

from django.db import connection, transaction

from keepwell.foundation import clock
from keepwell.history.contracts import LakeBusyError
from keepwell.history.durability import make_folder
from keepwell.history.models import TableLease

try:
    import fcntl
except ImportError:  # not on this platform: the lease alone decides
    fcntl = None  # type: ignore[assignment]

LEASE = timedelta(seconds=60)
POLL_SECONDS = 0.02
WAIT_SECONDS = 900.0


class Lease:
    """A held lease; `confirm` right before a commit, `beat` while the work lasts."""

    def __init__(self, table: str, owner: str) -> None:
        self.table = table
        self.owner = owner
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._keep, name=f"lease-{table}", daemon=True)
        self._thread.start()

    def confirm(self) -> None:
        """Extend the lease; raises LakeBusyError where another writer has taken it over."""
        kept = TableLease.objects.filter(table=self.table, owner=self.owner).update(
            expires_at=clock.now() + LEASE
        )
        if not kept:
            raise LakeBusyError(f"the lease on {self.table} has passed to another writer")

    def release(self) -> None:
        """Stop the heartbeat and let the next writer in."""
        self._stop.set()
        self._thread.join()
        TableLease.objects.filter(table=self.table, owner=self.owner).update(owner="", expires_at=None)

    def _keep(self) -> None:
        while not self._stop.wait(LEASE.total_seconds() / 3):
            try:
                self.confirm()
            except Exception:  # noqa: S110 - the commit asks again and decides
                pass
            finally:
                connection.close()


@contextmanager
def writing(table: str, folder: Path, *, wait_seconds: float = WAIT_SECONDS) -> Iterator[Lease]:
    """Hold the only right to write to `table`, whose lake is `folder`.

    Raises LakeBusyError after `wait_seconds`.
    """
    deadline = time.monotonic() + wait_seconds
    with _file_lock(folder / "_locks" / f"{table}.lock", deadline) as locked:
        owner = f"{platform.node()}:{os.getpid()}:{uuid.uuid4().hex}"
        while not _take(table, owner, orphans=locked):
            _pause(deadline, table)
        lease = Lease(table, owner)
        try:
            yield lease
        finally:
            lease.release()


def _take(table: str, owner: str, *, orphans: bool) -> bool:
    """Try once. Who holds the file lock knows that an owner on this machine is dead (`orphans`)."""
    TableLease.objects.get_or_create(table=table)
    now = clock.now()
    with transaction.atomic():
        lease = TableLease.objects.select_for_update().get(table=table)
        expired = lease.expires_at is None or lease.expires_at <= now
        dead = orphans and lease.host == platform.node()
        if lease.owner and not expired and not dead:
            return False
        lease.owner, lease.host, lease.expires_at = owner, platform.node(), now + LEASE
        lease.save()
    return True


@contextmanager
def _file_lock(path: Path, deadline: float) -> Iterator[bool]:
    if fcntl is None:
        yield False
        return
    make_folder(path.parent)
    with path.open("w") as file:
        while not _try_lock(file):
            _pause(deadline, path.stem)
        yield True  # closing the file lets the lock go, and so does death


def _try_lock(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _pause(deadline: float, table: str) -> None:
    if time.monotonic() >= deadline:
        raise LakeBusyError(f"another writer holds {table}")
    time.sleep(POLL_SECONDS)
