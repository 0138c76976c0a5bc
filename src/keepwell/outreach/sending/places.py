"""Where messages go: the address that a channel needs, or the one that serves in its place."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from keepwell.customers import queries as customers
from keepwell.customers.privacy import queries as privacy_queries
from keepwell.customers.privacy import services as privacy
from keepwell.foundation.crypto import blind_index
from keepwell.outreach.channels.contracts import ChannelContract
from keepwell.outreach.sending.models import Message
from keepwell.outreach.sending.wording import person_of

ACTOR = "keepwell"
# The kind of a dead address that is somebody's at a company: the company's own stays good.
PERSON = "person_email"


@dataclass(frozen=True)
class Place:
    """The address of one message, in plain; `mark` of a person's at a company, "" of the customer's own."""

    address: str
    mark: str = ""
    changed_at: datetime | None = None  # of a person's


def places(*, customer_ids: Collection[str], contract: ChannelContract, now: datetime) -> dict[str, str]:
    """Addresses by customer, in plain and on record; those without one are left out."""
    found = privacy.addresses_for(customer_ids=customer_ids, kind=contract.address, actor=ACTOR, now=now)
    missing = [one for one in customer_ids if one not in found] if contract.address_else else []
    if missing:
        found |= privacy.addresses_for(customer_ids=missing, kind=contract.address_else, actor=ACTOR, now=now)
    return found


def places_of(rows: Sequence[Message], *, contract: ChannelContract, now: datetime) -> dict[str, Place]:
    """Where each of these messages goes, by its name, in plain and on record; those that cannot are left out.

    A message for a person at a company goes to that person's present address, and never to the company's
    instead.
    """
    people = people_of(rows)
    own = [row for row in rows if row.message_id not in people]
    found: dict[str, Place] = {}
    if own:
        known = places(customer_ids=[row.customer_id for row in own], contract=contract, now=now)
        found = {row.message_id: Place(known[row.customer_id]) for row in own if row.customer_id in known}
    if people:
        asked = {people[row.message_id]: row.customer_id for row in rows if row.message_id in people}
        theirs = privacy.people_addresses_for(people=asked, actor=ACTOR, now=now)
        for name, person_id in people.items():
            if one := theirs.get(person_id):
                found[name] = Place(one.value, one.mark, one.changed_at)
    return found


def people_of(rows: Sequence[Message]) -> dict[str, int]:
    """The people at companies that messages are for, by message; those to customers are left out."""
    named = ((row.message_id, person_of(row.body)) for row in rows)
    return {name: person_id for name, person_id in named if person_id is not None}


def moved(rows: Sequence[Message], *, contract: ChannelContract) -> set[str]:
    """Those of these messages, begun once, whose address may be another by now."""
    people = people_of(rows)
    own = [row for row in rows if row.message_id not in people and row.begun_at is not None]
    found: set[str] = set()
    if own:
        since = min(row.begun_at for row in own if row.begun_at is not None)
        changed = privacy_queries.addresses_changed(
            {row.customer_id for row in own}, contract.address, since=since
        )
        found = {row.message_id for row in own if row.customer_id in changed}
    if people:
        at = customers.people_changed_at(set(people.values()))
        for row in rows:
            person_id = people.get(row.message_id)
            if person_id is None or row.begun_at is None:
                continue
            if person_id not in at or at[person_id] > row.begun_at:
                found.add(row.message_id)
    return found


def index_of(kind: str, value: str) -> str:
    """How a dead address of a customer is found again; the value itself is nowhere."""
    return blind_index(f"sending.address.{kind}", value.strip().casefold())
