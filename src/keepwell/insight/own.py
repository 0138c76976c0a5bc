"""The cockpit's figures of some owners' customers, counted when asked: they are few."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from decimal import Decimal
from typing import Any

from keepwell.customers import queries as customers
from keepwell.insight import views
from keepwell.insight.contracts import Count, Summary
from keepwell.insight.models import Cycle, Score

CLASSES = {
    "by_status": "status",
    "by_tier": "tier",
    "by_risk_level": "risk_level",
    "by_life_stage": "life_stage",
    "by_communication_group": "communication_group",
    "by_segment": "rfm_segment",
}
TIERS = {"low": 0, "mid": 1, "high": 2}
Rows = list[dict[str, Any]]


def summary(row: Cycle, owner_ids: Collection[int]) -> Summary:
    """What `queries.summary` answers, of the customers that `owner_ids` look after now."""
    found = Score.objects.filter(cycle=row, customer_id__in=customers.owned_by(owner_ids))
    wanted = (*CLASSES.values(), "reason", "churn_risk", "expected_loss", "clv")
    rows: Rows = list(found.values(*wanted, "previous_status", "previous_tier", "previous_clv"))
    at_risk = [one for one in rows if one["status"] == "at_risk"]
    before = [one for one in rows if one["previous_status"]]
    return Summary(
        cycle=views.cycle(row, is_current=True),
        currency=row.currency,
        customers=len(rows),
        by_reason=_counts((one for one in at_risk if one["reason"]), "reason"),
        total_clv=sum((one["clv"] for one in rows), Decimal(0)),
        at_risk=_counts(at_risk, "status").get("at_risk", Count(0, Decimal(0), Decimal(0))),
        repeat_purchase_rate={},
        months=(),
        risk_histogram=_histogram(rows),
        previous=_previous(before),
        moved=_moved(before),
        **{name: _counts(rows, column) for name, column in CLASSES.items()},
    )


def _counts(rows: Iterable[dict[str, Any]], column: str) -> dict[str, Count]:
    total: dict[str, list[Any]] = defaultdict(lambda: [0, Decimal(0), Decimal(0)])
    for one in rows:
        sums = total[one[column]]
        sums[0] += 1
        sums[1] += one["expected_loss"]
        sums[2] += one["clv"]
    return {code: Count(*sums) for code, sums in sorted(total.items())}


def _histogram(rows: Rows) -> tuple[int, ...]:
    bands = [0] * 10
    for one in rows:
        if one["status"] in ("active", "at_risk"):
            bands[min(int(one["churn_risk"] * 10), 9)] += 1
    return tuple(bands)


def _previous(before: Rows) -> dict[str, Any]:
    """The same figures at the cycle before, as far as the scores still know them."""
    if not before:
        return {}
    return {
        "customers": len(before),
        "at_risk": {"customers": sum(one["previous_status"] == "at_risk" for one in before)},
        "total_clv": str(sum((one["previous_clv"] or Decimal(0) for one in before), Decimal(0))),
    }


def _moved(before: Rows) -> dict[str, int]:
    """What changed since the cycle before, of customers that both know; empty where there was none."""
    if not before:
        return {}
    moved = dict.fromkeys(("newly_at_risk", "recovered", "newly_lost", "tier_up", "tier_down"), 0)
    for one in before:
        now, then = one["status"], one["previous_status"]
        moved["newly_at_risk"] += now == "at_risk" != then
        moved["recovered"] += now == "active" and then in ("at_risk", "lost")
        moved["newly_lost"] += now == "lost" != then
        step = TIERS.get(one["tier"], 0) - TIERS.get(one["previous_tier"], 0)
        moved["tier_up"] += step > 0
        moved["tier_down"] += step < 0
    return moved
