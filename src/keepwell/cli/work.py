"""`keepwell work`: what has to be done without anybody asking."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click

from keepwell.cli import options
from keepwell.cli.boot import boot
from keepwell.cli.errors import CommandError, explain
from keepwell.cli.mail import take_delivered
from keepwell.cli.output import emit, note
from keepwell.cli.serve import SUPERVISED
from keepwell.cli.webhooks import deliver_beside

log = logging.getLogger("keepwell.work")

CYCLE_HOUR = 3
TICK_SECONDS = 1.0
AFTER_ERROR_SECONDS_MAX = 300.0
STOP_SECONDS_MAX = 15
MANY = 400  # messages that are worth a second sender
TIDY_EVERY = timedelta(days=1)


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


@dataclass
class Job:
    """Something to do again and again; `every_seconds` apart, longer after errors."""

    name: str
    run: Callable[[], Any]
    every_seconds: float
    due_at: float = 0.0  # on the monotonic clock
    errors: int = 0
    result: Any = None

    def attempt(self) -> None:
        """Do it if it is due; an error is logged and the next attempt comes later."""
        if time.monotonic() < self.due_at:
            return
        pause = self.every_seconds
        try:
            self.result = self.run()
            self.errors = 0
        except Exception as error:
            self.errors += 1
            pause = min(max(pause, 1.0) * 2**self.errors, AFTER_ERROR_SECONDS_MAX)
            log.warning("%s failed, again in %.0f s: %s", self.name, pause, explain(error)[0])
        self.due_at = time.monotonic() + pause


def jobs() -> list[Job]:
    """What there is to do, in the order of its urgency."""
    return [
        Job("outbox", _flush, 1.0),
        Job("journeys", _journeys, 1.0),
        Job("plays", _plays, 5.0),
        Job("segments", _follow_segments, 2.0),
        Job("changed_records", _notice_changes, 60.0),
        Job("webhooks", deliver_beside, 1.0),
        Job("mail", take_delivered, 2.0),
        Job("imports", _finish_imports, 30.0),
        Job("alerts", _alerts, 30.0),
        Job("winback", _winback, 300.0),
        Job("play_results", _play_results, 300.0),
        Job("care", _care, 300.0),
        Job("remedies", _remedies, 60.0),
        Job("pace", _pace, 6 * 3600.0),
        Job("journey_map", _measure_map, 6 * 3600.0),
        Job("notifications", _notify, 60.0),
        Job("privacy", _privacy, 5.0),
        Job("erasures", _replay_erasures, 900.0),
        Job("removed", _forget_removed, 60.0),
        Job("compaction", _compact, 900.0),
        Job("tidying", _tidy, TIDY_EVERY.total_seconds()),
        Job("retention", _retention, TIDY_EVERY.total_seconds()),
        Job("duplicates", _find_duplicates, TIDY_EVERY.total_seconds()),
    ]


def _forget_removed() -> int:
    """Delete for good what somebody took away and can no longer bring back."""
    from keepwell.customers import services

    return services.purge_removed()


def _flush() -> dict[str, int]:
    from keepwell.history import services

    result = services.flush()
    return {"accepted": result.accepted, "duplicate": result.duplicate}


def _journeys() -> dict[str, int]:
    """People who begin a journey today, and those who take their next step."""
    from keepwell.foundation import clock
    from keepwell.outreach.journeys import services

    done = services.work(clock.now())
    return {"entered": done.entered, "moved": done.moved, "failed": done.failed}


def _plays() -> dict[str, int]:
    """Members who are dealt out, contacted and followed; plays whose time is over."""
    from keepwell.foundation import clock
    from keepwell.plays.experiments import services

    return services.work(now=clock.now())


def _remedies() -> dict[str, int]:
    """Whoever met a friction of the journey map whose remedy is on."""
    from keepwell.foundation import clock
    from keepwell.outreach.touchpoints import services

    done = services.work(clock.now())
    return {"started": done.started, "passed": done.passed, "failed": done.failed}


def _pace() -> dict[str, int]:
    """How often each customer is written to, by what they made of our e-mails."""
    from keepwell.foundation import clock
    from keepwell.outreach.pacing import services
    from keepwell.outreach.policy import queries as policy

    told = services.work_out(now=clock.now(), agreed_only=policy.rules().follow_agreed_only)
    return dict(told.levels)


def _measure_map() -> int:
    from keepwell.foundation import clock
    from keepwell.outreach.touchpoints import services
    from keepwell.outreach.touchpoints.contracts import SPANS

    for days in SPANS:
        services.measure(days=days, now=clock.now())
    return len(SPANS)


def _follow_segments() -> int:
    from keepwell.insight.segments import services

    return services.follow()


def _notice_changes() -> int:
    from keepwell.insight.segments import services

    return services.notice_changes()


def _finish_imports() -> int:
    from keepwell.foundation import clock
    from keepwell.intake import services

    return services.finish_pending(actor="worker", now=clock.now())


def _alerts() -> int:
    from keepwell.foundation import clock
    from keepwell.outreach.services import alerts

    done = alerts.run(now=clock.now())
    return done.tasks if done else 0


def _winback() -> dict[str, int]:
    from keepwell.foundation import clock
    from keepwell.plays.winback import services

    return services.run(now=clock.now())


def _play_results() -> dict[str, int]:
    """Look at what plays did, and learn from those that are over."""
    from keepwell.foundation import clock
    from keepwell.plays.learning import services

    done = services.run(now=clock.now())
    return {"looks": done.looks, "alarms": done.alarms, "lessons": done.lessons}


def _care() -> dict[str, int]:
    from keepwell.foundation import clock
    from keepwell.plays.care import services

    return services.run(now=clock.now())


def _notify() -> dict[str, int]:
    from django.conf import settings

    from keepwell.foundation import clock
    from keepwell.outreach import letters
    from keepwell.outreach.channels.person import services as errands
    from keepwell.outreach.groups import services as groups
    from keepwell.outreach.services import digests, gathering

    now = clock.now()
    gathering.gather(now=now)
    errands.hand_out(now=now)
    groups.send_due(now=now)
    # Without a mail server nothing is sent, and nothing counts as tried.
    return digests.send_due(now=now, write=letters.daily) if settings.KEEPWELL_SMTP_URL else {}


def _privacy() -> int:
    """People who are to be erased or anonymised."""
    from keepwell.customers.privacy import services

    return services.run_requests()


def _replay_erasures() -> int:
    from keepwell.customers.privacy import services

    return services.replay_ledger()


def _retention() -> dict[str, int]:
    from keepwell.customers.privacy import services

    return services.apply_retention()


def _find_duplicates() -> int:
    from keepwell.customers.identity import services

    return services.find_duplicates(actor="worker")


def _compact() -> dict[str, int]:
    from keepwell.history import services

    return {done.table: done.rows_rewritten for done in services.compact() if done.rows_rewritten}


def _tidy() -> int:
    from keepwell.foundation import clock
    from keepwell.history import services
    from keepwell.intake.jobs import services as jobs
    from keepwell.integrations import services as integrations
    from keepwell.outreach.journeys import services as journeys

    files = sum(done.files for done in services.tidy())
    journeys.tidy(now=clock.now())
    return files + jobs.tidy(now=clock.now()) + integrations.tidy(now=clock.now())


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
        from django.db import close_old_connections

        self._heart.start()
        while not self._stopping.wait(TICK_SECONDS) and not self._is_orphan():
            close_old_connections()
            for job in self._jobs:
                if not self._stopping.is_set():
                    self._attempt(job)
        for child in (*self._senders, self._receipts, self._asked, self._search, self._cycle, self._backup):
            child.end()
        self._heart.stop()

    def _attempt(self, job: Job) -> None:
        if time.monotonic() < job.due_at:
            return
        self._heart.job(job.name)
        job.attempt()
        self._heart.job("")
        self._heart.count(f"{job.name}_failed" if job.errors else f"{job.name}_done")
        if job.name == "outbox" and not job.errors:
            self._heart.count("facts_stored", job.result["accepted"])

    def _is_orphan(self) -> bool:
        """Whether the process that started this one has ended, however it did."""
        parent = os.environ.get(SUPERVISED)
        return parent is not None and int(parent) != os.getppid()
