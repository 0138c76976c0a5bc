"""What templates may say of a customer: read from the rooms that know it.

Notes are for colleagues: no word of theirs gets into a message. The last topic is the subject of the newest
enquiry or complaint, where it is not older than 60 days.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone

from keepwell.accounts import queries as accounts
from keepwell.customers import queries as customers
from keepwell.customers.contracts import Addressee, OwnedProductView
from keepwell.customers.identity import queries as identity
from keepwell.foundation import money
from keepwell.history.contracts import TimelineFact
from keepwell.insight import queries as insight
from keepwell.insight.contracts import ScoreView
from keepwell.insight.recommending import queries as recommending
from keepwell.insight.recommending.contracts import TOGETHER, ProductView, RecommendationView
from keepwell.outreach import users
from keepwell.outreach.content.contracts import ContentError, Severity
from keepwell.outreach.content.core import address, links
from keepwell.outreach.content.queries import stored
from keepwell.outreach.vip import queries as vip

TOPIC_DAYS = 60
FACTS_READ = 40
ENQUIRIES = frozenset({"call", "chat", "email", "enquiry", "meeting", "message", "form"})
RECOMMENDED_MAX = 3  # products in one message
# Not a value of any text: the products of `recommended.…` by number, for the record of what was shown.
PRODUCTS = "recommended.products"
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
    found = of_customers({customer_id: language}, wanted=wanted, now=now)
    if customer_id not in found:
        raise ContentError("no_such_customer")
    return found[customer_id]


def of_customers(
    languages: Mapping[str, str],
    *,
    wanted: frozenset[str] | None,
    now: datetime,
    names: Mapping[str, str] | None = None,
) -> dict[str, dict[str, Any]]:
    """`of_customer` for many, each with the language that they are written to in; the unknown are left out.

    Everything is read for all at once. `names` are those of people who read in a customer's place: the text
    greets them; all else is said of the customer.
    """
    groups = frozenset(name.partition(".")[0] for name in wanted) if wanted is not None else None
    found = _of_records(languages, now, names or {})
    shared = of_company() | {"today": now.date()}
    owners = _of_owners(found) if groups is None or "owner" in groups else {}
    managers = _of_managers(found, languages, now) if groups is None or "manager" in groups else {}
    topics = _topics(found, now) if groups is None or "topic" in groups else {}
    products = _of_products(found, now) if groups is None or "product" in groups else {}
    suits = _recommended(found) if groups is None or "recommended" in groups else {}
    first = vip.contact_of(found) if groups is None or "vip" in groups else {}
    for customer_id, values in found.items():
        values |= suits.get(customer_id, {})
        if customer_id in first:
            told = first[customer_id]
            values |= {"vip.phone": told.phone, "vip.wecom": told.wecom, "vip.email": told.email}
        values |= shared | owners.get(customer_id, {}) | managers.get(customer_id, {})
        values |= topics.get(customer_id, {}) | products.get(customer_id, {})
    return found


def _of_records(
    languages: Mapping[str, str], now: datetime, names: Mapping[str, str]
) -> dict[str, dict[str, Any]]:
    scores, portraits = insight.scores_of(languages), customers.portrait_values(languages)
    return {
        customer_id: _of_record(
            # Of a person at a company only the name is known, and not whether they are a Mr or a Ms.
            replace(record, name=names[customer_id], gender="") if customer_id in names else record,
            scores.get(customer_id),
            portraits.get(customer_id, {}).get("culture", ""),
            languages[customer_id],
            now,
        )
        for customer_id, record in customers.addressees(languages).items()
    }


def _of_record(
    record: Addressee, score: ScoreView | None, culture: str, language: str, now: datetime
) -> dict[str, Any]:
    places = customers.places_of(record.country, culture)
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


def _of_owners(customer_ids: Iterable[str]) -> dict[str, dict[str, Any]]:
    owned = customers.owners_of(customer_ids)
    people = {user.pk: user for user in users.active().filter(pk__in=set(owned.values()))}
    return {
        customer_id: {"owner.name": users.name_of(people[owner]), "owner.email": people[owner].email}
        for customer_id, owner in owned.items()
        if owner in people
    }


def _of_managers(
    customer_ids: Iterable[str], languages: Mapping[str, str], now: datetime
) -> dict[str, dict[str, Any]]:
    """Who writes to each customer, as customers see them; the house where nobody does."""
    numbers = list(customer_ids)
    owned = customers.owners_of(numbers)
    cards = accounts.writers(owned.values(), on=timezone.localdate(now))
    house = of_company()
    team = {
        "manager.name": house["company.name"],
        "manager.phone": house["company.phone"],
        "manager.email": house["company.email"],
    }
    found = {}
    for one in numbers:
        card = cards.get(owned.get(one, 0))
        found[one] = (
            team
            if card is None
            else {
                "manager.name": card.display_name,
                "manager.position": card.position(languages[one]),
                "manager.phone": card.phone or house["company.phone"],
                "manager.email": card.email or house["company.email"],
                "manager.signature": card.signature,
            }
        )
    return found


def _topics(customer_ids: Collection[str], now: datetime) -> dict[str, dict[str, Any]]:
    read = identity.timelines(customer_ids, limit=FACTS_READ, tables=["interactions", "tickets"])
    return {customer_id: {"topic.last": _topic(facts, now)} for customer_id, facts in read.items()}


def _topic(facts: Iterable[TimelineFact], now: datetime) -> str:
    for fact in facts:
        if fact.at < now - timedelta(days=TOPIC_DAYS):
            return ""
        if fact.table == "tickets" and fact.data.get("category"):
            return str(fact.data["category"])
        if fact.table == "interactions" and fact.data.get("type") in ENQUIRIES and fact.data.get("subject"):
            return str(fact.data["subject"])
    return ""


def _of_products(customer_ids: Collection[str], now: datetime) -> dict[str, dict[str, Any]]:
    found = {}
    for customer_id, owned in customers.owned_by_many(customer_ids, now=now).items():
        bought = [one for one in owned if one.bought_on is not None]
        if bought:
            last = max(bought, key=_bought_on)
            found[customer_id] = {
                "product.last": last.name,
                "product.category": last.category,
                "product.due_on": last.due_on,
            }
    return found


def _bought_on(one: OwnedProductView) -> date:
    assert one.bought_on is not None
    return one.bought_on


def _recommended(customer_ids: Collection[str]) -> dict[str, dict[str, Any]]:
    """What suits each customer, by the current cycle; nothing for whoever has no product with a name."""
    found = {}
    for customer_id, listed in recommending.recommendations(customer_ids, named=True).items():
        items = [_item(one) for one in listed[:RECOMMENDED_MAX]]
        numbers = [one.product.product_id for one in listed[:RECOMMENDED_MAX]]
        first = {f"recommended.{name}": value for name, value in items[0].items()}
        found[customer_id] = {**first, "recommended.items": items, PRODUCTS: numbers}
    return found


def _item(one: RecommendationView) -> dict[str, str]:
    """A product as a text tells of it; what is not known of it is not there."""
    product = one.product
    because = one.because.name if one.because is not None and one.why == TOGETHER else ""
    values = {
        "name": product.name,
        "category": product.category,
        "price": _price(product),
        "link": _address(product.url),
        "picture": _address(product.image),
        "because": because,
    }
    return {name: value for name, value in values.items() if value}


def _price(product: ProductView) -> str:
    if product.price is None or product.price <= 0 or not product.currency:
        return ""
    whole = product.price == product.price.to_integral_value()
    places = 0 if whole else money.decimals(product.currency)
    return f"{money.symbol(product.currency)}{Decimal(product.price):,.{places}f}"


def _address(url: str) -> str:
    """An address of the catalogue, where it is one that a text could name; "" otherwise."""
    wrong = any(one.severity is Severity.ERROR for one in links.check(url, "")) if url else True
    return "" if wrong or not url.startswith("https://") else url
