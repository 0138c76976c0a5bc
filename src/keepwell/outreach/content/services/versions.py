"""From draft to use: approve and publish. A published version never changes."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from keepwell.accounts import queries as accounts
from keepwell.accounts.contracts import Approvable
from keepwell.outreach.content.contracts import WITH_BLOCKS, ContentError, Severity, Status, VersionView
from keepwell.outreach.content.layout import compiled
from keepwell.outreach.content.models import Template, TemplateVersion
from keepwell.outreach.content.queries import stored
from keepwell.outreach.content.rows import text_view, version_view
from keepwell.outreach.content.services import writing


def approve(*, code: str, revision: int, actor: str, now: datetime) -> VersionView:
    """Say that a draft may go out; nothing in it may have changed since `revision` was read.

    Raises ContentError: "edited_meanwhile", "has_errors" (figures: how many), "not_a_draft", "own_work"
    where somebody else than its writers has to say so.
    """
    with transaction.atomic():
        row = writing.locked_template(code)
        version = writing.locked_draft(row)
        if version.revision != revision:
            raise ContentError("edited_meanwhile", who=version.updated_by, at=version.updated_at.isoformat())
        if version.status != Status.DRAFT:
            raise ContentError("not_a_draft")
        writers = {version.created_by, version.updated_by}
        if accounts.needs_another(Approvable.TEXT, actor=actor, writers=writers):
            raise ContentError("own_work")
        _require_sound(row, version, now)
        version.status, version.approved_at, version.approved_by = Status.APPROVED, now, actor
        version.revision += 1
        version.save()
        texts = list(version.texts.all())
        drafted = sorted({text.drafted_with for text in texts if text.drafted_with})
        writing.record(
            actor, "approve", row, version=version.number, **({"drafted_with": drafted} if drafted else {})
        )
        return version_view(version, texts)


def reopen(*, code: str, actor: str, now: datetime) -> VersionView:
    """Take an approval back: the version may be written again."""
    with transaction.atomic():
        row = writing.locked_template(code)
        version = writing.locked_draft(row)
        if version.status != Status.APPROVED:
            raise ContentError("not_approved")
        version.status, version.approved_at, version.approved_by = Status.DRAFT, None, ""
        version.updated_at, version.updated_by = now, actor
        version.revision += 1
        version.save()
        writing.record(actor, "reopen", row, version=version.number)
        return version_view(version, list(version.texts.all()))


def publish(*, code: str, revision: int, actor: str, now: datetime) -> VersionView:
    """Put an approved version to use; the one before it is retired and kept.

    Raises ContentError: "edited_meanwhile", "not_approved", "has_errors".
    """
    with transaction.atomic():
        row = writing.locked_template(code)
        version = writing.locked_draft(row)
        if version.revision != revision:
            raise ContentError("edited_meanwhile", who=version.updated_by, at=version.updated_at.isoformat())
        if version.status != Status.APPROVED:
            raise ContentError("not_approved")
        _require_sound(row, version, now)
        _release(row, version, actor=actor, now=now)
        writing.record(actor, "publish", row, version=version.number, approved_by=version.approved_by)
        return version_view(version, list(version.texts.all()))


def _release(template: Template, version: TemplateVersion, *, actor: str, now: datetime) -> None:
    template.versions.filter(status=Status.PUBLISHED).update(status=Status.RETIRED)
    version.status, version.published_at, version.published_by = Status.PUBLISHED, now, actor
    version.save()
    template.updated_at, template.updated_by = now, actor
    template.save()


def _require_sound(template: Template, version: TemplateVersion, now: datetime) -> None:
    view = stored.get(template.code)
    assert view is not None
    errors = [
        one
        for text in version.texts.all()
        for one in stored.findings(view, text_view(text), today=now.date())
        if one.severity is Severity.ERROR
    ]
    if errors:
        raise ContentError("has_errors", count=len(errors))
    if view.kind in WITH_BLOCKS:  # the layout must come out too
        for text in version.texts.all():
            compiled(text_view(text))
