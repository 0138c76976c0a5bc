"""In whose name customers are written to: who looks after them, as customers see them, or the house."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.conf import settings
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from keepwell.accounts import queries as accounts
from keepwell.accounts.contracts import CardView
from keepwell.customers import queries as customers
from keepwell.outreach import users
from keepwell.outreach.content import queries as content
from keepwell.outreach.contracts import Kind
from keepwell.outreach.sending import queries as sending
from keepwell.outreach.sending.contracts import Sender
from keepwell.outreach.sending.services import hearing
from keepwell.outreach.sending.services.hearing import Said
from keepwell.outreach.services import tasks

EMAIL = "email"
ACTOR = "keepwell"


def register() -> None:
    """Hear what customers answer; called once, when the app is ready."""
    hearing.on_said(answered)


def writing_to(customer_ids: Collection[str], *, now: datetime) -> dict[str, CardView]:
    """The card of who writes to each of these customers today; whom nobody looks after is left out."""
    owned = customers.owners_of(customer_ids)
    cards = accounts.writers(owned.values(), on=timezone.localdate(now))
    return {one: cards[owner] for one, owner in owned.items() if owner in cards}


def senders(customer_ids: Collection[str], *, channel: str, now: datetime) -> dict[str, Sender]:
    """In whose name each customer is written to on a channel; the others hear from the house.

    Who has no address to answer to writes no e-mails in their own name.
    """
    house = content.brand().values.get("company_name", "")
    return {
        one: Sender(
            user_id=card.user_id,
            name=", ".join(part for part in (card.display_name, house) if part),
            signed=", ".join(part for part in (card.display_name, card.phone) if part),
            reply_to=card.email,
        )
        for one, card in writing_to(customer_ids, now=now).items()
        if channel != EMAIL or card.email
    }


def answered(said: Said) -> None:
    """What a customer answers to a message in a colleague's name is a task of theirs, or of their substitute.

    Once for each message of the customer, in the transaction that keeps it.
    """
    user_id = sending.answered_sender(said.customer_id, said.channel, at=said.at)
    if user_id is None:
        return
    present = accounts.writers([user_id], on=timezone.localdate(said.received_at)).get(user_id)
    workers = users.workers()
    assignee = present.user_id if present and present.user_id in workers else None
    if assignee is None:
        owner = customers.owners_of([said.customer_id]).get(said.customer_id)
        assignee = owner if owner in workers else None
    spoken = getattr(workers.get(assignee or 0), "language", "") or settings.LANGUAGE_CODE
    with translation.override(spoken):
        title = _("Answers what was written in your name: please reply")
    tasks.create(
        kind=Kind.MESSAGE,
        actor=ACTOR,
        now=said.received_at,
        customer_id=said.customer_id,
        channel=said.channel,
        title=title,
        due_at=said.received_at,
        assignee_id=assignee,
        idempotency_key=f"answer/{said.fact_key}",
    )
