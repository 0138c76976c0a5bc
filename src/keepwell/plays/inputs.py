"""The compact file of plan inputs that each cycle leaves: its candidates, a few numbers for each.

A plan for a million customers reads this file only, never a million rows of state.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from keepwell.foundation.home import Home
from keepwell.insight.labels import HINT_CODES
from keepwell.plays import core
from keepwell.science.experiment.assignment import HOLDOUT_SALT, uniform

FILE_NAME = "plan_inputs.parquet"
BATCH_ROWS = 65_536
SCHEMA = pa.schema(
    [
        pa.field("customer_id", pa.string(), nullable=False),
        pa.field("expected_loss", pa.float64(), nullable=False),
        pa.field("value_at_stake", pa.float64(), nullable=False),
        pa.field("average_amount", pa.float64(), nullable=False),
        pa.field("tier", pa.int8(), nullable=False),
        pa.field("lost", pa.bool_(), nullable=False),
        pa.field("silence_days", pa.float64(), nullable=False),
        pa.field("hints", pa.int32(), nullable=False),
        pa.field("is_core", pa.bool_(), nullable=False),
        pa.field("reason", pa.string(), nullable=False),
        pa.field("draw", pa.float64(), nullable=False),
    ]
)


@dataclass(frozen=True)
class Block:
    """Candidates of one batch, and what a plan's lines say of them.

    `draw` (n,) in [0, 1): those below the share of the holdout are kept aside from marketing.
    """

    customer_id: pa.Array
    reason: pa.Array
    is_core: core.Bools
    draw: core.Floats
    customers: core.Candidates


def path_of(cycle_id: str) -> Path:
    """Where the inputs of a cycle lie."""
    return Home.current().cycles_dir / cycle_id / FILE_NAME


def hint_bit(code: str) -> int:
    """The bit of a hint in `Candidates.hints`, 0 for none; raises ValueError for an unknown one."""
    return 1 << HINT_CODES.index(code) if code else 0


def from_scores(batch: pa.RecordBatch) -> pa.Table:
    """The candidates among one batch of a cycle's scores, in the shape of `SCHEMA`."""
    table = pa.Table.from_batches([batch])
    table = table.filter(pc.is_in(table["status"], value_set=pa.array(core.CANDIDATE_STATUSES)))

    def number(name: str, missing: float = 0.0) -> pa.ChunkedArray:
        return pc.fill_null(pc.cast(table[name], pa.float64()), missing)

    columns = {
        "customer_id": table["customer_id"],
        "expected_loss": number("expected_loss"),
        "value_at_stake": number("value_at_stake"),
        "average_amount": number("average_amount"),
        "tier": pc.cast(pc.index_in(table["tier"], value_set=pa.array(core.TIERS)), pa.int8()),
        "lost": pc.equal(table["status"], "lost"),
        "silence_days": number("silence_days", np.inf),
        "hints": _hint_bits(table["hints"]),
        "is_core": pc.fill_null(table["is_core"], False),
        "reason": pc.fill_null(table["reason"], ""),
        "draw": pa.array(draws(table["customer_id"])),
    }
    return pa.table(columns, schema=SCHEMA).combine_chunks()


def draws(customer_ids: Any) -> core.Floats:
    """The number of each customer by which the holdout of the whole shop is dealt."""
    return uniform(customer_ids.to_pylist(), salt=HOLDOUT_SALT)


def _hint_bits(column: pa.ChunkedArray) -> pa.Array:
    """Hints as bits, from bits or from lists of codes."""
    if pa.types.is_integer(column.type):
        return pc.cast(pc.fill_null(column, 0), pa.int32())
    bits = [sum(1 << HINT_CODES.index(code) for code in codes or ()) for codes in column.to_pylist()]
    return pa.array(bits, pa.int32())


def blocks(path: Path) -> Iterator[Block]:
    """The file in blocks of bounded size, in its order."""
    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches(batch_size=BATCH_ROWS):
            yield block(batch)


def block(batch: pa.RecordBatch | pa.Table) -> Block:
    """One batch of the file as the arrays that decisions take."""

    def values(name: str) -> Any:
        column = batch.column(name)
        if isinstance(column, pa.ChunkedArray):
            column = column.combine_chunks()
        return column.to_numpy(zero_copy_only=False)

    reasons = batch.column("reason")
    # Cycles of earlier releases left no draw beside the numbers that it follows from.
    known = "draw" in batch.schema.names
    return Block(
        customer_id=batch.column("customer_id"),
        reason=reasons,
        is_core=values("is_core").astype(bool),
        draw=values("draw") if known else draws(batch.column("customer_id")),
        customers=core.Candidates(
            expected_loss=values("expected_loss"),
            value_at_stake=values("value_at_stake"),
            average_amount=values("average_amount"),
            tier=values("tier").astype(np.int64),
            group=_groups(reasons),
            lost=values("lost").astype(bool),
            silence_days=values("silence_days"),
            hints=values("hints").astype(np.int64),
        ),
    )


def _groups(reasons: Any) -> core.Ints:
    """Index of the group of causes of each reason; each different reason is looked up once."""
    encoded = pc.dictionary_encode(reasons)
    if isinstance(encoded, pa.ChunkedArray):
        encoded = encoded.combine_chunks()
    lookup = np.array([core.group_index(code) for code in encoded.dictionary.to_pylist()], dtype=np.int64)
    places = encoded.indices.to_numpy(zero_copy_only=False).astype(np.int64)
    return lookup[places] if lookup.size else places


def money_array(values: core.Floats) -> pa.Array:
    """Money with four decimals as decimal(18,4); each value is rounded to the nearest step."""
    steps = np.rint(values * core.MONEY_STEPS).astype(np.int64)
    whole = pa.array(steps).cast(pa.decimal128(19, 0))
    shifted = pc.multiply(whole, pa.scalar(Decimal("0.0001"), pa.decimal128(4, 4)))
    return shifted.cast(pa.decimal128(18, 4))
