"""Openings, clicks and farewells that come to us directly: kept as receipts, and told as a fact."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from django.db import transaction

from keepwell.outreach.channels.contracts import ReceiptKind
from keepwell.outreach.content.contracts import ContentError
from keepwell.outreach.sending import acts, standing
from keepwell.outreach.sending.contracts import Status
from keepwell.outreach.sending.making import Maker
from keepwell.outreach.sending.marks import addresses, legal, scanners, tracking
from keepwell.outreach.sending.marks.scanners import Event, What
from keepwell.outreach.sending.models import Message, MessageProduct, ReceiptRow
from keepwell.outreach.sending.reached import Reached, Told, reached

# Keys of what was noted here begin so; what providers tell has keys of their own and is not judged again.
OWN_KEY = "own/"
AGENT_MAX = 400
# Nobody opens one message so often; whoever asks for it all day fills no table.
KEPT_MAX = 300
KIND = {What.OPEN: ReceiptKind.OPENED, What.CLICK: ReceiptKind.CLICKED, What.PAGE: ReceiptKind.CLICKED}
GONE = (Status.SENT, Status.UNKNOWN)


@dataclass(frozen=True)
class Noted:
    """What became of a request: where a click leads ("" where to nothing), and whether a machine made it."""

    target: str = ""
    by_machine: bool = True


def note_open(*, message_id: str, at: datetime, user_agent: str = "", prefetch: bool = False) -> Noted:
    """Keep that the picture of a message was asked for; the same program within a minute counts once."""
    return _note(message_id, Event(What.OPEN, at, user_agent[:AGENT_MAX], prefetch=prefetch))


def note_click(
    *, message_id: str, link: int, at: datetime, user_agent: str = "", prefetch: bool = False
) -> Noted:
    """Keep a click on a link, counted from 1; 0 is the one that no person sees."""
    return _note(message_id, Event(What.CLICK, at, user_agent[:AGENT_MAX], link, prefetch))


def note_page(*, message_id: str, at: datetime, user_agent: str = "", prefetch: bool = False) -> Noted:
    """Keep that the page to unsubscribe was looked at: no click that counts, but it tells scanners."""
    return _note(message_id, Event(What.PAGE, at, user_agent[:AGENT_MAX], prefetch=prefetch))


def target(message_id: str, link: int) -> str:
    """Where a link of a message leads, "" where it has no such link; nothing is kept."""
    row = Message.objects.filter(message_id=message_id).first()
    return _target(_targets(row), link) if row else ""


def note_unsubscribed(*, message_id: str, at: datetime) -> None:
    """Keep that a message made somebody unsubscribe; twice is once."""
    _note_done(message_id, ReceiptKind.UNSUBSCRIBED, at)


def note_answered(*, message_id: str, at: datetime) -> None:
    """Keep that a customer answered what a message asked; twice is once."""
    _note_done(message_id, ReceiptKind.REPLIED, at)


def _note_done(message_id: str, kind: ReceiptKind, at: datetime) -> None:
    with transaction.atomic():
        row = Message.objects.select_for_update().filter(message_id=message_id).first()
        if row is None:
            return
        before = _standing(row)
        ReceiptRow.objects.get_or_create(
            message=row,
            kind=kind,
            key="",
            defaults={"at": at, "received_at": at},
        )
        acts.refresh(row)
        _tell(row, before)


def _note(message_id: str, event: Event) -> Noted:
    with transaction.atomic():
        row = Message.objects.select_for_update().filter(message_id=message_id).first()
        if row is None:
            return Noted()
        targets, items = _made(row)
        before = _standing(row)
        _note_links(row, targets, items)
        kept = _keep(row, event)
        _judge(row, sum(1 for one in targets if not addresses.is_own(one)))
        acts.refresh(row)
        _tell(row, before)
        by_machine = kept is None or ReceiptRow.objects.filter(pk=kept.pk, by_machine=True).exists()
    return Noted(_target(targets, event.link), by_machine)


def _targets(row: Message) -> tuple[str, ...]:
    """The links that were written into the message, and no others."""
    return _made(row)[0]


def _made(row: Message) -> tuple[tuple[str, ...], Sequence[Mapping[str, str]]]:
    """The links of the message, and the products that it recommends, as its text tells of them."""
    try:
        made = Maker()(row)
    except (ContentError, legal.NotReadyError):
        return (), ()
    first = {"link": made.given.get("recommended.link", "")}
    return tracking.links(made.draft.html), made.given.get("recommended.items") or [first]


def _note_links(row: Message, targets: Sequence[str], items: Sequence[Mapping[str, str]]) -> None:
    """Say of each recommended product which link is its own; one that several share tells of none of them."""
    shared = Counter(one.get("link", "") for one in items)
    for one in MessageProduct.objects.filter(message=row, link=None):
        address = items[one.place].get("link", "") if one.place < len(items) else ""
        if address in targets and shared[address] == 1:
            one.link = targets.index(address) + 1
            one.save(update_fields=["link"])


def _target(targets: tuple[str, ...], link: int) -> str:
    return targets[link - 1] if 0 < link <= len(targets) else ""


def _keep(row: Message, event: Event) -> ReceiptRow | None:
    """The receipt of an event; None where there are too many already."""
    agent = hashlib.sha256(event.agent.encode()).hexdigest()[:8]
    minute = int(event.at.timestamp()) // 60
    key = f"{OWN_KEY}{event.what}/{event.link}/{minute}/{agent}{'/p' if event.prefetch else ''}"
    kind = KIND[event.what]
    known = ReceiptRow.objects.filter(message=row, kind=kind, key=key).first()
    if known is not None:
        if event.at < known.at:
            known.at = event.at
            known.save(update_fields=["at"])
        return known
    if ReceiptRow.objects.filter(message=row, key__startswith=OWN_KEY).count() >= KEPT_MAX:
        return None
    detail = {
        "what": event.what,
        "agent": event.agent,
        "link": event.link,
        "prefetch": event.prefetch,
        # A round says of its messages together that they went: what came before that was there too soon.
        "early": row.status not in GONE,
    }
    return ReceiptRow.objects.create(
        message=row,
        kind=kind,
        key=key,
        at=event.at,
        received_at=event.at,
        by_machine=True,
        detail=orjson.dumps(detail).decode(),
    )


def _judge(row: Message, links: int) -> None:
    """Say of everything noted here whether it was a machine's, now that more is known."""
    own = list(ReceiptRow.objects.filter(message=row, key__startswith=OWN_KEY))
    events = [_event(one) for one in own]
    reasons = scanners.judge(events, handed_at=_handed_at(row), links=links)
    changed = []
    for one, event, reason in zip(own, events, reasons, strict=True):
        # To look at the page to unsubscribe is no click, whoever looks.
        by_machine, code = reason is not None or event.what is What.PAGE, str(reason or "")
        if (one.by_machine, one.code) != (by_machine, code):
            one.by_machine, one.code = by_machine, code
            changed.append(one)
    ReceiptRow.objects.bulk_update(changed, ["by_machine", "code"])


def _event(one: ReceiptRow) -> Event:
    said: dict[str, Any] = orjson.loads(one.detail)
    return Event(What(said["what"]), one.at, said["agent"], said["link"], said["prefetch"], said["early"])


def _handed_at(row: Message) -> datetime | None:
    """When the provider had the message at the latest; None where it has not gone."""
    if row.status == Status.SENT:
        return row.finished_at
    last = row.attempts.order_by("-at", "-pk").first() if row.status == Status.UNKNOWN else None
    return last.at if last else None


def _standing(row: Message) -> Reached | None:
    """How far the message got; None where it has not gone."""
    sent_at = _handed_at(row)
    if row.status not in GONE or sent_at is None:
        return None
    rows = ReceiptRow.objects.filter(message=row, by_machine=False)
    return reached((Told(ReceiptKind(one.kind), one.at, one.code) for one in rows), sent_at=sent_at)


def _tell(row: Message, before: Reached | None) -> None:
    """The fact, where the message got further, or less far than a scanner made believe."""
    after = _standing(row)
    if after is None or (before is not None and before.status == after.status):
        return
    row.standing = after.status
    row.save(update_fields=["standing"])
    standing.tell([(row, after.at, after.reason or "")])
