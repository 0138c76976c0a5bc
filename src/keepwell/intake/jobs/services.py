"""What can be done with jobs: begin, say what files are, check, import, throw away, run a cycle."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from keepwell.foundation.audit import services as audit
from keepwell.intake import limits
from keepwell.intake.errors import IntakeError
from keepwell.intake.jobs import folders, looking
from keepwell.intake.jobs.contracts import JobView, Upload
from keepwell.intake.jobs.queries import view
from keepwell.intake.jobs.running import run_next
from keepwell.intake.models import Job, SavedMapping

__all__ = [
    "ask_check",
    "ask_cycle",
    "ask_import",
    "begin",
    "discard",
    "run_next",
    "save_mappings",
    "say",
    "tidy",
]

FILES_MAX = 50
DRAFT_KEPT = timedelta(days=3)
OPTIONS = ("source", "date_order", "currency", "unknown_customers", "time_zone", "country")


def begin(*, files: Sequence[tuple[str, Path]], actor: str, now: datetime) -> JobView:
    """Take uploaded files (name as given, where it lies now) into a new draft.

    The files are moved; a mapping that was saved for the same columns is used again. Raises IntakeError for
    no file or more than FILES_MAX.
    """
    if not files:
        raise IntakeError(_("Choose at least one file."), code="absent")
    if len(files) > min(FILES_MAX, limits.FILES):
        raise IntakeError(_("At most %(limit)d files at once.") % {"limit": FILES_MAX}, code="files")
    folder = folders.new_folder()
    uploads = []
    try:
        for number, (name, path) in enumerate(files):
            uploads.append(_take_in(folder, number, name, path))
    except BaseException:
        folders.remove(folder)
        raise
    job = Job.objects.create(
        task="import",
        status="draft",
        actor=actor,
        language=get_language() or "",
        created_at=now,
        folder=folder,
        files=[asdict(upload) for upload in uploads],
    )
    return view(job)


def _take_in(folder: str, number: int, name: str, path: Path) -> Upload:
    clean = folders.safe_name(name)
    place = f"{number:03d}/{clean}"
    target = folders.folder_path(folder) / place
    target.parent.mkdir(mode=0o700)
    os.replace(path, target)
    target.chmod(0o600)
    upload = Upload(clean, place, target.stat().st_size)
    seen = looking.look(target, table="", columns=None)
    if len(seen) != 1 or not seen[0].columns or seen[0].profile:
        return upload
    saved = SavedMapping.objects.filter(columns_mark=looking.columns_mark(seen[0].columns)).first()
    if saved is None:
        return upload
    said = saved.mapping
    return Upload(clean, place, upload.size_bytes, said["table"], said["columns"], remembered=True)


def say(
    *,
    job_id: int,
    files: Sequence[tuple[str, Mapping[str, str] | None]],
    options: Mapping[str, Any],
    actor: str,
) -> JobView:
    """Say what each file of a draft is (table, and columns ours -> theirs; "" and None: as recognised).

    Raises IntakeError where the job is no draft any more.
    """
    with transaction.atomic():
        job = _draft(job_id)
        job.files = [
            one | {"table": table, "columns": None if columns is None else dict(columns)}
            for one, (table, columns) in zip(job.files, files, strict=True)
        ]
        job.options = {name: options[name] for name in OPTIONS if options.get(name)}
        job.report, job.error = {}, ""
        job.save(update_fields=["files", "options", "report", "error"])
    return view(job)


def ask_check(*, job_id: int, actor: str, now: datetime) -> JobView:
    """Let the worker read the files and say what would happen; nothing is stored."""
    return _ask(job_id, "check", now)


def ask_import(*, job_id: int, actor: str, now: datetime) -> JobView:
    """Let the worker import the files."""
    job = _ask(job_id, "import", now)
    audit.log(
        actor=actor,
        action="intake.import.ask",
        object_type="job",
        object_id=str(job_id),
        details={"files": [upload.name for upload in job.files]},
        at=now,
    )
    return job


def ask_cycle(*, actor: str, now: datetime) -> JobView:
    """Let the worker run a cycle; one that was asked for already and is not over is the answer."""
    with transaction.atomic():
        known = Job.objects.filter(task="cycle", status__in=("waiting", "running")).first()
        if known is not None:
            return view(known)
        job = Job.objects.create(
            task="cycle", status="waiting", actor=actor, language=get_language() or "", created_at=now
        )
        audit.log(actor=actor, action="cycle.ask", object_type="job", object_id=str(job.pk), at=now)
    return view(job)


def discard(*, job_id: int, actor: str) -> None:
    """Throw a draft and its uploads away."""
    with transaction.atomic():
        job = _draft(job_id)
        job.status = "discarded"
        job.save(update_fields=["status"])
    folders.remove(job.folder)


def save_mappings(*, job_id: int, actor: str, now: datetime) -> int:
    """Remember the mappings of this job's files for files with the same columns; returns how many."""
    job = Job.objects.get(pk=job_id)
    saved = 0
    for one in job.files:
        if one["columns"] is None:
            continue
        seen = looking.look(folders.folder_path(job.folder) / one["place"], table="", columns=None)
        if len(seen) != 1 or not seen[0].columns:
            continue
        SavedMapping.objects.update_or_create(
            columns_mark=looking.columns_mark(seen[0].columns),
            defaults={
                "mapping": {"table": one["table"], "columns": one["columns"]},
                "file_name": one["name"],
                "saved_by": actor,
                "saved_at": now,
            },
        )
        saved += 1
    return saved


def tidy(*, now: datetime) -> int:
    """Throw away uploads of drafts that nobody came back to, and of jobs that are over; returns how many."""
    old = Job.objects.filter(status__in=("draft", "failed"), created_at__lt=now - DRAFT_KEPT).exclude(
        folder=""
    )
    over = Job.objects.filter(status__in=("done", "discarded")).exclude(folder="")
    count = 0
    for job in [*old, *over]:
        folders.remove(job.folder)
        status = "discarded" if job.status == "draft" else job.status
        Job.objects.filter(pk=job.pk).update(folder="", status=status)
        count += 1
    return count


def _draft(job_id: int) -> Job:
    job = Job.objects.select_for_update().filter(pk=job_id, status="draft").first()
    if job is None:
        raise IntakeError(_("This import has begun already, or was thrown away."), code="begun")
    return job


def _ask(job_id: int, task: str, now: datetime) -> JobView:
    with transaction.atomic():
        job = _draft(job_id)
        job.task, job.status, job.attempts = task, "waiting", 0
        job.progress, job.report, job.error = {}, {}, ""
        job.save(update_fields=["task", "status", "attempts", "progress", "report", "error"])
    return view(job)
