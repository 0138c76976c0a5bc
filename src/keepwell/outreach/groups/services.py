"""Groups: set up, tried out, told. What is to be told is kept first and goes out from the worker.

None of the services says that it does nothing twice: where an answer is lost a group may read a line again.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import translation
from django.utils.translation import gettext as _

from keepwell.foundation.audit import services as audit
from keepwell.outreach import users
from keepwell.outreach.contracts import Notice
from keepwell.outreach.groups import queries, reaching, words
from keepwell.outreach.groups.contracts import JOURNEY_NOTICE, KINDS, GroupError, GroupView
from keepwell.outreach.groups.models import GroupNotice, NoticeGroup

logger = logging.getLogger("keepwell.groups")
NAME_MAX = 80
# Minutes until the next try; after the last it is given up.
PAUSES = (1, 5, 15, 60, 240)
LEASE = timedelta(minutes=5)
AT_ONCE = 50
KEPT = timedelta(days=30)
# Told to several people about one thing: a group hears it once.
SHARED = frozenset({Notice.CYCLE_DONE, Notice.CYCLE_FAILED, Notice.IMPORT_DONE})
TITLE = "Keepwell"


def set_group(
    *,
    name: str,
    address: str,
    language: str,
    kinds: Collection[str],
    active: bool,
    actor: str,
    now: datetime,
    group_id: int | None = None,
) -> GroupView:
    """Set up a group, or change one; audited, without its address. An empty address stays as it was.

    Raises GroupError, which names each field.
    """
    problems = {}
    if not name.strip() or len(name.strip()) > NAME_MAX:
        problems["name"] = "no_name"
    if language not in dict(settings.LANGUAGES):
        problems["language"] = "no_language"
    chosen = [one for one in KINDS if one in kinds]
    if not chosen:
        problems["kinds"] = "no_kind"
    with transaction.atomic():
        row = NoticeGroup.objects.select_for_update().filter(pk=group_id or 0).first()
        if row is None:
            row = NoticeGroup(created_at=now)
        if address.strip():
            try:
                row.service, row.address = reaching.service_of(address.strip()), address.strip()
            except ValueError as error:
                problems["address"] = str(error)
        elif not row.address:
            problems["address"] = "missing"
        if problems:
            raise GroupError(problems)
        row.name, row.language, row.kinds, row.active = name.strip(), language, chosen, active
        row.updated_at, row.updated_by, row.last_error = now, actor, ""
        action = "group.change" if row.pk else "group.add"
        try:
            with transaction.atomic():
                row.save()
        except IntegrityError:
            raise GroupError({"name": "name_taken"}) from None
        _audit(action, row, {"kinds": chosen, "address": bool(address.strip()), "active": active}, actor, now)
    found = queries.group(row.pk)
    assert found is not None
    return found


def remove(*, group_id: int, actor: str, now: datetime) -> None:
    """Tell a group nothing any more, and forget its address; audited."""
    with transaction.atomic():
        row = NoticeGroup.objects.select_for_update().filter(pk=group_id).first()
        if row is not None:
            _audit("group.remove", row, {"name": row.name}, actor, now)
            row.delete()


def try_out(*, group_id: int, actor: str, now: datetime) -> str:
    """Tell a group that it is told from now on; "" or why it was not, as a code of `words.PROBLEM`."""
    row = NoticeGroup.objects.get(pk=group_id)
    with translation.override(row.language):
        body = _("This group is told here what happens in Keepwell.")
    problem = reaching.send(row.address, title=TITLE, body=body)
    NoticeGroup.objects.filter(pk=row.pk).update(
        last_error=problem[:40], **({} if problem else {"last_sent_at": now})
    )
    _audit("group.try", row, {"problem": problem}, actor, now)
    return problem


def tell(*, kind: str, key: str, data: Mapping[str, Any], user_id: int | None, now: datetime) -> int:
    """Keep what the groups that want to hear of it are to be told, in the caller's transaction; how many.

    `data` are codes, numbers and figures, no names of customers and no contact data. The same again is not
    told again.
    """
    wanted = [row for row in NoticeGroup.objects.filter(active=True) if kind in row.kinds]
    if not wanted:
        return 0
    user = users.active().filter(pk=user_id).first() if user_id else None
    told = {**data, "who": users.name_of(user) if user else ""}
    name = key if kind in SHARED else f"{key}/{user_id or 0}"
    GroupNotice.objects.bulk_create(
        (
            GroupNotice(group=row, kind=kind, key=name[:160], data=told, due_at=now, created_at=now)
            for row in wanted
        ),
        ignore_conflicts=True,
    )
    return len(wanted)


def tell_group(*, name: str, key: str, data: Mapping[str, Any], now: datetime) -> bool:
    """Keep a line of a journey for one group, in the caller's transaction; False where it is told nothing.

    `data`: the words by language, how many customers they are about, and the first of their numbers.
    """
    row = NoticeGroup.objects.filter(name=name, active=True).first()
    if row is None:
        return False
    line = GroupNotice(
        group=row, kind=JOURNEY_NOTICE, key=key[:160], data=dict(data), due_at=now, created_at=now
    )
    GroupNotice.objects.bulk_create([line], ignore_conflicts=True)
    return True


def send_due(*, now: datetime) -> dict[str, int]:
    """Tell what is due, outside of any transaction; two workers never take the same line."""
    done = {"sent": 0, "failed": 0}
    due = GroupNotice.objects.filter(finished_at=None, due_at__lte=now, group__active=True)
    for row in due.select_related("group").order_by("due_at", "pk")[:AT_ONCE]:
        mine = GroupNotice.objects.filter(pk=row.pk, finished_at=None, due_at=row.due_at)
        if mine.update(due_at=now + LEASE, attempts=row.attempts + 1):
            done[_send(row, now)] += 1
    GroupNotice.objects.filter(finished_at__lt=now - KEPT).delete()
    return done


def _send(row: GroupNotice, now: datetime) -> str:
    try:
        with translation.override(row.group.language):
            body = words.written(row.kind, row.data)
        if settings.KEEPWELL_URL:
            body = f"{body}\n{settings.KEEPWELL_URL.rstrip('/')}/today/"
        problem = reaching.send(row.group.address, title=TITLE, body=body)
    except Exception:
        # One line that cannot be written or told holds up neither other groups nor the letters after them.
        logger.exception("notice %s", row.pk)
        problem = reaching.UNREACHABLE
    attempts = row.attempts + 1
    mine = GroupNotice.objects.filter(pk=row.pk)
    if not problem:
        mine.update(finished_at=now, outcome="sent")
        NoticeGroup.objects.filter(pk=row.group_id).update(last_error="", last_sent_at=now)
        return "sent"
    NoticeGroup.objects.filter(pk=row.group_id).update(last_error=problem[:40])
    if attempts > len(PAUSES):
        mine.update(finished_at=now, outcome="failed")
    else:
        mine.update(due_at=now + timedelta(minutes=PAUSES[attempts - 1]))
    return "failed"


def _audit(action: str, row: NoticeGroup, details: dict[str, Any], actor: str, now: datetime) -> None:
    audit.log(
        actor=actor,
        action=action,
        object_type="notice_group",
        object_id=str(row.pk),
        details={"service": row.service, **details},
        at=now,
    )
