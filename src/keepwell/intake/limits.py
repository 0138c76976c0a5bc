"""Bounds that keep a hostile file from taking the machine."""

from __future__ import annotations

MIB = 1 << 20

BLOCK_BYTES = 4 * MIB
"""Text is read, cut and checked in pieces of about this size."""

RECORD_BYTES = 16 * MIB
"""A single record longer than this is an error, not a row."""

COLUMNS = 2_000

SAMPLE_BYTES = 2 * MIB
"""How much of a file's beginning decides delimiter, header and encoding."""

UNPACKED_RATIO = 250
UNPACKED_FREE_BYTES = 64 * MIB
"""A compressed file may unpack to this much whatever its ratio; beyond it, at most UNPACKED_RATIO : 1."""

SHEET_BYTES = 512 * MIB
"""An Excel file is held by its reader: this is how much it may unpack to."""

ROWS_PER_CHUNK = 65_536
"""Rows per chunk where the format counts rows (Parquet, Excel, JSON Lines)."""

FILES = 10_000
"""Files in one import."""
