"""What can be done with files: import them, and finish what a crash left half-way."""

from __future__ import annotations

import shutil
import tempfile
import uuid
import zoneinfo
from collections.abc import Mapping, Sequence
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from keepwell.foundation.home import Home
from keepwell.intake.contracts import (
    DateOrder,
    FileReport,
    ImportReport,
    Options,
    UnknownCustomers,
)
from keepwell.intake.errors import IntakeError
from keepwell.intake.importing import Import, Progress, commit_batch
from keepwell.intake.matching.mapping_file import read_mapping
from keepwell.intake.models import ImportBatch
from keepwell.intake.quarantine import Quarantine
from keepwell.intake.staging_area import empty, engine_in, held_folder, left_behind
from keepwell.intake.units import Opened, collect, group, open_file


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
    rejected_dir: Path | None = None,
) -> ImportReport:
    """Import files and folders; every row is accepted, a duplicate, or in quarantine with its reason.

    Each file (or group of files that belong together) becomes visible whole or not at all; a file that
    cannot be read is in the report with its error and does not keep the others from being imported.
    `progress(file, share, rows)` is called as files advance. With `dry_run` nothing is changed; what would be
    rejected is written into `rejected_dir`, where one is given.

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
        scratch = staging / f"import-scratch-{uuid.uuid4().hex[:12]}"
        with held_folder(scratch):
            try:
                empty(scratch)
                opened = _open_all(files, options, scratch, report)
                stem = f"{now:%Y%m%dT%H%M%S}"
                with closing(
                    Quarantine(rejected_dir if dry_run else home.quarantine_dir, stem)
                ) as quarantine:
                    for unit in group(opened):
                        importing = Import(unit, options, actor, now, quarantine, report, staging, progress)
                        importing.run(dry_run=dry_run)
                    report.quarantine = quarantine.close()
            finally:
                shutil.rmtree(scratch, ignore_errors=True)
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
        with held_folder(folder) as held:
            if not held:
                continue
            batch.refresh_from_db()
            if batch.status == "staged" and _still_there(batch.plan):
                with engine_in(folder) as connection:
                    commit_batch(batch, batch.plan, connection, now)
                finished += 1
            elif batch.status in ("staging", "staged"):
                ImportBatch.objects.filter(pk=batch.pk).update(status="abandoned", finished_at=now)
            shutil.rmtree(folder, ignore_errors=True)
    for folder in left_behind(Home.current().staging_dir):
        with held_folder(folder) as held:
            staged = ImportBatch.objects.filter(pk=folder.name.removeprefix("import-"), status="staged")
            if held and not staged.exists():
                shutil.rmtree(folder, ignore_errors=True)
    return finished


def load_mapping(*, path: Path) -> dict[str, Any]:
    """The mapping that `--map FILE` names (JSON or TOML); raises IntakeError."""
    return read_mapping(path)


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


def _still_there(plan: Mapping[str, Any]) -> bool:
    paths = [path for paths in plan["tables"].values() for path in paths]
    paths += [person["path"] for person in plan["customers"]] + plan["contacts"]
    return all(Path(path).is_file() for path in paths)
