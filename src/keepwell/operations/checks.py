"""What `keepwell doctor` looks at while the shop runs: clock, fonts, worker, backlog, backups."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from django.db import connection

from keepwell.foundation import clock
from keepwell.foundation.home import Home
from keepwell.history import queries as history
from keepwell.operations import heartbeat, queries, schedule
from keepwell.operations.contracts import NoteError, UnwellError

CLOCK_OFF_MAX = timedelta(minutes=1)
BACKLOG_AGE_MAX = timedelta(minutes=10)
JOB_AGE_MAX = timedelta(hours=2)
BACKUP_AGE_MAX = timedelta(hours=50)  # a day's backup may be late, two may not be missing


def check_clock() -> str:
    """The clock of this machine beside that of the database server, or of the files that were written."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT clock_timestamp()")
            other, name = cursor.fetchone()[0], "the database server"
        off = abs(clock.now() - other)
    else:
        newest = max((path.stat().st_mtime for path in Home.current().root.iterdir()), default=0.0)
        off = max(datetime.fromtimestamp(newest, UTC) - clock.now(), timedelta(0))
        name = "the home's newest file"
    if off > CLOCK_OFF_MAX:
        raise UnwellError(f"this machine's clock and {name} differ by {_span(off)}; set the clock (NTP)")
    return f"{clock.now():%Y-%m-%d %H:%M:%S} UTC"


def check_fonts() -> str:
    """Whether Chinese can be drawn where this machine draws text itself."""
    program = shutil.which("fc-list")
    if program is None:
        raise NoteError("fontconfig is absent: whether Chinese can be drawn here is not known")
    found = subprocess.run(  # noqa: S603
        [program, ":lang=zh", "family"], capture_output=True, text=True, timeout=20, check=False
    ).stdout.split("\n")
    families = sorted({line.split(",")[0].strip() for line in found if line.strip()})
    if not families:
        raise NoteError("no font for Chinese; install one (Debian: fonts-noto-cjk)")
    return families[0]


def check_worker() -> str:
    """Whether somebody does what falls due, and does not hang at it."""
    now = clock.now()
    found = heartbeat.workers(now)
    if not found:
        raise NoteError("no worker runs; start keepwell serve or keepwell work")
    for worker in found:
        if worker.job_since and now - worker.job_since > JOB_AGE_MAX:
            since = _span(now - worker.job_since)
            raise UnwellError(f"{worker.name} is at {worker.job} for {since}; look at its log")
    return ", ".join(f"{worker.name} ({worker.job or 'waits'})" for worker in found)


def check_backlog() -> str:
    """Whether recorded facts reach the lake."""
    waiting, oldest = history.outbox_backlog()
    if not waiting or oldest is None:
        return "nothing waits"
    age = clock.now() - oldest
    said = f"{waiting:,} fact(s) wait, the oldest for {_span(age)}"
    if age > BACKLOG_AGE_MAX:
        if heartbeat.workers():
            raise UnwellError(f"{said}; look at the worker's log")
        raise NoteError(f"{said}; no worker runs")
    return said


def check_backup() -> str:
    """Whether there is a backup, and of when."""
    last, folder = queries.last_backup_at(), schedule.folder()
    if last is None:
        raise NoteError("none was made of this home; run: keepwell backup, or set KEEPWELL_BACKUP_DIR")
    age = clock.now() - last
    if folder is not None and age > BACKUP_AGE_MAX:
        raise UnwellError(f"the newest is {_span(age)} old though one a day should go to {folder}")
    return f"{last:%Y-%m-%d %H:%M} UTC"


def _span(age: timedelta) -> str:
    seconds = int(age.total_seconds())
    for size, unit in ((86_400, "days"), (3_600, "hours"), (60, "minutes")):
        if seconds >= 2 * size:
            return f"{seconds // size} {unit}"
    return f"{seconds} seconds"


CHECKS: dict[str, Callable[[], str]] = {
    "clock": check_clock,
    "fonts": check_fonts,
    "worker": check_worker,
    "backlog": check_backlog,
    "last backup": check_backup,
}
