"""What the history is told of coupons: codes and figures only, never the coupon's own code."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import orjson

from keepwell.history import services as history
from keepwell.outreach.coupons.models import Coupon

SOURCE = "keepwell"
ISSUED, REDEEMED, EXPIRED = "coupon_issued", "coupon_redeemed", "coupon_expired"
VOID, REVIVED = "coupon_void", "coupon_revived"


def tell(step: str, rows: Iterable[Coupon], at: datetime) -> None:
    """That coupons took a step."""
    history.record_many(facts=[("interactions", _fact(step, row, at)) for row in rows], source=SOURCE)


def _fact(step: str, row: Coupon, at: datetime) -> dict[str, Any]:
    said: dict[str, Any] = {
        "coupon": row.pk,
        "origin": row.origin,
        "kind": row.kind,
        "value": row.value,
        "currency": row.currency,
        "until": row.until,
        "order_id": row.order_id,
        "given_away": row.given_away,
    }
    kept = {name: value for name, value in said.items() if value not in (None, "")}
    # What may happen several times is told each time.
    again = f"-{at:%Y%m%d%H%M%S%f}" if step in (VOID, REVIVED) else ""
    return {
        "interaction_id": f"coupon-{row.pk}-{step.removeprefix('coupon_')}{again}",
        "customer_id": row.customer_id,
        "at": at,
        "channel": None,
        "type": step,
        "subject": row.origin.partition(":")[0],
        "value": float(row.given_away) if row.given_away is not None else None,
        "properties": orjson.dumps(kept, default=str, option=orjson.OPT_SORT_KEYS).decode(),
    }
