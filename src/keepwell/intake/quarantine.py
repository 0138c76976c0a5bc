"""Rejected rows, kept where their owner can correct them."""

from __future__ import annotations

import csv
import gzip
import os
import shutil
from collections.abc import Mapping
from itertools import count
from pathlib import Path
from typing import IO

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from keepwell.foundation.spreadsheet import safe_cell

LARGE_BYTES = 32 << 20
COLUMNS = ("file", "line", "column", "reason", "message", "value", "row")

REASONS: Mapping[str, str | Promise] = {
    "missing": _("a required value is missing"),
    "too_long": _("longer than 64 characters"),
    "number": _("not a number"),
    "whole": _("not a whole number"),
    "range": _("money beyond 14 digits before the point"),
    "instant": _("not a date or time that can be read"),
    "future": _("more than a day in the future"),
    "too_old": _("before 1970"),
    "choice": _("not one of the known values"),
    "currency": _("not an ISO 4217 currency"),
    "fields": _("wrong number of fields"),
    "encoding": _("bytes that are not text in the file's encoding"),
    "nul": _("NUL bytes"),
    "json": _("not a JSON object"),
    "conflict": _("another row of this file has the same key and other values"),
    "unknown_customer": _("no such customer"),
    "unknown_order": _("no such order"),
}


class Quarantine:
    """One CSV file of rejected rows; made with the first of them, readable by its owner only."""

    def __init__(self, folder: Path | None, stem: str = "rejected") -> None:
        self._folder = folder
        self._stem = stem
        self._file: IO[str] | None = None
        self.path: Path | None = None
        self.rows = 0

    def add(
        self,
        *,
        file: str,
        line: int,
        column: str,
        reason: str,
        detail: str = "",
        value: str = "",
        row: str = "",
    ) -> None:
        """Keep one rejected row; without a folder it is only counted."""
        self.rows += 1
        if self._folder is None:
            return
        if self._file is None:
            self._file = self._create(self._folder)
            self._writer = csv.writer(self._file)
            self._writer.writerow(COLUMNS)
        message = detail or str(REASONS.get(reason, reason))
        cells = (file, line, column, reason, message, value, row)
        self._writer.writerow([safe_cell(cell) for cell in cells])

    def _create(self, folder: Path) -> IO[str]:
        """A new file under a name that nobody has."""
        for number in count():
            path = folder / (f"{self._stem}-{number}.csv" if number else f"{self._stem}.csv")
            if path.with_name(path.name + ".gz").exists():
                continue
            try:
                descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            except FileExistsError:
                continue
            self.path = path
            return os.fdopen(descriptor, "w", encoding="utf-8-sig", newline="")
        raise AssertionError("unreachable")

    def mark(self) -> tuple[int, int]:
        """A point to come back to."""
        if self._file is None:
            return self.rows, 0
        self._file.flush()
        return self.rows, self._file.buffer.tell()  # type: ignore[attr-defined]

    def back_to(self, mark: tuple[int, int]) -> None:
        """Forget what was added since `mark`."""
        self.rows, position = mark
        if self._file is None:
            return
        self._file.flush()
        if position == 0:
            self._file.close()
            self._file = None
            if self.path is not None:
                self.path.unlink()
            self.path = None
            return
        self._file.buffer.seek(position)  # type: ignore[attr-defined]
        self._file.buffer.truncate()  # type: ignore[attr-defined]

    def close(self) -> Path | None:
        """Finish the file; a large one is compressed. Returns its path, None where nothing was rejected."""
        if self._file is None or self.path is None:
            return None
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        self._file = None
        if self.path.stat().st_size > LARGE_BYTES:
            packed = self.path.with_name(self.path.name + ".gz")
            descriptor = os.open(packed, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with (
                self.path.open("rb") as plain,
                os.fdopen(descriptor, "wb") as raw,
                gzip.open(raw, "wb", 6) as out,
            ):
                shutil.copyfileobj(plain, out, 1 << 20)
            self.path.unlink()
            self.path = packed
        return self.path
