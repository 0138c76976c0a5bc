"""Known names into our values: what shops write for a status, a period, a currency."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pyarrow as pa
import pyarrow.compute as pc

from keepwell.intake.matching.match import Match
from keepwell.intake.matching.names import normal
from keepwell.intake.rules.choices import CHOICES, choice_names, currency_names

Translation = Callable[[str], str | None]


def translations(match: Match) -> dict[str, Translation]:
    """Column of the file -> what its values are in our words; None for a value that is not known."""
    found: dict[str, Translation] = {}
    for column in match.shape.columns:
        position = match.mapping.get(column.name)
        if position is None:
            continue
        if column.name == "currency":
            found[f"c{position}"] = _currency(currency_names())
        elif (match.shape.name, column.name) in CHOICES:
            names = choice_names(match.shape.name, column.name)
            found[f"c{position}"] = _choice(names)
    return found


def _choice(names: Mapping[str, str]) -> Translation:
    return lambda value: names.get(value.lower()) or names.get(normal(value))


def _currency(names: Mapping[str, str]) -> Translation:
    def code(value: str) -> str | None:
        upper = value.upper()
        return names.get(upper) or (
            upper if len(upper) == 3 and upper.isascii() and upper.isalpha() else None
        )

    return code


def translate(table: pa.Table, known: Mapping[str, Translation]) -> tuple[pa.Table, pa.ChunkedArray | None]:
    """The table with known names replaced, and which rows that changed, or None where it changed none.

    Works on the distinct values, of which there are few; a value that is not known stays as it is.
    """
    changed = None
    for name, ours in known.items():
        before = table[name]
        replaced = {v: w for v in pc.unique(before).to_pylist() if v and (w := ours(v)) and w != v}
        if not replaced:
            continue
        position = pc.index_in(before, pa.array(list(replaced), pa.string()))
        hit = pc.is_valid(position)
        after = pc.if_else(hit, pc.take(pa.array(list(replaced.values()), pa.string()), position), before)
        table = table.set_column(table.schema.get_field_index(name), name, after)
        changed = hit if changed is None else pc.or_(changed, hit)
    return table, changed
