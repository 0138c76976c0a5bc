"""From rows to the frozen values of the contract."""

from __future__ import annotations

from django.utils.translation import gettext

from keepwell.insight.segments.contracts import SegmentView
from keepwell.insight.segments.models import Segment


def name_of(row: Segment) -> str:
    """The name; of what comes with the product, in the reader's language."""
    return gettext(row.name) if row.code else row.name


def view(row: Segment) -> SegmentView:
    """The view of one segment."""
    author = row.author
    return SegmentView(
        segment_id=row.pk,
        name=name_of(row),
        description=gettext(row.description) if row.code and row.description else row.description,
        definition=row.definition,
        version=row.version,
        shared=row.shared,  # type: ignore[arg-type]
        author_id=row.author_id,
        author=(author.get_full_name() or author.get_username()) if author else "",
        code=row.code,
        size=row.size,
        evaluated_at=row.evaluated_at,
        is_evaluated=row.evaluated_version == row.version,
        created_at=row.created_at,
        updated_at=row.updated_at,
        archived_at=row.archived_at,
        error=row.error,
    )
