"""Offline channels and what came of them; reads only."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

import ibis
import pyarrow as pa
from django.db.models import Sum
from django.utils import timezone

from keepwell.customers.identity import queries as identity
from keepwell.history import queries as history
from keepwell.history.engine import engine
from keepwell.outreach.offline.contracts import NoSpotError, SpotResult, SpotView
from keepwell.outreach.offline.models import Scan, Spot

LISTED = 500
COUNTED = ("placed", "paid")
CAMPAIGN = r'"campaign":\s*\{[^}]*"name":\s*"([^"]*)"'
KEYS = pa.schema(
    [
        ("by", pa.string()),
        ("key", pa.string()),
        ("spot", pa.int64()),
        ("begins", pa.float64()),
        ("own_currency", pa.string()),
    ]
)


def spot(spot_id: int) -> SpotView:
    """One offline channel; raises NoSpotError."""
    row = Spot.objects.filter(pk=spot_id).first()
    if row is None:
        raise NoSpotError(spot_id)
    return _view(row)


def spots() -> tuple[SpotView, ...]:
    """Every offline channel, the latest first."""
    return tuple(_view(row) for row in Spot.objects.all()[:LISTED])


def results(*, now: datetime) -> tuple[SpotResult, ...]:
    """What came of every offline channel, in the order of `spots`.

    An order that names the code of one and the store of another belongs to the code. Cancelled and refunded
    orders do not count; amounts in another currency than the channel's are in no revenue.
    """
    return _results(spots(), now)


def result(spot_id: int, *, now: datetime) -> SpotResult:
    """What came of one offline channel; raises NoSpotError."""
    return _results((spot(spot_id),), now)[0]


def _results(listed: tuple[SpotView, ...], now: datetime) -> tuple[SpotResult, ...]:
    scans = dict(Scan.objects.order_by().values_list("spot").annotate(n=Sum("count")))
    orders, visits = _facts(listed, now) if listed else ({}, {})
    found = []
    for one in listed:
        row = orders.get(one.spot_id, {})
        found.append(
            SpotResult(
                spot=one,
                scans=scans.get(one.spot_id, 0),
                visits=visits.get(one.spot_id, 0),
                orders=row.get("orders", 0),
                customers=row.get("customers", 0),
                fresh=row.get("fresh", 0),
                revenue=row.get("revenue") or Decimal(0),
            )
        )
    return tuple(found)


def _facts(listed: tuple[SpotView, ...], now: datetime) -> tuple[dict[int, Any], dict[int, int]]:
    keys = [("campaign", one.code, one.spot_id, _begins(one), one.currency) for one in listed]
    keys += [("store", one.store, one.spot_id, _begins(one), one.currency) for one in listed if one.store]
    table = pa.Table.from_pylist([dict(zip(KEYS.names, key, strict=True)) for key in keys], schema=KEYS)
    with engine() as running:
        asked = ibis.memtable(table)
        orders = running.execute(_orders(running, asked, now)).to_pylist()
        visits = running.execute(_visits(running, asked, now)).to_pylist()
    return {row["spot"]: row for row in orders}, {row["spot"]: row["visits"] for row in visits}


def _begins(one: SpotView) -> float:
    return timezone.make_aware(datetime.combine(one.starts_on, datetime.min.time())).timestamp()


def _orders(running: Any, asked: Any, now: datetime) -> Any:
    """Orders, customers, new ones and revenue by spot."""
    told = _surviving(history.scan("orders", engine=running))
    told = told.filter(told.status.isin(COUNTED), told.ordered_at <= ibis.timestamp(now))
    first = told.group_by("customer_id").aggregate(first_at=told.ordered_at.min())
    known = told.select("order_id", "customer_id", "ordered_at", "amount", "currency", "campaign", "store")
    by_code = asked.filter(asked.by == "campaign")
    by_store = asked.filter(asked.by == "store")
    coded = known.join(by_code, known.campaign == by_code.key)
    codes = by_code.select("key")
    stored = known.filter(known.campaign.isnull() | known.campaign.notin(codes.key))
    stored = stored.join(by_store, stored.store == by_store.key)
    columns = (
        "spot",
        "begins",
        "order_id",
        "customer_id",
        "ordered_at",
        "amount",
        "currency",
        "own_currency",
    )
    both = coded.select(*columns).union(stored.select(*columns))
    both = both.filter(both.ordered_at.epoch_seconds() >= both.begins).join(first, "customer_id")
    is_first = both.ordered_at == both.first_at
    return both.group_by("spot").aggregate(
        orders=both.order_id.nunique(),
        customers=both.customer_id.nunique(),
        fresh=both.customer_id.nunique(where=is_first),
        revenue=both.amount.sum(where=both.currency == both.own_currency),
    )


def _visits(running: Any, asked: Any, now: datetime) -> Any:
    """Visits of known customers by spot: each customer once a day."""
    told = _surviving(history.scan("interactions", engine=running))
    told = told.filter(told.properties.contains('"campaign"'), told.at <= ibis.timestamp(now))
    told = told.filter(told.type != "withdrawn")
    said = told.select("customer_id", "at", day=told.at.date(), name=told.properties.re_extract(CAMPAIGN, 1))
    codes = asked.filter(asked.by == "campaign")
    both = said.join(codes, said.name == codes.key)
    both = both.filter(both.at.epoch_seconds() >= both.begins)
    once = both.select("spot", "customer_id", "day").distinct()
    return once.group_by("spot").aggregate(visits=once.count())


def _surviving(facts: Any) -> Any:
    """`facts` under the surviving number of each customer: a merged person is one."""
    rows = list(identity.aliases())
    if not rows:
        return facts
    columns = [[number for number, _kept in rows], [kept for _number, kept in rows]]
    known = ibis.memtable(pa.table(columns, ["other_number", "kept_number"]))
    joined = facts.left_join(known, facts.customer_id == known.other_number)
    kept = ibis.coalesce(joined.kept_number, joined.customer_id)
    return joined.mutate(customer_id=kept).drop("other_number", "kept_number")


def _view(row: Spot) -> SpotView:
    return SpotView(
        spot_id=row.pk,
        code=row.code,
        kind=row.kind,
        name=row.name,
        place=row.place,
        store=row.store,
        target=row.target,
        starts_on=row.starts_on,
        ends_on=row.ends_on,
        cost=row.cost,
        currency=row.currency,
        active=row.active,
    )
