"""Write journeys: a draft is changed until it is approved; a version that was on never changes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from keepwell.accounts import queries as accounts
from keepwell.accounts.contracts import Approvable
from keepwell.foundation.audit import services as audit
from keepwell.outreach.controls.contracts import CONTROL_SHARE
from keepwell.outreach.journeys import checking, drafts, views
from keepwell.outreach.journeys.contracts import (
    Finding,
    JourneyError,
    JourneyView,
    Severity,
    VersionStatus,
    VersionView,
)
from keepwell.outreach.journeys.core.graph import Definition
from keepwell.outreach.journeys.core.reading import parse
from keepwell.outreach.journeys.core.writing import to_json
from keepwell.outreach.journeys.models import Journey, JourneyVersion

CODE = re.compile(r"[a-z0-9]+(?:_[a-z0-9]+)*")
WRITTEN = (VersionStatus.DRAFT, VersionStatus.APPROVED)


def create(
    *,
    code: str,
    name: str,
    definition: Mapping[str, Any],
    actor: str,
    now: datetime,
    description: str = "",
) -> JourneyView:
    """Begin a journey with a draft. Raises JourneyError, DefinitionError."""
    if not CODE.fullmatch(code) or len(code) > 60:
        raise JourneyError("bad_code", code=code)
    if not name.strip() or len(name) > 120:
        raise JourneyError("bad_name")
    told = to_json(parse(definition))
    with transaction.atomic():
        if Journey.objects.filter(code=code).exists():
            raise JourneyError("code_in_use", code=code)
        by = {"created_at": now, "created_by": actor, "updated_at": now, "updated_by": actor}
        row = Journey.objects.create(code=code, name=name.strip(), description=description, **by)
        JourneyVersion.objects.create(journey=row, number=1, definition=told, **by)
        record(actor, "create", row, now)
    return views.journey_view(row)


def change(*, journey_id: int, name: str, description: str, actor: str, now: datetime) -> JourneyView:
    """Call it otherwise. Raises JourneyError."""
    if len(name) > 120:
        raise JourneyError("bad_name")
    with transaction.atomic():
        row = locked(journey_id)
        if row.is_own and not name.strip():
            raise JourneyError("bad_name")
        row.name, row.description, row.updated_at, row.updated_by = name.strip(), description, now, actor
        row.save()
        record(actor, "change", row, now)
    return views.journey_view(row)


def save_draft(
    *,
    journey_id: int,
    definition: Mapping[str, Any],
    revision: int,
    actor: str,
    now: datetime,
    what: str = "",
) -> VersionView:
    """Write the steps; where no version is being written a new one begins (its `revision` is 0).

    What it said before is kept, so that it can be taken back; `what` names the change.

    Raises DefinitionError, JourneyError "edited_meanwhile" where the draft changed since `revision`,
    "approved" where somebody has approved it.
    """
    told = to_json(parse(definition))
    with transaction.atomic():
        journey = locked(journey_id)
        row = written(journey)
        if (row.revision if row else 0) != revision:
            raise JourneyError("edited_meanwhile", who=row.updated_by if row else "")
        if row is not None and row.status == VersionStatus.APPROVED:
            raise JourneyError("approved")
        if row is None:
            newest = journey.versions.order_by("-number").values_list("number", flat=True).first() or 0
            row = JourneyVersion(journey=journey, number=newest + 1, created_at=now, created_by=actor)
            row.revision = 0
        before = row.definition.get("control", CONTROL_SHARE) if row.pk else _share_on(journey)
        drafts.keep(row, told, what=what, actor=actor, now=now)
        changed = {} if before in (None, told["control"]) else {"control": [before, told["control"]]}
        record(actor, "write", journey, now, version=row.number, **changed)
    return views.version_view(row)


def check(definition: Mapping[str, Any] | Definition) -> tuple[Finding, ...]:
    """What speaks against switching these steps on. Raises DefinitionError."""
    return checking.findings(definition if isinstance(definition, Definition) else parse(definition))


def approve(*, journey_id: int, revision: int, actor: str, now: datetime) -> VersionView:
    """Say that the draft may be switched on; nothing in it may have changed since `revision` was read.

    Raises JourneyError "no_draft", "edited_meanwhile", "approved", "has_errors" (figures: codes), "own_work"
    where somebody else than its writers has to say so.
    """
    with transaction.atomic():
        journey = locked(journey_id)
        row = current_draft(journey, revision)
        if row.status != VersionStatus.DRAFT:
            raise JourneyError("approved")
        if accounts.needs_another(Approvable.JOURNEY, actor=actor, writers={row.created_by, row.updated_by}):
            raise JourneyError("own_work")
        require_sound(row)
        row.status, row.approved_at, row.approved_by = VersionStatus.APPROVED, now, actor
        row.revision += 1
        row.save()
        record(actor, "approve", journey, now, version=row.number)
    return views.version_view(row)


def reopen(*, journey_id: int, actor: str, now: datetime) -> VersionView:
    """Take an approval back: the version may be written again. Raises JourneyError "not_approved"."""
    with transaction.atomic():
        journey = locked(journey_id)
        row = written(journey)
        if row is None or row.status != VersionStatus.APPROVED:
            raise JourneyError("not_approved")
        row.status, row.approved_at, row.approved_by = VersionStatus.DRAFT, None, ""
        row.revision, row.updated_at, row.updated_by = row.revision + 1, now, actor
        row.save()
        record(actor, "reopen", journey, now, version=row.number)
    return views.version_view(row)


def _share_on(journey: Journey) -> float | None:
    """The share that the version in use keeps as control; None where none is."""
    on = journey.versions.filter(status=VersionStatus.ON).first()
    return on.definition.get("control", CONTROL_SHARE) if on else None


def locked(journey_id: int) -> Journey:
    """The journey, held until the end of the transaction."""
    row = Journey.objects.select_for_update(no_key=True).filter(pk=journey_id).first()
    if row is None:
        raise JourneyError("no_such_journey")
    return row


def written(journey: Journey) -> JourneyVersion | None:
    """The version that is being written, or waits to be switched on."""
    return journey.versions.filter(status__in=WRITTEN).first()


def current_draft(journey: Journey, revision: int) -> JourneyVersion:
    """The version being written; raises JourneyError where there is none or it changed since `revision`."""
    row = written(journey)
    if row is None:
        raise JourneyError("no_draft")
    if row.revision != revision:
        raise JourneyError("edited_meanwhile", who=row.updated_by)
    return row


def approved_version(journey: Journey, revision: int) -> JourneyVersion:
    """The version that may be switched on; raises JourneyError "not_approved" and as `approve` does."""
    row = current_draft(journey, revision)
    if row.status != VersionStatus.APPROVED:
        raise JourneyError("not_approved")
    return row


def require_sound(row: JourneyVersion) -> None:
    """Raise JourneyError where the checks find errors."""
    errors = [one.code for one in check(row.definition) if one.severity is Severity.ERROR]
    if errors:
        raise JourneyError("has_errors", codes=sorted(set(errors)))


def record(actor: str, verb: str, row: Journey, now: datetime, **details: Any) -> None:
    """Tell the audit log."""
    audit.log(
        actor=actor,
        action=f"journey.{verb}",
        object_type="journey",
        object_id=str(row.pk),
        details={"code": row.code, **details},
        at=now,
    )
