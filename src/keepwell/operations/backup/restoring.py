"""Put a backup into a new home."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from keepwell.operations.backup import keys
from keepwell.operations.backup.archive import Reader
from keepwell.operations.backup.manifest import Manifest
from keepwell.operations.backup.state import SQLITE_MEMBER, decompress
from keepwell.operations.contracts import BackupError, Progress

STATE = "state.sqlite3"
RING = "keys.json"


def unpack(
    *,
    path: Path,
    home: Path,
    passphrase: str | None,
    ring: Path | None,
    without_keys: bool,
    progress: Progress | None = None,
) -> Manifest:
    """Write state, lake, files and keys of the backup at `path` to `home`, which appears when all is there.

    The key ring comes from the backup, opened by `passphrase`, or is the file `ring`. The tables of a
    PostgreSQL stay in the backup. Raises BackupError for a home with anything in it, a damaged member, a
    wrong passphrase, or where no key ring is to be had and `without_keys` does not say that this is meant.
    """
    if home.exists() and (not home.is_dir() or any(home.iterdir())):
        raise BackupError(f"{home} is not empty; a backup is restored into a new home only")
    home.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    partial = home.with_name(f".{home.name}.{os.getpid()}.restoring")
    try:
        partial.mkdir(mode=0o700)
        with Reader(path) as reader:
            found = _ring(reader, passphrase, ring, without_keys)
            if found:
                _write_ring(partial / RING, found)
            _unpack(reader, partial, progress)
            os.rename(partial, home)
            return reader.manifest
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise


def _ring(reader: Reader, passphrase: str | None, ring: Path | None, without_keys: bool) -> bytes | None:
    if ring is not None:
        try:
            return ring.read_bytes()
        except OSError as error:
            raise BackupError(f"cannot read the key ring {ring}: {error.strerror}") from error
    if without_keys:
        return None
    if reader.manifest.keys != "sealed":
        raise BackupError("the backup holds no key ring: name the file of it, or say that it is lost")
    if passphrase is None:
        raise BackupError("the backup's key ring is sealed: its passphrase is needed")
    return keys.unseal(reader.read(keys.NAME), passphrase)


def _unpack(reader: Reader, home: Path, progress: Progress | None) -> None:
    total, done = max(reader.size(), 1), 0

    def tell(count: int) -> None:
        nonlocal done
        done += count
        if progress:
            progress("restore", done / total, 0)

    for name in reader.names():
        if name.startswith("lake/"):
            reader.extract(name, _below(home, name), tell)
        elif name.startswith("home/"):
            reader.extract(name, _below(home, name.removeprefix("home/")), tell)
        elif name == SQLITE_MEMBER:
            packed = home / "state.zst"
            reader.extract(name, packed, tell)
            decompress(packed, home / STATE)
            packed.unlink()


def _below(home: Path, name: str) -> Path:
    """A path inside `home`, whatever the archive says."""
    target = (home / name).resolve()
    if home.resolve() not in target.parents:
        raise BackupError(f"{name}: the backup names a file outside the home")
    return target


def _write_ring(path: Path, ring: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(ring)
        file.flush()
        os.fsync(file.fileno())
