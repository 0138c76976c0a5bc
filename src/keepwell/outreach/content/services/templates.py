"""Write templates: what they are, and their texts while a version is being written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from keepwell.outreach.content.contracts import (
    FACETS,
    ON_SITE,
    ContentError,
    Kind,
    Situation,
    Status,
    TemplateView,
    TextView,
    Variant,
    VersionView,
)
from keepwell.outreach.content.core import blocks
from keepwell.outreach.content.models import Template, TemplateText, TemplateVersion
from keepwell.outreach.content.queries import stored
from keepwell.outreach.content.rows import name_of, text_view, version_view
from keepwell.outreach.content.services import writing

NEW_BLOCKS = ({"type": "text", "text": ""}, {"type": "footer"})
NEW_NOTICE = ({"type": "notice", "title": ""},)


def _new_blocks(kind: str) -> list[dict[str, str]]:
    """What a new text consists of."""
    if kind == Kind.EMAIL:
        return [dict(one) for one in NEW_BLOCKS]
    return [dict(one) for one in NEW_NOTICE] if kind in ON_SITE else []


def create_template(
    *,
    code: str,
    name: str,
    kind: str,
    purpose: str,
    content_type: str,
    situation: str = "",
    service_type: str = "",
    language: str,
    actor: str,
    now: datetime,
) -> TemplateView:
    """A new template with an empty draft in one language; raises ContentError."""
    if not writing.CODE.fullmatch(code):
        raise ContentError("bad_code", "code")
    heads = writing.checked_heads(
        {
            "name": name,
            "kind": kind,
            "purpose": purpose,
            "content_type": content_type,
            "situation": situation or (Situation.CALL if kind == Kind.CALL_SCRIPT else ""),
            "service_type": service_type,
        }
    )
    tongue = writing.checked_language(language)
    by: dict[str, Any] = {"created_at": now, "created_by": actor, "updated_at": now, "updated_by": actor}
    with transaction.atomic():
        if Template.objects.filter(code=code).exists():
            raise ContentError("code_taken", "code", code=code)
        row = Template.objects.create(code=code, **heads, **by)
        version = TemplateVersion.objects.create(template=row, number=1, **by)
        TemplateText.objects.create(version=version, language=tongue, blocks=_new_blocks(kind))
        writing.record(actor, "create", row, **heads, language=tongue)
    found = stored.get(code)
    assert found is not None
    return found


def change_template(*, code: str, actor: str, now: datetime, **heads: str) -> None:
    """Change name, purpose, content type, situation or type of customer; raises ContentError."""
    if "kind" in heads:
        raise ContentError("no_such_choice", "kind", value="kind")
    checked = writing.checked_heads(heads)
    with transaction.atomic():
        row = writing.locked_template(code)
        if checked.get("name") == name_of(row):
            del checked["name"]  # a ready-made one keeps its name in every language
        before = {name: getattr(row, name) for name in checked}
        if before == checked:
            return
        for name, value in checked.items():
            setattr(row, name, value)
        row.updated_at, row.updated_by = now, actor
        row.save()
        writing.record(actor, "change", row, before=before, after=checked)


def archive(*, code: str, actor: str, now: datetime) -> None:
    """Put a template away: it is sent no more, and kept."""
    _set_archived(code, actor, now, now)


def restore(*, code: str, actor: str, now: datetime) -> None:
    """Take a template out of the archive."""
    _set_archived(code, actor, now, None)


def _set_archived(code: str, actor: str, now: datetime, value: datetime | None) -> None:
    with transaction.atomic():
        row = writing.locked_template(code)
        if (row.archived_at is None) == (value is None):
            return
        row.archived_at, row.updated_at, row.updated_by = value, now, actor
        row.save()
        writing.record(actor, "archive" if value else "restore", row)


def begin_draft(*, code: str, actor: str, now: datetime) -> VersionView:
    """A draft to write: the one there is, else a copy of the version in use."""
    with transaction.atomic():
        row = writing.locked_template(code)
        present = TemplateVersion.objects.filter(
            template=row, status__in=(Status.DRAFT, Status.APPROVED)
        ).first()
        if present is not None:
            return version_view(present, list(present.texts.all()))
        newest = TemplateVersion.objects.filter(template=row).order_by("-number").first()
        source = TemplateVersion.objects.filter(template=row, status=Status.PUBLISHED).first() or newest
        assert source is not None, "a template begins with a version"
        assert newest is not None
        made = TemplateVersion.objects.create(
            template=row,
            number=newest.number + 1,
            created_at=now,
            created_by=actor,
            updated_at=now,
            updated_by=actor,
        )
        for text in source.texts.all():
            facets = {name: getattr(text, name) for name in FACETS}
            TemplateText.objects.create(
                version=made,
                language=text.language,
                subject=text.subject,
                body=text.body,
                blocks=text.blocks,
                **facets,
            )
        writing.record(actor, "draft", row, version=made.number, copied_from=source.number)
        return version_view(made, list(made.texts.all()))


def add_text(
    *, code: str, language: str, variant: Variant | None = None, copy_of: int = 0, actor: str, now: datetime
) -> TextView:
    """A text of the draft in another language or for another reader, as a copy of one of it or empty."""
    tongue = writing.checked_language(language)
    facets = writing.checked_variant(variant or Variant()).facets()
    with transaction.atomic():
        row = writing.locked_template(code)
        version = writing.locked_draft(row)
        source = version.texts.filter(pk=copy_of).first()
        empty = _new_blocks(row.kind)
        try:
            with transaction.atomic():
                made = TemplateText.objects.create(
                    version=version,
                    language=tongue,
                    subject=source.subject if source else "",
                    body=source.body if source else "",
                    blocks=source.blocks if source else empty,
                    # A copy of a model's words is a model's words.
                    drafted_with=source.drafted_with if source else "",
                    drafted_by=source.drafted_by if source else "",
                    drafted_at=source.drafted_at if source else None,
                    **facets,
                )
        except IntegrityError:
            raise ContentError("text_there", "language", language=tongue) from None
        writing.touch(version, actor, now)
        writing.record(actor, "text.add", row, version=version.number, language=tongue, **facets)
        return text_view(made)


def save_text(
    *,
    code: str,
    text_id: int,
    revision: int,
    actor: str,
    now: datetime,
    subject: str | None = None,
    body: str | None = None,
    document: Sequence[Mapping[str, Any]] | None = None,
) -> TextView:
    """Save a text of the draft; what is None stays. An approved version becomes a draft again.

    Raises ContentError "edited_meanwhile" (figures: who and when) where somebody saved since `revision` was
    read: nothing is lost then, neither theirs nor, on the page, one's own.
    """
    given: dict[str, Any] = {}
    if subject is not None:
        given["subject"] = writing.one_line(subject)
    if body is not None:
        given["body"] = writing.clean_body(body)
    if document is not None:
        given["blocks"] = list(blocks.clean(document))
    with transaction.atomic():
        row = writing.locked_template(code)
        version = writing.locked_draft(row)
        if "blocks" in given:
            blocks.require_kind(Kind(row.kind), given["blocks"])
        text = writing.locked_text(version, text_id, revision)
        changed = [name for name, value in given.items() if getattr(text, name) != value]
        if not changed:
            return text_view(text)
        for name in changed:
            setattr(text, name, given[name])
        text.revision += 1
        text.save()
        writing.touch(version, actor, now)
        writing.record(
            actor, "text.save", row, version=version.number, language=text.language, changed=changed
        )
        return text_view(text)


def remove_text(*, code: str, text_id: int, actor: str, now: datetime) -> None:
    """Take a text out of the draft; the last one stays."""
    with transaction.atomic():
        row = writing.locked_template(code)
        version = writing.locked_draft(row)
        text = version.texts.filter(pk=text_id).first()
        if text is None:
            raise ContentError("no_such_text")
        if version.texts.count() == 1:
            raise ContentError("last_text")
        language, facets = text.language, {name: getattr(text, name) for name in FACETS}
        text.delete()
        writing.touch(version, actor, now)
        writing.record(actor, "text.remove", row, version=version.number, language=language, **facets)
