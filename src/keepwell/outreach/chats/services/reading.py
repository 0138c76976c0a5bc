"""Take over the groups that WeCom has: first everything is read, then it is stored, group by group."""

from __future__ import annotations

from collections.abc import Set
from datetime import datetime, timedelta

from django.db import transaction

from keepwell.customers import queries as customers
from keepwell.customers.identity import queries as identity
from keepwell.foundation.audit import services as audit
from keepwell.foundation.rows import among
from keepwell.outreach.channels.contracts import AccountStoppedError, ChannelDownError
from keepwell.outreach.channels.lazily import later
from keepwell.outreach.chats.contracts import CHANNEL, ChatError, Refreshed
from keepwell.outreach.chats.models import ChatGroup, ChatMember
from keepwell.outreach.sending.services import accounts

EVERY = timedelta(hours=6)
_read = later("wecom.chats", "read")


def refresh(*, actor: str, now: datetime) -> Refreshed:
    """Read every group anew; who of its people is a customer is kept by number, nobody else is.

    Groups that are no longer there are kept as gone, with what was said to them. Audited. Raises ChatError.
    """
    account = accounts.to_use(CHANNEL, now=now)
    if account is None:
        raise ChatError("no_account")
    try:
        found = list(_read(account[1]))
    except AccountStoppedError as error:
        accounts.stop(account_id=account[0], reason="refused", error=str(error), now=now)
        raise ChatError("down") from error
    except ChannelDownError as error:
        raise ChatError("down") from error
    people = {user for one in found for user, _joined in one.people}
    said = customers.find_many_by_contact(kind=CHANNEL, values=people)
    canonical = identity.canonical_ids(said.values())
    numbers = {user: canonical.get(number, number) for user, number in said.items()}
    made = sum(_store(one, numbers, now) for one in found)
    with transaction.atomic():
        gone = _leave({one.chat_id for one in found}, now)
        known = sum(1 for one in found for user, _joined in one.people if user in numbers)
        done = Refreshed(len(found), made, gone, known)
        audit.log(
            actor=actor,
            action="chats.refresh",
            object_type="chat_group",
            object_id="all",
            details={"groups": done.groups, "new": done.new, "gone": done.gone},
            at=now,
        )
    return done


def _leave(there: Set[str], now: datetime) -> int:
    """Keep what WeCom has no longer as gone; how many. Somebody else may be reading at the same time."""
    known = ChatGroup.objects.filter(gone_at=None, read_at__lte=now).values_list("pk", "chat_id")
    gone = [pk for pk, chat_id in known if chat_id not in there]
    return ChatGroup.objects.filter(among("pk", gone)).update(gone_at=now)


def refresh_when_due(*, now: datetime) -> Refreshed:
    """Read the groups where the last reading is old; nothing where there is no account, or none was read yet.

    The first time a person asks for it, for it may take a while.
    """
    newest = ChatGroup.objects.order_by("-read_at").values_list("read_at", flat=True).first()
    if newest is None or newest > now - EVERY or accounts.to_use(CHANNEL, now=now) is None:
        return Refreshed()
    return refresh(actor="keepwell", now=now)


def _store(one: object, numbers: dict[str, str], now: datetime) -> bool:
    """Keep one group with its customers; whether it is new."""
    from keepwell.outreach.channels.wecom.chats import ReadGroup

    assert isinstance(one, ReadGroup)
    joined = {numbers[user]: at for user, at in one.people if user in numbers}
    with transaction.atomic():
        row, made = ChatGroup.objects.update_or_create(
            chat_id=one.chat_id,
            defaults={
                "name": one.name[:200],
                "owner": one.owner,
                "status": one.status,
                "members": one.members,
                "strangers": sum(1 for user, _at in one.people if user not in numbers),
                "started_at": one.started_at,
                "read_at": now,
                "gone_at": None,
            },
        )
        there = dict(ChatMember.objects.filter(group=row).values_list("customer_id", "pk"))
        left = [pk for number, pk in there.items() if number not in joined]
        ChatMember.objects.filter(pk__in=left).delete()
        ChatMember.objects.bulk_create(
            [
                ChatMember(group=row, customer_id=number, joined_at=at)
                for number, at in joined.items()
                if number not in there
            ],
            ignore_conflicts=True,
        )
    return made
