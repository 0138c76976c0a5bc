import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from keepwell.plays import core, inputs

CYCLE = "20260101T000000Z-abc123"


def candidate_table(n, seed=0, **columns):
    """Candidates of a shop whose customers differ in everything that a plan looks at."""
    rng = np.random.default_rng(seed)
    stake = np.round(rng.lognormal(6, 1, n), 4)
    values = {
        "customer_id": [f"C{number:06d}" for number in range(n)],
        "expected_loss": np.round(stake * rng.beta(5, 2, n), 4),
        "value_at_stake": stake,
        "average_amount": np.round(rng.lognormal(5, 0.5, n), 4),
        "tier": rng.choice(3, n, p=[0.2, 0.3, 0.5]).astype(np.int8),
        "lost": rng.random(n) < 0.3,
        "silence_days": rng.uniform(30, 900, n),
        "hints": (rng.random(n) < 0.3).astype(np.int32),
        "is_core": rng.random(n) < 0.3,
        "reason": rng.choice([*core.GROUP_OF_REASON, ""], n),
    }
    values["draw"] = inputs.draws(pa.array(values["customer_id"]))
    return pa.table({name: columns.get(name, value) for name, value in values.items()}).cast(inputs.SCHEMA)


@pytest.fixture
def candidates(home):
    """Writes the plan inputs of a cycle and returns its id."""

    def write(table):
        path = inputs.path_of(CYCLE)
        path.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(table, path)
        return CYCLE

    return write
