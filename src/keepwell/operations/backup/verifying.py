"""Read a backup from end to end: every checksum, the database, each table's log and files, the passphrase."""

from __future__ import annotations

import sqlite3
import tempfile
from pathlib import Path

from keepwell.history import queries as history
from keepwell.operations.backup import keys
from keepwell.operations.backup.archive import Reader
from keepwell.operations.backup.making import view
from keepwell.operations.backup.state import SQLITE_MEMBER, decompress
from keepwell.operations.contracts import BackupError, BackupView, Progress


def verify(*, path: Path, passphrase: str | None, progress: Progress | None = None) -> BackupView:
    """Check everything that can be checked without restoring; raises BackupError naming what is wrong."""
    with Reader(path) as reader, tempfile.TemporaryDirectory(prefix="keepwell-verify-") as folder:
        total, done = max(reader.size(), 1), 0

        def tell(count: int) -> None:
            nonlocal done
            done += count
            if progress:
                progress("verify", done / total, 0)

        for name in reader.names():
            if name == SQLITE_MEMBER:
                reader.extract(name, Path(folder) / "packed", tell)
                _check_database(Path(folder))
            else:
                for _chunk in reader.chunks(name, tell):
                    pass
        for table, version in reader.manifest.lake.items():
            _check_table(reader, table, version)
        if reader.manifest.state == "sqlite" and SQLITE_MEMBER not in reader.names():
            raise BackupError(f"{path} holds no database")
        if passphrase and reader.manifest.keys == "sealed":
            keys.unseal(reader.read(keys.NAME), passphrase)
        return view(path, reader.manifest)


def _check_database(folder: Path) -> None:
    plain = folder / "state.sqlite3"
    decompress(folder / "packed", plain)
    database = sqlite3.connect(plain)
    try:
        answer = database.execute("PRAGMA integrity_check(1)").fetchone()[0]
    finally:
        database.close()
    plain.unlink()
    if answer != "ok":
        raise BackupError(f"the database in the backup is damaged: {answer}")


def _check_table(reader: Reader, table: str, version: int) -> None:
    """The log must be without a gap, and every file that it leaves active must be there."""
    prefix = f"lake/{table}/"
    logs = [f"{prefix}_delta_log/{number:020d}.json" for number in range(version + 1)]
    there = set(reader.names(prefix))
    if not there.issuperset(logs):
        raise BackupError(f"the log of {table} in the backup has a gap")
    active = {prefix + name for name in history.active_names([reader.read(name) for name in logs])}
    data = {name for name in there if "/_delta_log/" not in name}
    if active != data:
        odd = sorted(active ^ data)[0]
        raise BackupError(f"{odd}: the log of {table} and the files in the backup differ")
