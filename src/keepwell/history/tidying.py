"""Files that nothing refers to."""

from __future__ import annotations

import json
import os
import shutil
from datetime import UTC, datetime
from pathlib import Path

from keepwell.foundation.home import Home
from keepwell.history.contracts import TidyResult
from keepwell.history.durability import sync_folder
from keepwell.history.engine.duck import SPILL_PREFIX
from keepwell.history.lake import Snapshot


def remove_unreferenced(snapshot: Snapshot, older_than: datetime) -> TidyResult:
    """Remove data files that are not part of the table since before `older_than`; hold its lease.

    A file that a commit took out counts from that commit, any other from when it was last written.
    """
    active = {file.path.name for file in snapshot.files()}
    removed_at = _removed_at(snapshot)
    count = size = 0
    for path in snapshot.folder.glob("*.parquet"):
        written_at = datetime.fromtimestamp(path.stat().st_mtime, UTC)
        if path.name not in active and removed_at.get(path.name, written_at) < older_than:
            size += path.stat().st_size
            path.unlink()
            count += 1
    sync_folder(snapshot.folder)
    return TidyResult(snapshot.schema.name, count, size)


def remove_dead_spill() -> None:
    """Remove what engines of dead processes on this machine have spilled."""
    for folder in Home.current().staging_dir.glob(f"{SPILL_PREFIX}*"):
        if not _alive(int(folder.name.removeprefix(SPILL_PREFIX).split("-")[0])):
            shutil.rmtree(folder, ignore_errors=True)


def _removed_at(snapshot: Snapshot) -> dict[str, datetime]:
    """When each file that a commit took out was taken out."""
    removed = {}
    for commit in sorted((snapshot.folder / "_delta_log").glob("[0-9]*.json")):
        for line in commit.read_text(encoding="utf-8").splitlines():
            action = json.loads(line).get("remove") if '"remove"' in line else None
            if action:
                at_ms = action["deletionTimestamp"]
                removed[Path(action["path"]).name] = datetime.fromtimestamp(at_ms / 1000, UTC)
    return removed


def _alive(process_id: int) -> bool:
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
