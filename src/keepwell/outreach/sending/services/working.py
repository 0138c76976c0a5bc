"""A worker's rounds: settle what dead workers left, find out what is unknown, send what is due."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime

from django.db.models import Q, QuerySet

from keepwell.outreach.channels import registry
from keepwell.outreach.channels.contracts import AccountStoppedError, ChannelDownError
from keepwell.outreach.sending.contracts import Round, Status
from keepwell.outreach.sending.models import ChannelAccount, Message
from keepwell.outreach.sending.opening import opened
from keepwell.outreach.sending.services import accounts, reconciling, visiting
from keepwell.outreach.sending.services.delivering import BATCH, deliver
from keepwell.outreach.sending.services.recovering import left, recover

Now = Callable[[], datetime]


def is_due(*, now: datetime, at_least: int = 1) -> bool:
    """Whether accounts that may send have so many messages to send, or a worker died."""
    if visiting.any_stale(now=now):
        return True
    channels = list(_ready(now).values_list("channel", flat=True))
    waiting = Message.objects.filter(channel__in=channels, status=Status.WAITING, due_at__lte=now)
    return waiting.order_by()[at_least - 1 : at_least].exists() or bool(left(now=now))


def work(*, now: Now, stopping: Callable[[], bool] = lambda: False, batch: int = BATCH) -> Round:
    """Send until nothing is due any more, or `stopping` says so; what was done, by message.

    An outage pauses its account, longer each time; credentials or money that are refused stop it until a
    person has seen to it.
    """
    total: Counter[str] = Counter(recovered=recover(now=now()), withheld=visiting.expire(now=now()))
    busy = True
    while busy and not stopping():
        busy = False
        for account in _ready(now()):
            done = _one(account, now(), batch)
            total.update(done)
            busy = busy or done["claimed"] + done["withheld"] + done["later"] > 0
            if stopping():
                break
    return Round(**total)


def find_out(*, now: datetime) -> int:
    """Ask providers what became of messages; how many things were new or settled."""
    found = 0
    for account in ChannelAccount.objects.filter(stopped_at=None):
        try:
            found += reconciling.pull(account_id=account.pk, now=now)
            found += reconciling.reconcile(account_id=account.pk, now=now)
        except AccountStoppedError as error:
            accounts.stop(account_id=account.pk, reason="refused", error=str(error), now=now)
        except ChannelDownError as error:
            accounts.pause(account_id=account.pk, error=str(error), now=now)
    return found


def may_find_out(*, now: datetime) -> bool:
    """Whether `find_out` may find something."""
    if Message.objects.filter(status=Status.UNKNOWN, account__stopped_at=None).exists():
        return True
    asked = [one.code for one in registry.providers().values() if one.pull and not one.pulls_lost_only]
    accounts_asked = ChannelAccount.objects.filter(provider__in=asked, stopped_at=None)
    return any(reconciling.awaited(account, now).exists() for account in accounts_asked)


def _one(account: ChannelAccount, now: datetime, batch: int) -> Counter[str]:
    """A batch of one account."""
    provider, settings = registry.provider(account.provider), opened(account)
    try:
        done = deliver(
            contract=provider.contract,
            connect=lambda: provider.open(settings),
            now=now,
            batch=batch,
            account_id=account.pk,
            connections=provider.connections,
        )
    except AccountStoppedError as error:
        accounts.stop(account_id=account.pk, reason="refused", error=str(error), now=now)
        return Counter()
    except ChannelDownError as error:
        accounts.pause(account_id=account.pk, error=str(error), now=now)
        return Counter()
    if account.outages and done.sent:
        accounts.works(account_id=account.pk)
    return Counter(asdict(done))


def _ready(now: datetime) -> QuerySet[ChannelAccount]:
    """The accounts that may send at this moment."""
    rests = Q(paused_until__gt=now)
    usable = ChannelAccount.objects.filter(active=True, stopped_at=None, provider__in=registry.providers())
    return usable.exclude(rests).exclude(channel__in=visiting.not_sent())
