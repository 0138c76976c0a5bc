"""The cockpit's figures, computed once and stored with the cycle."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

import ibis

from keepwell.insight.cycle.features import FEATURES
from keepwell.insight.cycle.publishing import ROWS
from keepwell.insight.cycle.snapshot import DAYS, day_number
from keepwell.insight.cycle.work import Work
from keepwell.insight.models import CurrentCycle, Facet
from keepwell.science.value import repeat_purchase_rate

PERIODS_DAYS = (30, 90, 180, 365)
MONTHS = 36
CLASSES = {
    "by_status": "status",
    "by_tier": "tier",
    "by_risk_level": "risk_level",
    "by_life_stage": "life_stage",
    "by_communication_group": "communication_group",
    "by_segment": "rfm_segment",
}
COMPARED = ("customers", "by_status", "by_tier", "at_risk", "total_clv")


def run(work: Work) -> tuple[int, str]:
    """Store the summary; readers see it with the switch."""
    facets = list(Facet.objects.filter(cycle_id=work.row.pk))
    at_risk = [one for one in facets if one.status == "at_risk"]
    figures: dict[str, Any] = {name: _counts(facets, column) for name, column in CLASSES.items()}
    figures |= {
        "by_reason": _counts([one for one in at_risk if one.reason], "reason"),
        "customers": sum(one.customers for one in facets),
        "total_clv": str(sum((one.clv for one in facets), Decimal(0))),
        "at_risk": _counts(at_risk, "status").get(
            "at_risk", {"customers": 0, "expected_loss": "0", "clv": "0"}
        ),
        "repeat_purchase_rate": _repeat_rates(work),
        "months": _months(work),
        "risk_histogram": _histogram(work),
        "moved": _moved(work),
        "previous": _previous(work),
    }
    work.row.summary = figures
    work.row.save(update_fields=["summary"])
    return int(figures["customers"]), ""


def _counts(facets: Iterable[Facet], column: str) -> dict[str, dict[str, Any]]:
    total: dict[str, list[Any]] = defaultdict(lambda: [0, Decimal(0), Decimal(0)])
    for one in facets:
        sums = total[getattr(one, column)]
        sums[0] += one.customers
        sums[1] += one.expected_loss
        sums[2] += one.clv
    return {
        code: {"customers": n, "expected_loss": str(loss), "clv": str(clv)}
        for code, (n, loss, clv) in sorted(total.items())
    }


def _repeat_rates(work: Work) -> dict[str, float]:
    """For each period back from the date of the cycle: its buyers with at least two orders."""
    days = work.read(DAYS)
    at = day_number(work.as_of)
    recent = days.filter(days.day > at - max(PERIODS_DAYS), days.orders > 0)
    orders = {f"in_{p}": recent.orders.sum(where=recent.day > at - p) for p in PERIODS_DAYS}
    each = recent.group_by("customer_id").agg(**orders)
    asked = {}
    for period in PERIODS_DAYS:
        asked[f"buyers_{period}"] = (each[f"in_{period}"] >= 1).sum()
        asked[f"repeat_{period}"] = (each[f"in_{period}"] >= 2).sum()
    found = work.engine.execute(each.aggregate(**asked)).to_pylist()[0]
    rates = {
        str(period): repeat_purchase_rate(
            int(found[f"buyers_{period}"] or 0), int(found[f"repeat_{period}"] or 0)
        )
        for period in PERIODS_DAYS
    }
    return {period: rate for period, rate in rates.items() if rate is not None}


def _months(work: Work) -> list[dict[str, Any]]:
    days = work.read(DAYS)
    bought = days.filter(days.orders > 0)
    month = bought.last_at.truncate("M").date()
    sold = bought.group_by(month=month).agg(
        revenue=bought.amount.sum(), orders=bought.orders.sum(), buyers=bought.customer_id.nunique()
    )
    customers = work.read(FEATURES)
    new = customers.group_by(month=customers.first_order_at.truncate("M").date()).agg(
        new_customers=customers.count()
    )
    joined = sold.left_join(new, "month")
    newest = joined.select(
        "month", "revenue", "orders", "buyers", new_customers=joined.new_customers.fill_null(0)
    )
    newest = newest.order_by(ibis.desc("month")).limit(MONTHS)
    found = work.engine.execute(newest).to_pylist()
    return [
        one | {"month": one["month"].isoformat(), "revenue": str(one["revenue"])} for one in reversed(found)
    ]


def _histogram(work: Work) -> list[int]:
    rows = work.read(ROWS)
    watched = rows.filter(rows.status.isin(["active", "at_risk"]))
    band = ibis.least((watched.churn_risk * 10).floor().cast("int64"), 9)
    counted = watched.group_by(band=band).agg(customers=watched.count())
    bands = {one["band"]: one["customers"] for one in work.engine.execute(counted).to_pylist()}
    return [int(bands.get(place, 0)) for place in range(10)]


def _moved(work: Work) -> dict[str, int]:
    """What changed since the cycle before, of customers that both know."""
    rows = work.read(ROWS)
    both = rows.filter(rows.previous_status.notnull())
    now, before = both.status, both.previous_status
    rank = {"low": 0, "mid": 1, "high": 2}
    tier, tier_before = (
        ibis.cases(*[(column == code, place) for code, place in rank.items()], else_=0)
        for column in (both.tier, both.previous_tier)
    )
    moved = both.aggregate(
        newly_at_risk=((now == "at_risk") & (before != "at_risk")).sum(),
        recovered=((now == "active") & before.isin(["at_risk", "lost"])).sum(),
        newly_lost=((now == "lost") & (before != "lost")).sum(),
        tier_up=(tier > tier_before).sum(),
        tier_down=(tier < tier_before).sum(),
    )
    found = work.engine.execute(moved).to_pylist()[0]
    return {name: int(count or 0) for name, count in found.items()}


def _previous(work: Work) -> Mapping[str, Any]:
    pointer = CurrentCycle.objects.select_related("cycle").first()
    if pointer is None or pointer.cycle_id == work.row.pk:
        return {}
    before = pointer.cycle
    same = {name: before.summary[name] for name in COMPARED if name in before.summary}
    return {
        "cycle_id": before.cycle_id,
        "as_of": before.as_of.isoformat(),
        "currency": before.currency,
        **same,
    }
