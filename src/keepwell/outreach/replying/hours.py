"""At which hour customers react: what they open and answer, and what they begin, on their own clock."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

import ibis
import pyarrow as pa

from keepwell.customers import queries as customers
from keepwell.customers.privacy import queries as privacy
from keepwell.customers.privacy.contracts import Purpose, Reason
from keepwell.history import queries as history
from keepwell.history.engine import Engine, engine
from keepwell.outreach.habits.channels import OPENED
from keepwell.outreach.policy import queries as policy
from keepwell.outreach.policy import zones
from keepwell.outreach.replying.contracts import GROUP_LEAST, HABIT_LEAST, Favourite, HourOf
from keepwell.outreach.replying.core import ranked_hours
from keepwell.outreach.surviving import by_person, of_customers

SPAN = timedelta(days=365)
# Of more, the habit of shop and countries is read from a share of the customers, always the same ones.
ROWS_MAX = 20_000
# What is shown when they come anyway, or is done by a person, says nothing of when to write.
WRITTEN = ("email", "sms", "wecom", "wechat", "whatsapp")
HOURS = 24
EMAIL = "email"
Reaction = tuple[str, datetime]


def favourites(customer_ids: Collection[str], *, now: datetime) -> dict[str, Favourite]:
    """The best hours of each of these customers: their own, else their country's, else the shop's.

    Read from the year until `now`. Fewer than four reactions are no habit of somebody's, fewer than thirty
    none of a country or the shop. Whoever objected to profiling has no habit of their own.
    """
    wanted, there = set(customer_ids), history.versions()
    if not wanted or not {"contacts", "interactions"} & set(there):
        return {one: Favourite() for one in wanted}
    with engine() as running:
        told = _told(running, there, now)
        if told is None:
            return {one: Favourite() for one in wanted}
        mine = _rows(running, told.semi_join(_memtable(wanted), "person"))
        every = max(1, -(-int(running.execute(told.aggregate(n=told.count()))["n"][0].as_py()) // ROWS_MAX))
        some = told.filter(told.person.hash().abs() % every == 0) if every > 1 else told
        others = _rows(running, some)
    said = privacy.may_contact_many(wanted, EMAIL, Purpose.PROFILING, now=now)
    # Silence is no objection, unless the shop asks for a yes.
    enough = {Reason.GIVEN} if policy.rules().follow_agreed_only else {Reason.GIVEN, Reason.NOT_ASKED}
    mine = [one for one in mine if one[0] in said and said[one[0]].reason in enough]
    own = _counted(mine, by=lambda number, _country: number)
    countries = _counted(others, by=lambda _number, country: country)
    shop = [sum(hours) for hours in zip(*countries.values(), strict=True)] if countries else [0] * HOURS
    where = customers.whereabouts(wanted)
    return {
        one: _best(
            own.get(one), countries.get(where.get(one, ("", ""))[1]), shop, where.get(one, ("", ""))[1]
        )
        for one in wanted
    }


def _best(own: list[int] | None, group: list[int] | None, shop: list[int], country: str) -> Favourite:
    if own and (hours := ranked_hours(own, least=HABIT_LEAST)):
        return Favourite(hours, HourOf.OWN, sum(own))
    if country and group and (hours := ranked_hours(group, least=GROUP_LEAST)):
        return Favourite(hours, HourOf.GROUP, sum(group))
    if hours := ranked_hours(shop, least=GROUP_LEAST):
        return Favourite(hours, HourOf.SHOP, sum(shop))
    return Favourite()


def _told(running: Engine, there: Mapping[str, Any], now: datetime) -> Any:
    """Everything that customers did, as person and time; None where nothing could tell."""
    parts = []
    if "contacts" in there:
        made = history.scan("contacts", engine=running)
        parts.append(made.filter(made.status.isin(OPENED) & made.channel.isin(WRITTEN)))
    if "interactions" in there:
        # Our own talks began when we called, and our steps when we took them.
        parts.append(of_customers(history.scan("interactions", engine=running)))
    since, until = ibis.timestamp(now - SPAN), ibis.timestamp(now)
    spans = [
        by_person(one.filter((one.at > since) & (one.at <= until))).select("person", "at") for one in parts
    ]
    if not spans:
        return None
    return ibis.union(*spans) if len(spans) > 1 else spans[0]


def _memtable(numbers: Collection[str]) -> Any:
    return ibis.memtable(pa.table([sorted(numbers)], ["person"]))


def _rows(running: Engine, told: Any) -> list[Reaction]:
    found = running.execute(told.select("person", "at"))
    return list(zip(found["person"].to_pylist(), found["at"].to_pylist(), strict=True))


def _counted(rows: Iterable[Reaction], *, by: Any) -> dict[str, list[int]]:
    """Reactions by hour of the customer's own clock, under what `by` makes of customer and country."""
    listed = list(rows)
    where = customers.whereabouts({number for number, _at in listed})
    usual = policy.rules().time_zone
    clocks = {one: zones.zones_of(*place, usual)[0] for one, place in where.items()}
    shop = zones.zones_of("", "", usual)[0]
    found: dict[str, list[int]] = defaultdict(lambda: [0] * HOURS)
    for number, at in listed:
        country = where.get(number, ("", ""))[1]
        found[by(number, country)][at.astimezone(clocks.get(number, shop)).hour] += 1
    return dict(found)
