"""The official tracking library against the real server, which is killed in between: every event once?

    python tools/tracking_crash.py [--events 100000] [--kills 2] [--seed S] [--library PYTHON]

Serves Keepwell with its worker, lets the Segment library (in an environment of its own, `--library` names its
Python) send events, kills server and worker with -9 at random moments and starts them again. Then every event
must be in the lake exactly once, by its message id and by what it says. The exit code is 1 where not.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
LIBRARY = REPOSITORY / ".venv-tracking" / "bin" / "python"
WAIT_SECONDS_MAX = 900

SENDER = """
import sys, threading
from segment.analytics.client import Client
host, key, count, users = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
failed = []
client = Client(key, host=host, max_queue_size=count + 10, max_retries=40, timeout=20, thread=2, gzip=True,
                on_error=lambda error, batch: failed.append((error, len(batch))))
for number in range(count):
    user = f"customer-{number % users}"
    if number % 10 == 0:
        order = {"order_id": f"o-{number}", "revenue": 5, "currency": "EUR"}
        done = client.track(user, "Order Completed", order)
    else:
        done = client.track(user, "Product Viewed", {"product_id": f"p-{number}", "price": 2})
    assert done[0], number
client.flush()
client.join()
assert not failed, failed[:3]
print("sent")
"""
PREPARE = """
import os, django
django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0)
from keepwell.accounts import services as accounts
from keepwell.accounts.contracts import Permission
from keepwell.foundation import clock
user = accounts.create_first_administrator(username="tracker", password="correct horse battery")
token = accounts.create_token(user=user, name="tracker", scopes=[Permission.SEND_EVENTS], now=clock.now())
print(token.secret)
"""
COUNT = """
import json, django
django.setup()
from keepwell.history import engine, queries, services
services.flush()
with engine.engine() as one:
    found = {}
    for table, key, about in (
        ("orders", "order_id", "order_id"), ("interactions", "interaction_id", "subject")
    ):
        facts = queries.scan(table, engine=one)
        rows = one.execute(facts.select(facts[key].name("k"), facts[about].name("a"), "customer_id"))
        found[table] = {
            "rows": rows.num_rows,
            "keys": len(set(rows["k"].to_pylist())),
            "said": len(set(rows["a"].to_pylist())),
            "customers": len(set(rows["customer_id"].to_pylist())),
        }
from keepwell.customers import queries as customers
from keepwell.integrations import queries as integrations
print(json.dumps({**found, "records": customers.count(), "dead_letters": integrations.count_dead_letters()}))
"""


def main() -> int:
    """Send, kill, count."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--events", type=int, default=100_000, help="a multiple of 10")
    parser.add_argument("--kills", type=int, default=2)
    parser.add_argument("--seed", type=int, default=None, help="of the random moments")
    parser.add_argument("--library", type=Path, default=LIBRARY, help="the Python that has the library")
    options = parser.parse_args()
    if not options.library.exists():
        parser.error(f"{options.library} is missing: run `make tracking-env`")
    seed = random.SystemRandom().randrange(10**6) if options.seed is None else options.seed
    print(f"seed {seed}", flush=True)
    home = Path(tempfile.mkdtemp(prefix="keepwell-tracking-"))
    try:
        return run(home, options.events, options.kills, random.Random(seed), options.library)
    finally:
        shutil.rmtree(home, ignore_errors=True)


def run(home: Path, events: int, kills: int, rng: random.Random, library: Path) -> int:
    """One round in `home`; 0 where every event is there once."""
    environment = {
        **os.environ,
        "KEEPWELL_HOME": str(home),
        "KEEPWELL_CONFIDENTIALITY": "off",
        "KEEPWELL_CYCLE_HOUR": "off",
        "DJANGO_SETTINGS_MODULE": "keepwell.foundation.settings",
    }
    key = python(PREPARE, environment).splitlines()[-1]
    port = free_port()
    server = Server(port, environment)
    server.start()
    users = max(10, events // 50)
    command = [str(library), "-c", SENDER, f"http://127.0.0.1:{port}", key, str(events), str(users)]
    started = time.monotonic()
    sender = subprocess.Popen(command, cwd=home, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        moments = sorted(rng.uniform(0.1, 0.8) for _ in range(kills))
        for moment in moments:
            server.wait_for(int(events * moment), environment, sender)
            time.sleep(rng.uniform(0.0, 0.3))
            alive = sender.poll() is None
            server.kill()
            print(
                f"killed after {moment:.0%} of the events, sender {'at work' if alive else 'done'}",
                flush=True,
            )
            server.start()
        said, _ = sender.communicate(timeout=WAIT_SECONDS_MAX)
        seconds = time.monotonic() - started
        server.stop()
    finally:
        sender.kill()
        server.kill()
    counts = json.loads(python(COUNT, environment).splitlines()[-1])
    orders = events // 10
    expected = {
        "orders": {"rows": orders, "keys": orders, "said": orders},
        "interactions": dict.fromkeys(("rows", "keys", "said"), events - orders),
    }
    for table, wanted in expected.items():
        counts[table].pop("customers")
        wanted_text = "right" if counts[table] == wanted else f"WRONG, expected {wanted}"
        print(f"{table}: {counts[table]} {wanted_text}")
    print(
        f"records: {counts['records']}, dead letters: {counts['dead_letters']}, "
        f"{events / seconds:.0f} events/s"
    )
    right = (
        said.strip() == "sent"
        and all(counts[table] == wanted for table, wanted in expected.items())
        and counts["records"] == users
        and counts["dead_letters"] == 0
    )
    print("every event is there once" if right else "FAILED")
    return 0 if right else 1


class Server:
    """`keepwell serve` with its worker, in a process group that can be killed as a whole."""

    def __init__(self, port: int, environment: dict[str, str]) -> None:
        self._command = [sys.executable, "-m", "keepwell", "serve", "--port", str(port)]
        self._environment = environment
        self._port = port
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it listens."""
        for _ in range(50):
            self._process = subprocess.Popen(
                self._command, env=self._environment, stderr=subprocess.DEVNULL, start_new_session=True
            )
            for _ in range(300):
                if self._process.poll() is not None:
                    break
                try:
                    socket.create_connection(("127.0.0.1", self._port), timeout=1).close()
                    return
                except OSError:
                    time.sleep(0.1)
            time.sleep(0.2)
        raise RuntimeError("the server does not start")

    def kill(self) -> None:
        """Kill server, its workers and the worker with -9."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None

    def stop(self) -> None:
        """Stop it as Ctrl-C does."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(60)

    def wait_for(self, count: int, environment: dict[str, str], sender: subprocess.Popen[str]) -> None:
        """Wait until so many messages were taken, or the sender has ended."""
        reader = subprocess.Popen(
            [sys.executable, "-c", WATCH, str(count)], env=environment, stdout=subprocess.DEVNULL
        )
        while reader.poll() is None and sender.poll() is None:
            time.sleep(0.02)
        reader.kill()
        reader.wait()


WATCH = """
import sys, time, django
django.setup()
from django.db import connection
while True:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM integrations_receivedmessage")
        if cursor.fetchone()[0] >= int(sys.argv[1]):
            break
    time.sleep(0.05)
"""


def python(code: str, environment: dict[str, str]) -> str:
    """Run `code` in a fresh Python."""
    command = [sys.executable, "-c", code]
    return subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True).stdout


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    sys.exit(main())
