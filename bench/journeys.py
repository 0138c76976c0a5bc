"""A million people waiting in a journey, and one tick that moves a hundred thousand of them.

The journey is one that people write: a wait, a lot, a branch on a field or on what happened, more waits.
Everybody moves by `services.tick` in one process, with the customers on record. A second figure is for
steps that write a message: chosen, tried, queued. A third is for how long a live event takes to set its
customer going, with the worker of an installation.
"""

from __future__ import annotations

import json
from typing import Any

from bench.stores import SETUP, python, stores

WAITING, MOVED, WRITTEN, EVENTS = 1_000_000, 100_000, 10_000, 40

SHOP = (
    SETUP
    + """
import json, sys, time
from datetime import timedelta
from decimal import Decimal
from django.db import connection
from keepwell.customers import services as customers
from keepwell.customers.contracts import CustomerRow
from keepwell.customers.privacy import services as privacy
from keepwell.customers.privacy.contracts import ConsentRow
from keepwell.outreach.content import services as content
from keepwell.outreach.journeys import services
from keepwell.outreach.journeys.models import Traveller

waiting, moved, written = (int(one) for one in sys.argv[1:4])
now = clock.now()
people = moved + written
names = [f"C{n:07}" for n in range(people)]
rows = (CustomerRow(n, country="CN", name="Wang Mei", phone="+8613800138000", language="zh") for n in names)
customers.upsert_many(rows=rows, source="bench", at=now, actor="bench")
said = (ConsentRow(n, "sms", "marketing", True, now, "bench", "marketing/1") for n in names[:written])
privacy.record_consents(rows=said, actor="bench", live=False)
import numpy as np
import pyarrow as pa
from keepwell.history import services as history

rng = np.random.default_rng(1)
facts = waiting
whose = pa.array(names).take(pa.array(rng.integers(0, people, facts)))
long_ago = np.datetime64(now.replace(tzinfo=None), "us") - np.timedelta64(2 * 86_400_000_000, "us")
instants = pa.array(long_ago - rng.integers(0, 300 * 86_400, facts).astype("m8[s]"))
when = instants.cast(pa.timestamp("us", tz="UTC"))
numbers = pa.array([str(n) for n in range(facts)])
same = lambda value: pa.array([value] * facts)
views = pa.table({"interaction_id": numbers, "customer_id": whose, "at": when, "type": same("view")})
bought = pa.table({"order_id": numbers, "customer_id": whose, "ordered_at": when, "currency": same("CNY"),
    "amount": pa.array([Decimal(10)] * facts, pa.decimal128(18, 4)), "status": same("paid")})
def whole_table(name, given):
    from keepwell.history.schemas import FACT_TABLES
    schema = FACT_TABLES[name].arrow_schema
    extra = {"source": same("bench"), "recorded_at": when, "live": same(False), "revises": same(False)}
    given = {**{n: given[n] for n in given.column_names}, **extra}
    columns = [given[f.name].cast(f.type) if f.name in given else pa.nulls(facts, f.type) for f in schema]
    return pa.table(columns, schema=schema)
history.append_rows(table="interactions", rows=whole_table("interactions", views), batch_id="views")
history.append_rows(table="orders", rows=whole_table("orders", bought), batch_id="orders")
history.compact()
content.set_brand(values={"company_name": "Tea House"}, based_on=0, actor="bench", now=now)

START = {"fact": "interactions", "where": [{"column": "type", "is": "in", "value": ["cart"]}]}
ORDER = {"fact": "orders", "where": []}
SAY = {"kind": "message", "contents": {"sms": "win_back_sms"}, "purpose": "marketing", "next": "last"}
steps = {
    "day": {"kind": "wait", "days": 1, "next": "lot"},
    "lot": {"kind": "split", "arms": [
        {"code": "a", "share": 0.5, "next": "who"}, {"code": "b", "share": 0.5, "next": "did"}]},
    "who": {"kind": "branch", "otherwise": "morning", "cases": [
        {"if": {"attribute": "country", "is": "in", "value": ["DE"]}, "next": "end"}]},
    "did": {"kind": "branch", "otherwise": "morning", "cases": [{"happened": START, "next": "end"}]},
    "morning": {"kind": "wait_until", "at": "10:00", "next": "say"},
    "say": SAY,
    "last": {"kind": "wait", "days": 30, "next": "end"},
    "end": {"kind": "end"},
}
whole = {"start": START, "first": "day", "steps": steps, "goals": [ORDER], "entry": {"again": "always"},
         "control": 0}
made = services.create(code="bench", name="bench", definition=whole, actor="bench", now=now)
approved = services.approve(journey_id=made.journey_id, revision=1, actor="bench", now=now)
services.switch_on(journey_id=made.journey_id, revision=approved.revision, actor="bench", now=now)
version = approved.version_id

def place(first, count, step, wake_at, start):
    for begin in range(0, count, 20_000):
        Traveller.objects.bulk_create(
            Traveller(
                journey_id=made.journey_id, version_id=version, customer_id=f"C{start + n:07}",
                entry_key=f"{first}-{n}", step=step, visit=2, entered_at=now - timedelta(days=1),
                since=now - timedelta(days=1), wake_at=wake_at, waits_for="time",
            )
            for n in range(begin, min(begin + 20_000, count))
        )

place("due", moved, "day", now - timedelta(minutes=1), written)
place("far", waiting - moved, "last", now + timedelta(days=20), people)
with connection.cursor() as cursor:
    cursor.execute("ANALYZE")

def timed(limit):
    start, used = time.perf_counter(), time.process_time()
    done = services.tick(now=now, limit=limit)
    return [done.moved, time.perf_counter() - start, time.process_time() - used]

told = [timed(1_000_000)]
assert told[0][0] == moved, told
place("say", written, "morning", now - timedelta(minutes=1), 0)
told.append(timed(1_000_000))
assert told[1][0] == written, told
print(json.dumps(told))
"""
)

