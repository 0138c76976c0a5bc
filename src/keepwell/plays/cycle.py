"""The step "plan" of a cycle: each candidate's recommended action, and the inputs of plans."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from keepwell.insight.contracts import StepContext
from keepwell.plays import core, inputs
from keepwell.plays.rulebook import current_rulebook

SCORE_COLUMNS = (
    "customer_id", "status", "tier", "expected_loss", "value_at_stake", "average_amount", "silence_days",
    "hints", "is_core", "reason",
)  # fmt: skip
PLAN_SCHEMA = pa.schema(
    [
        pa.field("customer_id", pa.string(), nullable=False),
        pa.field("action", pa.string(), nullable=False),
        pa.field("action_cost", pa.decimal128(18, 4), nullable=False),
        pa.field("action_gain", pa.decimal128(18, 4), nullable=False),
    ]
)


def run(context: StepContext) -> int:
    """Write `plan_path` and the plan inputs, streamed; returns how many customers get an action."""
    book = current_rulebook(context.currency)
    target = context.folder / inputs.FILE_NAME
    treated = done = 0
    with (
        pq.ParquetFile(context.scores_path) as scores,
        _durable(context.plan_path) as plan_path,
        _durable(target) as inputs_path,
        pq.ParquetWriter(plan_path, PLAN_SCHEMA) as plan,
        pq.ParquetWriter(inputs_path, inputs.SCHEMA) as kept,
    ):
        total = scores.metadata.num_rows
        for batch in scores.iter_batches(batch_size=inputs.BATCH_ROWS, columns=list(SCORE_COLUMNS)):
            candidates = inputs.from_scores(batch)
            actions = actions_for(inputs.block(candidates), book)
            kept.write_table(candidates)
            plan.write_table(actions)
            treated += actions.num_rows
            done += batch.num_rows
            context.progress(done / total, done)
    return treated


def actions_for(block: inputs.Block, book: core.Rulebook) -> pa.Table:
    """The best action of each candidate whatever the budget, with its cost and gain; none is no row."""
    gain, cost = core.worthwhile(block.customers, book)
    choice = core.best_action(gain, cost)
    rows = np.flatnonzero(choice != core.NOTHING)
    picked = choice[rows]
    codes = pa.array([rule.code for rule in book.treatments], pa.string())
    columns = {
        "customer_id": block.customer_id.take(pa.array(rows)),
        "action": codes.take(pa.array(picked)),
        "action_cost": inputs.money_array(cost[rows, picked]),
        "action_gain": inputs.money_array(gain[rows, picked]),
    }
    return pa.table(columns, schema=PLAN_SCHEMA)


@contextmanager
def _durable(path: Path) -> Iterator[Path]:
    """A temporary path that takes the name `path` once it is whole and synced."""
    temporary = path.with_name(f".{path.name}.tmp")
    yield temporary
    for place in (temporary, None, path.parent):
        if place is None:
            temporary.replace(path)
            continue
        handle = os.open(place, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
