"""One step of a case: allowed by the table, written with its entry, audit entry and fact."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db.models import Max
from django.utils.translation import gettext as _

from keepwell.foundation.audit import services as audit
from keepwell.plays.winback import core, facts
from keepwell.plays.winback.contracts import CaseError, NoCaseError, Status
from keepwell.plays.winback.labels import STATUS
from keepwell.plays.winback.models import Case, CaseStep, Measure

TEXT_MAX = 4_000


def locked(case_id: int) -> Case:
    """The case, locked until the transaction ends; raises NoCaseError."""
    case = Case.objects.select_for_update(of=("self",)).filter(pk=case_id).first()
    if case is None:
        raise NoCaseError(case_id)
    return case


def locked_tasks(case_id: int) -> None:
    """Lock the tasks of a case before the case: a task's own step takes them in this order too."""
    rows = Measure.objects.filter(case=case_id, task__isnull=False)
    list(rows.select_related("task").select_for_update(of=("task",)).order_by("task_id"))


def require(case: Case, action: str) -> Status:
    """Where `action` leads; raises CaseError where the case cannot take it now."""
    target = core.next_status(case.status, action)
    finished = case.finished_at is not None and action not in ("reopen",)
    if target is None or finished:
        raise CaseError(
            _("The case is “%(status)s”: this cannot be done now.") % {"status": STATUS[case.status]}
        )
    return target


def take(
    case: Case,
    action: str,
    *,
    actor: str,
    now: datetime,
    data: Mapping[str, Any] | None = None,
    note: str = "",
) -> None:
    """Take `action` with what was changed on `case` before; in the caller's transaction."""
    case.status = require(case, action)
    write(case, action, actor=actor, now=now, data=data, note=note)


def write(
    case: Case,
    action: str,
    *,
    actor: str,
    now: datetime,
    data: Mapping[str, Any] | None = None,
    note: str = "",
) -> None:
    """Keep the case as it is with the entry of what happened."""
    case.save()
    details = {key: str(value) for key, value in (data or {}).items()}
    number = (CaseStep.objects.filter(case=case).aggregate(last=Max("number"))["last"] or 0) + 1
    CaseStep.objects.create(
        case=case,
        number=number,
        at=now,
        actor=actor,
        action=action,
        status=case.status,
        data=details,
        note=text(note),
    )
    audit.log(
        actor=actor,
        action=f"winback.{action}",
        object_type="winback_case",
        object_id=str(case.pk),
        details={"status": case.status, "customer_id": case.customer_id, **details},
        at=now,
    )
    facts.step(case, number, action, details, now)


def text(given: str) -> str:
    """What somebody wrote, trimmed; raises CaseError where it is too long."""
    found = given.strip()
    if len(found) > TEXT_MAX:
        raise CaseError(_("Please say it in %(most)s characters.") % {"most": TEXT_MAX})
    return found
