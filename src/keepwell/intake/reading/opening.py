"""Opens a file for what it is: content decides, not the name."""

from __future__ import annotations

import codecs
import gzip
import hashlib
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from django.utils.translation import gettext as _

from keepwell.intake import limits
from keepwell.intake.errors import IntakeError

GZIP, ZIP, OLE, PARQUET = b"\x1f\x8b", b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"PAR1"
FOREIGN = re.compile(rb"[\x80-\xff]")
OTHER_BINARIES = {
    b"%PDF": "PDF",
    b"\x89PNG": "PNG",
    b"\xff\xd8\xff": "JPEG",
    b"GIF8": "GIF",
    b"\x7fELF": "ELF",
    b"SQLite format 3": "SQLite",
    b"BZh": "bzip2",
    b"\xfd7zXZ": "xz",
    b"(\xb5/\xfd": "Zstandard",
    b"Rar!": "RAR",
    b"7z\xbc\xaf": "7-Zip",
}


@dataclass
class Survey:
    """What one pass over the bytes learns: digest, size, whether it is UTF-8, and samples to judge by."""

    sha256: str = ""
    size_bytes: int = 0
    unpacked_bytes: int = 0
    ascii: bool = True
    utf8_errors: int = 0
    head: bytes = b""
    foreign: bytes = b""
    """Bytes around the first characters outside ASCII."""
    has_nul: bool = False
    gzipped: bool = False
    kind: str = "text"
    notes: list[str] = field(default_factory=list)


class BoundedGzip:
    """Reads gzip, and stops at a ratio no honest file reaches."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._packed = path.stat().st_size
        self._file = gzip.open(path, "rb")  # noqa: SIM115 - closed by close()
        self._unpacked = 0

    def read(self, size: int) -> bytes:
        """The next `size` bytes; raises IntakeError for a damaged file or a bomb."""
        try:
            data = self._file.read(size)
        except EOFError as error:
            raise IntakeError(
                _("the compressed file is cut short"), code="truncated", file=self._path.name
            ) from error
        except (OSError, zlib.error) as error:
            raise IntakeError(
                _("the compressed file is damaged: %(error)s") % {"error": error}, file=self._path.name
            ) from error
        self._unpacked += len(data)
        free = limits.UNPACKED_FREE_BYTES
        if self._unpacked > free and self._unpacked > self._packed * limits.UNPACKED_RATIO:
            raise IntakeError(
                _("unpacks to more than %(ratio)d times its size; refused as a compression bomb")
                % {"ratio": limits.UNPACKED_RATIO},
                code="bomb",
                file=self._path.name,
            )
        return data

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def __enter__(self) -> BoundedGzip:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()


def open_bytes(path: Path, *, gzipped: bool) -> IO[bytes] | BoundedGzip:
    """The file's bytes, unpacked."""
    return BoundedGzip(path) if gzipped else path.open("rb")


def blocks(path: Path, *, gzipped: bool, size: int = limits.BLOCK_BYTES) -> Iterator[bytes]:
    """The file's unpacked bytes in blocks."""
    with open_bytes(path, gzipped=gzipped) as file:
        while data := file.read(size):
            yield data


def survey(path: Path, *, block_bytes: int = limits.BLOCK_BYTES) -> Survey:
    """Read the file once: its digest, its kind, and what its text is made of.

    Raises IntakeError for an empty, truncated or foreign file.
    """
    found = Survey(size_bytes=path.stat().st_size)
    with path.open("rb") as file:
        found.gzipped = file.read(2) == GZIP
    _read_all(path, found, block_bytes)
    if not found.head:
        raise IntakeError(_("the file is empty"), code="empty", file=path.name)
    found.kind = _kind(found.head, path)
    _note_extension(path, found)
    return found


def _read_all(path: Path, found: Survey, block_bytes: int) -> None:
    digest = hashlib.sha256()
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    for data in blocks(path, gzipped=found.gzipped, size=block_bytes):
        digest.update(data)
        if len(found.head) < limits.SAMPLE_BYTES:
            found.head += data[: limits.SAMPLE_BYTES - len(found.head)]
        found.unpacked_bytes += len(data)
        found.has_nul = found.has_nul or b"\0" in data
        if data.isascii() and not decoder.getstate()[0]:
            continue
        found.ascii = False
        found.utf8_errors += decoder.decode(data).count("\ufffd") - data.count(b"\xef\xbf\xbd")
        if len(found.foreign) < limits.SAMPLE_BYTES // 2:
            found.foreign += _around_foreign(data)
    found.utf8_errors += decoder.decode(b"", final=True).count("\ufffd")
    found.sha256 = digest.hexdigest()


def _around_foreign(data: bytes) -> bytes:
    """A part of `data` that begins with the line of its first byte outside ASCII."""
    found = FOREIGN.search(data)
    if found is None:
        return b""
    start = data.rfind(b"\n", 0, found.start()) + 1
    return data[start : start + limits.SAMPLE_BYTES // 2]


def _kind(head: bytes, path: Path) -> str:
    if head.startswith(PARQUET):
        return "parquet"
    if head.startswith((ZIP, OLE)):
        return "excel"
    for magic, name in OTHER_BINARIES.items():
        if head.startswith(magic):
            raise IntakeError(
                _("this is a %(format)s file, not a table") % {"format": name}, code="format", file=path.name
            )
    start = head[:4096].lstrip(b"\xef\xbb\xbf \t\r\n")
    if start.startswith(b"{"):
        return "jsonl"
    if start.startswith(b"["):
        raise IntakeError(
            _("this is a JSON array; write one JSON object per line instead"), code="format", file=path.name
        )
    if start[:15].lower().startswith((b"<!doctype html", b"<html", b"<table", b"<?xml")):
        raise IntakeError(
            _("this is an HTML or XML page, not a table; save it as CSV or Excel"),
            code="format",
            file=path.name,
        )
    return "text"


EXTENSIONS = {
    "parquet": {".parquet", ".pq"},
    "excel": {".xlsx", ".xls", ".xlsm", ".xlsb"},
    "jsonl": {".jsonl", ".ndjson", ".json"},
    "text": {".csv", ".tsv", ".txt", ".tab", ".dat", ".psv"},
}


def _note_extension(path: Path, found: Survey) -> None:
    suffixes = [suffix.lower() for suffix in path.suffixes if suffix.lower() != ".gz"]
    known = set().union(*EXTENSIONS.values())
    if suffixes and suffixes[-1] in known and suffixes[-1] not in EXTENSIONS[found.kind]:
        found.notes.append(
            _("named %(suffix)s, but holds %(kind)s: read as what it holds")
            % {"suffix": suffixes[-1], "kind": found.kind}
        )
