"""Change the look that all e-mails share; e-mails that are out keep theirs until they are published again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from keepwell.foundation.audit import services as audit
from keepwell.outreach.content.brand import FIELDS, BrandField
from keepwell.outreach.content.contracts import BrandView, ContentError, Severity
from keepwell.outreach.content.core import links
from keepwell.outreach.content.core.email import COLOUR
from keepwell.outreach.content.models import BrandVersion
from keepwell.outreach.content.queries import stored


def set_brand(*, values: Mapping[str, str], based_on: int, actor: str, now: datetime) -> BrandView:
    """A new version of the brand; what `values` does not name stays.

    Raises ContentError naming the field, or "edited_meanwhile" where there is a newer one than `based_on`.
    """
    checked = {name: _checked(name, value) for name, value in values.items()}
    with transaction.atomic():
        newest = BrandVersion.objects.select_for_update().first()
        number = newest.version if newest else 0
        if number != based_on:
            raise ContentError(
                "edited_meanwhile",
                who=newest.actor if newest else "",
                at=newest.created_at.isoformat() if newest else "",
            )
        before = dict(newest.values) if newest else {}
        after = {**before, **checked}
        if after == before:
            return stored.brand()
        row = BrandVersion.objects.create(version=number + 1, values=after, created_at=now, actor=actor)
        changed = sorted(name for name in after if after[name] != before.get(name, ""))
        audit.log(
            actor=actor,
            action="content.brand.set",
            object_type="brand",
            object_id=str(row.version),
            details={"changed": changed},
        )
    return stored.brand()


def _checked(name: str, value: str) -> str:
    field = FIELDS.get(name)
    if field is None:
        raise ContentError("no_such_choice", name, value=name)
    text = " ".join(value.split())
    if len(text) > field.length_max:
        raise ContentError("too_long", name, limit=field.length_max)
    if not text.isprintable():
        raise ContentError("bad_character", name)
    if text:
        _require_form(field, text)
    return text


def _require_form(field: BrandField, text: str) -> None:
    if field.form == "colour" and not COLOUR.fullmatch(text):
        raise ContentError("no_colour", field.name)
    if field.form == "url":
        wrong = next((one for one in links.check(text, field.name) if one.severity is Severity.ERROR), None)
        if wrong is not None:
            raise ContentError(wrong.code, field.name, **wrong.figures)
    if field.name == "email" and ("@" not in text or " " in text):
        raise ContentError("no_email", field.name)
