"""Which files of the home folder belong into a backup, beside state, lake and keys."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

# What is kept otherwise (state, keys, lake), can be made again, or holds contact data in plain: rejected
# rows and files written for people are working material with a life of days.
LEFT_OUT = frozenset(
    {
        "backups",
        "demo",
        "exports",
        "keys.json",
        "lake",
        "last-backup.json",
        "metrics",
        "migrate.lock",
        "quarantine",
        "staging",
        "workers",
    }
)


def files_of(home: Path, lake: Path) -> Iterator[tuple[str, Path]]:
    """Name below the home, and path, of every other file; hidden ones are work in progress."""
    for top in sorted(home.iterdir()) if home.is_dir() else []:
        if top.name in LEFT_OUT or top.name.startswith((".", "state.sqlite3", "keys.json")):
            continue
        if top.resolve() == lake or top.is_symlink():
            continue
        for path in [top] if top.is_file() else sorted(top.rglob("*")):
            plain = path.is_file() and not path.is_symlink() and not path.name.startswith(".")
            if plain and lake not in path.resolve().parents:
                yield path.relative_to(home).as_posix(), path
