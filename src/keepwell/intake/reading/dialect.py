"""Delimiter and header of a text table, judged by its first lines."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass

from django.utils.translation import gettext as _

from keepwell.intake import limits
from keepwell.intake.errors import IntakeError

DELIMITERS = (",", ";", "\t", "|")
SPACED = re.compile(r"^\s*\S+(?:[ \t]+\S+)+\s*$")
SAMPLE_ROWS = 200


@dataclass(frozen=True)
class Dialect:
    """How the fields of a text table are told apart; delimiter None means runs of white space."""

    delimiter: str | None
    columns: list[str]
    has_header: bool
    rows: list[list[str]]


def parse_rows(text: str, delimiter: str | None, limit: int = SAMPLE_ROWS) -> list[list[str]]:
    """The first records of `text`; blank lines left out."""
    rows: list[list[str]] = []
    if delimiter is None:
        return [line.split() for line in text.splitlines()[:limit] if line.strip()]
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
            if row:
                rows.append(row)
            if len(rows) >= limit:
                break
    except csv.Error:
        pass  # an overlong field at the end of the sample; the reader itself reports it with its line
    return rows


def judge(text: str, *, whole: bool, file: str) -> Dialect:
    """Find delimiter and header in `text`, the beginning of a file (`whole`: all of it).

    The delimiter is the one that gives most rows the same number of fields, more than one. Without any,
    the table has one column, unless its lines are made of the same number of spaced words.
    """
    text = text.lstrip("﻿")
    explicit = re.match(r"sep=([,;\t|])\r?\n", text)
    if explicit:
        text = text[explicit.end() :]
    if not text.strip():
        raise IntakeError(_("the file holds no rows"), code="empty", file=file)
    delimiter, rows = _best(text)
    if not whole and len(rows) > 1 and len(rows) < SAMPLE_ROWS:
        rows = rows[:-1]  # the last row of a sample may be cut
    width = max(len(row) for row in rows[:1])
    if width > limits.COLUMNS:
        raise IntakeError(
            _("%(count)d columns; at most %(limit)d can be read") % {"count": width, "limit": limits.COLUMNS},
            code="columns",
            file=file,
            line=1,
        )
    header = looks_like_header(rows)
    columns = [name.strip() for name in rows[0]] if header else [f"#{n + 1}" for n in range(len(rows[0]))]
    return Dialect(delimiter, columns, header, rows[1:] if header else rows)


def _best(text: str) -> tuple[str | None, list[list[str]]]:
    scored = []
    for delimiter in DELIMITERS:
        rows = parse_rows(text, delimiter)
        width = len(rows[0]) if rows else 0
        same = sum(1 for row in rows if len(row) == width)
        if width > 1:
            scored.append((same / len(rows), width, delimiter, rows))
    if scored:
        best = max(scored, key=lambda entry: (round(entry[0], 1), entry[1]))
        return best[2], best[3]
    lines = [line for line in text.splitlines()[:SAMPLE_ROWS] if line.strip()]
    widths = {len(line.split()) for line in lines[:-1] or lines}
    if len(widths) == 1 and widths != {1}:
        return None, parse_rows(text, None)
    return ",", parse_rows(text, ",")


def looks_like_header(rows: list[list[str]]) -> bool:
    """Whether the first row names the columns: none of its cells is a number or a date."""
    first = [cell.strip() for cell in rows[0]]
    filled = [cell for cell in first if cell]
    if not filled:
        return False
    return not any(re.fullmatch(r"[+-]?[\d.,:/ -]+", cell) for cell in filled)
