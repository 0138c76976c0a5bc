"""`keepwell work`: what has to be done without anybody asking."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click

from keepwell.cli import options
from keepwell.cli.boot import boot
from keepwell.cli.errors import CommandError, explain
from keepwell.cli.output import emit, note
from keepwell.cli.serve import SUPERVISED
from keepwell.cli.work_jobs import QUICK, QUICK_SECONDS, Job, jobs

CYCLE_HOUR = 3
TICK_SECONDS = 1.0
STOP_SECONDS_MAX = 15
MANY = 400  # messages that are worth a second sender


class Hour(click.ParamType):
    """An hour of the day, or "off"."""

    name = "hour"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int | str:
        """Read `value`."""
        text = str(value)
        if text == "off":
            return text
        if not text.isdecimal() or int(text) > 23:
            self.fail(f"{value!r} is not an hour from 0 to 23, or off", param, ctx)
        return int(text)


@click.command("work", context_settings=options.CONTEXT)
@click.option("--once", is_flag=True, help="Do what is due now and end.")
@click.option(
    "--cycle-hour",
    type=Hour(),
    default=CYCLE_HOUR,
    envvar="KEEPWELL_CYCLE_HOUR",
    show_default=True,
    help="The hour of the nightly cycle in KEEPWELL_TIME_ZONE, or off.",
)
@options.as_json
@options.home
def work_command(once: bool, cycle_hour: int | str, as_json: bool, home: Path) -> None:
    """Do the work that falls due, without the web app.

    Stores what was recorded, finishes imports, runs the nightly cycle, raises alerts and notifies, tidies
    up, and does what is asked for in the browser. `keepwell serve` runs it by itself. More than one may run:
    they do not get in each other's way. With KEEPWELL_BACKUP_DIR it also makes a backup a day, with
    KEEPWELL_MAILDIR it puts the e-mails that are delivered there on customers' records.
    """
    boot(home)
    hour = None if isinstance(cycle_hour, str) else cycle_hour
    if once:
        _once(hour, as_json=as_json)
    else:
        Loop(hour).run()


def _once(hour: int | None, *, as_json: bool) -> None:
    done: dict[str, Any] = {}
    failed = []
    for job in jobs():
        try:
            done[job.name] = job.run()
        except Exception as error:
            failed.append(job.name)
            done[job.name] = {"error": explain(error)[0]}
            note(f"{job.name}: {explain(error)[0]}")
    from keepwell.cli.jobs import run_all
    from keepwell.cli.search import refresh
    from keepwell.cli.send import send_all

    done["asked"], done["search"], done["send"] = run_all(), refresh(), send_all()
    if hour is not None and cycle_is_due(hour):
        from keepwell.cli.cycle import run

        done["cycle"] = run(None).cycle_id
    if backup_is_due():
        from keepwell.cli.backup import read_passphrase
        from keepwell.operations import schedule

        done["backup"] = schedule.run(passphrase=read_passphrase(None))[0].path
    if failed:
        raise CommandError(f"not everything could be done: {', '.join(failed)}")
    if as_json:
        emit(done)
    else:
        note("Done what was due.")


def cycle_is_due(hour: int) -> bool:
    """Whether there is something to learn from, and no cycle has started since it last fell due."""
    from django.conf import settings

    from keepwell.cli.schedule import is_due
    from keepwell.foundation import clock
    from keepwell.history import queries as history
    from keepwell.insight import queries as insight

    if "orders" not in history.versions():
        return False
    newest = next(iter(insight.cycles(limit=1)), None)
    zone = ZoneInfo(settings.TIME_ZONE)
    return is_due(clock.now(), hour, zone, newest.started_at if newest else None)


def backup_is_due() -> bool:
    """Whether KEEPWELL_BACKUP_DIR has no backup since KEEPWELL_BACKUP_HOUR struck last."""
    from keepwell.foundation import clock
    from keepwell.operations import schedule

    return schedule.is_due(clock.now())


def jobs_wait() -> bool:
    """Whether something was asked for in the browser."""
    from keepwell.cli.jobs import are_waiting

    return are_waiting()


def search_is_behind() -> bool:
    """Whether records or orders changed that search does not know yet."""
    from keepwell.customers.search import queries

    return queries.is_behind()


def sending_is_due(at_least: int = 1) -> bool:
    """Whether so many messages are due, or a mailing is to be prepared."""
    from keepwell.foundation import clock
    from keepwell.outreach.mailings import services as mailings
    from keepwell.outreach.sending.services import working

    now = clock.now()
    return working.is_due(now=now, at_least=at_least) or mailings.work_waits(now=now)


def receipts_are_due() -> bool:
    """Whether a provider can be asked what became of messages, or some are of unknown fate."""
    from keepwell.foundation import clock
    from keepwell.outreach.sending.services import working

    return working.may_find_out(now=clock.now())


class Child:
    """A command in a process of its own: its memory is given back, and the outbox never waits for it."""

    def __init__(self, *arguments: str) -> None:
        self._command = [sys.executable, "-m", "keepwell", *arguments]
        self._process: subprocess.Popen[bytes] | None = None

    def start_if(self, due: Callable[[], bool]) -> None:
        """Start it where it does not run and `due` says so; raises RuntimeError once after it failed."""
        if self._process is not None:
            code = self._process.poll()
            if code is None:
                return
            self._process = None
            if code:
                raise RuntimeError(f"{self._command[3]} ended with code {code}")
        if due():
            self._process = subprocess.Popen(  # noqa: S603 - our own program
                self._command, stdin=subprocess.DEVNULL
            )

    def end(self) -> None:
        """Ask it to stop, wait, and kill it if it does not; what it did can be done again."""
        if self._process is None or self._process.poll() is not None:
            return
        self._process.terminate()
        try:
            self._process.wait(STOP_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


class Loop:
    """Does the jobs until a signal, or the end of the process that started it, stops it."""

    def __init__(self, hour: int | None) -> None:
        from keepwell.operations.heartbeat import Heartbeat

        self._stopping = threading.Event()
        self._heart = Heartbeat()
        self._cycle, self._backup = Child("cycle"), Child("backup", "--scheduled")
        self._asked, self._search = Child("jobs"), Child("search", "--refresh")
        # The second only where it is worth its start: while one waits for the server the other goes on.
        self._senders, self._receipts = [Child("send"), Child("send")], Child("send", "--receipts")
        self._jobs = jobs()
        if hour is not None:
            self._jobs.append(Job("cycle", lambda: self._cycle.start_if(lambda: cycle_is_due(hour)), 30.0))
        self._jobs.append(Job("asked", lambda: self._asked.start_if(jobs_wait), 1.0))
        self._jobs.append(Job("search", lambda: self._search.start_if(search_is_behind), 20.0))
        for number, (child, at_least) in enumerate(zip(self._senders, (1, MANY), strict=True), 1):
            due = partial(sending_is_due, at_least)
            self._jobs.append(Job(f"send_{number}", partial(child.start_if, due), 1.0))
        self._jobs.append(Job("receipts", lambda: self._receipts.start_if(receipts_are_due), 60.0))
        self._jobs.append(Job("backup", lambda: self._backup.start_if(backup_is_due), 60.0))

    def run(self) -> None:
        """Work until stopped."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self._stopping.set())
        self._heart.start()
        quick = threading.Thread(target=self._keep_up, name="quick")
        quick.start()
        while not self._stopping.wait(TICK_SECONDS) and quick.is_alive() and not self._is_orphan():
            self._round([job for job in self._jobs if job.name not in QUICK])
        self._stopping.set()
        quick.join()
        for child in (*self._senders, self._receipts, self._asked, self._search, self._cycle, self._backup):
            child.end()
        self._heart.stop()

    def _keep_up(self) -> None:
        """What customers wait for, in a thread of its own: a live event never waits for a long job."""
        from django.db import connections

        try:
            while not self._stopping.wait(QUICK_SECONDS):
                self._round([job for job in self._jobs if job.name in QUICK])
        finally:
            connections.close_all()

    def _round(self, due: Sequence[Job]) -> None:
        from django.db import close_old_connections

        close_old_connections()
        for job in due:
            if not self._stopping.is_set():
                self._attempt(job)

    def _attempt(self, job: Job) -> None:
        if time.monotonic() < job.due_at:
            return
        with self._heart.doing(job.name):
            job.attempt()
        self._heart.count(f"{job.name}_failed" if job.errors else f"{job.name}_done")
        if job.name == "outbox" and not job.errors:
            self._heart.count("facts_stored", job.result["accepted"])

    def _is_orphan(self) -> bool:
        """Whether the process that started this one has ended, however it did."""
        parent = os.environ.get(SUPERVISED)
        return parent is not None and int(parent) != os.getppid()
