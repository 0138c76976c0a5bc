"""Windows that customers open by writing to us: free words go only in one, and only as many as it has places.

A place is taken under the lock of the customer's desk that the policy holds to the end of the transaction, so
two who want the last place do not both get it. A message that does not go gives its place back.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Count, Q

from keepwell.customers.identity import queries as identity
from keepwell.outreach.channels.contracts import ChannelContract, HeardKind, Mode
from keepwell.outreach.policy import services as policy
from keepwell.outreach.policy.contracts import Intent, Verdict
from keepwell.outreach.sending.models import ContactWindow, WindowPlace

# A window that has closed is of no use; it is kept so long for whoever wants to understand.
KEEP = timedelta(days=30)


def note_window(
    *,
    customer_id: str,
    contract: ChannelContract,
    kind: HeardKind,
    key: str,
    at: datetime,
    now: datetime,
    account_id: int | None = None,
) -> bool:
    """Open what the contract says that doing `kind` opens; whether anything was opened.

    The same `key` again opens nothing anew. What is told late closes when it would have closed.
    """
    rule = next((one for one in contract.windows if one.opened_by is kind), None)
    if rule is None:
        return False
    number = identity.canonical_ids([customer_id]).get(customer_id, customer_id)
    begun = min(at, now)
    mine = ContactWindow.objects.filter(customer_id=number, channel=contract.code)
    mine.filter(closes_at__lt=now - KEEP).delete()
    _row, made = ContactWindow.objects.get_or_create(
        customer_id=number,
        channel=contract.code,
        key=key[:120],
        defaults={
            "account_id": account_id,
            "kind": kind,
            "opened_at": begun,
            "closes_at": begun + timedelta(minutes=rule.minutes),
            "most": rule.most,
        },
    )
    return made


def close(*, customer_id: str, channel: str, at: datetime) -> int:
    """Close the customer's windows: they have left; how many were open."""
    number = identity.canonical_ids([customer_id]).get(customer_id, customer_id)
    mine = ContactWindow.objects.filter(customer_id=number, channel=channel, opened_at__lte=at)
    return mine.filter(closes_at__gt=at).update(closes_at=at)


def open_for(
    customer_ids: Collection[str], channel: str, now: datetime, *, account_id: int | None = None
) -> dict[str, int | None]:
    """How many places each customer's windows have left, None for any number; the others have none."""
    canonical = identity.canonical_ids(customer_ids)
    numbers = {one: canonical.get(one, one) for one in customer_ids}
    found = _open(set(numbers.values()), channel, now, account_id)
    left: dict[str, int | None] = {}
    for one, number in numbers.items():
        rooms = [_room(window) for window in found.get(number, ())]
        if any(room is None for room in rooms):
            left[one] = None
        elif sum(room or 0 for room in rooms):
            left[one] = sum(room or 0 for room in rooms)
    return left


def claim(
    *,
    intents: Sequence[Intent],
    templated: Collection[str],
    contract: ChannelContract,
    actor: str,
    now: datetime,
    account_id: int | None = None,
    stand_ins: Collection[str] = (),
) -> dict[str, Verdict]:
    """`policy.claim_many` that also minds the channel's windows; `templated` intents go by a template.

    For `stand_ins` an approved template stands in where no window has a place (see `placed`).

    On a windowed channel an intent that needs a window and has none, or finds its last place gone, is refused
    as `window_closed`. One that has had a place keeps it when it is asked for again.
    """
    if contract.mode is not Mode.WINDOWED:
        return policy.claim_many(intents=intents, actor=actor, now=now, caps=contract.caps)
    with transaction.atomic():
        free = [one for one in intents if one.intent_id not in templated]
        left = open_for({one.customer_id for one in free}, contract.code, now, account_id=account_id)
        shut = {one.intent_id for one in free if one.customer_id not in left}
        shut |= {
            one.intent_id
            for one in intents
            if one.intent_id in templated and one.purpose not in contract.template_purposes
        }
        standing = {
            one.intent_id
            for one in free
            if one.intent_id in stand_ins and one.purpose in contract.template_purposes
        }
        # Whoever holds a place may find that it was the last.
        shut -= standing | placed(shut)
        asked = [replace(one, window_closed=one.intent_id in shut) for one in intents]
        verdicts = policy.claim_many(intents=asked, actor=actor, now=now, caps=contract.caps)
        # From here on the desks of these customers are ours.
        going = [one for one in free if verdicts[one.intent_id]]
        late = _take(going, contract.code, now, account_id)
        late = [one for one in late if one.intent_id not in standing]
        if late:
            again = [replace(one, window_closed=True) for one in late]
            verdicts |= policy.claim_many(intents=again, actor=actor, now=now, caps=contract.caps)
    return verdicts


def give_back(*, message_ids: Iterable[str]) -> int:
    """Say that these messages did not go: their places are free again; how many had one."""
    gone, _rows = WindowPlace.objects.filter(message_id__in=list(message_ids)).delete()
    return gone


def _take(intents: Sequence[Intent], channel: str, now: datetime, account_id: int | None) -> list[Intent]:
    """Take a place for each, the greater priority first; those for whom there was none."""
    if not intents:
        return []
    canonical = identity.canonical_ids({one.customer_id for one in intents})
    numbers = {one.customer_id: canonical.get(one.customer_id, one.customer_id) for one in intents}
    found = _open(set(numbers.values()), channel, now, account_id)
    holding = placed({one.intent_id for one in intents})
    taken: dict[int, int] = defaultdict(int)
    places, late = [], []
    for one in sorted(intents, key=lambda intent: -intent.priority):
        if one.intent_id in holding:
            continue
        windows = found.get(numbers[one.customer_id], ())
        window = next((w for w in windows if (room := _room(w)) is None or room > taken[w.pk]), None)
        if window is None:
            late.append(one)
            continue
        taken[window.pk] += 1
        places.append(WindowPlace(window=window, message_id=one.intent_id, taken_at=now))
    WindowPlace.objects.bulk_create(places)
    return late


def placed(message_ids: Collection[str]) -> set[str]:
    """Those of these messages that have a place in a window, and so may go in free words."""
    mine = WindowPlace.objects.filter(message_id__in=message_ids)
    return set(mine.values_list("message_id", flat=True))


def _open(
    numbers: Collection[str], channel: str, now: datetime, account_id: int | None
) -> dict[str, list[Any]]:
    """The newest window of each kind that is open, by customer; the one that closes first comes first."""
    rows = ContactWindow.objects.filter(
        customer_id__in=numbers, channel=channel, opened_at__lte=now, closes_at__gt=now
    )
    if account_id is not None:
        rows = rows.filter(Q(account=account_id) | Q(account=None))
    newest: dict[tuple[str, str], Any] = {}
    for row in rows.annotate(used=Count("places")).order_by("opened_at", "pk"):
        newest[row.customer_id, row.kind] = row
    found: dict[str, list[Any]] = defaultdict(list)
    for (number, _kind), row in newest.items():
        found[number].append(row)
    return {number: sorted(group, key=lambda row: row.closes_at) for number, group in found.items()}


def _room(window: Any) -> int | None:
    """Places left; None: any number."""
    return None if window.most is None else max(0, window.most - window.used)
