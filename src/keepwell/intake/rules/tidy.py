"""Cleans white space and width of a chunk's columns, touching only columns that need it."""

from __future__ import annotations

from collections.abc import Mapping

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from keepwell.intake.matching.match import Match

SPACES = " \t\r\n\u3000\u00a0\u2007\u2009\u202f\ufeff"
WIDE = "[\uff01-\uff5e" + SPACES[4:] + "]"
FREE_TEXT = frozenset(
    {
        "name",
        "first_name",
        "last_name",
        "company",
        "subject",
        "topic",
        "reason",
        "properties",
        "tags",
        "category",
    }
    | {"end_reason", "region", "city", "occupation", "industry", "plan"}
)
"""Columns whose full-width punctuation is meant: only white space around them goes."""


def is_ascii(column: pa.ChunkedArray) -> bool:
    """Whether a text column holds nothing outside ASCII; looks at its bytes once."""
    for piece in column.chunks:
        buffer = piece.buffers()[2]
        if buffer is not None and buffer.size and bool((np.frombuffer(buffer, np.int8) < 0).any()):
            return False
    return True


def tidy(
    connection: duckdb.DuckDBPyConnection, table: pa.Table, match: Match
) -> tuple[pa.Table, pa.ChunkedArray | None]:
    """The table without white space around values and, but for free text, in half width; and which rows
    that changed, or None where it changed none.
    """
    names = _names(match)
    changed = None
    for column in table.column_names:
        before = table[column]
        after = _trimmed(before)
        if names.get(column) not in FREE_TEXT and not is_ascii(after):
            after = _half_width(connection, after)
        if after is before:
            continue
        after = pc.if_else(pc.equal(after, ""), pa.scalar(None, pa.string()), after)
        differs = pc.fill_null(pc.not_equal(before, after), False)
        emptied = pc.and_(pc.is_valid(before), pc.is_null(after))
        differs = pc.or_(differs, emptied)
        changed = differs if changed is None else pc.or_(changed, differs)
        table = table.set_column(table.schema.get_field_index(column), column, after)
    return table, changed


def _names(match: Match) -> Mapping[str, str]:
    return {f"c{position}": name for name, position in match.mapping.items()}


def _trimmed(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """The column without white space around; the same object where there was none."""
    trimmed = pc.utf8_trim(column, characters=SPACES)
    if pc.sum(pc.binary_length(column)).as_py() == pc.sum(pc.binary_length(trimmed)).as_py():
        return column
    return trimmed


def _half_width(connection: duckdb.DuckDBPyConnection, column: pa.ChunkedArray) -> pa.ChunkedArray:
    """The column in half width; the same object where nothing in it is wide."""
    wide = pc.fill_null(pc.match_substring_regex(column, WIDE), False)
    if not pc.any(wide).as_py():
        return column
    connection.register("wide", pa.table({"x": column.filter(wide)}))
    found = connection.execute("SELECT kw_half(x) AS x FROM wide").to_arrow_table()["x"].cast(pa.string())
    connection.unregister("wide")
    return pc.replace_with_mask(column.combine_chunks(), wide.combine_chunks(), found.combine_chunks())
