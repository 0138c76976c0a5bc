"""One round of work: take what is due, ask the policy, hand over, record.

Two workers never hold the same message: a message is taken under a lease in one transaction, together with
the policy's answer. Nothing is handed over inside a transaction.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

import orjson
from django.db import connection, transaction

from keepwell.customers.privacy import services as privacy
from keepwell.outreach.channels.contracts import (
    ChannelContract,
    ChannelDownError,
    Envelope,
    Fate,
    Mode,
    Refusal,
    Reply,
    Session,
)
from keepwell.outreach.policy.contracts import Decision, Intent, Verdict
from keepwell.outreach.sending.contracts import Round, Status
from keepwell.outreach.sending.journal import Journal
from keepwell.outreach.sending.models import Message
from keepwell.outreach.sending.services import windows
from keepwell.outreach.sending.services.recording import record

BATCH = 200
ACTOR = "keepwell"
NO_ADDRESS = Reply(Fate.REFUSED, "no_address", "", Refusal.NEVER_AGAIN)
Connect = Callable[[], Session]


def deliver(*, contract: ChannelContract, connect: Connect, now: datetime, batch: int = BATCH) -> Round:
    """Send up to `batch` messages of one channel that are due; a Round of zeros where nothing is.

    Raises ChannelDownError where the provider cannot be reached: what was taken goes back into the queue.
    """
    with Journal() as journal:
        taken, counted = _take(contract, journal.lease, now, batch)
        if not taken:
            journal.forget()
            return Round(**counted)
        down: ChannelDownError | None = None
        replies: dict[str, Reply] = {}
        try:
            replies = _hand_over(taken, contract, connect, journal, now)
        except _DownError as error:
            replies, down = error.replies, error.cause
        # Where the database is away the journal keeps the answers, for whoever comes after this process.
        tallied = record(taken, replies, lease=journal.lease, now=now)
        journal.forget()
    if down is not None:
        raise down
    return Round(**counted, **tallied)


class _DownError(Exception):
    """The provider went away in the middle; `replies` are those that it gave before."""

    def __init__(self, replies: dict[str, Reply], cause: ChannelDownError) -> None:
        super().__init__(str(cause))
        self.replies, self.cause = replies, cause


def _take(
    contract: ChannelContract, lease: str, now: datetime, batch: int
) -> tuple[list[Message], dict[str, int]]:
    """Messages that this worker may hand over now; the others are put off or withheld."""
    counted: Counter[str] = Counter(claimed=0, withheld=0, later=0)
    with transaction.atomic():
        due = Message.objects.filter(channel=contract.code, status=Status.WAITING, due_at__lte=now)
        if connection.features.has_select_for_update_skip_locked:
            due = due.select_for_update(skip_locked=True)
        rows = list(due.order_by("-priority", "due_at", "id")[:batch])
        verdicts = windows.claim(
            intents=[_intent(row) for row in rows],
            templated={row.message_id for row in rows if _templated(row, contract)},
            contract=contract,
            actor=ACTOR,
            now=now,
        )
        taken = []
        for row in rows:
            verdict = verdicts[row.message_id]
            _apply(row, verdict, lease, now)
            counted[_TALLY[verdict.decision]] += 1
            if verdict:
                taken.append(row)
        Message.objects.bulk_update(rows, ["status", "reason", "due_at", "lease", "tries", "finished_at"])
    return taken, dict(counted)


def _templated(row: Message, contract: ChannelContract) -> bool:
    """Whether it goes by an approved template; asked only where that makes a difference."""
    return contract.mode is Mode.WINDOWED and bool(orjson.loads(row.body).get("template"))


_TALLY = {Decision.ALLOWED: "claimed", Decision.LATER: "later", Decision.REFUSED: "withheld"}


def _intent(row: Message) -> Intent:
    return Intent(
        intent_id=row.message_id,
        customer_id=row.customer_id,
        channel=row.channel,
        purpose=row.purpose,
        content=row.content,
        priority=row.priority,
        urgent=row.urgent,
        not_after=row.not_after,
        origin=row.origin,
    )


def _apply(row: Message, verdict: Verdict, lease: str, now: datetime) -> None:
    row.reason = "" if verdict else str(verdict.cause)
    if verdict:
        row.status, row.lease, row.tries = Status.SENDING, lease, row.tries + 1
    elif verdict.decision is Decision.LATER:
        # Never at once again, whatever the clocks say.
        row.due_at = max(verdict.until or now, now + timedelta(seconds=30))
    else:
        row.status, row.finished_at = Status.WITHHELD, now


def _hand_over(
    taken: Sequence[Message], contract: ChannelContract, connect: Connect, journal: Journal, now: datetime
) -> dict[str, Reply]:
    addresses = _addresses(taken, contract, now)
    replies: dict[str, Reply] = {}
    session: Session | None = None
    try:
        for row in taken:
            address = addresses.get(row.customer_id)
            if address is None:
                reply = NO_ADDRESS
            else:
                session = session or connect()
                reply = _send(session, _envelope(row, address), journal)
            journal.done(row.message_id, reply)
            replies[row.message_id] = reply
            if reply.fate is Fate.UNKNOWN:
                # The connection is gone with the answer.
                session.close() if session else None
                session = None
    except ChannelDownError as error:
        raise _DownError(replies, error) from error
    finally:
        if session is not None:
            session.close()
    return replies


def _addresses(taken: Sequence[Message], contract: ChannelContract, now: datetime) -> dict[str, str]:
    """Where the messages go; a second kind of address serves whose first is not known."""
    numbers = [row.customer_id for row in taken]
    found = privacy.addresses_for(customer_ids=numbers, kind=contract.address, actor=ACTOR, now=now)
    missing = [one for one in numbers if one not in found] if contract.address_else else []
    if missing:
        found |= privacy.addresses_for(customer_ids=missing, kind=contract.address_else, actor=ACTOR, now=now)
    return found


def _send(session: Session, envelope: Envelope, journal: Journal) -> Reply:
    return session.send(envelope, committing=lambda: journal.begun(envelope.message_id))


def _envelope(row: Message, address: str) -> Envelope:
    body: Mapping[str, str] = orjson.loads(row.body)
    return Envelope(
        message_id=row.message_id,
        to=address,
        subject=body["subject"],
        text=body["text"],
        html=body["html"],
        language=body["language"],
        headers=body["headers"],  # type: ignore[arg-type]
    )
