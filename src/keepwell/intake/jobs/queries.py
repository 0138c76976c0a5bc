"""What can be asked about jobs."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import IO

from django.db.models import Q

from keepwell.foundation.home import Home
from keepwell.intake.jobs import folders, looking
from keepwell.intake.jobs.contracts import JobView, TableSeen, Upload
from keepwell.intake.models import Job
from keepwell.intake.shapes import SHAPES

REJECTED_SHOWN = 20


def job(job_id: int) -> JobView | None:
    """One job, or None."""
    row = Job.objects.filter(pk=job_id).first()
    return view(row) if row else None


def recent(limit: int = 20) -> list[JobView]:
    """The newest imports asked for in the browser, without those that were thrown away."""
    rows = Job.objects.exclude(task="cycle").exclude(status="discarded")
    return [view(row) for row in rows[:limit]]


def cycle_asked() -> JobView | None:
    """The cycle that was asked for and is not over yet, or None."""
    row = Job.objects.filter(task="cycle", status__in=("waiting", "running")).first()
    return view(row) if row else None


def waiting(now: datetime) -> int:
    """How many jobs there are for a worker: waiting ones, and those that a worker left behind."""
    return Job.objects.filter(Q(status="waiting") | Q(status="running", lease_until__lt=now)).count()


def tables_of(one: JobView) -> tuple[tuple[Upload, tuple[TableSeen, ...]], ...]:
    """Each file of a draft with its tables."""
    row = Job.objects.get(pk=one.job_id)
    folder = folders.folder_path(row.folder)
    return tuple(
        (upload, looking.look(folder / upload.place, table=upload.table, columns=upload.columns))
        for upload in one.files
    )


def columns_of(table: str) -> tuple[tuple[str, bool], ...]:
    """The columns that a table can have, and whether a file must bring each; raises KeyError."""
    shape = SHAPES[table]
    given = dict(shape.defaults)
    return tuple((column.name, column.required and column.name not in given) for column in shape.columns)


def table_names() -> tuple[str, ...]:
    """The tables that a file can be said to hold."""
    return tuple(SHAPES)


def quarantine_path(one: JobView, name: str) -> Path | None:
    """A file of rejected rows of this job, or None where it is gone."""
    if name not in one.quarantine:
        return None
    path = Home.current().quarantine_dir / Path(name).name
    return path if path.is_file() else None


def rejected_rows(one: JobView) -> list[dict[str, str]]:
    """The first rows that a check would reject or an import did."""
    row = Job.objects.get(pk=one.job_id)
    checked = folders.folder_path(row.folder) / "rejected" if row.folder else None
    paths = sorted(checked.glob("*.csv*")) if checked is not None and checked.is_dir() else []
    paths += [path for name in one.quarantine if (path := quarantine_path(one, name))]
    return list(islice(_rows(paths), REJECTED_SHOWN))


def _rows(paths: list[Path]) -> Iterator[dict[str, str]]:
    for path in paths:
        with _open(path) as file:
            yield from csv.DictReader(file)


def _open(path: Path) -> IO[str]:
    if path.suffix == ".gz":
        return gzip.open(path, "rt", encoding="utf-8-sig", newline="")
    return path.open(encoding="utf-8-sig", newline="")


def view(row: Job) -> JobView:
    """The frozen value of a row."""
    return JobView(
        job_id=row.pk,
        task=row.task,
        status=row.status,
        actor=row.actor,
        created_at=row.created_at,
        started_at=row.started_at,
        finished_at=row.finished_at,
        files=tuple(Upload(**one) for one in row.files),
        options=row.options,
        progress=row.progress,
        report=row.report,
        quarantine=tuple(row.quarantine),
        error=row.error,
        attempts=row.attempts,
    )
