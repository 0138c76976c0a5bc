"""Make files survive a power cut: contents first, then the folder that names them."""

from __future__ import annotations

import os
import shutil
from pathlib import Path


def sync_file(path: Path) -> None:
    """Force the contents of `path` to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_folder(path: Path) -> None:
    """Force the names in the folder `path` to the disk."""
    if os.name == "nt":  # folders cannot be opened there; NTFS journals names
        return
    sync_file(path)


def make_folder(path: Path) -> None:
    """Create `path` with its parents, each name of them on the disk."""
    missing = []
    while not path.is_dir():
        missing.append(path)
        path = path.parent
    for folder in reversed(missing):
        folder.mkdir(exist_ok=True, mode=0o700)
        sync_folder(folder.parent)


def place(source: Path, target: Path) -> None:
    """Give the contents of `source` the name `target`: a hard link, or a copy between file systems."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)
    sync_file(target)


def replace_file(path: Path, body: bytes) -> None:
    """Give `path` another content, whole or not at all, with the rights that it had."""
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    part.touch(mode=0o600)
    part.write_bytes(body)
    os.chmod(part, path.stat().st_mode & 0o777)
    sync_file(part)
    part.replace(path)
    sync_folder(path.parent)
