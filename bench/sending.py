"""A campaign of e-mails to a real SMTP server on this machine.

Prepared (planned, rendered, queued) by one process, sent by two; beside them bare clients that hand
ready-made messages to the same server over two connections, and others that compose each with the standard
library. Everybody who agreed is allowed and there are no quiet hours, so every message takes the whole way:
claim at the contact policy, words, links, headers, journal, fact.

All share the cores with the mail server. CPU time of every process that takes part, by message, is noted too:
on a machine that others use, it says what the seconds do not.
"""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil

from bench.stores import SETUP, python, stores

# Of each of two bare clients.
PEER_MESSAGES = 10_000
PREPARE = (
    SETUP
    + """
import json, resource, time
from keepwell.outreach.mailings import services as mailings
start, worked = time.perf_counter(), time.process_time()
while mailings.prepare_next(now=clock.now()) is not None:
    pass
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
print(json.dumps([time.perf_counter() - start, peak, time.process_time() - worked]))
"""
)
STATE = (
    SETUP
    + """
import json
from keepwell.outreach.sending import queries
print(json.dumps(queries.counts()))
"""
)


def run(quick: bool) -> list[dict[str, Any]]:
    """Preparing and sending, on SQLite and PostgreSQL; some five minutes for each."""
    count = 4_000 if quick else 100_000
    return [row for kind in ("SQLite", "PostgreSQL") for row in measured(kind, count)]


def measured(kind: str, count: int) -> list[dict[str, Any]]:
    """Seconds to prepare `count` messages, and messages a second beside the bare client."""
    with stores(kind) as environment:
        environment["KEEPWELL_URL"] = "https://keepwell.example"
        log = Path(environment["KEEPWELL_HOME"]) / "taken.txt"
        with server(log) as port:
            # Their rate counts from the first message on, so that it does not depend on how many there are.
            bare, bare_cpu = peers("client", port, min(count // 4, PEER_MESSAGES))
            writer, writer_cpu = peers("writer", port, min(count // 4, PEER_MESSAGES))
            log.write_bytes(b"")
            shop = [sys.executable, "-m", "bench.mail_shop", str(count), str(port)]
            subprocess.run(shop, env=environment, check=True, stdout=subprocess.DEVNULL)
            seconds, peak, _worked = json.loads(python(PREPARE, environment).splitlines()[-1])
            start, before = time.perf_counter(), cpu_seconds(environment)
            senders = [sender(environment) for _ in range(2)]
            codes = [one.wait() for one in senders]
            took, cpu = time.perf_counter() - start, 1_000 * (cpu_seconds(environment) - before) / count
            assert codes == [0, 0], codes
            taken = [line.split()[1] for line in log.read_text().splitlines()]
            state = json.loads(python(STATE, environment).splitlines()[-1])
            assert len(taken) == len(set(taken)) == count == state["sent"], (len(taken), state)
    return [
        {
            "name": f"Preparing {count:,} e-mails, {kind}",
            "ours": count / seconds,
            "unit": "messages/s",
            "requirement": "≥ 3,334 by two processes (1 M in 5 minutes)",
            "note": f"planned, rendered and queued by one process; peak memory {peak:,} MiB",
        },
        {
            "name": f"Sending {count:,} e-mails, {kind}",
            "ours": count / took,
            "peer": bare,
            "ratio": count / took / bare,
            "unit": "messages/s",
            "requirement": "ratio ≥ 0.5",
            "note": f"two `keepwell send`, start-up included, {cpu:.2f} CPU ms each with mail server and "
            f"database; beside: two bare smtplib, nothing composed, {bare_cpu:.2f} CPU ms",
        },
        {
            "name": f"The same beside clients that compose, {kind}",
            "ours": count / took,
            "peer": writer,
            "ratio": count / took / writer,
            "unit": "messages/s",
            "note": "beside: two smtplib, each message an EmailMessage of text, HTML, headers of bulk mail, "
            f"{writer_cpu:.2f} CPU ms",
        },
    ]


def peers(kind: str, port: int, count: int) -> tuple[float, float]:
    """Messages a second of two clients at once, and CPU milliseconds of each message."""
    command = [sys.executable, "-m", "bench.mail_peers", kind, str(port), str(count)]
    before = cpu_seconds()
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    rate = sum(float(one.communicate()[0]) for one in both)
    return rate, 1_000 * (cpu_seconds() - before) / count / 2


def cpu_seconds(environment: dict[str, str] | None = None) -> float:
    """Of all processes that this one has started, those that have ended too, and of its PostgreSQL."""
    begun = [psutil.Process()]
    pid_file = Path((environment or {}).get("KEEPWELL_HOME", "")) / "postgres" / "postmaster.pid"
    if pid_file.exists():
        begun.append(psutil.Process(int(pid_file.read_text().split()[0])))
    spent = 0.0
    for one in [process for first in begun for process in (first, *first.children(recursive=True))]:
        try:
            times = one.cpu_times()
        except psutil.NoSuchProcess:
            continue
        spent += times.user + times.system + times.children_user + times.children_system
    return spent


def sender(environment: dict[str, str]) -> subprocess.Popen[bytes]:
    """A sending process."""
    command = [sys.executable, "-m", "keepwell", "send"]
    return subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)


@contextmanager
def server(log: Path) -> Any:
    """The port of a mail server in a process of its own."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "bench.mail_peers", "server", str(port), str(log)]
    process = subprocess.Popen(command)
    try:
        for _ in range(100):
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                time.sleep(0.1)
        yield port
    finally:
        process.kill()
        process.wait()
