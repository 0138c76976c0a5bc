"""Tell users of what rooms below have brought about: cycles, imports, approvals; each once."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from keepwell.accounts import access
from keepwell.accounts import queries as accounts
from keepwell.accounts.contracts import Permission
from keepwell.insight import queries as insight
from keepwell.intake import queries as intake
from keepwell.outreach import users
from keepwell.outreach.contracts import Notice
from keepwell.outreach.services.notices import tell

if TYPE_CHECKING:
    from keepwell.accounts.models import User

# What is older was known before anybody could be told, or was told already.
NEWS = timedelta(days=2)
FILES_NAMED = 3


def gather(*, now: datetime) -> None:
    """Look at what is new and tell whom it concerns; may run as often as one likes."""
    people = {user.pk: user for user in users.active()}
    _cycles(people, now)
    _imports(now)
    _approvals(people, now)


def _cycles(people: dict[int, User], now: datetime) -> None:
    for cycle in insight.cycles(limit=3):
        at = cycle.finished_at or cycle.started_at
        if cycle.status == "running" or now - at > NEWS:
            continue
        kind = Notice.CYCLE_DONE if cycle.status == "done" else Notice.CYCLE_FAILED
        for pk, user in people.items():
            if access.may(user, Permission.IMPORT_DATA):
                tell(user_id=pk, kind=kind, key=cycle.cycle_id, data={"cycle": cycle.cycle_id}, now=now)


def _imports(now: datetime) -> None:
    for one in intake.recent_imports(limit=20):
        if one.status != "done" or one.finished_at is None or now - one.finished_at > NEWS:
            continue
        user = users.by_username(one.actor)
        if user is not None:
            files = ", ".join(one.files[:FILES_NAMED]) + (" …" if len(one.files) > FILES_NAMED else "")
            tell(user_id=user.pk, kind=Notice.IMPORT_DONE, key=one.batch_id, data={"files": files}, now=now)


def _approvals(people: dict[int, User], now: datetime) -> None:
    for pk, user in people.items():
        for one in accounts.approvals_waiting(user):
            tell(
                user_id=pk, kind=Notice.APPROVAL, key=str(one.approval_id), data={"by": one.asked_by}, now=now
            )
