"""One round of work: take what is due, ask the policy, hand over, record.

Two workers never hold the same message: a message is taken under a lease in one transaction, together with
the policy's answer. Nothing is handed over inside a transaction.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from time import monotonic

from django.db import connection, transaction

from keepwell.foundation.crypto import held_ring
from keepwell.foundation.rows import among, update_many
from keepwell.outreach import users
from keepwell.outreach.channels.contracts import (
    ChannelContract,
    ChannelDownError,
    Envelope,
    Fate,
    Mode,
    Refusal,
    Reply,
)
from keepwell.outreach.content.contracts import ContentError
from keepwell.outreach.policy.contracts import Decision, Verdict
from keepwell.outreach.sending import intents
from keepwell.outreach.sending.approved.queries import approved_for
from keepwell.outreach.sending.approved.services import dress
from keepwell.outreach.sending.contracts import Draft, Round, Status
from keepwell.outreach.sending.journal import Journal
from keepwell.outreach.sending.making import Maker
from keepwell.outreach.sending.marks import legal
from keepwell.outreach.sending.models import DeadAddress, Message
from keepwell.outreach.sending.places import PERSON, Place, index_of, places_of
from keepwell.outreach.sending.services import windows
from keepwell.outreach.sending.services.lanes import Connect, Lanes
from keepwell.outreach.sending.services.receiving import bury_told
from keepwell.outreach.sending.services.recording import record
from keepwell.outreach.sending.services.tracing import Tracing
from keepwell.outreach.sending.wording import is_templated, language_of

# What a round asks of the database costs the same for few as for many; 400 letters are some ten MB.
BATCH = 400
# How long an answer of the policy is good for: what a slow provider has not had by then is asked for anew.
ANSWER_SECONDS = 60.0
ACTOR = "keepwell"
TAKEN = ["status", "reason", "due_at", "lease", "tries", "finished_at", "account", "begun_at"]
NO_ADDRESS = Reply(Fate.REFUSED, "no_address", "", Refusal.FIX)
DEAD_ADDRESS = Reply(Fate.REFUSED, "dead_address", "", Refusal.FIX)


def deliver(
    *,
    contract: ChannelContract,
    connect: Connect,
    now: datetime,
    batch: int = BATCH,
    account_id: int | None = None,
    connections: int = 1,
) -> Round:
    """Send up to `batch` messages of one channel that are due; a Round of zeros where nothing is.

    Over more than one connection messages go beside each other, in no order. What is not handed over within
    a minute goes back into the queue: by then a customer may have said no.

    Raises ChannelDownError where the provider cannot be reached, AccountStoppedError where it does not let us
    in: what was taken goes back into the queue.
    """
    with Journal() as journal:
        taken, counted = _take(contract, journal.lease, now, batch, account_id)
        if not taken:
            journal.forget()
            return Round(**counted)
        down: ChannelDownError | None = None
        replies: dict[str, Reply] = {}
        try:
            replies = _hand_over(taken, contract, connect, journal, now, connections)
        except _DownError as error:
            replies, down = error.replies, error.cause
        # Where the database is away the journal keeps the answers, for whoever comes after this process.
        tallied = record(taken, replies, lease=journal.lease, now=now)
        _bury(taken, replies, contract, now)
        journal.forget()
    if down is not None:
        raise down
    return Round(**counted, **tallied)


def _bury(
    taken: Sequence[Message], replies: Mapping[str, Reply], contract: ChannelContract, now: datetime
) -> None:
    """Remember the addresses that the provider says do not exist."""
    told = [
        (row, reply.code)
        for row in taken
        if (reply := replies.get(row.message_id)) is not None and reply.refusal is Refusal.NEVER_AGAIN
    ]
    if told:
        bury_told(told, contract=contract, now=now)


class _DownError(Exception):
    """The provider went away in the middle; `replies` are those that it gave before."""

    def __init__(self, replies: dict[str, Reply], cause: ChannelDownError) -> None:
        super().__init__(str(cause))
        self.replies, self.cause = replies, cause


def _take(
    contract: ChannelContract, lease: str, now: datetime, batch: int, account_id: int | None
) -> tuple[list[Message], dict[str, int]]:
    """Messages that this worker may hand over now; the others are put off or withheld."""
    counted: Counter[str] = Counter(claimed=0, withheld=0, later=0)
    with transaction.atomic():
        due = Message.objects.filter(channel=contract.code, status=Status.WAITING, due_at__lte=now)
        if connection.features.has_select_for_update_skip_locked:
            due = due.select_for_update(skip_locked=True)
        rows = list(due.order_by("-priority", "due_at", "id")[:batch])
        verdicts = windows.claim(
            intents=list(intents.of_messages(rows).values()),
            templated={row.message_id for row in rows if _templated(row, contract)},
            contract=contract,
            account_id=account_id,
            stand_ins=_stand_ins(rows, contract, account_id),
            actor=ACTOR,
            now=now,
        )
        taken = []
        for row in rows:
            verdict = verdicts[row.message_id]
            _apply(row, verdict, lease, now)
            counted[_TALLY[verdict.decision]] += 1
            if verdict:
                row.account_id, row.begun_at = account_id, now
                taken.append(row)
        update_many(rows, TAKEN)
    return taken, dict(counted)


def _templated(row: Message, contract: ChannelContract) -> bool:
    """Whether it goes by an approved template; asked only where that makes a difference."""
    return contract.mode is Mode.WINDOWED and is_templated(row.body)


def _stand_ins(rows: Sequence[Message], contract: ChannelContract, account_id: int | None) -> set[str]:
    """Those for which the account has an approved template, where no window is open."""
    if contract.mode is not Mode.WINDOWED or account_id is None:
        return set()
    known: dict[tuple[str, str, str], bool] = {}
    found = set()
    for row in rows:
        name = (row.content, language_of(row.body), row.purpose)
        if name not in known:
            content, language, purpose = name
            known[name] = bool(content) and (
                approved_for(account_id, content, language, purpose=purpose) is not None
            )
        if known[name]:
            found.add(row.message_id)
    return found


_TALLY = {Decision.ALLOWED: "claimed", Decision.LATER: "later", Decision.REFUSED: "withheld"}


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
    taken: Sequence[Message],
    contract: ChannelContract,
    connect: Connect,
    journal: Journal,
    now: datetime,
    connections: int,
) -> dict[str, Reply]:
    found = places_of(taken, contract=contract, now=now)
    dead = _dead(taken, found, contract.address)
    members = _members(taken, contract)
    envelope = _Envelopes(contract, taken, now)
    replies: dict[str, Reply] = {}
    until = monotonic() + ANSWER_SECONDS
    try:
        with held_ring(), Lanes(connect, journal, replies, most=connections) as lanes:
            for number, row in enumerate(taken):
                if number and monotonic() > until:
                    break
                place = found.get(row.message_id)
                if place is None:
                    made: Envelope | Reply = NO_ADDRESS
                else:
                    made = DEAD_ADDRESS if row.message_id in dead else envelope(row, place.address)
                if isinstance(made, Reply):
                    journal.done(row.message_id, made)
                    replies[row.message_id] = made
                    continue
                if row.customer_id in members:
                    made = replace(made, member=members[row.customer_id])
                lanes.put(made)
    except ChannelDownError as error:
        raise _DownError(replies, error) from error
    return replies


def _members(taken: Sequence[Message], contract: ChannelContract) -> dict[str, str]:
    """User names of the colleagues who look after these customers, where messages go through them."""
    if contract.mode is not Mode.VIA_MEMBER:
        return {}
    return users.looking_after({row.customer_id for row in taken})


def _dead(rows: Sequence[Message], found: Mapping[str, Place], kind: str) -> frozenset[str]:
    """The messages among them whose present address takes none."""
    kinds = {kind, PERSON} if any(place.mark for place in found.values()) else {kind}
    asked = [row for row in rows if row.message_id in found]
    known = DeadAddress.objects.filter(
        among("customer_id", [row.customer_id for row in asked]), kind__in=kinds
    )
    marks: dict[str, set[tuple[str, str]]] = {}
    for customer_id, buried, mark in known.values_list("customer_id", "kind", "value_index"):
        marks.setdefault(customer_id, set()).add((buried, mark))
    return frozenset(
        row.message_id
        for row in asked
        if row.customer_id in marks and _grave(found[row.message_id], kind) in marks[row.customer_id]
    )


def _grave(place: Place, kind: str) -> tuple[str, str]:
    """How an address would be named among the dead."""
    return (PERSON, place.mark) if place.mark else (kind, index_of(kind, place.address))


class _Envelopes:
    """Makes what goes out: the words, and in them what the customer lets be followed."""

    def __init__(self, contract: ChannelContract, rows: Sequence[Message], now: datetime) -> None:
        self._make, self._contract = Maker(), contract
        # Without a place in a window only the approved template goes.
        ids = [row.message_id for row in rows] if contract.windows else []
        self._placed = windows.placed(ids) if ids else set()
        self._tracing = Tracing(
            contract.code,
            [row.customer_id for row in rows],
            now=now,
            tells_reading=contract.tells_reading,
        )

    def __call__(self, row: Message, address: str) -> Envelope | Reply:
        """The envelope; a reply where there are no words.

        Raises ChannelDownError where marketing must wait for an address of ours.
        """
        try:
            draft, given = self._make(row)
            made = self._written(row, draft, address)
            if self._needs_template(row) and not made.template and row.account_id is not None:
                abroad = self._contract.is_abroad(address)
                made = dress(made, account_id=row.account_id, content=row.content, given=given, abroad=abroad)
        except ContentError as error:
            return Reply(Fate.REFUSED, error.code[:40], str(error), Refusal.FIX)
        except legal.NotReadyError as error:
            raise ChannelDownError(error.code) from error
        return made

    def _needs_template(self, row: Message) -> bool:
        shut = bool(self._contract.windows) and row.message_id not in self._placed
        return self._contract.templates_only or shut

    def _written(self, row: Message, draft: Draft, address: str) -> Envelope:
        row.opens_told, row.clicks_told = self._tracing.told(draft.html, row.customer_id)
        return Envelope(
            message_id=row.message_id,
            to=address,
            purpose=row.purpose,
            subject=draft.subject,
            text=draft.text,
            html=self._tracing.html(draft.html, message_id=row.message_id, customer_id=row.customer_id),
            language=draft.language,
            headers=draft.headers,
            template=draft.template,
            values=draft.values,
            sender_name=draft.sender.name if draft.sender else "",
        )
