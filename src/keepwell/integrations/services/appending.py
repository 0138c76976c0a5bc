"""Facts that other programs bring, as rows of the fact tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from keepwell.customers import services as people_services
from keepwell.customers.contracts import CustomerRow
from keepwell.history import services as history
from keepwell.integrations.services import linking
from keepwell.integrations.tracking import people, scrub


def append(
    *, table: str, facts: Sequence[Mapping[str, Any]], source: str, live: bool, actor: str, now: datetime
) -> int:
    """Record facts, all or none; returns how many. The same fact again is one fact.

    A customer number that is an e-mail address or telephone number becomes a pseudonym, as on import, and
    unknown customers get a bare record. Properties of interactions lose what is personal.

    Raises ValueError naming the table and the column that does not fit.
    """
    contacts: dict[str, CustomerRow] = {}
    ready = [_ready(fact, contacts) for fact in facts]
    numbers = {str(fact["customer_id"]) for fact in ready if fact.get("customer_id")}
    with transaction.atomic():
        linking.ensure(numbers, source=source, at=now)
        if contacts:
            people_services.upsert_many(rows=contacts.values(), source=source, at=now, actor=actor)
        history.record_many(facts=[(table, fact) for fact in ready], source=source, live=live)
    return len(ready)


def _ready(fact: Mapping[str, Any], contacts: dict[str, CustomerRow]) -> dict[str, Any]:
    ready = {name: value for name, value in fact.items() if value is not None}
    if number := ready.get("customer_id"):
        who = people.known(number)
        ready["customer_id"] = who.customer_id
        if who.contact:
            kind, value = who.contact
            said: dict[str, Any] = {kind: value}
            contacts[who.customer_id] = CustomerRow(who.customer_id, **said)
    if isinstance(ready.get("properties"), dict):
        ready["properties"] = scrub.properties(ready["properties"], names=True)
    if isinstance(ready.get("subject"), str):
        ready["subject"] = scrub.text(ready["subject"])
    return ready
