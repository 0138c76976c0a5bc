"""The home folder: everything that one installation keeps on disk."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

DEFAULT_HOME = ".keepwell"


@dataclass(frozen=True)
class Home:
    """Names every file and folder of one installation below `root`."""

    root: Path

    @classmethod
    def current(cls) -> Home:
        """The home that the settings name (`--home` or KEEPWELL_HOME; default `./.keepwell`)."""
        from django.conf import settings

        return cls(Path(settings.KEEPWELL_HOME))

    @classmethod
    def from_environment(cls) -> Home:
        """The home that the environment names, before Django is set up."""
        return cls(Path(os.environ.get("KEEPWELL_HOME") or DEFAULT_HOME).resolve())

    @property
    def state_path(self) -> Path:
        """The SQLite database, where DATABASE_URL names no other."""
        return self.root / "state.sqlite3"

    @property
    def lake_path(self) -> Path:
        """The folder of the fact tables."""
        return self.root / "lake"

    @property
    def keys_path(self) -> Path:
        """The key ring: without it contact data cannot be read."""
        return self.root / "keys.json"

    @property
    def staging_dir(self) -> Path:
        """Files on their way into the lake; may be emptied while nothing runs."""
        return self._folder("staging")

    @property
    def quarantine_dir(self) -> Path:
        """Rejected rows, each with its file, line, column and reason."""
        return self._folder("quarantine")

    @property
    def cycles_dir(self) -> Path:
        """Intermediate results of the cycles."""
        return self._folder("cycles")

    @property
    def attachments_dir(self) -> Path:
        """Files kept with customers, each sealed under a key that the state holds."""
        return self._folder("attachments")

    @property
    def exports_dir(self) -> Path:
        """Files written for people."""
        return self._folder("exports")

    def create(self) -> Home:
        """Make the folder, readable by its owner only."""
        self.root.mkdir(parents=True, exist_ok=True, mode=0o700)
        return self

    def _folder(self, name: str) -> Path:
        path = self.root / name
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
        return path
