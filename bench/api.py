"""Tracking over HTTP, beside the same rows inserted directly: one durable transaction for each batch.

The server is the real one (`keepwell serve`, without the worker); four connections send batches of a hundred
events, as the tracking libraries do. Beside it one connection inserts the rows that these very batches make
(message ids and outbox facts), already mapped and serialised, into an empty database of the same kind.
"""

from __future__ import annotations

import base64
import http.client
import json
import socket
import subprocess
import sys
import threading
import time
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

from bench.stores import SETUP, python, stores

BATCH = 100
CONNECTIONS = 4
EVENTS = ("Product Viewed", "Products Searched", "Product Added", "Cart Viewed", "Checkout Started")


def run(quick: bool) -> list[dict[str, Any]]:
    """Events per second over HTTP and inserted directly, on SQLite and PostgreSQL."""
    batches = 60 if quick else 600
    return [_measured(kind, batches) for kind in ("SQLite", "PostgreSQL")]


def bodies(batches: int) -> list[bytes]:
    """Bodies as the official Python library sends them."""
    at = datetime(2026, 11, 20, 12, tzinfo=UTC)
    made = []
    for number in range(batches):
        messages = [_message(number * BATCH + n, at + timedelta(seconds=n)) for n in range(BATCH)]
        made.append(json.dumps({"batch": messages}).encode())
    return made


def _message(number: int, at: datetime) -> dict[str, Any]:
    return {
        "type": "track",
        "event": EVENTS[number % len(EVENTS)],
        "userId": f"customer-{number * 7919 % 20_000}",
        "messageId": str(uuid.uuid4()),
        "timestamp": at.isoformat(),
        "integrations": {},
        "anonymousId": None,
        "context": {"library": {"name": "analytics-python", "version": "2.4.0"}},
        "properties": {"product_id": f"p-{number % 500}", "price": 19.5, "query": "green tea", "position": 3},
    }


def _measured(kind: str, batches: int) -> dict[str, Any]:
    with stores(kind) as environment:
        direct = json.loads(python(DIRECT, environment, str(batches)).splitlines()[-1])
    with stores(kind) as environment:
        key = python(PREPARE, environment).splitlines()[-1]
        over_http = _served(environment, key, bodies(batches))
        stored = int(python(COUNT, environment).splitlines()[-1])
    assert stored == batches * BATCH, (stored, batches * BATCH)
    return {
        "name": f"Tracking events, {kind}",
        "ours": over_http,
        "peer": direct,
        "ratio": over_http / direct,
        "unit": "events/s",
        "requirement": "ratio ≥ 0.5",
        "note": f"batches of {BATCH}, one durable transaction each; beside: the same rows inserted directly",
    }


PREPARE = (
    SETUP
    + """
from keepwell.accounts import services as accounts
from keepwell.accounts.contracts import Permission
user = accounts.create_first_administrator(username="bench", password="correct horse battery")
token = accounts.create_token(user=user, name="bench", scopes=[Permission.SEND_EVENTS], now=clock.now())
from keepwell.customers import services as customers
customers.ensure(customer_ids=[f"customer-{n}" for n in range(20_000)], source="bench", at=clock.now())
print(token.secret)
"""
)
COUNT = SETUP + "from keepwell.history import queries\nprint(queries.outbox_backlog()[0])"
DIRECT = (
    SETUP
    + """
import json, sys, time
from datetime import timedelta
from django.db import connection, transaction
from bench.api import bodies
from keepwell.history.services import outbox
from keepwell.integrations.services import receiving
now = clock.now()
ready = []
for body in bodies(int(sys.argv[1])):
    found = receiving.read_batch(json.loads(body)["batch"], source="b", skew=timedelta(), received_at=now)
    rows = [outbox._row(t, f, "b", True, now) for one in found.taken.values() for t, f in one.facts]
    ready.append((list(found.taken), rows))
start = time.perf_counter()
for digests, rows in ready:
    with transaction.atomic():
        receiving._remember(digests, now)
        outbox._insert(rows)
print(json.dumps(sum(len(rows) for _, rows in ready) / (time.perf_counter() - start)))
"""
)


def _served(environment: dict[str, str], key: str, sent: list[bytes]) -> float:
    """Events per second that the real server takes."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "keepwell", "serve", "--no-worker", "--port", str(port)]
    server = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)
    try:
        _wait(port)
        waiting = list(reversed(sent))
        warm, start = len(waiting) // 10, 0.0
        for _ in range(warm):
            _post_all(port, key, [waiting.pop()])
        count = len(waiting) * BATCH
        threads = [
            threading.Thread(target=_post_all, args=(port, key, waiting[n::CONNECTIONS]))
            for n in range(CONNECTIONS)
        ]
        start = time.perf_counter()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return count / (time.perf_counter() - start)
    finally:
        server.terminate()
        server.wait(30)


def _wait(port: int) -> None:
    for _ in range(600):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.1)
    raise TimeoutError("the server did not start")


def _post_all(port: int, key: str, sent: list[bytes]) -> None:
    basic = base64.b64encode(f"{key}:".encode()).decode()
    headers = {"Authorization": f"Basic {basic}", "Content-Type": "application/json"}
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    for body in sent:
        connection.request("POST", "/v1/batch", body, headers)
        answer = connection.getresponse()
        said = answer.read()
        assert answer.status == 200, (answer.status, said)
    connection.close()
