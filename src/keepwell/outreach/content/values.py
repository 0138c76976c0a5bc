"""What templates may say of a customer: read from the rooms that know it.

Notes are for colleagues: no word of theirs gets into a message. The last topic is the subject of the newest
enquiry or complaint, where it is not older than 60 days.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from keepwell.customers import queries as customers
from keepwell.customers.contracts import CustomerView, OwnedProductView
from keepwell.customers.identity import queries as identity
from keepwell.insight import queries as insight
from keepwell.outreach import users
from keepwell.outreach.content.contracts import ContentError
from keepwell.outreach.content.core import address
from keepwell.outreach.content.queries import stored

TOPIC_DAYS = 60
FACTS_READ = 40
ENQUIRIES = frozenset({"call", "chat", "email", "enquiry", "meeting", "message", "form"})
NEEDS_FACTS = frozenset({"product", "topic"})


def of_company() -> dict[str, Any]:
    """What is said of the company in every message."""
    values = stored.brand().values
    return {
        "company.name": values.get("company_name", ""),
        "company.phone": values.get("phone", ""),
        "company.email": values.get("email", ""),
        "company.website": values.get("website", ""),
        "company.address": values.get("legal_address", ""),
    }


def of_customer(
    customer_id: str, *, language: str, wanted: frozenset[str] | None, now: datetime
) -> dict[str, Any]:
    """Values by dotted name; only the groups that `wanted` variables are of are read (None: all).

    Raises ContentError where there is no such customer.
    """
    record = customers.get(customer_id)
    if record is None:
        raise ContentError("no_such_customer")
    groups = frozenset(name.partition(".")[0] for name in wanted) if wanted is not None else None
    found = _of_record(record, language, now) | of_company() | {"today": now.date()}
    if groups is None or "owner" in groups:
        found |= _of_owner(customer_id)
    if groups is None or "topic" in groups:
        found["topic.last"] = _topic(customer_id, now)
    if groups is None or "product" in groups:
        found |= _of_products(customer_id, now)
    return found


def _of_record(record: CustomerView, language: str, now: datetime) -> dict[str, Any]:
    score = insight.score(record.customer_id)
    portrait = customers.portrait(record.customer_id)
    places = customers.places_of(record.country, portrait.values.get("culture", ""))
    begun = record.acquired_at or (score.first_order_at if score else None)
    years = (now - begun).days // 365 if begun else 0
    return {
        "customer.name": record.name,
        "customer.salutation": address.salutation(
            record.name, gender=record.gender.lower(), language=language, places=places
        ),
        "customer.company": record.company,
        "customer.city": record.city,
        "customer.since": str(begun.year) if begun else "",
        "customer.years": years or None,
        "customer.orders": score.orders if score and score.orders else None,
        "customer.last_order_on": score.last_order_at.date() if score and score.last_order_at else None,
    }


def _of_owner(customer_id: str) -> dict[str, Any]:
    owner_id = customers.owner_of(customer_id)
    owner = users.get(owner_id) if owner_id is not None else None
    if owner is None or not owner.is_active:
        return {}
    return {"owner.name": users.name_of(owner), "owner.email": owner.email}


def _topic(customer_id: str, now: datetime) -> str:
    facts = identity.timeline(customer_id, limit=FACTS_READ, tables=["interactions", "tickets"])
    for fact in facts:
        if fact.at < now - timedelta(days=TOPIC_DAYS):
            return ""
        if fact.table == "tickets" and fact.data.get("category"):
            return str(fact.data["category"])
        if fact.table == "interactions" and fact.data.get("type") in ENQUIRIES and fact.data.get("subject"):
            return str(fact.data["subject"])
    return ""


def _of_products(customer_id: str, now: datetime) -> dict[str, Any]:
    _consumption, owned = customers.purchases(customer_id, now=now)
    bought = [one for one in owned if one.bought_on is not None]
    if not bought:
        return {}
    last = max(bought, key=_bought_on)
    return {"product.last": last.name, "product.category": last.category, "product.due_on": last.due_on}


def _bought_on(one: OwnedProductView) -> date:
    assert one.bought_on is not None
    return one.bought_on
