"""Write what providers answered: messages, attempts, facts, all in one transaction."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from django.db import transaction

from keepwell.history import services as history
from keepwell.outreach.channels.contracts import Fate, Reply
from keepwell.outreach.policy import services as policy
from keepwell.outreach.sending.contracts import Status
from keepwell.outreach.sending.models import Attempt, Message
from keepwell.outreach.sending.services import windows

TRIES_MAX = 6
# Minutes until the next try; the last counts for all further ones.
PAUSES = (1, 5, 15, 60, 240)
SOURCE = "keepwell"
WRITTEN = ["status", "reason", "due_at", "lease", "provider_ref", "finished_at"]


def record(
    taken: Sequence[Message], replies: Mapping[str, Reply], *, lease: str, now: datetime
) -> dict[str, int]:
    """What became of the messages of a lease; those without a reply go back into the queue as they were.

    The same replies again change nothing: only messages that are still under the lease are written.
    """
    tallied: Counter[str] = Counter(sent=0, failed=0, unknown=0)
    with transaction.atomic():
        wanted = [row.pk for row in taken]
        rows = list(
            Message.objects.select_for_update()
            .filter(pk__in=wanted, status=Status.SENDING, lease=lease)
            .order_by("pk")
        )
        freed = []
        for row in rows:
            reply = replies.get(row.message_id)
            if reply is None:
                row.status, row.lease, row.tries = Status.WAITING, "", max(0, row.tries - 1)
                freed.append(row.message_id)
                continue
            tallied[_settle(row, reply, now)] += 1
            if row.status in (Status.WAITING, Status.FAILED):
                freed.append(row.message_id)
        Message.objects.bulk_update(rows, [*WRITTEN, "tries"])
        answered = [(row, replies[row.message_id]) for row in rows if row.message_id in replies]
        Attempt.objects.bulk_create(_attempt(row, reply, lease, now) for row, reply in answered)
        # What did not go takes nobody's place.
        policy.take_back(intent_ids=freed, now=now)
        windows.give_back(message_ids=freed)
        facts = [("contacts", fact) for row, reply in answered if (fact := _fact(row, reply, now))]
        history.record_many(facts=facts, source=SOURCE)
    tallied.pop("later", None)
    return dict(tallied)


def _settle(row: Message, reply: Reply, now: datetime) -> str:
    """The message's status after an answer; returns what it counts as."""
    row.lease, row.reason = "", ""
    if reply.fate is Fate.ACCEPTED:
        row.status, row.finished_at, row.provider_ref = Status.SENT, now, reply.provider_ref
        return "sent"
    row.reason = reply.code
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


def _attempt(row: Message, reply: Reply, lease: str, now: datetime) -> Attempt:
    return Attempt(
        message=row,
        lease=lease,
        at=now,
        fate=reply.fate,
        code=reply.code[:20],
        refusal=reply.refusal or "",
        detail=reply.detail,
    )


def _fact(row: Message, reply: Reply, now: datetime) -> dict[str, object] | None:
    status = {Status.SENT: "sent", Status.FAILED: "bounced"}.get(Status(row.status))
    if status is None:
        return None
    return {
        "contact_id": row.message_id,
        "customer_id": row.customer_id,
        "at": now,
        "channel": row.channel,
        "purpose": row.purpose,
        "content": row.content or None,
        "status": status,
        "reason": reply.code if status == "bounced" else None,
    }
