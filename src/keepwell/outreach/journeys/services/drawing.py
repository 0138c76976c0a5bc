"""Draw a journey: one change after the other, each kept as the draft, taken back and made again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from keepwell.outreach.journeys import drafts, labels, views
from keepwell.outreach.journeys.contracts import JourneyError, JourneyView, VersionStatus, VersionView
from keepwell.outreach.journeys.core import editing
from keepwell.outreach.journeys.core.editing import EditError
from keepwell.outreach.journeys.core.graph import END, Definition
from keepwell.outreach.journeys.core.reading import parse
from keepwell.outreach.journeys.models import Journey, JourneyVersion
from keepwell.outreach.journeys.services.defining import (
    create,
    current_draft,
    locked,
    record,
    save_draft,
    written,
)

NAME_MAX, CODE_MAX = 120, 60
EMPTY: Mapping[str, Any] = {
    "start": {"fact": "orders", "where": [{"column": "status", "is": "in", "value": ["placed", "paid"]}]},
    "first": END,
    "steps": {END: {"kind": "end"}},
}


def begin(*, name: str, actor: str, now: datetime, description: str = "") -> JourneyView:
    """Begin a journey that does nothing yet. Raises JourneyError "bad_name"."""
    code = free_code()
    return create(
        code=code, name=name, definition=EMPTY, actor=actor, now=now, description=description.strip()
    )


def copy(*, journey_id: int, name: str, actor: str, now: datetime) -> JourneyView:
    """Begin a journey with the steps of another, as they are being written, else as they are in use.

    Raises JourneyError "no_such_journey", "bad_name".
    """
    row = Journey.objects.filter(pk=journey_id).first()
    version = None if row is None else newest(row)
    if row is None or version is None:
        raise JourneyError("no_such_journey")
    said = labels.description_of(row.code, row.description)
    return create(
        code=free_code(),
        name=name,
        definition=version.definition,
        actor=actor,
        now=now,
        description=str(said),
    )


def new_version(*, journey_id: int, actor: str, now: datetime) -> VersionView:
    """Begin to write a version from the one in use, or from the newest; one being written is given as it is.

    Who is inside the one in use finishes on that. Raises JourneyError "no_such_journey".
    """
    with transaction.atomic():
        row = locked(journey_id)
        draft = written(row)
        if draft is not None:
            return views.version_view(draft)
        version = newest(row)
        if version is None:
            raise JourneyError("no_such_journey")
        return save_draft(
            journey_id=journey_id, definition=version.definition, revision=0, actor=actor, now=now
        )


def newest(row: Journey) -> JourneyVersion | None:
    """The version being written, else the one in use, else the last."""
    return (
        written(row)
        or row.versions.filter(status=VersionStatus.ON).first()
        or row.versions.order_by("-number").first()
    )


def edit(
    *,
    journey_id: int,
    revision: int,
    change: Callable[[Definition], Definition],
    what: str,
    actor: str,
    now: datetime,
) -> VersionView:
    """Make one change to the draft; where it changes nothing, nothing is written.

    `what` names it for whoever takes it back. Raises JourneyError "no_draft", "edited_meanwhile",
    "approved", or the code of an EditError; DefinitionError where the result cannot be read.
    """
    with transaction.atomic():
        row = _open(journey_id, revision)
        before = parse(row.definition)
        try:
            after = change(before)
        except EditError as error:
            raise JourneyError(error.code) from error
        if after == before:
            return views.version_view(row)
        return save_draft(
            journey_id=journey_id,
            definition=editing.readable(after),
            revision=revision,
            actor=actor,
            now=now,
            what=what,
        )


def undo(*, journey_id: int, revision: int, actor: str, now: datetime) -> VersionView:
    """Take the last change back. Raises JourneyError "nothing_to_undo" and as `edit` does."""
    return _step(journey_id, revision, -1, "nothing_to_undo", actor, now)


def redo(*, journey_id: int, revision: int, actor: str, now: datetime) -> VersionView:
    """Make the change again that was taken back. Raises JourneyError "nothing_to_redo" and as `edit` does."""
    return _step(journey_id, revision, 1, "nothing_to_redo", actor, now)


def _step(journey_id: int, revision: int, by: int, nothing: str, actor: str, now: datetime) -> VersionView:
    with transaction.atomic():
        row = _open(journey_id, revision)
        if not drafts.step(row, by, actor=actor, now=now):
            raise JourneyError(nothing)
        record(actor, "undo" if by < 0 else "redo", row.journey, now, version=row.number)
    return views.version_view(row)


def _open(journey_id: int, revision: int) -> JourneyVersion:
    row = current_draft(locked(journey_id), revision)
    if row.status == VersionStatus.APPROVED:
        raise JourneyError("approved")
    return row


def free_code() -> str:
    """A code that no journey has; people give names, codes are for machines."""
    taken = set(Journey.objects.filter(code__startswith="own_").values_list("code", flat=True))
    number = len(taken) + 1
    while f"own_{number}" in taken:
        number += 1
    return f"own_{number}"
