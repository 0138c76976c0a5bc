"""What comes in and may be for a department: kept once, in the transaction that brings it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from keepwell.customers import queries as customers
from keepwell.customers.identity import queries as identity
from keepwell.foundation import clock
from keepwell.outreach.questions import sources
from keepwell.outreach.questions.contracts import TEXT_MAX, Inbound, Origin
from keepwell.outreach.questions.models import Feedback
from keepwell.outreach.questions.queries import routing
from keepwell.outreach.sending import queries as sending
from keepwell.outreach.sending.services.hearing import Said

if TYPE_CHECKING:
    from keepwell.history.contracts import LiveFact

TOPIC_MAX = 80
KEY_MAX = 200
_listeners: list[Callable[[Sequence[Inbound], datetime], None]] = []

# Rooms that may take what comes in before the departments get it, and hand it on by `keep`.
Taker = Callable[[Inbound, datetime], bool]
_takers: list[Taker] = []


def let_take(taker: Taker) -> None:
    """Ask `taker` of everything that comes in, in the transaction that brings it; True: it has it now."""
    if taker not in _takers:
        _takers.append(taker)


def register_source(name: str, recent: Callable[[datetime, datetime, int], Iterable[Inbound]]) -> None:
    """Let a trial of rules read what came in between two moments, the newest first, at most so many.

    A room that calls `receive` registers what it would have received.
    """
    sources.register(name, recent)


def on_inbound(listener: Callable[[Sequence[Inbound], datetime], None]) -> None:
    """Call `listener` with what customers said and when it came in, in the transaction that brings it.

    It may hear of one thing more than once and knows it by its key.
    """
    if listener not in _listeners:
        _listeners.append(listener)


def tell(inbound: Sequence[Inbound], now: datetime) -> None:
    """Tell those who listen what came in, whether it is passed on or not."""
    for listener in _listeners:
        listener(inbound, now)


def receive(*, inbound: Sequence[Inbound], now: datetime) -> int:
    """Keep feedback that is to be passed on, in the caller's transaction; how many.

    One told before (by its key) changes nothing. While no rules are switched on nothing is kept. What another
    room takes is that room's until it hands it on: one message is one piece of work.
    """
    tell(inbound, now)
    left = [one for one in inbound if not any(taker(one, now) for taker in _takers)]
    return keep(inbound=left, now=now)


def keep(*, inbound: Sequence[Inbound], now: datetime) -> int:
    """`receive` without asking whether another room takes it."""
    if not inbound or not routing.is_on():
        return 0
    canonical = identity.canonical_ids([one.customer_id for one in inbound])
    numbers = {one.key: canonical.get(one.customer_id, one.customer_id) for one in inbound}
    known = customers.existing(numbers.values())
    rows = [
        Feedback(
            key=one.key[:KEY_MAX],
            customer_id=numbers[one.key],
            origin=Origin(one.origin),
            channel=one.channel[:12],
            topic=one.topic[:TOPIC_MAX],
            text=one.text[:TEXT_MAX],
            at=one.at,
            received_at=now,
        )
        for one in inbound
        if numbers[one.key] in known
    ]
    Feedback.objects.bulk_create(rows, ignore_conflicts=True)
    return len(rows)


def heard(said: Said) -> None:
    """A message that a customer sent of their own accord.

    What answers a message in a colleague's own name is that colleague's task already; those who listen hear
    of it.
    """
    inbound = [sources.of_message(said)]
    if sending.answered_sender(said.customer_id, said.channel, at=said.at) is not None:
        tell(inbound, said.received_at)
        return
    receive(inbound=inbound, now=said.received_at)


def tickets(facts: Sequence[LiveFact]) -> None:
    """Tickets that were opened, live; those of an import are the past."""
    opened = [fact for fact in facts if fact.data.get("event") == "opened" and fact.customer_id]
    receive(inbound=[sources.of_ticket(fact.data) for fact in opened], now=clock.now())