LIVE = (
    SETUP
    + """
import json, subprocess, sys, time
from keepwell.customers import services as customers
from keepwell.customers.contracts import CustomerRow
from keepwell.history import services as history
from keepwell.outreach.journeys.models import Traveller

count = int(sys.argv[1])
names = [f"L{n:04}" for n in range(count + 1)]
rows = [CustomerRow(n, country="CN") for n in names]
customers.upsert_many(rows=rows, source="bench", at=clock.now(), actor="bench")

def seconds(name):
    fact = {"interaction_id": name, "customer_id": name, "at": clock.now(), "type": "cart"}
    start = time.perf_counter()
    history.record(table="interactions", fact=fact, source="bench")
    while not Traveller.objects.filter(customer_id=name).exists():
        if time.perf_counter() - start > 120:
            sys.exit(f"{name} never entered")
        time.sleep(0.01)
    return time.perf_counter() - start

command = [sys.executable, "-m", "keepwell", "work", "--cycle-hour", "off"]
worker = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
try:
    seconds(names[0])  # the worker is up, and has caught up
    print(json.dumps([seconds(name) for name in names[1:]]))
finally:
    worker.terminate()
    worker.wait()
"""
)


def run(quick: bool) -> list[dict[str, Any]]:
    """One tick on PostgreSQL, and on SQLite."""
    scale = 20 if quick else 1
    return [row for kind in ("PostgreSQL", "SQLite") for row in measured(kind, scale)]


def measured(kind: str, scale: int) -> list[dict[str, Any]]:
    """Seconds of one tick that moves, and of one that writes."""
    waiting, moved, written = WAITING // scale, MOVED // scale, WRITTEN // scale
    with stores(kind) as environment:
        asked = [str(one) for one in (waiting, moved, written)]
        told = json.loads(python(SHOP, environment, *asked).splitlines()[-1])
        waits = sorted(json.loads(python(LIVE, environment, str(EVENTS)).splitlines()[-1]))
    (_moved, seconds, cpu), (_written, saying, saying_cpu) = told
    return [
        {
            "name": f"One tick moving {moved:,} of {waiting:,} waiting, {kind}",
            "ours": seconds,
            "unit": "s",
            "requirement": "≤ 60 on PostgreSQL" if kind == "PostgreSQL" else "",
            "note": f"{cpu:.1f} CPU s of the worker; a lot, a branch on a field or the history, a goal",
        },
        {
            "name": f"One tick writing {written:,} messages, {kind}",
            "ours": written / saying,
            "unit": "messages/s",
            "note": f"{saying_cpu:.1f} CPU s; chosen, filled in once to try, queued",
        },
        {
            "name": f"A live event until its customer is in the journey, slowest of {EVENTS}, {kind}",
            "ours": waits[-1],
            "unit": "s",
            "requirement": "≤ 2",
            "note": f"median {waits[EVENTS // 2]:.2f} s; by `keepwell work`, beside {waiting:,} waiting",
        },
    ]
