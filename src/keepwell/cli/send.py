"""`keepwell send`: what waits to be sent, until nothing is due."""

from __future__ import annotations

import signal
import threading
from dataclasses import asdict
from pathlib import Path

import click

from keepwell.cli import options
from keepwell.cli.boot import boot
from keepwell.cli.output import emit, note


@click.command("send", context_settings=options.CONTEXT)
@options.as_json
@options.home
def send_command(as_json: bool, home: Path) -> None:
    """Send the messages that are due, and end when there are none.

    `keepwell work` runs it by itself. More than one may run at once, on one machine or several: each message
    goes once. It may be stopped at any moment.
    """
    boot(home)
    from keepwell.foundation import clock
    from keepwell.outreach.sending.services import working

    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    done = working.work(now=clock.now, stopping=stopping.is_set)
    if as_json:
        emit(asdict(done))
    else:
        note(
            f"Sent {done.sent:,}; withheld {done.withheld:,}, put off {done.later:,}, failed {done.failed:,},"
            f" of unknown fate {done.unknown:,}."
        )
