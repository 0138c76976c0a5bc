"""Cuts a byte stream into blocks of whole records, as UTF-8, with the line each block begins at."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from django.utils.translation import gettext as _

from keepwell.intake import limits
from keepwell.intake.errors import IntakeError

LF, CR, QUOTE = 10, 13, 34


class Readable(Protocol):
    """Anything that gives bytes."""

    def read(self, size: int) -> bytes:
        """The next bytes."""
        ...


@dataclass(frozen=True)
class Block:
    """Whole records: `line` is the number of the first; `regular` means that every quote opens or closes a
    field, so that quoting can be followed by counting.
    """

    data: bytes
    line: int
    line_ends: int
    regular: bool
    bytes_done: int


class BlockReader:
    """Reads blocks as UTF-8, whatever the file's encoding; bytes that do not decode survive as surrogates."""

    def __init__(self, file: Readable, encoding: str, name: str) -> None:
        self._file = file
        self._decoder = (
            None if encoding in ("utf-8", "utf-8-sig") else codecs.getincrementaldecoder(encoding)("replace")
        )
        self.name = name
        self.bytes_done = 0
        self.ended = False

    def read(self) -> bytes:
        """The next block, empty at the end."""
        data = self._file.read(limits.BLOCK_BYTES)
        self.bytes_done += len(data)
        self.ended = not data
        if self._decoder is None:
            return data
        return self._decoder.decode(data, final=not data).encode("utf-8", errors="surrogatepass")


def count_lines(data: bytes) -> int:
    """Line ends in `data`: LF, CR LF and lone CR."""
    lone = data.count(b"\r") - data.count(b"\r\n") if b"\r" in data else 0
    return data.count(b"\n") + lone


def cut(reader: BlockReader, delimiter: str | None, file: str) -> Iterator[Block]:
    """Blocks of whole records.

    Raises IntakeError where a quote is never closed, or one record is longer than a record may be.
    """
    rest = b""
    line = 1
    while True:
        data = reader.read()
        buffer = rest + data if rest else data
        if not buffer:
            return
        end, regular = _last_end(buffer, delimiter)
        if reader.ended:
            if delimiter and _opens(buffer[end:], delimiter):
                at = line + count_lines(buffer[:end])
                raise IntakeError(_("a quote opened here is never closed"), code="quote", file=file, line=at)
            end = len(buffer)
        if end:
            whole = buffer[:end] if end < len(buffer) else buffer
            line_ends = count_lines(whole)
            yield Block(whole, line, line_ends, regular, reader.bytes_done)
            line += line_ends
        rest = buffer[end:]
        if len(rest) > limits.RECORD_BYTES:
            _too_long(rest, line, file)
        if reader.ended:
            return


def _last_end(buffer: bytes, delimiter: str | None) -> tuple[int, bool]:
    """Where the last whole record of `buffer` ends, and whether its quoting is regular.

    A CR at the very end may be half of CR LF, so it ends nothing yet.
    """
    if delimiter is None or QUOTE not in buffer:
        end = max(buffer.rfind(b"\n"), buffer.rfind(b"\r", 0, len(buffer) - 1)) + 1
        return end, True
    array = np.frombuffer(buffer, np.uint8)
    quotes = np.flatnonzero(array == QUOTE)
    if not _regular(array, quotes, delimiter):
        return _last_end_irregular(buffer, delimiter), False
    ends = np.flatnonzero((array == LF) | (array == CR))
    if len(ends) and ends[-1] == len(buffer) - 1 and array[ends[-1]] == CR:
        ends = ends[:-1]
    outside = ends[np.searchsorted(quotes, ends) % 2 == 0]
    return (int(outside[-1]) + 1 if len(outside) else 0), True


def _regular(array: np.ndarray, quotes: np.ndarray, delimiter: str) -> bool:
    """Whether every opening quote begins a field and every closing quote ends one (or is doubled)."""
    opening, closing = quotes[::2], quotes[1::2]
    borders = np.array([ord(delimiter), LF, CR, QUOTE], np.uint8)
    before = array[opening[opening > 0] - 1]
    after = array[closing[closing < len(array) - 1] + 1]
    # a quote that opens right after the one that closed is a doubled quote; a first one can be none
    return bool(np.isin(before, borders).all() and np.isin(after, borders).all())


def _fields(buffer: bytes, delimiter: str) -> Iterator[tuple[int, int]]:
    """(position of the byte that ends the field, position after it) of each whole field; the stop is -1
    where the last field is an open quote.
    """
    stop_at = re.compile(b"[" + re.escape(delimiter.encode()) + b"\n\r]")
    position = 0
    while position < len(buffer):
        if buffer[position] == QUOTE:
            position = _after_quoted(buffer, position + 1)
            if position < 0:
                yield -1, len(buffer)
                return
        found = stop_at.search(buffer, position)
        if found is None:
            return
        stop = found.start()
        position = stop + (2 if buffer[stop : stop + 2] == b"\r\n" else 1)
        yield stop, position


def _last_end_irregular(buffer: bytes, delimiter: str) -> int:
    """The exact end of the last whole record, found by scanning field by field."""
    last = 0
    mark = ord(delimiter)
    for stop, after in _fields(buffer, delimiter):
        if stop < 0 or (buffer[stop] == CR and after == len(buffer)):
            break
        if buffer[stop] != mark:
            last = after
    return last


def _opens(tail: bytes, delimiter: str) -> bool:
    """Whether the unfinished record `tail` ends inside a quote."""
    return QUOTE in tail and any(stop < 0 for stop, _after in _fields(tail, delimiter))


def _after_quoted(buffer: bytes, position: int) -> int:
    """The position after the quote that closes a field, or -1 where it is not in the buffer."""
    while True:
        position = buffer.find(b'"', position)
        if position < 0:
            return -1
        if buffer[position + 1 : position + 2] != b'"':
            return position + 1
        position += 2


def _too_long(rest: bytes, line: int, file: str) -> None:
    if QUOTE in rest:
        raise IntakeError(
            _("a quote opened here is not closed within %(limit)d MiB")
            % {"limit": limits.RECORD_BYTES // limits.MIB},
            code="quote",
            file=file,
            line=line,
        )
    raise IntakeError(
        _("the line is longer than %(limit)d MiB") % {"limit": limits.RECORD_BYTES // limits.MIB},
        code="line",
        file=file,
        line=line,
    )
