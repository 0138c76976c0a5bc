"""Whoever has a severe complaint open is left alone by marketing and surveys until it is settled.

A ticket that complains, and has one of the priorities of the rules or was escalated, places a hold on its
customer. The hold ends when the ticket is resolved or closed, or when nothing was heard of it for as many
days as the rules say. One that a person lifts stays lifted for that ticket, until it is opened again.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import ibis
from django.db import transaction

from keepwell.customers.identity import queries as identity
from keepwell.customers.privacy import queries as privacy
from keepwell.customers.privacy import services as privacy_services
from keepwell.customers.privacy.contracts import HoldKind, HoldView, PrivacyError
from keepwell.foundation import clock
from keepwell.history import queries as history
from keepwell.history.contracts import LiveFact
from keepwell.history.engine import engine
from keepwell.outreach.policy import queries
from keepwell.outreach.policy.contracts import Rules
from keepwell.outreach.policy.models import SevereComplaint

ACTOR = "keepwell"
# Tickets of these categories ask something; all others complain.
QUESTIONS = ("question", "inquiry", "enquiry", "information", "other")
OPENING = ("opened", "escalated", "reopened")
ENDING = ("resolved", "closed")
ESCALATED = "escalated"


@dataclass(frozen=True)
class OpenTicket:
    """A severe complaint that is not settled: when it was opened last, and when anything was heard of it."""

    ticket_id: str
    customer_id: str
    opened_at: datetime
    heard_at: datetime


@dataclass(frozen=True)
class Followed:
    """How many holds were placed and lifted."""

    placed: int = 0
    lifted: int = 0


def react(facts: Sequence[LiveFact]) -> None:
    """What is known of tickets at once, before marketing goes on."""
    follow(now=clock.now(), ticket_ids={str(fact.data["ticket_id"]) for fact in facts})


def follow(*, now: datetime, ticket_ids: Collection[str] | None = None) -> Followed:
    """Place and lift holds as the tickets stand; those of `ticket_ids` alone where they are given.

    Doing it again changes nothing.
    """
    rules = queries.rules()
    found = {one.ticket_id: one for one in _open(rules, now, ticket_ids)}
    rows = SevereComplaint.objects.all()
    known = rows.filter(ended_at=None) if ticket_ids is None else rows.filter(ticket_id__in=ticket_ids)
    gone = [row.ticket_id for row in known if row.ended_at is None and row.ticket_id not in found]
    lifted = sum(_end(ticket_id, now) for ticket_id in gone)
    placed = sum(_begin(one, rules, now) for one in found.values())
    return Followed(placed, lifted)


def _open(rules: Rules, now: datetime, ticket_ids: Collection[str] | None) -> list[OpenTicket]:
    if not rules.severe_priorities or "tickets" not in history.versions():
        return []
    wanted = [one.casefold() for one in rules.severe_priorities]
    since = now - timedelta(days=rules.severe_days)
    with engine() as running:
        steps = history.scan("tickets", engine=running)
        steps = steps.filter(steps.customer_id.notnull() & (steps.at <= ibis.timestamp(now)))
        if ticket_ids is not None:
            steps = steps.filter(steps.ticket_id.isin(sorted(ticket_ids)))
        tickets = steps.group_by("ticket_id").aggregate(
            customer=steps.customer_id.max(),
            opened_at=steps.at.max(where=steps.event.isin(OPENING)),
            ended_at=steps.at.max(where=steps.event.isin(ENDING)),
            heard_at=steps.at.max(),
            severe=(steps.priority.lower().isin(wanted) | (steps.event == ESCALATED)).fill_null(False).any(),
            asks=steps.category.lower().isin(QUESTIONS).fill_null(False).any(),
        )
        settled = (tickets.ended_at >= tickets.opened_at).fill_null(False)
        chosen = tickets.filter(
            tickets.severe
            & ~tickets.asks
            & ~settled
            & tickets.opened_at.notnull()
            & (tickets.heard_at > ibis.timestamp(since))
        )
        rows: list[Mapping[str, Any]] = running.execute(chosen.order_by("opened_at")).to_pylist()
    # Facts keep the number that they came with; the holds are the surviving customer's.
    kept = identity.canonical_ids({row["customer"] for row in rows})
    return [
        OpenTicket(
            row["ticket_id"],
            kept.get(row["customer"], row["customer"]),
            _utc(row["opened_at"]),
            _utc(row["heard_at"]),
        )
        for row in rows
    ]


def _utc(at: datetime) -> datetime:
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _begin(ticket: OpenTicket, rules: Rules, now: datetime) -> bool:
    """Place the hold of a ticket that is new or was opened again, or let it last longer."""
    until = ticket.heard_at + timedelta(days=rules.severe_days)
    with transaction.atomic():
        row, is_new = SevereComplaint.objects.select_for_update().get_or_create(
            ticket_id=ticket.ticket_id, defaults={"opened_at": ticket.opened_at, "until": until}
        )
        is_again = row.ended_at is not None or ticket.opened_at > row.opened_at
        if not is_new and not is_again and until <= row.until:
            return False
        holds = _complaints(privacy.holds(ticket.customer_id, now=now))
        mine = next((one for one in holds if one.placed_by == ACTOR), None)
        row.opened_at, row.until, row.ended_at = ticket.opened_at, until, None
        placed = False
        if is_new or is_again:
            # Where a person already keeps the customer in peace, it is theirs to lift.
            if not holds or mine:
                try:
                    row.hold_id = _place(ticket, until, now)
                except PrivacyError:
                    row.delete()  # nobody of this number yet: asked again when there is
                    return False
                placed = mine is None
        elif mine is not None and mine.hold_id == row.hold_id:
            _place(ticket, until, now)
        row.save()
    return placed


def _place(ticket: OpenTicket, until: datetime, now: datetime) -> int:
    return privacy_services.place_hold(
        customer_id=ticket.customer_id,
        kind=HoldKind.COMPLAINT,
        actor=ACTOR,
        reason=ticket.ticket_id,
        until=until,
        now=now,
    )


def _end(ticket_id: str, now: datetime) -> bool:
    """Lift the hold of a ticket, unless another complaint of the customer is open still."""
    with transaction.atomic():
        row = SevereComplaint.objects.select_for_update().filter(ticket_id=ticket_id, ended_at=None).first()
        if row is None:
            return False
        row.ended_at = now
        row.save(update_fields=["ended_at"])
        if row.hold_id is None or _is_needed(row.hold_id):
            return False
        try:
            privacy_services.lift_hold(hold_id=row.hold_id, actor=ACTOR, now=now)
        except PrivacyError:  # it went with the customer's record
            return False
    return True


def _is_needed(hold_id: int) -> bool:
    return SevereComplaint.objects.filter(hold_id=hold_id, ended_at=None).exists()


def _complaints(holds: Iterable[HoldView]) -> list[HoldView]:
    return [one for one in holds if one.is_active and one.kind == HoldKind.COMPLAINT]
