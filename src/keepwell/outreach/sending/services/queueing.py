"""Put messages into the queue; the same message again is the one that there is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from itertools import islice
from typing import Any

from django.db import transaction

from keepwell.foundation.crypto import signature
from keepwell.foundation.rows import insert_many
from keepwell.outreach.policy import services as policy
from keepwell.outreach.sending import recalling, wording
from keepwell.outreach.sending.contracts import Draft, Status
from keepwell.outreach.sending.marks import addresses, legal
from keepwell.outreach.sending.models import Message, MessageProduct

CHUNK = 1_000
# What a message has before anything has happened with it.
EMPTY = {
    "reason": "", "lease": "", "tries": 0, "provider_ref": "", "standing": "", "acts": 0, "recalled": "",
}  # fmt: skip
WRITTEN = (
    "message_id", "customer_id", "channel", "purpose", "content", "origin", "play", "arm", "propensity",
    "priority", "urgent", "status", "body", "text_id", "due_at", "not_after", "created_at", "created_by",
    *EMPTY,
)  # fmt: skip
NOT_BEGUN = (Status.WAITING, Status.HELD)


def message_id(key: str) -> str:
    """How the message of `key` is called everywhere: in the queue, to providers, in facts.

    Keyed: keys can be guessed, and who knows a name could tell of the message by mail.
    """
    return "m" + signature("message", key.encode()).hex()[:31]


def queue(*, drafts: Iterable[Draft], actor: str, now: datetime, held: bool = False) -> int:
    """Queue messages, streamed, with all that marketing must carry; how many were new.

    Those that are `held` wait until `hold` lets them go. Raises ValueError for a draft without a key or
    words, and `legal.NotReadyError` for marketing that nobody could end or answer for: what came before it
    stays queued.
    """
    finish = legal.Finisher()
    fresh, iterator = 0, (finish(draft, addresses.OwnAddresses(message_id(draft.key))) for draft in drafts)
    while chunk := list(islice(iterator, CHUNK)):
        with transaction.atomic():
            fresh += _insert(chunk, actor, now, held)
    return fresh


def _insert(drafts: list[Draft], actor: str, now: datetime, held: bool) -> int:
    named = {message_id(draft.key): draft for draft in drafts if _whole(draft)}
    known = set(Message.objects.filter(message_id__in=named).values_list("message_id", flat=True))
    new = {name: draft for name, draft in named.items() if name not in known}
    insert_many(Message, WRITTEN, [_row(name, draft, actor, now, held) for name, draft in new.items()])
    _note_products(new)
    return len(new)


def _note_products(drafts: Mapping[str, Draft]) -> None:
    """Keep what each message recommends."""
    naming = {name: draft.recipe.products for name, draft in drafts.items() if draft.recipe}
    naming = {name: products for name, products in naming.items() if products}
    if not naming:
        return
    numbers = Message.objects.filter(message_id__in=naming).values_list("message_id", "pk")
    MessageProduct.objects.bulk_create(
        MessageProduct(message_id=pk, place=place, product_id=product)
        for name, pk in numbers
        for place, product in enumerate(naming[name])
    )


def _whole(draft: Draft) -> bool:
    if not draft.key or not (draft.text or draft.html or draft.recipe):
        raise ValueError("draft: needs a key and words")
    return True


def _row(name: str, draft: Draft, actor: str, now: datetime, held: bool) -> tuple[Any, ...]:
    """The values of `WRITTEN`."""
    return (
        name,
        draft.customer_id,
        draft.channel,
        draft.purpose,
        draft.content,
        draft.origin,
        draft.play,
        draft.arm,
        draft.propensity,
        draft.priority,
        draft.urgent,
        str(Status.HELD if held else Status.WAITING),
        wording.sealed(draft),
        draft.recipe.text_id if draft.recipe else None,
        draft.due_at or now,
        draft.not_after,
        now,
        actor,
        *EMPTY.values(),
    )


def take_back(*, message_ids: Iterable[str], actor: str, now: datetime) -> int:
    """Take messages out of the queue that have not gone yet; how many it was."""
    wanted = list(message_ids)
    with transaction.atomic():
        rows = Message.objects.select_for_update().filter(message_id__in=wanted, status__in=NOT_BEGUN)
        names = list(rows.values_list("message_id", flat=True))
        done = rows.update(status=Status.TAKEN_BACK, finished_at=now, reason=recalling.by(actor))
        policy.take_back(intent_ids=names, now=now)
    return done


def take_back_all(*, origin: str, actor: str, now: datetime) -> int:
    """Take everything of one origin out of the queue that has not gone yet; how many it was.

    What is on its way arrives, or is taken back where it comes back.
    """
    # Said to all of them first: whoever begins with one after this finds it there.
    recalling.call_back(origin=origin, actor=actor)
    rows = Message.objects.filter(origin=origin, status__in=NOT_BEGUN).order_by("pk")
    done = 0
    while names := list(rows.values_list("message_id", flat=True)[:CHUNK]):
        done += take_back(message_ids=names, actor=actor, now=now)
    return done


def hold(*, origin: str, held: bool) -> None:
    """Let nothing of one origin go, or let it go again; what is on its way is held where it comes back."""
    (recalling.hold if held else recalling.let_go)(origin=origin)
