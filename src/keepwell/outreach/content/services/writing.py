"""What the services of texts share: locks, checks of what is stored, the audit entry."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from keepwell.customers.privacy.contracts import Purpose
from keepwell.foundation.audit import services as audit
from keepwell.insight.segments import queries as segments
from keepwell.outreach.content.contracts import (
    MEDIA,
    ROLES,
    SERVICE_TYPES,
    STAGES,
    TONES,
    ContentError,
    ContentType,
    Kind,
    Situation,
    Status,
    Variant,
)
from keepwell.outreach.content.models import Template, TemplateText, TemplateVersion

CODE = re.compile(r"[a-z0-9][a-z0-9_-]{1,59}")
LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[a-z0-9]{2,8}){0,3}")
COUNTRY = re.compile(r"[A-Z]{2}")
SUBJECT_LENGTH_MAX = 300
BODY_LENGTH_MAX = 50_000


def locked_template(code: str) -> Template:
    """The row, held until the transaction ends; raises ContentError where there is none."""
    row = Template.objects.select_for_update().filter(code=code).first()
    if row is None:
        raise ContentError("no_such_template", code=code)
    return row


def locked_draft(template: Template) -> TemplateVersion:
    """The version that may be written; raises ContentError where none is."""
    row = (
        TemplateVersion.objects.select_for_update()
        .filter(template=template, status__in=(Status.DRAFT, Status.APPROVED))
        .first()
    )
    if row is None:
        raise ContentError("no_draft", code=template.code)
    return row


def locked_text(version: TemplateVersion, text_id: int, revision: int) -> TemplateText:
    """A text of the draft; raises ContentError where it is gone or somebody saved since `revision`."""
    text = TemplateText.objects.select_for_update().filter(version=version, pk=text_id).first()
    if text is None:
        raise ContentError("no_such_text")
    if text.revision != revision:
        raise ContentError("edited_meanwhile", who=version.updated_by, at=version.updated_at.isoformat())
    text.version = version
    return text


def require_one_of(value: str, allowed: object, where: str, *, may_be_empty: bool = False) -> str:
    """`value` if it is one of an enum's or tuple's values; raises ContentError otherwise."""
    known = {str(one) for one in allowed}  # type: ignore[attr-defined]
    if value in known or (may_be_empty and not value):
        return value
    raise ContentError("no_such_choice", where, value=value[:40])


def checked_heads(values: Mapping[str, str]) -> dict[str, str]:
    """Name, kind and what else describes a template, as it is stored."""
    found: dict[str, str] = {}
    for name, value in values.items():
        if name == "name":
            shown = " ".join(value.split())
            if not shown or len(shown) > 120:
                raise ContentError("name_missing", "name", limit=120)
            found[name] = shown
        elif name == "kind":
            found[name] = require_one_of(value, Kind, name)
        elif name == "purpose":
            found[name] = require_one_of(value, (Purpose.MARKETING, Purpose.SERVICE, Purpose.SURVEY), name)
        elif name == "content_type":
            found[name] = require_one_of(value, ContentType, name)
        elif name == "situation":
            found[name] = require_one_of(value, Situation, name, may_be_empty=True)
        elif name == "service_type":
            found[name] = require_one_of(value, SERVICE_TYPES, name, may_be_empty=True)
        else:
            raise ContentError("no_such_choice", name, value=name)
    return found


def checked_language(language: str) -> str:
    """A BCP 47 tag in small letters; raises ContentError otherwise."""
    code = language.strip().lower().replace("_", "-")
    if not LANGUAGE.fullmatch(code):
        raise ContentError("no_language", "language", value=language[:20])
    return code


def checked_variant(variant: Variant) -> Variant:
    """The facets, each known; raises ContentError otherwise."""
    from keepwell.customers.contracts import CULTURES

    require_one_of(variant.role, ROLES, "role", may_be_empty=True)
    require_one_of(variant.stage, STAGES, "stage", may_be_empty=True)
    require_one_of(variant.tone, TONES, "tone", may_be_empty=True)
    require_one_of(variant.medium, MEDIA, "medium", may_be_empty=True)
    if variant.persona:
        one = segments.segment(int(variant.persona)) if variant.persona.isdecimal() else None
        if one is None or one.archived_at is not None:
            raise ContentError("no_such_choice", "persona")
    if not COUNTRY.fullmatch(variant.culture):
        require_one_of(variant.culture, CULTURES, "culture", may_be_empty=True)
    return variant


def record(actor: str, action: str, template: Template, **details: Any) -> None:
    """The audit entry of a change, in the caller's transaction."""
    audit.log(
        actor=actor,
        action=f"content.{action}",
        object_type="template",
        object_id=template.code,
        details=details,
    )


def touch(version: TemplateVersion, actor: str, now: datetime) -> None:
    """Somebody wrote: what was approved has to be looked at again."""
    version.status, version.approved_at, version.approved_by = Status.DRAFT, None, ""
    version.updated_at, version.updated_by = now, actor
    version.revision += 1
    version.save()


def one_line(text: str) -> str:
    """A subject in one line: line ends and control characters would end a mail's header."""
    if any(ord(one) < 32 or ord(one) == 127 or one in "\u0085\u2028\u2029" for one in text):
        raise ContentError("line_break", "subject")
    if len(text) > SUBJECT_LENGTH_MAX:
        raise ContentError("too_long", "subject", limit=SUBJECT_LENGTH_MAX)
    return text.strip()


def clean_body(text: str) -> str:
    """A body with one kind of line end; raises ContentError for what cannot be stored."""
    plain = text.replace("\r\n", "\n").replace("\r", "\n")
    if "\0" in plain:
        raise ContentError("bad_character", "body")
    if len(plain) > BODY_LENGTH_MAX:
        raise ContentError("too_long", "body", limit=BODY_LENGTH_MAX)
    return plain.strip()
