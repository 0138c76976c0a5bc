"""From rows to what callers see."""

from __future__ import annotations

from collections.abc import Sequence

from keepwell.outreach.content.contracts import (
    FACETS,
    ContentType,
    Kind,
    Status,
    TemplateView,
    TextView,
    Variant,
    VersionView,
)
from keepwell.outreach.content.models import Template, TemplateText, TemplateVersion
from keepwell.outreach.content.seeds import SEEDS


def name_of(row: Template) -> str:
    """What a template is called: as somebody named it, else as Keepwell does in the present language."""
    brought = SEEDS.get(row.code)
    return row.name or (str(brought.name) if brought else row.code)


def text_view(row: TemplateText) -> TextView:
    """One text."""
    return TextView(
        text_id=row.pk,
        language=row.language,
        variant=variant_of(row),
        subject=row.subject,
        body=row.body,
        blocks=tuple(row.blocks),
        revision=row.revision,
        drafted_with=row.drafted_with,
        drafted_by=row.drafted_by,
        drafted_at=row.drafted_at,
        may_undo=row.before is not None,
    )


def variant_of(row: TemplateText) -> Variant:
    """Whom a text is for."""
    return Variant(**{name: getattr(row, name) for name in FACETS})


def version_view(row: TemplateVersion, texts: Sequence[TemplateText] = ()) -> VersionView:
    """A version with these texts."""
    return VersionView(
        version_id=row.pk,
        number=row.number,
        status=Status(row.status),
        revision=row.revision,
        created_at=row.created_at,
        created_by=row.created_by,
        updated_at=row.updated_at,
        updated_by=row.updated_by,
        approved_at=row.approved_at,
        approved_by=row.approved_by,
        published_at=row.published_at,
        published_by=row.published_by,
        texts=tuple(text_view(one) for one in texts),
    )


def template_view(row: Template, versions: Sequence[TemplateVersion] = ()) -> TemplateView:
    """A template; `versions` are those in use or being written, their texts fetched."""
    published = next((one for one in versions if one.status == Status.PUBLISHED), None)
    draft = next((one for one in versions if one.status in (Status.DRAFT, Status.APPROVED)), None)
    shown = published or draft
    languages = sorted({text.language for text in shown.texts.all()}) if shown else []
    return TemplateView(
        template_id=row.pk,
        code=row.code,
        name=name_of(row),
        kind=Kind(row.kind),
        purpose=row.purpose,
        content_type=ContentType(row.content_type),
        situation=row.situation,
        service_type=row.service_type,
        is_own=row.is_own,
        archived_at=row.archived_at,
        updated_at=row.updated_at,
        updated_by=row.updated_by,
        languages=tuple(languages),
        published=published.number if published else None,
        draft=draft.number if draft else None,
    )
