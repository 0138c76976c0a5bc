"""A shop that has warned of customers for a year, a tenth of them kept aside."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest

BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
AS_OF = datetime(2026, 7, 1, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def cycle(db, home):
    """A finished cycle that knows everything before July."""
    from keepwell.insight.models import CurrentCycle, Cycle

    made = Cycle.objects.create(
        cycle_id="c-1",
        as_of=AS_OF,
        as_of_given=True,
        status="done",
        started_at=AS_OF,
        finished_at=AS_OF,
        actor="test",
        thresholds={},
        model_version="test",
        currency="CNY",
    )
    CurrentCycle.objects.create(pk=1, cycle=made)
    return made


@pytest.fixture
def warned(cycle):
    """Warns of so many customers; those in reach come back more often by `effect`."""
    from keepwell.history import services as history
    from keepwell.history.schemas import FACT_TABLES
    from keepwell.outreach.models import Alert
    from keepwell.outreach.policy.services import set_holdout

    def make(count, *, effect, share=0.2, reason="rhythm_broken", back_in="CNY"):
        random = np.random.default_rng(7)
        set_holdout(share=share, reason="test", actor="ada", now=BEGAN)
        aside = random.random(count) < share
        opened = [BEGAN + DAY * int(day) for day in random.integers(0, 100, count)]
        Alert.objects.bulk_create(
            Alert(
                customer_id=f"C{n:05d}",
                opened_at=opened[n],
                opened_cycle="c-1",
                tier="high" if n % 2 else "mid",
                risk_level="high",
                churn_risk=0.8,
                expected_loss=Decimal(100),
                currency="CNY",
                reason=reason,
                held_out=bool(aside[n]),
            )
            for n in range(count)
        )
        back = random.random(count) < 0.3 + effect * ~aside
        orders = [(n, opened[n] - 30 * DAY, 80) for n in range(count)]
        orders += [(n, opened[n] + 20 * DAY, 200) for n in np.flatnonzero(back)]
        columns = {
            "order_id": [f"o{k}" for k in range(len(orders))],
            "customer_id": [f"C{n:05d}" for n, _at, _amount in orders],
            "ordered_at": [at for _n, at, _amount in orders],
            "amount": [Decimal(amount) for _n, _at, amount in orders],
            "currency": ["CNY"] * count + [back_in] * (len(orders) - count),
            "status": ["paid"] * len(orders),
            "source": ["shop"] * len(orders),
            "recorded_at": [AS_OF] * len(orders),
            "live": [False] * len(orders),
            "revises": [False] * len(orders),
        }
        schema = FACT_TABLES["orders"].arrow_schema
        empty = {name: [None] * len(orders) for name in schema.names if name not in columns}
        rows = pa.table({**columns, **empty}, schema=schema)
        history.append_rows(table="orders", rows=rows, batch_id="shop")
        return back, aside

    return make
