"""Where messages lie: files of one message, mbox files, Maildir folders, folders of these."""

from __future__ import annotations

import mailbox
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

NEW, CUR = "new", "cur"  # of a Maildir; what is in tmp is not there yet
ENDINGS = (".eml", ".mbox")
BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Source:
    """A message: where it lies, its bytes, when it came there; or why it could not be read."""

    place: str
    content: bytes = b""
    came_at: datetime = BEGINNING
    problem: str = ""


def messages(path: Path, *, size_max: int) -> Iterator[Source]:
    """Every message at `path`, one at a time; of one that is too long `size_max` + 1 bytes."""
    try:
        if is_maildir(path):
            files = sorted([*maildir_files(path, NEW), *maildir_files(path, CUR)])
            folders = sorted(one for one in path.glob(".?*") if is_maildir(one))
        elif path.is_dir():
            found = sorted(path.iterdir())
            files = [one for one in found if one.suffix.lower() in ENDINGS and one.is_file()]
            folders = [one for one in found if one.is_dir() and not one.is_symlink()]
        else:
            files, folders = [path], []
    except OSError as error:
        yield _problem(path, error)
        return
    for file in files:
        try:
            yield from _in_file(file, size_max)
        except FileNotFoundError:
            continue  # moved on by whoever reads this Maildir
        except OSError as error:
            yield _problem(file, error)
    for folder in folders:
        yield from messages(folder, size_max=size_max)


def is_maildir(path: Path) -> bool:
    """Whether a mail server would deliver here."""
    return (path / NEW).is_dir() and (path / CUR).is_dir()


def maildir_files(path: Path, folder: str) -> Iterator[Path]:
    """The messages in `new` or `cur` of a Maildir, in no order."""
    with os.scandir(path / folder) as entries:
        for entry in entries:
            if not entry.name.startswith(".") and entry.is_file(follow_symlinks=False):
                yield Path(entry.path)


def read_file(path: Path, size_max: int) -> Source:
    """A file of one message. Raises OSError."""
    with path.open("rb") as file:
        return Source(str(path), file.read(size_max + 1), _time(path))


def _in_file(path: Path, size_max: int) -> Iterator[Source]:
    with path.open("rb") as file:
        is_mbox = file.read(5) == b"From "
    if not is_mbox:
        yield read_file(path, size_max)
        return
    box = mailbox.mbox(path, create=False)
    try:
        for number, key in enumerate(box.iterkeys(), start=1):
            with box.get_file(key) as one:
                yield Source(f"{path}#{number}", one.read(size_max + 1), _time(path))
    finally:
        box.close()


def _problem(path: Path, error: OSError) -> Source:
    return Source(str(path), problem=error.strerror or str(error))


def _time(path: Path) -> datetime:
    return datetime.fromtimestamp(path.stat().st_mtime, UTC)
