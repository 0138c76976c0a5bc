"""One unit on its way from files to facts."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
from django.db import transaction
from django.utils.translation import gettext as _

from keepwell.foundation.audit import services as audit
from keepwell.intake import committing, people
from keepwell.intake.contracts import ImportReport, Options, TableCounts
from keepwell.intake.errors import IntakeError
from keepwell.intake.models import ImportBatch, ImportFile
from keepwell.intake.preparing import Prepared, prepare
from keepwell.intake.quarantine import Quarantine
from keepwell.intake.staging_area import empty, engine_in, held_folder
from keepwell.intake.units import Unit

Progress = Callable[[str, float, int], None]


class Import:
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
        with held_folder(folder) as held:
            if not held:
                raise IntakeError(_("the same file is being imported by another process"), code="busy")
            empty(folder)
            batch = None if dry_run else self._record(batch_id, content)
            try:
                with engine_in(folder) as connection:
                    self._run(batch, folder, connection)
            except IntakeError as error:
                self.quarantine.back_to(mark)
                self._fail(batch, error)
            except BaseException:
                # what is staged stays, so that the next import or worker can finish it
                if batch is not None and batch.status == "staged":
                    raise
                shutil.rmtree(folder, ignore_errors=True)
                raise
            shutil.rmtree(folder, ignore_errors=True)

    def _run(self, batch: ImportBatch | None, folder: Path, connection: duckdb.DuckDBPyConnection) -> None:
        try:
            prepared = prepare(
                self.unit,
                connection=connection,
                folder=folder,
                quarantine=self.quarantine,
                options=self.options,
                now=self.now,
                progress=self._advance if self.progress else None,
            )
        except (duckdb.Error, pa.ArrowException) as error:
            message = _("cannot be processed: %(error)s") % {"error": str(error).splitlines()[0]}
            raise IntakeError(message, code="engine") from error
        plan = self._plan(prepared, connection)
        if batch is None:
            outcome = committing.foresee(plan, connection=connection)
        else:
            batch.plan, batch.status = plan, "staged"
            batch.save(update_fields=["plan", "status"])
            outcome = commit_batch(batch, plan, connection, self.now, prepared.counts)
        self._report(batch.pk if batch else None, prepared, outcome, plan)

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
            people.write(people.contact_rows(connection, prepared.contacts), path)
            contacts.append(str(path))
        return {
            "tables": {name: [str(path) for path in paths] for name, paths in prepared.tables.items()},
            "customers": persons,
            "contacts": contacts,
            "source": self.unit.parts[0].report.source,
            "actor": self.actor,
            "at": self.now.isoformat(),
        }

    def _report(
        self,
        batch_id: str | None,
        prepared: Prepared,
        outcome: dict[str, TableCounts],
        plan: dict[str, Any],
    ) -> None:
        for name, counts in prepared.counts.items():
            done = outcome.get(name, TableCounts())
            counts.accepted += done.accepted
            counts.duplicate += done.duplicate
            counts.corrected += done.corrected
            self.report.counts(name).add(counts)
        for part in self.unit.parts:
            said = part.report.to_dict()
            kept = {
                name: said[name] for name in ("rows", "rejected", "reasons", "cleaned", "rules", "currencies")
            }
            ImportFile.objects.filter(batch_id=batch_id, name=part.report.file[:255]).update(counts=kept)
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


def commit_batch(
    batch: ImportBatch,
    plan: dict[str, Any],
    connection: duckdb.DuckDBPyConnection,
    now: datetime,
    prepared: Mapping[str, TableCounts] | None = None,
) -> dict[str, TableCounts]:
    """Make a staged batch visible and record it; `prepared` are counts that staging knows already."""
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
