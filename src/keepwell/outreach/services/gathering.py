"""Tell users of what rooms below bring: cycles, imports, approvals, handovers, promises; each once."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from keepwell.accounts import access
from keepwell.accounts import queries as accounts
from keepwell.accounts.contracts import Permission
from keepwell.customers import queries as customers
from keepwell.insight import queries as insight
from keepwell.intake import queries as intake
from keepwell.outreach import core, users
from keepwell.outreach.contracts import Notice
from keepwell.outreach.services.notices import tell

if TYPE_CHECKING:
    from keepwell.accounts.models import User

# What is older was known before anybody could be told, or was told already.
NEWS = timedelta(days=2)
FILES_NAMED = 3
HANDOVERS_READ = 500


def gather(*, now: datetime) -> None:
    """Look at what is new and tell whom it concerns; may run as often as one likes."""
    people = {user.pk: user for user in users.active()}
    _cycles(people, now)
    _imports(now)
    _approvals(people, now)
    _handovers(people, now)
    _promises(people, now)


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


def _handovers(people: dict[int, User], now: datetime) -> None:
    for one in customers.handovers(owner_ids=None, only_waiting=True, limit=HANDOVERS_READ):
        if one.to_owner_id in people:
            customer = one.customer_ids[0] if len(one.customer_ids) == 1 else ""
            data = {
                "by": one.from_owner,
                "customer": customer,
                "customers": len(one.customer_ids),
                "handover": one.handover_id,
            }
            tell(user_id=one.to_owner_id, kind=Notice.HANDOVER, key=str(one.handover_id), data=data, now=now)


def _promises(people: dict[int, User], now: datetime) -> None:
    """A promise is told of on the morning of the day when it falls due where its owner is."""
    for one in customers.promises_due(owner_ids=None, until=now + timedelta(days=2)):
        user = people.get(one.owner_id)
        zone = users.zone_of(user)
        if user is not None and one.due_at <= core.end_of(now.astimezone(zone).date(), zone):
            data = {"customer": one.customer_id}
            key = f"{one.promise_id}:{one.due_at.date()}"
            tell(user_id=user.pk, kind=Notice.PROMISE_DUE, key=key, data=data, now=now)
