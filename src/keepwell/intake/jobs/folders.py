"""Where uploads lie until they are imported: one folder per job, readable by its owner only."""

from __future__ import annotations

import re
import secrets
import shutil
import unicodedata
from pathlib import Path

from keepwell.foundation.home import Home

PREFIX = "upload-"
NAME_LENGTH_MAX = 120
FORBIDDEN = re.compile(r'[\x00-\x1f\x7f<>:"|?*\\/]+')


def safe_name(name: str) -> str:
    r"""A file name that can do no harm: its last part, without control characters or leading dots.

    >>> safe_name("../../etc/passwd"), safe_name("C:\\orders.csv"), safe_name("...")
    ('passwd', 'orders.csv', 'file')
    """
    last = re.split(r"[\\/]", unicodedata.normalize("NFC", name))[-1]
    plain = "".join(c for c in last if unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Co", "Cn"))
    # Once more: what stood between two characters may have kept them from being one.
    clean = FORBIDDEN.sub("_", unicodedata.normalize("NFC", plain)).strip().lstrip(".").strip()
    if len(clean.encode()) > NAME_LENGTH_MAX:
        _stem, dot, suffix = clean.rpartition(".")
        end = dot + suffix if dot and len(suffix.encode()) < 12 else ""
        room = NAME_LENGTH_MAX - len(end.encode())
        clean = (_cut(clean.removesuffix(end), room) + end).strip()
    return clean or "file"


def _cut(text: str, size_bytes: int) -> str:
    return text.encode()[:size_bytes].decode(errors="ignore")


def new_folder() -> str:
    """Make a folder for one job's uploads; its name."""
    name = f"{PREFIX}{secrets.token_hex(12)}"
    (Home.current().staging_dir / name).mkdir(mode=0o700)
    return name


def folder_path(name: str) -> Path:
    """The folder of that name; raises ValueError for anything that is none."""
    if not re.fullmatch(rf"{PREFIX}[0-9a-f]{{24}}", name):
        raise ValueError("folder: not a folder of uploads")
    return Home.current().staging_dir / name


def remove(name: str) -> None:
    """Throw a job's uploads away; what is gone already is no error."""
    if name:
        shutil.rmtree(folder_path(name), ignore_errors=True)
