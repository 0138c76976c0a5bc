"""One step of an act: locked, written with what was before it, audited."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import orjson
from django.utils.translation import gettext as _

from keepwell.foundation.audit import services as audit
from keepwell.plays.care.contracts import OPEN, CareError, Change, NoPlanError
from keepwell.plays.care.models import Act, ActEvent

# What a step may change and an undo gives back.
CHANGED = (
    "due_on", "start_on", "status", "owner_id", "channel", "by", "budget", "cost", "limited", "gift", "words",
    "note", "outcome", "score", "finished_at", "task_id", "message_id",
)  # fmt: skip
FIELDS = [name if name == "message_id" else name.removesuffix("_id") for name in CHANGED]
ACTOR = "keepwell"


def snapshot(row: Act) -> str:
    """What a step may change, as it is now."""
    return orjson.dumps({name: getattr(row, name) for name in CHANGED}, default=str).decode()


def locked(act_id: int) -> Act:
    """The act, this transaction's alone; raises NoPlanError."""
    row = Act.objects.select_for_update(of=("self",)).filter(pk=act_id).first()
    if row is None:
        raise NoPlanError(act_id)
    return row


def step(
    row: Act,
    action: str,
    *,
    actor: str,
    now: datetime,
    changes: Mapping[str, Any],
    task_token: str = "",
    was: str = "",
) -> Change:
    """Write `changes` with what was before, in the caller's transaction.

    `was` is what `snapshot` gave, where a task's step has changed the act already.
    """
    kept = was or snapshot(row)
    for name, value in changes.items():
        setattr(row, name, value)
    row.save(update_fields=FIELDS)
    token = secrets.token_hex(16)
    ActEvent.objects.create(
        act=row, token=token, at=now, actor=actor, action=action, before=kept, task_token=task_token
    )
    log(row, action, actor=actor, now=now)
    return Change(token, action, row.pk)


def log(row: Act, action: str, *, actor: str, now: datetime) -> None:
    """One entry of the audit log; codes only."""
    details = {
        "customer_id": row.customer_id,
        "act": row.act,
        "status": str(row.status),
        "due_on": row.due_on.isoformat(),
    }
    audit.log(
        actor=actor,
        action=f"care.{action}",
        object_type="care_act",
        object_id=str(row.pk),
        details=details,
        at=now,
    )


def require_open(row: Act) -> None:
    """Raise CareError where the act is over."""
    if row.status not in OPEN:
        raise CareError(_("This act is over already."))
