"""What can be asked about imports."""

from __future__ import annotations

from keepwell.intake.contracts import ImportView
from keepwell.intake.models import ImportBatch, ImportFile
from keepwell.intake.quarantine import REASONS

__all__ = ["REASONS", "corrections", "last_import_per_source", "pending", "recent_imports"]


def recent_imports(limit: int = 20) -> list[ImportView]:
    """The newest imports, with their files and counts."""
    return [_view(batch) for batch in ImportBatch.objects.prefetch_related("files")[:limit]]


def last_import_per_source() -> dict[str, ImportView]:
    """The newest finished import of each source."""
    found: dict[str, ImportView] = {}
    for batch in ImportBatch.objects.filter(status="done").prefetch_related("files").order_by("-started_at"):
        found.setdefault(batch.source, _view(batch))
    return found


def pending() -> int:
    """How many imports are staged and not committed."""
    return ImportBatch.objects.filter(status="staged").count()


def corrections() -> list[tuple[str, str, str, int]]:
    """What imports corrected and refused: (source, "cleaned" or "reasons", code, rows), the most first."""
    total: dict[tuple[str, str, str], int] = {}
    files = ImportFile.objects.filter(batch__status="done").values_list("source", "counts")
    for source, counts in files.iterator():
        for what in ("cleaned", "reasons"):
            for code, rows in (counts.get(what) or {}).items():
                key = (source, what, code)
                total[key] = total.get(key, 0) + int(rows)
    return sorted(((*key, rows) for key, rows in total.items()), key=lambda one: -one[3])


def _view(batch: ImportBatch) -> ImportView:
    return ImportView(
        batch_id=batch.batch_id,
        status=batch.status,
        source=batch.source,
        actor=batch.actor,
        started_at=batch.started_at,
        finished_at=batch.finished_at,
        files=tuple(file.name for file in batch.files.all()),
        counts=batch.counts,
        error=batch.error,
    )
