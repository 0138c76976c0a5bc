"""A play whose members were dealt out, and what the history says of them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest

DEALT = datetime(2026, 3, 1, tzinfo=UTC)
AS_OF = datetime(2026, 7, 1, tzinfo=UTC)
DAY = timedelta(days=1)


def append(table, rows, batch="shop"):
    """Put facts into the history; what a row does not name is empty."""
    from keepwell.history import services as history
    from keepwell.history.schemas import FACT_TABLES

    schema = FACT_TABLES[table].arrow_schema
    common = {"source": "shop", "recorded_at": AS_OF, "live": False, "revises": False}
    listed = [{name: {**common, **row}.get(name) for name in schema.names} for row in rows]
    history.append_rows(table=table, rows=pa.Table.from_pylist(listed, schema=schema), batch_id=batch)


def order(number, customer, at, amount, **more):
    """An order as a fact."""
    return {
        "order_id": f"o{number}",
        "customer_id": customer,
        "ordered_at": at,
        "amount": Decimal(amount),
        "currency": "CNY",
        "status": "paid",
        **more,
    }


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
def play(cycle):
    """Makes a play of these arms and deals these customers out: (customer, arm, values) each."""
    from keepwell.plays.experiments.models import Arm, Member, Play

    def make(
        members,
        *,
        code="winter",
        arms=("control", "a"),
        status="ended",
        owner=None,
        treatment="gift",
        **values,
    ):
        row = Play.objects.create(
            **{
                "code": code,
                "name": "Winter letters",
                "segment_id": 1,
                "status": status,
                "owner": owner,
                "currency": "CNY",
                "starts_on": date(2026, 3, 1),
                "ends_on": date(2026, 4, 30),
                "outcome_days": 60,
                "control_share": 0.5,
                "planned_units": len(members),
                "salt": code,
                "created_at": DEALT,
                "created_by": "ada",
                "started_at": DEALT,
                **values,
            }
        )
        made = {
            key: Arm.objects.create(
                play=row,
                key=key,
                position=place,
                name=key.upper(),
                is_control=key == "control",
                treatment_code="" if key == "control" else treatment,
                kind="nothing" if key == "control" else "message",
                channel="" if key == "control" else "email",
            )
            for place, key in enumerate(arms)
        }
        share = {"control": row.control_share}
        Member.objects.bulk_create(
            Member(
                **{
                    "play": row,
                    "customer_id": customer,
                    "arm": made[arm],
                    "propensity": share.get(arm, (1 - row.control_share) / max(1, len(arms) - 1)),
                    "assigned_at": DEALT,
                    "tier": "mid",
                    "reason": "rhythm_broken",
                    "risk_level": "high",
                    "clv": Decimal(100),
                    "state": "withheld" if arm == "control" else "delivered",
                    "cause": "control" if arm == "control" else "",
                    **values,
                }
            )
            for customer, arm, values in members
        )
        return row

    return make


@pytest.fixture
def shop_of(play):
    """A play of so many whose treated come back more often by `effect`."""

    def make(count, *, effect, rate=0.3, tiers=("mid",), **values):
        random = np.random.default_rng(5)
        treated = random.random(count) < 0.5
        back = random.random(count) < rate + effect * treated
        members = [
            (
                f"C{n:05d}",
                "a" if treated[n] else "control",
                {
                    "tier": tiers[n % len(tiers)],
                    "past_orders": float(n % 7),
                    "past_revenue": 100.0 * (n % 7),
                    "cost": Decimal(2) if treated[n] else Decimal(0),
                },
            )
            for n in range(count)
        ]
        row = play(members, **values)
        code, currency = values.get("code", ""), values.get("currency", "CNY")
        orders = [
            order(f"{code}{n}", f"C{n:05d}", DEALT + 20 * DAY, 200, currency=currency)
            for n in np.flatnonzero(back)
        ]
        append("orders", orders, batch=f"shop {currency}")
        return row

    return make
