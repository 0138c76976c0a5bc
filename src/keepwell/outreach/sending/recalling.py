"""Messages that somebody holds or takes back while a worker has them, or nobody knows whether they went.

They cannot be stopped then. What was asked for is kept with them, and holds where they come back into the
queue: after an outage, because the server was busy, or because an attempt turned out to have been none.
"""

from __future__ import annotations

from datetime import datetime

from django.db.models import Case, F, QuerySet, Value, When

from keepwell.outreach.sending.contracts import OVER, Status
from keepwell.outreach.sending.models import Message

HELD = "held"
FREE = ("", HELD)  # of whom nobody has said that they are taken back


def by(actor: str) -> str:
    """The reason of a message that somebody took back."""
    return f"by {actor}"[:40]


def hold(*, origin: str) -> None:
    """Let nothing of one origin go that has not gone."""
    # In one statement: whoever holds a row is waited for, and it is looked at as they leave it.
    _open(origin).filter(recalled__in=FREE).update(
        recalled=HELD, status=_instead(Status.WAITING, Status.HELD)
    )


def let_go(*, origin: str) -> None:
    """Let it go again."""
    _open(origin).filter(recalled__in=FREE).update(recalled="", status=_instead(Status.HELD, Status.WAITING))


def call_back(*, origin: str, actor: str) -> None:
    """Say of everything of one origin that has not gone that it is taken back where it comes back."""
    _open(origin).update(recalled=by(actor))


def heed(row: Message, now: datetime) -> None:
    """Where a message comes back into the queue: as it was asked for meanwhile; the row is not saved."""
    if row.recalled == HELD:
        row.status = Status.HELD
    elif row.recalled:
        row.status, row.reason, row.finished_at = Status.TAKEN_BACK, row.recalled, now


def _open(origin: str) -> QuerySet[Message]:
    return Message.objects.filter(origin=origin).exclude(status__in=OVER).order_by()


def _instead(before: Status, after: Status) -> Case:
    return Case(When(status=before, then=Value(str(after))), default=F("status"))
