"""What can be asked about messages."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from datetime import datetime

import orjson
from django.db.models import Count

from keepwell.customers.identity import queries as identity
from keepwell.outreach.sending.contracts import MessageView, Status
from keepwell.outreach.sending.models import Message, ReceiptRow

IDS_MAX = 5_000


def message(message_id: str) -> MessageView | None:
    """One message, or None."""
    row = Message.objects.filter(message_id=message_id).first()
    return _view(row) if row else None


def of_customer(customer_id: str, *, limit: int = 50) -> list[MessageView]:
    """A customer's messages, newest first; merged records included."""
    rows = Message.objects.filter(customer_id__in=identity.fact_ids(customer_id))
    return [_view(row) for row in rows.order_by("-created_at", "-id")[:limit]]


def counts(*, origin: str = "") -> Counter[str]:
    """How many messages there are in each status; of one origin where it is named."""
    rows = Message.objects.filter(origin=origin) if origin else Message.objects.all()
    found = rows.order_by().values("status").annotate(messages=Count("id"))
    return Counter({row["status"]: row["messages"] for row in found})


def is_due(channel: str, *, now: datetime) -> bool:
    """Whether a message of `channel` waits whose time has come."""
    return Message.objects.filter(channel=channel, status=Status.WAITING, due_at__lte=now).exists()


def _view(row: Message) -> MessageView:
    body = orjson.loads(row.body)
    return MessageView(
        message_id=row.message_id,
        customer_id=row.customer_id,
        channel=row.channel,
        purpose=row.purpose,
        content=row.content,
        origin=row.origin,
        status=Status(row.status),
        reason=row.reason,
        subject=body["subject"],
        text=body["text"],
        language=body["language"],
        due_at=row.due_at,
        tries=row.tries,
        created_at=row.created_at,
        created_by=row.created_by,
        finished_at=row.finished_at,
    )


def became(message_ids: Collection[str]) -> dict[str, set[str]]:
    """What became of messages: their status, and what was told of them that no machine did; by message."""
    found: dict[str, set[str]] = {}
    for start in range(0, len(ids := sorted(message_ids)), IDS_MAX):
        some = ids[start : start + IDS_MAX]
        for name, status in Message.objects.filter(message_id__in=some).values_list("message_id", "status"):
            found[name] = {status}
        told = ReceiptRow.objects.filter(message__message_id__in=some, by_machine=False)
        for name, kind in told.values_list("message__message_id", "kind"):
            found[name].add(kind)
    return found
