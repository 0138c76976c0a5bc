"""Make a backup; what makes it consistent is in docs/algorithms/backup.md."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.conf import settings

from keepwell import __version__
from keepwell.foundation import clock
from keepwell.foundation.home import Home
from keepwell.history import queries as history
from keepwell.operations.backup import folders, keys
from keepwell.operations.backup.archive import Writer
from keepwell.operations.backup.manifest import Manifest
from keepwell.operations.backup.state import Snapshot, snapshot
from keepwell.operations.contracts import BackupError, BackupView, Progress

TRIES = 100
PAUSE_SECONDS = 0.05
ROUNDS = 3
SUFFIX = ".kwb"


@dataclass(frozen=True)
class Instant:
    """State, lake and key ring as they were together."""

    at: datetime
    state: Snapshot
    lake: dict[str, int]
    ring: bytes


@contextmanager
def still_instant() -> Iterator[Instant]:
    """Open a snapshot of the state during which neither lake nor key ring changed.

    Raises BackupError where they never stood still for as long as it takes to look twice.
    """
    for _try in range(TRIES):
        with ExitStack() as stack:
            before = _outside()
            at = clock.now()
            state = stack.enter_context(snapshot())
            if _outside() == before:
                lake, ring = before
                yield Instant(at, state, lake, ring)
                return
        time.sleep(PAUSE_SECONDS)
    raise BackupError("the lake is being written to without a pause; try again")


def _outside() -> tuple[dict[str, int], bytes]:
    ring = Home.current().keys_path
    return history.versions(), ring.read_bytes() if ring.exists() else b""


def make(*, target: Path, passphrase: str | None, progress: Progress | None = None) -> BackupView:
    """Write one backup to the file `target`, which appears when it is whole; see `services.back_up`."""
    started = time.monotonic()
    if target.exists():
        raise BackupError(f"{target} is there already")
    for _round in range(ROUNDS):
        try:
            manifest = _write(target, passphrase, progress)
        except FileNotFoundError:  # somebody was erased meanwhile, with the files that told of them
            continue
        return view(target, manifest, time.monotonic() - started)
    raise BackupError("files of the lake are being removed without a pause; try again")


def _write(target: Path, passphrase: str | None, progress: Progress | None) -> Manifest:
    step = "facts"

    def tell(_bytes: int) -> None:
        if progress:
            progress(step, 0.0, 0)

    writer = Writer(target, tell)
    try:
        with (
            still_instant() as instant,
            tempfile.TemporaryDirectory(dir=target.parent, prefix=".kw-") as work,
        ):
            manifest = Manifest(
                taken_at=instant.at,
                version=__version__,
                state=_kind(),
                migrations=instant.state.migrations(),
                rows=0,
                lake=instant.lake,
                keys="sealed" if passphrase and instant.ring else "left out",
            )
            if passphrase and instant.ring:
                writer.add_bytes(keys.NAME, keys.seal(instant.ring, passphrase))
            _add_lake(writer, instant.lake)  # before the state: its files have a life of days only
            step = "state"
            instant.state.copy(writer, manifest, Path(work), tell)
            step = "files"
            _add_files(writer)
        writer.finish(manifest)
    except BaseException:
        writer.give_up()
        raise
    if progress:
        progress(step, 1.0, 0)
    return manifest


def _kind() -> str:
    from django.db import connection

    return connection.vendor


def _add_lake(writer: Writer, versions: dict[str, int]) -> None:
    for table, version in versions.items():
        for file in history.files_at(table, version):
            writer.add_file(f"lake/{table}/{file.name}", file.path)


def _add_files(writer: Writer) -> None:
    home = Home.current()
    for name, path in folders.files_of(home.root.resolve(), Path(str(settings.KEEPWELL_LAKE)).resolve()):
        try:
            writer.add_file(f"home/{name}", path)
        except FileNotFoundError:
            continue  # a newer cycle has removed the files of an old one


def view(path: Path, manifest: Manifest, seconds: float = 0.0) -> BackupView:
    """What people are told about a backup."""
    return BackupView(
        path=path,
        taken_at=manifest.taken_at,
        size_bytes=path.stat().st_size,
        version=manifest.version,
        state=manifest.state,
        rows=manifest.rows,
        lake=manifest.lake,
        keys=manifest.keys,
        seconds=round(seconds, 2),
    )


def file_name(at: datetime) -> str:
    """The name of a backup made at `at`, in a folder of many."""
    return f"{at:%Y%m%dT%H%M%SZ}{SUFFIX}"


def taken_at(path: Path) -> datetime | None:
    """The instant in the name of a backup that `file_name` named."""
    try:
        return datetime.strptime(path.name, f"%Y%m%dT%H%M%SZ{SUFFIX}").replace(tzinfo=clock.now().tzinfo)
    except ValueError:
        return None
