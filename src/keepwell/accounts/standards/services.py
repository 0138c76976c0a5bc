"""What can be done to the register."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from keepwell.accounts.standards.contracts import CLOSED_BY_HAND, TEXTS, Kind, RecordView
from keepwell.accounts.standards.models import StandardRecord
from keepwell.accounts.standards.queries import view
from keepwell.foundation.audit import services as audit

TEXT_LENGTH_MAX = 20_000


def save_record(
    *,
    kind: Kind | str,
    title: str,
    texts: Mapping[str, str],
    actor: str,
    now: datetime,
    on: date | None = None,
    due_on: date | None = None,
    record_id: int | None = None,
) -> RecordView:
    """Make a record, or a new version of `record_id`; the same again changes nothing.

    Raises ValidationError by field: no title, the kind's first text missing, a text too long, or a process
    whose duty another department has already; StandardRecord.DoesNotExist for an unknown one.
    """
    what = Kind(kind)
    given = {name: texts.get(name, "").strip() for name in TEXTS[what]}
    _check(what, title.strip(), given)
    with transaction.atomic():
        rows = StandardRecord.objects.select_for_update()
        if what is Kind.DUTY:
            _refuse_overlap(given, record_id)
        row = rows.get(pk=record_id, kind=what) if record_id else StandardRecord(kind=what, version=0)
        values = {"title": title.strip(), "texts": given, "on": on, "due_on": due_on}
        if record_id and all(getattr(row, name) == value for name, value in values.items()):
            return view(row)
        for name, value in values.items():
            setattr(row, name, value)
        if not record_id:
            row.is_open = what in CLOSED_BY_HAND
        _save(row, "change" if record_id else "create", actor, now)
    return view(row)


def close_record(*, record_id: int, actor: str, now: datetime, text: str = "") -> RecordView:
    """A problem is solved (`text` says how), a law's requirement is met.

    Raises ValidationError where a problem has no solution.
    """
    with transaction.atomic():
        row = StandardRecord.objects.select_for_update().get(pk=record_id)
        if not row.is_open:
            return view(row)
        if row.kind == Kind.PROBLEM:
            solution = text.strip() or row.texts.get("solution", "")
            if not solution:
                raise ValidationError({"solution": [_("Please say how it was solved.")]})
            row.texts = {**row.texts, "solution": solution}
        row.is_open = False
        _save(row, "close", actor, now)
    return view(row)


def reopen_record(*, record_id: int, actor: str, now: datetime) -> RecordView:
    """It is not solved, or not met, after all."""
    with transaction.atomic():
        row = StandardRecord.objects.select_for_update().get(pk=record_id)
        if not row.is_open and row.kind in CLOSED_BY_HAND:
            row.is_open = True
            _save(row, "reopen", actor, now)
    return view(row)


def _check(kind: Kind, title: str, texts: Mapping[str, str]) -> None:
    errors: dict[str, list[str]] = {}
    if not title or len(title) > 200:
        errors["title"] = [_("Please give it a title of at most 200 characters.")]
    first = TEXTS[kind][0]
    if not texts[first]:
        errors[first] = [_("Please fill this in.")]
    errors |= {name: [_("This is too long.")] for name, text in texts.items() if len(text) > TEXT_LENGTH_MAX}
    if errors:
        raise ValidationError(errors)


def _refuse_overlap(texts: Mapping[str, str], record_id: int | None) -> None:
    """One process, one department: duties do not overlap."""
    others = StandardRecord.objects.filter(kind=Kind.DUTY).order_by("pk")
    if record_id is not None:
        others = others.exclude(pk=record_id)
    for other in others.select_for_update():
        same = other.texts.get("process", "").casefold() == texts["process"].casefold()
        if same and other.texts.get("department") != texts["department"]:
            raise ValidationError(
                {"process": [_("%(who)s has this duty already.") % {"who": other.texts["department"]}]}
            )


def _save(row: StandardRecord, verb: str, actor: str, now: datetime) -> None:
    row.version, row.changed_by, row.changed_at = row.version + 1, actor, now
    row.save()
    audit.log(
        actor=actor,
        action=f"standard.{verb}",
        object_type="standard",
        object_id=str(row.pk),
        details={"kind": row.kind, "version": row.version},
        at=now,
    )
