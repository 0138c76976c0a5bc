"""Messages that wait for the customer to come: given out when a page asks, never by the worker.

The contact policy is asked at that moment, once for each message: what was given out before is shown again
without counting again, unless the customer has said no meanwhile.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet

from keepwell.customers.identity import queries as identity
from keepwell.outreach.channels import registry
from keepwell.outreach.channels.contracts import ChannelContract, Fate, Mode, Refusal, Reply
from keepwell.outreach.content.contracts import ContentError
from keepwell.outreach.policy import queries as policy_queries
from keepwell.outreach.policy import services as policy
from keepwell.outreach.policy.contracts import Cause, Decision, Intent, Verdict
from keepwell.outreach.sending import intents
from keepwell.outreach.sending.contracts import Status
from keepwell.outreach.sending.making import Maker
from keepwell.outreach.sending.marks import legal
from keepwell.outreach.sending.models import Message
from keepwell.outreach.sending.services.recording import record

ACTOR = "keepwell"
LOOKED_AT_MAX = 20
SHOWN_DAYS = 30
EXPIRED_AT_ONCE = 500
# What ends a message that was shown already: the customer's own word, not that others came in between.
ENDS = frozenset(
    {
        Cause.UNKNOWN_CUSTOMER,
        Cause.STOPPED,
        Cause.ON_HOLD,
        Cause.NOT_ASKED,
        Cause.WITHDRAWN,
        Cause.EXPIRED,
        Cause.HELD_OUT,
    }
)


@dataclass(frozen=True)
class Given:
    """A message that a page may show now."""

    message_id: str
    customer_id: str
    content: str
    html: str
    text: str
    language: str


def next_for(
    *,
    customer_id: str,
    contract: ChannelContract,
    account_id: int,
    now: datetime,
    without: Collection[str] = (),
) -> Given | None:
    """The message that the customer is shown now, the greatest priority first; None where there is none.

    Two pages that ask at once are given the same. `without` names messages that were seen often enough.
    """
    numbers = identity.fact_ids(customer_id)
    with transaction.atomic():
        due = Q(status=Status.WAITING, due_at__lte=now)
        shown = Q(status=Status.SENT, account=account_id, finished_at__gt=now - timedelta(days=SHOWN_DAYS))
        rows = Message.objects.select_for_update().filter(
            due | shown, customer_id__in=numbers, channel=contract.code
        )
        found = list(
            rows.exclude(message_id__in=without).order_by("-priority", "due_at", "id")[:LOOKED_AT_MAX]
        )
        asked = intents.of_messages(found, on_visit=True)
        for row in found:
            given = _given(row, asked[row.message_id], contract, account_id, now)
            if given is not None:
                return given
    return None


def expire(*, now: datetime) -> int:
    """Put aside what waited for a visit until its time was over; how many it was."""
    rows = list(_stale(now).order_by("pk")[:EXPIRED_AT_ONCE])
    for row in rows:
        with transaction.atomic():
            locked = Message.objects.select_for_update().filter(pk=row.pk, status=Status.WAITING).first()
            if locked is not None:
                (intent,) = intents.of_messages([locked], on_visit=True).values()
                _refuse(locked, policy.claim(intent=intent, actor=ACTOR, now=now), now)
    return len(rows)


def any_stale(*, now: datetime) -> bool:
    """Whether `expire` has something to do."""
    return _stale(now).exists()


def not_sent() -> frozenset[str]:
    """The channels on which no worker sends: messages wait for the customer, or for a person."""
    every = registry.providers().values()
    return frozenset(one.channel for one in every if one.contract.mode in (Mode.NEXT_VISIT, Mode.TASK))


def on_visit() -> frozenset[str]:
    """The channels whose messages wait for the customer."""
    every = registry.providers().values()
    return frozenset(one.channel for one in every if one.contract.mode is Mode.NEXT_VISIT)


def _stale(now: datetime) -> QuerySet[Message]:
    return Message.objects.filter(channel__in=on_visit(), status=Status.WAITING, not_after__lt=now)


def _given(
    row: Message, intent: Intent, contract: ChannelContract, account_id: int, now: datetime
) -> Given | None:
    if row.status == Status.SENT:
        verdict = policy_queries.ask(intent, now=now, caps=contract.caps)
        if not verdict and verdict.cause in ENDS:
            return None
        return _made(row)
    verdict = policy.claim(intent=intent, actor=ACTOR, now=now, caps=contract.caps)
    if not verdict:
        _refuse(row, verdict, now)
        return None
    row.status, row.reason, row.tries = Status.SENDING, "", row.tries + 1
    row.lease, row.account_id, row.begun_at = f"visit/{row.message_id}", account_id, now
    row.save(update_fields=["status", "reason", "tries", "lease", "account", "begun_at"])
    made = _made(row)
    row.opens_told = row.clicks_told = contract.tells_reading
    reply = (
        Reply(Fate.ACCEPTED) if isinstance(made, Given) else Reply(Fate.REFUSED, "no_words", "", Refusal.FIX)
    )
    record([row], {row.message_id: reply}, lease=row.lease, now=now)
    return made


def _made(row: Message) -> Given | None:
    """Its words; None where none can be made."""
    try:
        draft, _values = Maker()(row)
    except (ContentError, legal.NotReadyError):
        return None
    return Given(row.message_id, row.customer_id, row.content, draft.html, draft.text, draft.language)


def _refuse(row: Message, verdict: Verdict, now: datetime) -> None:
    """Not now, or not at all."""
    row.reason = str(verdict.cause)
    if verdict.decision is Decision.LATER:
        row.due_at = max(verdict.until or now, now + timedelta(seconds=30))
    elif not verdict:
        row.status, row.finished_at = Status.WITHHELD, now
    row.save(update_fields=["reason", "due_at", "status", "finished_at"])
