"""Backups that the worker makes by itself."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from django.conf import settings

from keepwell.foundation import clock
from keepwell.operations import queries, services
from keepwell.operations.backup.making import taken_at
from keepwell.operations.backup.retention import Keep
from keepwell.operations.contracts import BackupError, BackupView, Progress


def folder() -> Path | None:
    """Where scheduled backups go (KEEPWELL_BACKUP_DIR); None: none are made."""
    place = str(settings.KEEPWELL_BACKUP_DIR)
    return Path(place).expanduser().resolve() if place else None


def is_due(now: datetime) -> bool:
    """Whether no backup was made since the hour of KEEPWELL_BACKUP_HOUR struck last."""
    place = folder()
    if place is None:
        return False
    hour = int(settings.KEEPWELL_BACKUP_HOUR)
    newest = queries.backups(place)[-1:] if place.is_dir() else []
    last = taken_at(newest[0]) if newest else None
    return last is None or last < clock.last_due(now, hour, ZoneInfo(settings.TIME_ZONE))


def run(*, passphrase: str | None, progress: Progress | None = None) -> tuple[BackupView, list[Path]]:
    """Make a backup in the folder and remove the ones that need not be kept; raises BackupError."""
    place = folder()
    if place is None:
        raise BackupError("KEEPWELL_BACKUP_DIR names no folder")
    keep = Keep.parse(str(settings.KEEPWELL_BACKUP_KEEP))
    place.mkdir(parents=True, exist_ok=True, mode=0o700)
    made = services.back_up(out=place, passphrase=passphrase, actor="worker", progress=progress)
    return made, services.prune(folder=place, keep=keep)
