"""What can be done with files: import them, and finish what a crash left half-way."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
from django.db import transaction
from django.utils.translation import gettext as _

from keepwell.foundation.audit import services as audit
from keepwell.foundation.home import Home
from keepwell.intake import committing, people
from keepwell.intake.contracts import (
    DateOrder,
    FileReport,
    ImportReport,
    Options,
    TableCounts,
    UnknownCustomers,
)
from keepwell.intake.errors import IntakeError
from keepwell.intake.matching.mapping_file import read_mapping
from keepwell.intake.models import ImportBatch, ImportFile
from keepwell.intake.preparing import Prepared, prepare
from keepwell.intake.quarantine import Quarantine
from keepwell.intake.rules.macros import connect
from keepwell.intake.units import Opened, Unit, collect, group, open_file

ENGINE_MB = 768
Progress = Callable[[str, float, int], None]


def import_paths(
    *,
    paths: Sequence[Path | str],
    actor: str,
    now: datetime,
    source: str | None = None,
    mapping: Mapping[str, Any] | None = None,
    dry_run: bool = False,
    date_order: DateOrder = "auto",
    currency: str | None = None,
    unknown_customers: UnknownCustomers = "create",
    table: str | None = None,
    time_zone: str = "UTC",
    country: str | None = None,
    progress: Progress | None = None,
) -> ImportReport:
    """Import files and folders; every row is accepted, a duplicate, or in quarantine with its reason.

    Each file (or group of files that belong together) becomes visible whole or not at all; a file that
    cannot be read is in the report with its error and does not keep the others from being imported.
    `progress(file, share, rows)` is called as files advance. With `dry_run` nothing is changed.

    Raises IntakeError where `paths` or options make no sense.
    """
    options = Options(source, date_order, currency, unknown_customers, table, time_zone, country, mapping)
    _check(options)
    files = collect(paths)
    if not dry_run:
        finish_pending(actor=actor, now=now)
    report = ImportReport(dry_run=dry_run)
    home = Home.current()
    staging = Path(tempfile.mkdtemp(prefix="keepwell-")) if dry_run else home.staging_dir
    try:
        with tempfile.TemporaryDirectory(prefix="import-scratch-", dir=staging) as scratch:
            opened = _open_all(files, options, Path(scratch), report)
            quarantine = Quarantine(None if dry_run else _quarantine_path(home, now))
            for unit in group(opened):
                _Import(unit, options, actor, now, quarantine, report, staging, progress).run(dry_run=dry_run)
            report.quarantine = quarantine.close()
    finally:
        if dry_run:
            shutil.rmtree(staging, ignore_errors=True)
    return report


def finish_pending(*, actor: str, now: datetime) -> int:
    """Finish the imports that were staged when their process died; returns how many.

    One that was not staged yet left nothing behind and is given up. Imports of living processes hold their
    folder's lock and are left alone.
    """
    finished = 0
    for batch in ImportBatch.objects.filter(status__in=("staging", "staged")).order_by("started_at", "pk"):
        folder = Home.current().staging_dir / f"import-{batch.pk}"
        with _held(folder) as held:
            if not held:
                continue
            batch.refresh_from_db()
            if batch.status == "staged" and _still_there(batch.plan):
                with _engine(folder) as connection:
                    _commit(batch, batch.plan, connection, now)
                finished += 1
            elif batch.status in ("staging", "staged"):
                ImportBatch.objects.filter(pk=batch.pk).update(status="abandoned", finished_at=now)
            shutil.rmtree(folder, ignore_errors=True)
    return finished


def load_mapping(*, path: Path) -> dict[str, Any]:
    """The mapping that `--map FILE` names (JSON or TOML); raises IntakeError."""
    return read_mapping(path)


class _Import:
    """One unit on its way from files to facts."""

    def __init__(
        self,
        unit: Unit,
        options: Options,
        actor: str,
        now: datetime,
        quarantine: Quarantine,
        report: ImportReport,
        staging: Path,
        progress: Progress | None,
    ) -> None:
        self.unit = unit
        self.options = options
        self.actor = actor
        self.now = now
        self.quarantine = quarantine
        self.report = report
        self.staging = staging
        self.progress = progress

    def run(self, *, dry_run: bool) -> None:
        """Stage, then commit; an unreadable file leaves nothing behind."""
        self.report.files.extend(part.report for part in self.unit.parts)
        content = self.unit.content_id(self.options)
        attempt = ImportBatch.objects.filter(content_id=content, status="done").count() + 1
        batch_id = f"{content}-{attempt}"
        folder = self.staging / f"import-{batch_id}"
        mark = self.quarantine.mark()
        with _held(folder) as held:
            if not held:
                raise IntakeError(_("the same file is being imported by another process"), code="busy")
            _empty(folder)
            batch = None if dry_run else self._record(batch_id, content)
            try:
                with _engine(folder) as connection:
                    self._run(batch, folder, connection)
            except IntakeError as error:
                self.quarantine.back_to(mark)
                self._fail(batch, error)
            finally:
                shutil.rmtree(folder, ignore_errors=True)

    def _run(self, batch: ImportBatch | None, folder: Path, connection: duckdb.DuckDBPyConnection) -> None:
        prepared = prepare(
            self.unit,
            connection=connection,
            folder=folder,
            quarantine=self.quarantine,
            options=self.options,
            now=self.now,
            progress=self._advance if self.progress else None,
        )
        plan = self._plan(prepared, connection)
        if batch is None:
            outcome = committing.foresee(plan, connection=connection)
        else:
            batch.plan, batch.status = plan, "staged"
            batch.save(update_fields=["plan", "status"])
            outcome = _commit(batch, plan, connection, self.now, prepared.counts)
        self._report(prepared, outcome, plan)

    def _advance(self, done: int) -> None:
        assert self.progress is not None
        total = max(sum(file.survey.unpacked_bytes for file in self.unit.files), 1)
        rows = sum(part.report.rows for part in self.unit.parts)
        self.progress(self.unit.files[0].path.name, min(done / total, 1.0), rows)

    def _record(self, batch_id: str, content: str) -> ImportBatch:
        """Say in state that this import begins."""
        with transaction.atomic():
            batch, made = ImportBatch.objects.update_or_create(
                batch_id=batch_id,
                defaults={
                    "content_id": content,
                    "status": "staging",
                    "source": self.unit.parts[0].report.source,
                    "actor": self.actor,
                    "started_at": self.now,
                    "finished_at": None,
                    "plan": {},
                    "error": "",
                },
            )
            if not made:
                batch.files.all().delete()
            ImportFile.objects.bulk_create(
                ImportFile(
                    batch=batch,
                    name=file.path.name[:255],
                    size_bytes=file.survey.size_bytes,
                    sha256=file.survey.sha256,
                    format=file.parts[0].report.format,
                    source=file.parts[0].report.source,
                )
                for file in self.unit.files
            )
        return batch

    def _plan(self, prepared: Prepared, connection: duckdb.DuckDBPyConnection) -> dict[str, Any]:
        """All that a commit needs, as JSON; customer records and contact points are staged as files, too."""
        persons = []
        for number, staged in enumerate(prepared.customers):
            path = prepared.folder / f"people-{number}.parquet"
            counts = staged.report.cleaned
            rows = (
                people.row(
                    said,
                    counts=counts,
                    country=self.options.country,
                    order=staged.report.date_order or "YMD",
                    today=self.now.date(),
                )
                for said in people.merged(connection, staged)
            )
            distinct = people.write(rows, path)
            table = prepared.table("customers")
            table.duplicate += staged.rows - distinct
            persons.append({"path": str(path), "source": staged.report.source})
        persons += [{"path": str(path), "source": source} for path, source in prepared.people]
        contacts = []
        if prepared.contacts:
            path = prepared.folder / "contacts.parquet"
            people.write(people.contact_rows(prepared.contacts), path)
            contacts.append(str(path))
        return {
            "tables": {name: [str(path) for path in paths] for name, paths in prepared.tables.items()},
            "customers": persons,
            "contacts": contacts,
            "source": self.unit.parts[0].report.source,
            "actor": self.actor,
            "at": self.now.isoformat(),
        }

    def _report(self, prepared: Prepared, outcome: dict[str, TableCounts], plan: dict[str, Any]) -> None:
        for name, counts in prepared.counts.items():
            done = outcome.get(name, TableCounts())
            counts.accepted += done.accepted
            counts.duplicate += done.duplicate
            counts.corrected += done.corrected
            self.report.counts(name).add(counts)
        self.report.notes.extend(prepared.notes)
        made = plan.get("customers_made", 0)
        if made:
            self.report.notes.append(
                _("%(count)d customers were seen for the first time; bare records were made")
                % {"count": made}
            )

    def _fail(self, batch: ImportBatch | None, error: IntakeError) -> None:
        error.file = error.file or self.unit.files[0].path.name
        for part in self.unit.parts:
            part.report.status = "failed"
            part.report.rejected = 0
            part.report.reasons = {}
        guilty = next(
            (p.report for p in self.unit.parts if p.report.file == error.file), self.unit.parts[0].report
        )
        guilty.error = error
        if batch is not None:
            ImportBatch.objects.filter(pk=batch.pk).update(
                status="failed", finished_at=self.now, error=str(error)[:2000]
            )


def _commit(
    batch: ImportBatch,
    plan: dict[str, Any],
    connection: duckdb.DuckDBPyConnection,
    now: datetime,
    prepared: Mapping[str, TableCounts] | None = None,
) -> dict[str, TableCounts]:
    outcome = committing.commit(plan, batch_id=batch.pk, connection=connection)
    counts = {name: result.to_dict() for name, result in outcome.items()}
    for name, before in (prepared or {}).items():
        entry = counts.setdefault(name, TableCounts().to_dict())
        entry["read"] = before.read
        entry["rejected"] += before.rejected
        entry["duplicate"] += before.duplicate
    with transaction.atomic():
        ImportBatch.objects.filter(pk=batch.pk).update(
            status="done", finished_at=now, counts=counts, plan={}, error=""
        )
        audit.log(
            actor=plan["actor"],
            action="intake.import",
            object_type="import",
            object_id=batch.pk,
            details={"source": plan["source"], "counts": counts},
            at=now,
        )
    return outcome


def _open_all(files: Sequence[Path], options: Options, scratch: Path, report: ImportReport) -> list[Opened]:
    opened = []
    for path in files:
        try:
            opened.append(open_file(path, options, scratch))
        except IntakeError as error:
            error.file = error.file or path.name
            report.files.append(FileReport(file=path.name, status="failed", error=error))
        except OSError as error:
            problem = IntakeError(_("cannot be read: %(error)s") % {"error": error.strerror}, file=path.name)
            report.files.append(FileReport(file=path.name, status="failed", error=problem))
    return opened


def _check(options: Options) -> None:
    import zoneinfo

    if options.date_order not in ("auto", "DMY", "MDY", "YMD"):
        raise IntakeError(_("date order must be auto, DMY, MDY or YMD"), code="option")
    if options.currency is not None and not (len(options.currency) == 3 and options.currency.isalpha()):
        raise IntakeError(_("currency must be an ISO 4217 code such as EUR"), code="option")
    if options.unknown_customers not in ("create", "reject"):
        raise IntakeError(_("unknown customers must be create or reject"), code="option")
    try:
        zoneinfo.ZoneInfo(options.time_zone)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise IntakeError(
            _("unknown time zone %(name)s") % {"name": options.time_zone}, code="option"
        ) from error


def _quarantine_path(home: Home, now: datetime) -> Path:
    stem = f"{now:%Y%m%dT%H%M%S}"
    number = 0
    while True:
        path = home.quarantine_dir / (f"{stem}.csv" if not number else f"{stem}-{number}.csv")
        if not path.exists() and not path.with_name(path.name + ".gz").exists():
            return path
        number += 1


@contextmanager
def _held(folder: Path) -> Iterator[bool]:
    """Hold the import of `folder`; the lock goes with the process, however it ends."""
    lock = folder.with_name(f".{folder.name}.lock")
    with lock.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            yield False
            return
        if not lock.exists() or lock.stat().st_ino != os.fstat(file.fileno()).st_ino:
            yield False  # the holder before has just ended and taken its lock file with it
            return
        try:
            yield True
        finally:
            lock.unlink(missing_ok=True)


def _empty(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700)


def _still_there(plan: Mapping[str, Any]) -> bool:
    paths = [path for paths in plan["tables"].values() for path in paths]
    paths += [person["path"] for person in plan["customers"]] + plan["contacts"]
    return all(Path(path).is_file() for path in paths)


@contextmanager
def _engine(folder: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    spill = folder.with_name(f"{folder.name}-spill")
    spill.mkdir(exist_ok=True, mode=0o700)
    connection = connect(memory_mb=ENGINE_MB, temporary_dir=str(spill))
    try:
        yield connection
    finally:
        connection.close()
        shutil.rmtree(spill, ignore_errors=True)
