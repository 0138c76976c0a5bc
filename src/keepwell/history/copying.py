"""Which files make up a table at one version, for whoever copies it elsewhere."""

from __future__ import annotations

import json
import re
from pathlib import Path
from urllib.parse import unquote

from keepwell.history.contracts import LakeFile
from keepwell.history.lake import Snapshot

LOG = "_delta_log"
NUMBERED = re.compile(r"^(\d{20})\.(json|checkpoint.*\.parquet)$")


def files_at(table: str, version: int) -> list[LakeFile]:
    """The log up to `version` and the data files that are active at it; none of them ever changes.

    Data files come first: they are what `tidy` may remove, a week after a later version gave them up.
    """
    snapshot = Snapshot.open(table, version)
    data = [LakeFile(file.path.name, file.path, file.size) for file in snapshot.files()]
    return data + _log_files(snapshot.folder, version)


def _log_files(folder: Path, version: int) -> list[LakeFile]:
    found = []
    for path in sorted((folder / LOG).iterdir()):
        match = NUMBERED.match(path.name)
        if match and int(match[1]) <= version:
            found.append(LakeFile(f"{LOG}/{path.name}", path, path.stat().st_size))
    return found


def active_names(commits: list[bytes]) -> set[str]:
    """The data files that are active after `commits` (the contents of the log's JSON files, in order)."""
    active: set[str] = set()
    for commit in commits:
        for line in commit.splitlines():
            action = json.loads(line)
            if "add" in action:
                active.add(unquote(action["add"]["path"]))
            elif "remove" in action:
                active.discard(unquote(action["remove"]["path"]))
    return active
