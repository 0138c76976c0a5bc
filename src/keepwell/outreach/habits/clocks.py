"""When in the week customers do what, on their own clocks: counted in the engine, a row for each hour."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

import ibis
import pyarrow as pa

from keepwell.history import queries as history
from keepwell.history.engine import Engine, engine
from keepwell.outreach.habits.contracts import Hour
from keepwell.outreach.policy import queries as policy
from keepwell.outreach.surviving import by_person, of_customers

HOUR = timedelta(hours=1)
CHUNK = 50_000
# What customers did: came or got in touch, bought, opened or answered what we sent.
OWN, BOUGHT, REACTED = "own", "bought", "reacted"
WHAT = (OWN, BOUGHT, REACTED)
REACTIONS = ("opened", "clicked", "answered")


def week(*, days: int, now: datetime, members: Iterable[str] | None = None) -> list[Hour]:
    """How often customers did what in each hour of the week, in the `days` before `now`.

    `members` are the numbers that count; None: everybody. Clocks are those of the customers, the shop's
    where nothing is known of a place. What is told by its date alone has no hour, and is left out.
    """
    since, usual = now - timedelta(days=days), policy.rules().time_zone
    there = history.versions()
    with engine() as running:
        told = [
            _told(running, name, what, since, now)
            for name, what in (
                ("interactions", OWN),
                ("tickets", OWN),
                ("orders", BOUGHT),
                ("contacts", REACTED),
            )
            if name in there
        ]
        if not told:
            return []
        facts = by_person(ibis.union(*told) if len(told) > 1 else told[0])
        facts = facts.select("person", "at", "channel", "what")
        if members is not None:
            facts = facts.semi_join(ibis.memtable(column("member", members)), [("person", "member")])
        others = _pairs(policy.elsewhere())
        zones = sorted({usual, *others["zone"].unique().to_pylist()})
        facts = facts.left_join(ibis.memtable(others), [("person", "customer_number")])
        placed = facts.mutate(clock=ibis.coalesce(facts.zone, usual))
        clocks = ibis.memtable(offsets(zones, since, now))
        local = placed.join(
            clocks,
            [placed.clock == clocks.clock_zone, placed.at >= clocks.starts_at, placed.at < clocks.ends_at],
        )
        # 1 January 1970 was a Thursday.
        shown = local.mutate(second=local.at.epoch_seconds() + local.seconds)
        summed = shown.group_by(
            weekday=(shown.second // 86_400 + 3) % 7,
            hour=shown.second // 3_600 % 24,
            what=shown.what,
            channel=shown.channel,
        ).aggregate(n=shown.count())
        rows = running.execute(summed).to_pylist()
    found = [
        Hour(int(one["weekday"]), int(one["hour"]), one["what"], one["channel"] or "", int(one["n"]))
        for one in rows
    ]
    return sorted(found, key=lambda one: (one.weekday, one.hour, one.what, one.channel))


def offsets(zones: Iterable[str], since: datetime, until: datetime) -> pa.Table:
    """How far clocks are from UTC: zone, from when, until when, seconds; a row for each change of a clock."""
    rows: list[tuple[str, datetime, datetime, int]] = []
    begin = since.replace(minute=0, second=0, microsecond=0)
    for name in zones:
        start = begin
        for end, seconds in _changes(ZoneInfo(name), begin, until + HOUR):
            rows.append((name, start, end, seconds))
            start = end
    instant = pa.timestamp("us", tz="UTC")
    columns = list(zip(*rows, strict=True)) or [(), (), (), ()]
    return pa.table(
        {
            "clock_zone": pa.array(columns[0], pa.string()),
            "starts_at": pa.array(columns[1], instant),
            "ends_at": pa.array(columns[2], instant),
            "seconds": pa.array(columns[3], pa.int64()),
        }
    )


def _changes(zone: ZoneInfo, begin: datetime, until: datetime) -> Iterator[tuple[datetime, int]]:
    """Each stretch in which a clock stands still against UTC: when it ends, and how many seconds it is off.

    Clocks change at whole hours of UTC or a quarter past; looked for day by day, then by the quarter.
    """
    at, present = begin, _seconds(zone, begin)
    while at < until:
        after = min(at + timedelta(days=1), until)
        if _seconds(zone, after) != present:
            while _seconds(zone, at) == present:
                at += timedelta(minutes=15)
            yield at, present
            present = _seconds(zone, at)
        else:
            at = after
    yield until, present


def _seconds(zone: ZoneInfo, at: datetime) -> int:
    offset = at.astimezone(zone).utcoffset()
    assert offset is not None, "a zone says how far it is off"
    return int(offset.total_seconds())


def _told(running: Engine, name: str, what: str, since: datetime, now: datetime) -> Any:
    table = history.scan(name, engine=running)
    if name == "interactions":
        table = of_customers(table)
    at = table.ordered_at if name == "orders" else table.at
    kept = (at > ibis.timestamp(since)) & (at <= ibis.timestamp(now))
    # Midnight of UTC to the microsecond is how a date without a time is kept.
    kept &= at != at.truncate("D")
    if name == "tickets":
        kept &= table.event == "opened"
    elif name == "contacts":
        kept &= table.status.isin(REACTIONS)
    elif name == "orders":
        kept &= table.status != "cancelled"
    rows = table.filter(kept)
    return rows.select(
        customer_id=rows.customer_id,
        at=rows.ordered_at if name == "orders" else rows.at,
        channel=rows.channel,
        what=ibis.literal(what),
    )


def column(name: str, values: Iterable[str]) -> pa.Table:
    """A table of one column, built in parts."""
    rest, parts = iter(values), []
    while chunk := list(islice(rest, CHUNK)):
        parts.append(pa.array(chunk, pa.string()))
    return pa.table({name: pa.chunked_array(parts, pa.string())})


def _pairs(values: Iterable[tuple[str, str]]) -> pa.Table:
    rest, numbers, zones = iter(values), [], []
    while chunk := list(islice(rest, CHUNK)):
        numbers.append(pa.array([one for one, _zone in chunk], pa.string()))
        zones.append(pa.array([zone for _one, zone in chunk], pa.string()))
    return pa.table(
        {
            "customer_number": pa.chunked_array(numbers, pa.string()),
            "zone": pa.chunked_array(zones, pa.string()),
        }
    )
