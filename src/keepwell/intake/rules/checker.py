"""Checks a chunk: tidies it, takes the plain rows the quick way and interprets the others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from keepwell.history.schemas import ARROW_TYPES
from keepwell.intake.matching.match import Match
from keepwell.intake.rules.known import translate, translations
from keepwell.intake.rules.plain import Plain, PlainReader
from keepwell.intake.rules.query import BITS, Decisions, Statement
from keepwell.intake.rules.tidy import tidy

UNCERTAIN = BITS["number_rewritten"] | BITS["instant_rewritten"]
UNREADABLE = ("|number", "|instant")


@dataclass(frozen=True)
class Part:
    """Accepted rows of a chunk; `positions` in it, or None for all of it."""

    rows: pa.Table
    positions: pa.Array | None
    has_contacts: bool = False


@dataclass
class Checked:
    """What became of a chunk: `rejected` maps positions to "column|code"; `applied` counts rules and
    cleaning steps; `uncertain` says that some value's meaning hangs on the rest of the file.
    """

    parts: list[Part] = field(default_factory=list)
    rejected: dict[int, str] = field(default_factory=dict)
    applied: dict[str, int] = field(default_factory=dict)
    uncertain: bool = False


class Checker:
    """Checks the chunks of one match."""

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, match: Match, decisions: Decisions, now: datetime
    ) -> None:
        self.match = match
        self._connection = connection
        self._plain = PlainReader(connection, match, decisions, now)
        self._known = translations(match)
        self._statement = Statement(match, decisions, now=now).sql()

    def check(self, table: pa.Table) -> Checked:
        """Check every row of `table`."""
        done = Checked()
        table, trimmed = tidy(self._connection, table, self.match)
        table, translated = translate(table, self._known)
        changed = {"trimmed": trimmed, "choice_mapped": translated}
        rest: pa.Array | None = None
        if self._plain.possible and table.num_rows:
            plain = self._plain.read(table)
            usable = plain.usable
            if usable is None or pc.all(usable).as_py():
                done.parts.append(Part(self._assemble(plain, table.num_rows), None))
                _count(done, changed)
                return done
            taken = _positions(usable)
            if len(taken):
                done.parts.append(Part(self._assemble(plain, table.num_rows).take(taken), taken))
            rest = _positions(pc.invert(usable))
        self._interpret(table, rest, done)
        if done.rejected and any(mask is not None for mask in changed.values()):
            kept = np.ones(table.num_rows, dtype=bool)
            kept[list(done.rejected)] = False
            accepted = pa.chunked_array([pa.array(kept)])
            changed = {n: mask if mask is None else pc.and_(mask, accepted) for n, mask in changed.items()}
        _count(done, changed)
        return done

    def _assemble(self, plain: Plain, rows: int) -> pa.Table:
        columns = {}
        for column in self.match.shape.columns:
            value = plain.columns[column.name]
            columns[column.name] = pa.repeat(value, rows) if isinstance(value, pa.Scalar) else value
        return pa.table(columns)

    def _interpret(self, table: pa.Table, rest: pa.Array | None, done: Checked) -> None:
        part = table if rest is None else table.take(rest)
        # a table with no columns of the file (all constants) still has its rows
        self._connection.register("chunk", part)
        typed = self._connection.execute(self._statement).to_arrow_table()
        self._connection.unregister("chunk")
        rejects = typed["_reject"]
        if rejects.null_count < typed.num_rows:
            codes = rejects.to_pylist()
            for n, code in enumerate(codes):
                if code:
                    done.rejected[n if rest is None else rest[n].as_py()] = code
                    done.uncertain = done.uncertain or code.endswith(UNREADABLE)
            keep = rejects.is_null()
            kept = _positions(keep)
            typed = typed.filter(keep)
            rest = kept if rest is None else rest.take(kept)
        contacts = False
        for entry in pc.value_counts(typed["_applied"]).to_pylist():
            done.uncertain = done.uncertain or bool(entry["values"] & UNCERTAIN)
            contacts = contacts or bool(entry["values"] & BITS["contact_as_customer_id"])
            for name, bit in BITS.items():
                if entry["values"] & bit:
                    done.applied[name] = done.applied.get(name, 0) + entry["counts"]
        typed = typed.drop_columns(["_reject", "_applied"])
        schema = pa.schema(
            [
                (c.name, pa.timestamp("us") if c.type == "timestamp" else ARROW_TYPES[c.type])
                for c in self.match.shape.columns
            ]
        )
        if typed.num_rows:
            done.parts.append(Part(typed.select(schema.names).cast(schema), rest, contacts))


def _count(done: Checked, changed: Mapping[str, pa.ChunkedArray | None]) -> None:
    for name, mask in changed.items():
        count = pc.sum(mask).as_py() if mask is not None else 0
        if count:
            done.applied[name] = done.applied.get(name, 0) + count


def _positions(mask: pa.ChunkedArray | pa.Array) -> pa.Array:
    if isinstance(mask, pa.ChunkedArray):
        mask = mask.combine_chunks()
    return pc.indices_nonzero(mask).cast(pa.int64())
