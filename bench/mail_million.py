"""A mailing to a million customers: planned, rendered and queued by two processes.

    python -m bench.mail_million [--messages 1000000] [--state postgres|sqlite]

The customers are copies of one, made by the database itself: each has a number of their own, but all are
called the same. Nothing is sent. Prints seconds, CPU seconds and peak memory.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from typing import Any

from bench.sending import PREPARE
from bench.stores import SETUP, python, stores

PROCESSES = 2
BUILD = (
    SETUP
    + """
import sys
from django.db import connection
from bench import mail_shop
from keepwell.customers.models import Customer
from keepwell.insight.segments import services as segments
from keepwell.insight.segments.models import SegmentMember
from keepwell.outreach.mailings import services as mailings
from keepwell.outreach.mailings.services.drafting import Plan
from keepwell.outreach.sending.services.accounts import set_account

count, now = int(sys.argv[1]), clock.now()
(first,), code = mail_shop.people(1, now), mail_shop.letter(now)
rule = {"attribute": "city", "is": "in", "value": ["Hangzhou"]}
segment = segments.save(name="All", definition=rule, author_id=None, actor="bench").segment_id
quote = connection.ops.quote_name
table, key = quote(Customer._meta.db_table), Customer._meta.pk.column
columns = [quote(one.column) for one in Customer._meta.concrete_fields if one.column != key]
if connection.vendor == "postgresql":
    numbers = f"SELECT 'C' || lpad(n::text, 7, '0') AS number FROM generate_series(1, {count - 1}) AS n"
else:
    numbers = (
        f"WITH RECURSIVE up(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM up WHERE n < {count - 1}) "
        "SELECT printf('C%07d', n) AS number FROM up"
    )
names = ", ".join(columns)
with connection.cursor() as cursor:
    cursor.execute(
        f"INSERT INTO {table} ({quote(key)}, {names}) "
        f"SELECT s.number, {names} FROM ({numbers}) AS s, {table} WHERE {quote(key)} = %s", [first]
    )
    members = quote(SegmentMember._meta.db_table)
    cursor.execute(
        f"INSERT INTO {members} (segment_id, customer_id, entered_at) "
        f"SELECT %s, {quote(key)}, %s FROM {table}",
        [segment, now],
    )
values = {"sender": "care@tea.example", "host": "127.0.0.1", "port": "25", "tls": ""}
set_account(provider="email.smtp", values=values, actor="bench", now=now)
start = __import__("time").perf_counter()
made = mailings.create(plan=Plan("Spring", segment, code, control_share=0), actor="bench", now=now)
mailings.confirm(mailing_id=made.mailing_id, revision=made.revision, typed=count, actor="bench", now=now)
print(__import__("time").perf_counter() - start)
"""
)
COUNT = (
    SETUP
    + """
from keepwell.outreach.sending import queries
from keepwell.outreach.sending.models import Message
print(queries.counts()["waiting"], Message.objects.values("customer_id").distinct().count())
"""
)


def run(quick: bool) -> list[dict[str, Any]]:
    """Both stores."""
    count = 20_000 if quick else 1_000_000
    return [row for kind in ("SQLite", "PostgreSQL") for row in measured(kind, count)]


def measured(kind: str, count: int) -> list[dict[str, Any]]:
    """Seconds from confirming to the last message in the queue, by two processes."""
    with stores(kind) as environment:
        environment["KEEPWELL_URL"] = "https://keepwell.example"
        planned = float(python(BUILD, environment, str(count)).splitlines()[-1])
        start = time.perf_counter()
        command = [sys.executable, "-c", PREPARE]
        both = [
            subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
            for _ in range(PROCESSES)
        ]
        told = [json.loads(one.communicate()[0].splitlines()[-1]) for one in both]
        took = time.perf_counter() - start + planned
        waiting, people = map(int, python(COUNT, environment).split()[-2:])
        assert waiting == people == count, (waiting, people)
    cpu, peak = sum(one[2] for one in told), max(one[1] for one in told)
    return [
        {
            "name": f"{count:,} e-mails planned, rendered and queued, {kind}",
            "ours": took,
            "unit": "s",
            "requirement": "≤ 300 for a million on 2 cores",
            "note": f"two processes with start-up; {cpu:,.0f} CPU s of theirs; peak {peak:,} MiB each",
        }
    ]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=1_000_000)
    parser.add_argument("--state", choices=("postgres", "sqlite"), default="postgres")
    asked = parser.parse_args()
    for row in measured("PostgreSQL" if asked.state == "postgres" else "SQLite", asked.messages):
        print(json.dumps(row, ensure_ascii=False))
