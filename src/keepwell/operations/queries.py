"""What operations can tell: the last backup, the workers, the backups of a folder."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import orjson

from keepwell.foundation.home import Home
from keepwell.operations.backup import making
from keepwell.operations.backup.archive import Reader
from keepwell.operations.contracts import BackupView

LAST_BACKUP = "last-backup.json"


def last_backup_at() -> datetime | None:
    """The instant of the newest backup that was made of this home."""
    try:
        said = orjson.loads((Home.current().root / LAST_BACKUP).read_bytes())
        return datetime.fromisoformat(said["taken_at"])
    except (FileNotFoundError, ValueError, KeyError):
        return None


def backups(folder: Path) -> list[Path]:
    """The backups in `folder` that were named after their instant, oldest first."""
    return sorted(path for path in folder.glob(f"*{making.SUFFIX}") if making.taken_at(path))


def describe(path: Path) -> BackupView:
    """What the backup at `path` says of itself; raises BackupError."""
    with Reader(path) as reader:
        return making.view(path, reader.manifest)
