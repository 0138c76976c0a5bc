"""Settle messages of unknown fate: by asking the provider, by its silence, or by a person's word."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet

from keepwell.foundation.audit import services as audit
from keepwell.foundation.rows import update_many
from keepwell.outreach.channels import registry
from keepwell.outreach.channels.contracts import Asked, Provider
from keepwell.outreach.policy import services as policy
from keepwell.outreach.sending import recalling, standing
from keepwell.outreach.sending.contracts import Status
from keepwell.outreach.sending.models import ChannelAccount, Message
from keepwell.outreach.sending.opening import opened
from keepwell.outreach.sending.places import moved, places_of
from keepwell.outreach.sending.services.finding import find
from keepwell.outreach.sending.services.receiving import note

ACTOR = "keepwell"
ASKED_MAX = 500
# How long a provider may take to tell of a message before its silence says that it was not taken.
SILENCE = timedelta(hours=1)
WITHIN = "reports_within_minutes"
# How long after it went a provider that is asked may still have news of a message.
PULL_DAYS = 3
# How long a colleague may take to send what was handed to them.
HANDED_DAYS = 30


def reconcile(*, account_id: int, now: datetime) -> int:
    """Find out about the messages of an account whose fate is unknown; how many are settled.

    A provider that tells of everything, but not of these in all the time it takes, has not taken them: they
    go again. So do those of a channel where an attempt may be repeated. Of others nobody can know; they wait
    for a person.
    """
    account = ChannelAccount.objects.get(pk=account_id)
    provider = registry.providers().get(account.provider)
    if provider is None:
        return 0
    before = _unknown(account).count()
    if not before:
        return 0
    if provider.pull is not None:
        _ask(provider, account, list(_unknown(account)[:ASKED_MAX]), now)
    find(provider=provider, account=account, rows=list(_unknown(account)[:ASKED_MAX]), now=now)
    settings = opened(account)
    if provider.contract.repeatable:
        # The receiver does nothing twice for one number: what it has taken already stays as it is.
        _send_again(list(_unknown(account).values_list("pk", flat=True)), now)
    elif provider.reports_all(settings):
        minutes = settings.get(WITHIN, "")
        silence = timedelta(minutes=int(minutes)) if minutes.isdecimal() else SILENCE
        _send_again(_silent(provider, _unknown(account).filter(begun_at__lte=now - silence)), now)
    return before - _unknown(account).count()


def pull(*, account_id: int, now: datetime) -> int:
    """Ask a provider that does not call us what became of what it took lately; how many receipts were new.

    Where there is too much to ask at once, chance decides: what nobody ever confirms must not hide the rest.
    """
    account = ChannelAccount.objects.get(pk=account_id)
    provider = registry.providers().get(account.provider)
    if provider is None or provider.pull is None or provider.pulls_lost_only:
        return 0
    return _ask(provider, account, list(awaited(account, now).order_by("?")[:ASKED_MAX]), now)


def awaited(account: ChannelAccount, now: datetime) -> QuerySet[Message]:
    """Messages of an account that it took lately, and of which no more is known."""
    return Message.objects.filter(
        Q(status=Status.SENT, begun_at__gt=now - timedelta(days=PULL_DAYS))
        | Q(status=Status.HANDED, begun_at__gt=now - timedelta(days=HANDED_DAYS)),
        account=account,
        standing__in=("", "sent"),
    )


def settle(*, message_id: str, went: bool, actor: str, now: datetime) -> bool:
    """A person says whether a message of unknown fate went; one that did not goes again. Audited.

    False where its fate is known by now.
    """
    with transaction.atomic():
        row = Message.objects.select_for_update().filter(message_id=message_id, status=Status.UNKNOWN).first()
        if row is None:
            return False
        if went:
            row.status, row.finished_at, row.reason = Status.SENT, row.begun_at or now, ""
            row.standing = standing.further(row.standing, "sent")
            row.save(update_fields=["status", "finished_at", "reason", "standing"])
            standing.tell([(row, now, "")])
        else:
            _requeue([row], now)
        audit.log(
            actor=actor,
            action="message.settle",
            object_type="message",
            object_id=message_id,
            details={"went": went},
            at=now,
        )
    return True


def _unknown(account: ChannelAccount) -> QuerySet[Message]:
    return Message.objects.filter(account=account, status=Status.UNKNOWN).order_by("begun_at")


def _ask(provider: Provider, account: ChannelAccount, rows: Sequence[Message], now: datetime) -> int:
    if not rows or provider.pull is None:
        return 0
    found = places_of(rows, contract=provider.contract, now=now)
    addresses = {name: place.address for name, place in found.items()}
    asked = [
        Asked(row.message_id, row.provider_ref, addresses.get(row.message_id, ""), row.begun_at)
        for row in rows
        if row.begun_at is not None
    ]
    told = provider.pull(opened(account), asked, now)
    return sum(note(receipts=told, account_id=account.pk, now=now).values())


def _silent(provider: Provider, rows: QuerySet[Message]) -> list[int]:
    """Those about which silence says something: the provider was asked about the address that was used."""
    if provider.pull is None:
        return list(rows.values_list("pk", flat=True))
    found = list(rows.only("pk", "message_id", "customer_id", "begun_at", "body"))
    elsewhere = moved(found, contract=provider.contract)
    return [row.pk for row in found if row.message_id not in elsewhere]


def _send_again(keys: Sequence[int], now: datetime) -> None:
    with transaction.atomic():
        rows = Message.objects.select_for_update().filter(pk__in=list(keys), status=Status.UNKNOWN)
        _requeue(list(rows.order_by("pk")), now)


def _requeue(rows: Sequence[Message], now: datetime) -> None:
    for row in rows:
        row.status, row.reason, row.due_at = Status.WAITING, "", now
        recalling.heed(row, now)
    update_many(rows, ["status", "reason", "due_at", "finished_at"])
    # It is asked for anew when it goes, so consent and limits count as they are then.
    policy.take_back(intent_ids=[row.message_id for row in rows], now=now)
