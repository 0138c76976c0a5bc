"""Who is written to in vain: contacted again and again, and nothing came of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import ibis

from keepwell.customers.identity import queries as identity
from keepwell.history import queries as history
from keepwell.history.engine import engine
from keepwell.insight.segments import queries as segments
from keepwell.plays.effects.contracts import VAIN_DAYS, VAIN_LEAST, VainRow
from keepwell.plays.effects.reading import COUNTED, of_persons

WENT = ("sent", "delivered", "opened", "clicked", "answered", "refused", "unsubscribed", "complained")
RESPONDED = ("opened", "clicked", "answered")
BATCH = 5_000


def in_vain(*, as_of: datetime, days: int = VAIN_DAYS, least: int = VAIN_LEAST) -> tuple[VainRow, ...]:
    """Everybody, then each segment with somebody written to in vain, the largest share first.

    In vain is who was contacted `least` times or more within `days` before `as_of`, opened, clicked and
    answered nothing that is known of, and ordered nothing since the first of these contacts. Contacts for
    service do not count; of channels that tell no openings an order or an answer is the only sign.
    """
    with engine() as running:
        rows = running.execute(_people(running, as_of, days))
    people = rows.to_pylist()
    vain = [one for one in people if not one["signs"] and one["contacts"] >= least]
    of_segment = _members([one["customer_id"] for one in people])
    total = _row(None, len(people), vain)
    contacted: dict[int, int] = defaultdict(int)
    for numbers in of_segment.values():
        for number in numbers:
            contacted[number] += 1
    mine: dict[int, list[Any]] = defaultdict(list)
    for one in vain:
        for number in of_segment.get(one["customer_id"], ()):
            mine[number].append(one)
    listed = [_row(number, contacted[number], found) for number, found in mine.items()]
    return (total, *sorted(listed, key=lambda one: (-one.share, -one.vain)))


def _row(segment_id: int | None, contacted: int, vain: list[Mapping[str, Any]]) -> VainRow:
    return VainRow(
        segment_id=segment_id,
        contacted=contacted,
        vain=len(vain),
        contacts=sum(one["contacts"] for one in vain),
        cost=sum(float(one["cost"] or 0) for one in vain),
    )


def _members(customer_ids: list[str]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for start in range(0, len(customer_ids), BATCH):
        found.update(segments.of_customers(customer_ids[start : start + BATCH]))
    return found


def _people(running: Any, as_of: datetime, days: int) -> Any:
    """One row per customer who was contacted: contacts, cost, and signs of life since."""
    contacts = history.scan("contacts", as_of=as_of, engine=running)
    contacts = contacts.filter(contacts.status.isin(WENT), contacts.at > as_of - timedelta(days=days))
    contacts = contacts.filter(contacts.purpose.isnull() | (contacts.purpose != "service"))
    aliases = identity.canonical_ids()
    contacts = of_persons(contacts.select("customer_id", "at", "cost", "status"), aliases)
    people = contacts.group_by("customer_id").agg(
        contacts=contacts.count(),
        cost=contacts.cost.sum().cast("float64"),
        responses=contacts.status.isin(RESPONDED).sum(),
        first_at=contacts.at.min(),
    )
    orders = history.scan("orders", as_of=as_of, engine=running)
    orders = of_persons(
        orders.filter(orders.status.isin(COUNTED)).select("customer_id", "ordered_at"), aliases
    )
    both = people.left_join(orders, "customer_id")
    counted = both.group_by(["customer_id", "contacts", "cost", "responses"]).agg(
        bought=(both.ordered_at > both.first_at).sum()
    )
    signs = ibis.coalesce(counted.responses, 0) + ibis.coalesce(counted.bought, 0)
    return counted.select("customer_id", "contacts", "cost", signs=signs)
