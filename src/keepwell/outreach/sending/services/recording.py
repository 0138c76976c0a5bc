"""Write what providers answered: messages, attempts, facts, all in one transaction."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from keepwell.foundation.rows import among, insert_many, update_many
from keepwell.outreach.channels.contracts import Fate, Reply
from keepwell.outreach.policy import services as policy
from keepwell.outreach.sending import recalling, standing
from keepwell.outreach.sending.contracts import Status
from keepwell.outreach.sending.models import Attempt, Message
from keepwell.outreach.sending.services import windows

TRIES_MAX = 6
# Minutes until the next try; the last counts for all further ones.
PAUSES = (1, 5, 15, 60, 240)
TOLD = ("opens_told", "clicks_told")
WRITTEN = ["status", "reason", "due_at", "lease", "provider_ref", "finished_at", "standing", "tries", *TOLD]
REF_MAX = 120
ATTEMPT = ("message", "lease", "at", "fate", "code", "refusal", "detail")
STANDING = {Status.SENT: "sent", Status.FAILED: "bounced"}


def record(
    taken: Sequence[Message], replies: Mapping[str, Reply], *, lease: str, now: datetime
) -> dict[str, int]:
    """What became of the messages of a lease; those without a reply go back into the queue as they were.

    Whoever held them or took them back meanwhile is heeded.

    The same replies again change nothing: only messages that are still under the lease are written.
    """
    tallied: Counter[str] = Counter(sent=0, failed=0, unknown=0)
    with transaction.atomic():
        wanted = [row.pk for row in taken]
        rows = list(
            Message.objects.select_for_update()
            .filter(among("pk", wanted), status=Status.SENDING, lease=lease)
            .defer("body")
            .order_by("pk")
        )
        freed, told = [], {row.pk: row for row in taken}
        for row in rows:
            reply = replies.get(row.message_id)
            if reply is None:
                row.status, row.lease, row.tries = Status.WAITING, "", max(0, row.tries - 1)
                freed.append(row.message_id)
                continue
            row.opens_told, row.clicks_told = (getattr(told[row.pk], name) for name in TOLD)
            tallied[_settle(row, reply, now)] += 1
            if row.status in (Status.WAITING, Status.FAILED):
                freed.append(row.message_id)
        for row in rows:
            if row.status == Status.WAITING:
                recalling.heed(row, now)
        answered = [(row, replies[row.message_id]) for row in rows if row.message_id in replies]
        moved = [(row, now, row.reason) for row, _reply in answered if _moves(row)]
        update_many(rows, WRITTEN)
        insert_many(Attempt, ATTEMPT, [_attempt(row, reply, lease, now) for row, reply in answered])
        # What did not go takes nobody's place.
        policy.take_back(intent_ids=freed, now=now)
        windows.give_back(message_ids=freed)
        standing.tell(moved)
    tallied.pop("later", None)
    return dict(tallied)


def _settle(row: Message, reply: Reply, now: datetime) -> str:
    """The message's status after an answer; returns what it counts as."""
    row.lease, row.reason = "", ""
    row.provider_ref = reply.provider_ref[:REF_MAX] or row.provider_ref
    told = standing.ORDER.index(row.standing)
    if reply.fate is Fate.ACCEPTED or (reply.fate is Fate.HANDED and told):
        row.status, row.finished_at = Status.SENT, now
        return "sent"
    if reply.fate is Fate.HANDED:
        row.status = Status.HANDED
        return "sent"
    row.reason = reply.code[:40]
    if reply.fate is Fate.UNKNOWN and told:
        # The provider has told of it while we waited for its answer.
        row.status, row.finished_at = Status.SENT, now
        return "sent"
    if reply.fate is Fate.UNKNOWN:
        row.status = Status.UNKNOWN
        return "unknown"
    if reply.fate is Fate.LATER and row.tries < TRIES_MAX:
        row.status = Status.WAITING
        pause = max(PAUSES[min(row.tries, len(PAUSES)) - 1], reply.wait_minutes)
        row.due_at = now + timedelta(minutes=pause)
        return "later"
    row.status, row.finished_at = Status.FAILED, now
    return "failed"


def _attempt(row: Message, reply: Reply, lease: str, now: datetime) -> tuple[Any, ...]:
    """The values of `ATTEMPT`."""
    refusal = str(reply.refusal or "")
    return row.pk, lease, now, str(reply.fate), reply.code[:40], refusal, reply.detail


def _moves(row: Message) -> bool:
    """Whether the message has come further; says so in the row."""
    step = standing.further(row.standing, STANDING.get(Status(row.status), ""))
    moves = step != row.standing
    row.standing = step
    return moves
