"""What can be asked about what people do for messages."""

from __future__ import annotations

from collections.abc import Collection

from keepwell.customers import queries as customers
from keepwell.outreach.channels.person.contract import SHIPPED
from keepwell.outreach.channels.person.contracts import ErrandView
from keepwell.outreach.channels.person.models import Errand
from keepwell.outreach.content.contracts import ContentError
from keepwell.outreach.sending.contracts import Status
from keepwell.outreach.sending.making import Maker
from keepwell.outreach.sending.marks import legal
from keepwell.outreach.sending.models import Message

SHOWN_MAX = 1_000


def of_task(task_id: int) -> ErrandView | None:
    """What the task is for, with the words to say or write; None where it is for no message."""
    row = Errand.objects.filter(task_id=task_id).first()
    return _views([row], with_words=True)[0] if row else None


def to_ship(
    *, owner_ids: Collection[int] | None = None, with_words: bool = False, channel: str = ""
) -> list[ErrandView]:
    """Letters, cards and gifts that are on their way or still here, oldest first.

    `owner_ids` narrows them to customers of these colleagues (None: everybody's).
    """
    rows = Errand.objects.filter(channel__in=[channel] if channel in SHIPPED else SHIPPED)
    rows = rows.exclude(shipping__in=("arrived", "returned"))
    waiting = Message.objects.filter(status__in=(Status.HANDED, Status.SENT)).values("message_id")
    rows = rows.filter(message_id__in=waiting)
    if owner_ids is not None:
        rows = rows.filter(customer_id__in=customers.owned_by(owner_ids))
    return _views(list(rows[:SHOWN_MAX]), with_words=with_words)


def _views(rows: list[Errand], *, with_words: bool) -> list[ErrandView]:
    messages = {
        one.message_id: one for one in Message.objects.filter(message_id__in=[r.message_id for r in rows])
    }
    make = Maker()
    return [_view(row, messages.get(row.message_id), make if with_words else None) for row in rows]


def _view(row: Errand, message: Message | None, make: Maker | None) -> ErrandView:
    words = ""
    if make is not None and message is not None:
        try:
            words = make(message).draft.text
        except (ContentError, legal.NotReadyError):
            words = ""
    return ErrandView(
        message_id=row.message_id,
        task_id=row.task_id,
        customer_id=row.customer_id,
        channel=row.channel,
        assignee_id=row.assignee_id,
        made_at=row.made_at,
        shipping=row.shipping,
        tracking=row.tracking,
        content=message.content if message else "",
        words=words,
    )
