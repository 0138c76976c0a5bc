"""How far a message got, by all that was told of it: a function of receipts, whatever order they came in."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from keepwell.outreach.channels.contracts import ReceiptKind

# From the least to the most; each says what the fact `contacts` says. A complaint goes before a farewell.
STEPS: tuple[tuple[ReceiptKind, str], ...] = (
    (ReceiptKind.ACCEPTED, "sent"),
    (ReceiptKind.DELIVERED, "delivered"),
    # A server may take a message and send it back later.
    (ReceiptKind.FAILED, "bounced"),
    (ReceiptKind.OPENED, "opened"),
    (ReceiptKind.CLICKED, "clicked"),
    (ReceiptKind.REPLIED, "answered"),
    (ReceiptKind.UNSUBSCRIBED, "unsubscribed"),
    (ReceiptKind.COMPLAINED, "complained"),
)
RANK = {kind: place for place, (kind, _status) in enumerate(STEPS)}
STATUS = dict(STEPS)


def came_to(standing: str) -> tuple[str, ...]:
    """The statuses of messages that came at least as far; one that came back was sent, but not delivered.

    >>> came_to("opened")
    ('opened', 'clicked', 'answered', 'unsubscribed', 'complained')
    """
    order = tuple(STATUS.values())
    further = order[order.index(standing) :]
    return further if standing == "sent" else tuple(one for one in further if one != "bounced")


@dataclass(frozen=True)
class Told:
    """What one receipt says, of a person's doing only."""

    kind: ReceiptKind
    at: datetime
    code: str = ""


@dataclass(frozen=True)
class Reached:
    """A status of the fact `contacts`, since when, and why where it did not arrive."""

    status: str
    at: datetime
    reason: str | None = None


def reached(told: Iterable[Told], *, sent_at: datetime) -> Reached:
    """The furthest that receipts tell of a message that went at `sent_at`.

    A message opened after it was said to have bounced has arrived: the furthest counts, whatever came last.
    """
    furthest = Told(ReceiptKind.ACCEPTED, sent_at)
    for one in told:
        rank, best = RANK[one.kind], RANK[furthest.kind]
        if rank > best or (rank == best and one.at < furthest.at and one.kind is not ReceiptKind.ACCEPTED):
            furthest = one
    reason = furthest.code or None if furthest.kind is ReceiptKind.FAILED else None
    return Reached(STATUS[furthest.kind], furthest.at, reason)
