"""Folders of imports under way: locked while their process lives, with an engine that spills into them."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from keepwell.intake.rules.macros import connect

ENGINE_MB = 768


@contextmanager
def held_folder(folder: Path) -> Iterator[bool]:
    """Hold the lock of `folder`, answering whether it was free; it goes with the process."""
    lock = lock_of(folder)
    with lock.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            yield False
            return
        if not lock.exists() or lock.stat().st_ino != os.fstat(file.fileno()).st_ino:
            yield False  # the holder before has just ended and taken its lock file with it
            return
        try:
            yield True
        finally:
            lock.unlink(missing_ok=True)


def lock_of(folder: Path) -> Path:
    """The lock file of `folder`, beside it."""
    return folder.with_name(f".{folder.name}.lock")


def left_behind(staging: Path) -> Iterator[Path]:
    """Folders whose lock file is still there: their process lives, or was killed."""
    for lock in sorted(staging.glob(".import-*.lock")):
        yield lock.with_name(lock.name[1:].removesuffix(".lock"))


def empty(folder: Path) -> None:
    """An empty folder that only its owner can read."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700)


@contextmanager
def engine_in(folder: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """An engine with bounded memory that spills into `folder`."""
    spill = folder / "spill"
    spill.mkdir(exist_ok=True, mode=0o700)
    connection = connect(memory_mb=ENGINE_MB, temporary_dir=str(spill))
    try:
        yield connection
    finally:
        connection.close()
        shutil.rmtree(spill, ignore_errors=True)
