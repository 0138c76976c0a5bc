"""What a backup says of itself: its last member, with the checksum of every other."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

import orjson

from keepwell.operations.contracts import BackupError

FORMAT = 1
NAME = "manifest.json"


@dataclass
class Member:
    """Size and SHA-256 of one member of the archive."""

    size: int
    sha256: str


@dataclass
class Table:
    """One table of a PostgreSQL state: its columns in the order of the copy, and its rows."""

    columns: list[str]
    rows: int


@dataclass
class Manifest:
    """Everything that restoring needs to know before it reads the rest."""

    taken_at: datetime
    version: str
    state: str
    migrations: list[tuple[str, str]]
    rows: int
    lake: dict[str, int]
    keys: str
    tables: dict[str, Table] = field(default_factory=dict)
    sequences: dict[str, int] = field(default_factory=dict)
    members: dict[str, Member] = field(default_factory=dict)

    def to_json(self) -> bytes:
        """The manifest as it is written: JSON, and in the last line its own SHA-256."""
        body = orjson.dumps({"format": FORMAT, **asdict(self)}, option=orjson.OPT_INDENT_2)
        return body + b"\n" + hashlib.sha256(body).hexdigest().encode() + b"\n"

    @classmethod
    def from_json(cls, text: bytes) -> Manifest:
        """Read a manifest; raises BackupError for what this release cannot read."""
        try:
            body, _, digest = text.rstrip(b"\n").rpartition(b"\n")
            if hashlib.sha256(body).hexdigest().encode() != digest:
                raise BackupError("the backup's manifest is damaged")
            said: dict[str, Any] = orjson.loads(body)
            if said.pop("format") != FORMAT:
                raise BackupError(
                    "the backup was made by a newer release of Keepwell; restore it with that one"
                )
            said["taken_at"] = datetime.fromisoformat(said["taken_at"])
            said["migrations"] = [(app, name) for app, name in said["migrations"]]
            said["tables"] = {name: Table(**table) for name, table in said["tables"].items()}
            said["members"] = {name: Member(**member) for name, member in said["members"].items()}
            return cls(**said)
        except (ValueError, KeyError, TypeError) as error:
            raise BackupError("the backup's manifest is damaged") from error
