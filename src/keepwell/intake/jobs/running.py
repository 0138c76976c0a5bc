"""The worker's part: take a job, hold its lease, do it, write down what came of it.

A job may be done twice (a worker died, or lost its lease): imports know what they have taken in, and a
cycle carries on where it stopped, so the second time completes the first.
"""

from __future__ import annotations

import os
import shutil
import socket
import threading
import time
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.db import connections, transaction
from django.db.models import Q
from django.utils import translation
from django.utils.translation import gettext as _

from keepwell.foundation import clock
from keepwell.intake import services
from keepwell.intake.contracts import ImportReport, TableCounts
from keepwell.intake.errors import IntakeError
from keepwell.intake.jobs import folders
from keepwell.intake.models import Job

LEASE = timedelta(seconds=60)
RENEW_SECONDS = 15.0
TELL_SECONDS = 1.0
ATTEMPTS_MAX = 3
RunCycle = Callable[[str, Callable[[str, float, int], None]], None]


def run_next(*, now: datetime, run_cycle: RunCycle) -> bool:
    """Do the oldest job that waits or was left behind; whether there was one.

    `run_cycle(actor, progress)` runs a cycle, which is another room's to do.
    """
    job = _claim(now)
    if job is None:
        return False
    with _Lease(job), translation.override(job.language or None):
        try:
            if job.task == "cycle":
                run_cycle(job.actor, _Teller(job))
                _finish(job, status="done")
            else:
                _import(job)
        except Exception as error:
            _finish(job, status="failed", error=str(error)[:2000] or type(error).__name__)
            if not isinstance(error, IntakeError):
                raise
    return True


def _claim(now: datetime) -> Job | None:
    with transaction.atomic():
        free = Q(status="waiting") | Q(status="running", lease_until__lt=now)
        job = Job.objects.select_for_update().filter(free).order_by("pk").first()
        if job is None:
            return None
        if job.attempts >= ATTEMPTS_MAX:
            Job.objects.filter(pk=job.pk).update(
                status="failed",
                finished_at=now,
                error=_("It was interrupted %(count)d times and given up.") % {"count": job.attempts},
            )
            return None
        job.status, job.started_at, job.attempts = "running", now, job.attempts + 1
        job.holder, job.lease_until = f"{socket.gethostname()}|{os.getpid()}|{job.attempts}", now + LEASE
        job.save(update_fields=["status", "started_at", "attempts", "holder", "lease_until"])
    return job


class _Lease:
    """Renews the lease of a job from a thread, also while the job says nothing for long."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._renew, daemon=True)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *exc: object) -> None:
        self._over.set()
        self._thread.join()

    def _renew(self) -> None:
        try:
            while not self._over.wait(RENEW_SECONDS):
                Job.objects.filter(pk=self._job.pk, holder=self._job.holder).update(
                    lease_until=clock.now() + LEASE
                )
        finally:
            connections.close_all()


class _Teller:
    """Writes down how far a job is, at most once a second."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._told = 0.0

    def __call__(self, what: str, share: float, rows: int) -> None:
        """Say that `what` is done to `share` (0 to 1), with so many rows."""
        if time.monotonic() - self._told < TELL_SECONDS:
            return
        self._told = time.monotonic()
        Job.objects.filter(pk=self._job.pk, holder=self._job.holder).update(
            progress={"what": what, "share": round(share, 4), "rows": rows}
        )


def _import(job: Job) -> None:
    folder = folders.folder_path(job.folder)
    if not folder.is_dir():
        raise IntakeError(_("The uploaded files are gone. Please upload them again."), code="absent")
    is_check = job.task == "check"
    rejected = folder / "rejected"
    shutil.rmtree(rejected, ignore_errors=True)
    rejected.mkdir(mode=0o700)
    total = ImportReport(dry_run=is_check)
    quarantine: list[str] = []
    for paths, table, columns in _calls(job, folder):
        mapping = None
        if columns is not None:
            mapping = {"table": table, "columns": dict(columns), "match_others": False}
        report = services.import_paths(
            paths=paths,
            actor=job.actor,
            now=clock.now(),
            mapping=mapping,
            table=table or None,
            dry_run=is_check,
            progress=_Teller(job),
            rejected_dir=rejected,
            **job.options,
        )
        _add(total, report)
        if report.quarantine and not is_check:
            quarantine.append(report.quarantine.name)
    said = total.to_dict() | {"quarantine": None}
    if is_check:
        _finish(job, status="draft", report=said)
    else:
        _finish(job, status="failed" if _all_failed(total) else "done", report=said, quarantine=quarantine)
        folders.remove(job.folder)


def _calls(job: Job, folder: Path) -> list[tuple[list[Path], str, Mapping[str, str] | None]]:
    """What is imported together: everything that is recognised, and each file that somebody explained.

    Explained people and products come before everything else, so that facts find whom they speak of.
    """
    recognised = [folder / one["place"] for one in job.files if not one["table"]]
    explained = [one for one in job.files if one["table"]]
    first = [one for one in explained if one["table"] in ("products", "customers")]
    then = [one for one in explained if one not in first]
    calls: list[tuple[list[Path], str, Mapping[str, str] | None]] = [
        ([folder / one["place"]], one["table"], one["columns"])
        for one in sorted(first, key=lambda one: one["table"] != "products")
    ]
    if recognised:
        calls.append((recognised, "", None))
    return calls + [([folder / one["place"]], one["table"], one["columns"]) for one in then]


def _add(total: ImportReport, report: ImportReport) -> None:
    for name, counts in report.tables.items():
        total.tables.setdefault(name, TableCounts()).add(counts)
    total.files.extend(report.files)
    total.notes.extend(note for note in report.notes if note not in total.notes)


def _all_failed(report: ImportReport) -> bool:
    return bool(report.files) and all(file.error for file in report.files)


def _finish(job: Job, *, status: str, **fields: Any) -> None:
    """Write the end down, if the job is still ours."""
    now = clock.now()
    ended = {"finished_at": now} if status != "draft" else {}
    Job.objects.filter(pk=job.pk, holder=job.holder).update(
        status=status, holder="", lease_until=None, progress={}, **ended, **fields
    )
