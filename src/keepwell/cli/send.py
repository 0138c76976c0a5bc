"""`keepwell send`: what waits to be sent, until nothing is due."""

from __future__ import annotations

import signal
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import click

from keepwell.cli import options
from keepwell.cli.boot import boot
from keepwell.cli.output import emit, note

# How many parts of mailings are made, and how long is sent then, before it is the other's turn.
PARTS_AT_ONCE = 4
SENDING_SECONDS = 15.0


@click.command("send", context_settings=options.CONTEXT)
@click.option("--receipts", is_flag=True, help="Only ask providers what became of messages.")
@options.as_json
@options.home
def send_command(receipts: bool, as_json: bool, home: Path) -> None:
    """Send the messages that are due, and end when there are none.

    `keepwell work` runs it by itself. More than one may run at once, on one machine or several: each message
    goes once. It may be stopped at any moment.
    """
    boot(home)
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    done = {"receipts": ask()} if receipts else send_all(stopping.is_set)
    if as_json:
        emit(done)
    else:
        note(", ".join(f"{name} {count:,}" for name, count in done.items()) or "Nothing was due.")


def send_all(stopping: Callable[[], bool] = lambda: False) -> dict[str, int]:
    """Prepare the mailings that wait and send what is due, in turns; what was done, by message."""
    from keepwell.foundation import clock
    from keepwell.outreach.mailings import services as mailings
    from keepwell.outreach.sending.services import working

    total: Counter[str] = Counter()
    more = True
    while more and not stopping():
        more = False
        for _turn in range(PARTS_AT_ONCE):
            made = mailings.prepare_next(now=clock.now())
            if made is None or stopping():
                break
            more = True
            total["prepared"] += made
        until = time.monotonic() + SENDING_SECONDS

        def turn_over(until: float = until, more: bool = more) -> bool:
            return stopping() or (more and time.monotonic() > until)

        done = asdict(working.work(now=clock.now, stopping=turn_over))
        total.update(done)
    mailings.settle(now=clock.now())
    return dict(total)


def ask() -> int:
    """Ask providers what became of messages; how many things were new."""
    from keepwell.foundation import clock
    from keepwell.outreach.sending.services import working

    return working.find_out(now=clock.now())
