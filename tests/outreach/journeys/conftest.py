"""Customers who agreed to hear from the shop, and journeys for them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

NOW = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)  # a Monday, noon in Shanghai
DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)


def order_fact(order_id, customer_id, at, status="paid", amount=100):
    return {
        "order_id": order_id,
        "customer_id": customer_id,
        "ordered_at": at,
        "amount": amount,
        "currency": "CNY",
        "status": status,
    }


def cart_fact(number, customer_id, at, kind="cart"):
    return {"interaction_id": number, "customer_id": customer_id, "at": at, "type": kind}


def tell(*facts):
    """Record facts and bring them to the lake, with all that they set in motion."""
    from keepwell.history import services as history

    history.record_many(facts=facts, source="shop")
    history.flush()


CART = {"fact": "interactions", "where": [{"column": "type", "is": "in", "value": ["cart"]}]}
ORDER = {"fact": "orders", "where": [{"column": "status", "is": "in", "value": ["placed", "paid"]}]}
MESSAGE = {
    "kind": "message",
    "channel": "sms",
    "contents": {"sms": "win_back_sms"},
    "purpose": "marketing",
    "next": "end",
}
END = {"kind": "end"}


def plan(steps: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    """A journey: 24 hours after something was put into the cart, a message; ends with an order."""
    usual = {
        "start": CART,
        "first": "day",
        "steps": steps or {"day": {"kind": "wait", "hours": 24, "next": "say"}, "say": MESSAGE, "end": END},
        "entry": {"again": "always"},
        "goals": [ORDER],
        "control": 0,
    }
    return {**usual, **more}


@pytest.fixture
def at(monkeypatch):
    """The clock that live facts are heard by."""
    from keepwell.foundation import clock

    def set_to(instant):
        monkeypatch.setattr(clock, "now", lambda: instant)
        return instant

    set_to(NOW)
    return set_to


@pytest.fixture
def people(home, db):
    """Makes customers in Shanghai who agreed to marketing by text message; nobody is kept aside."""
    from keepwell.customers import services as customers
    from keepwell.customers.contracts import CustomerRow
    from keepwell.customers.privacy import services as privacy
    from keepwell.customers.privacy.contracts import ConsentRow
    from keepwell.outreach.policy.services import set_holdout

    set_holdout(share=0, reason="test", actor="ada", now=NOW - 100 * DAY)

    def make(count=1, *, start=0, agreed=("sms",), **fields):
        numbers = [f"C{n:05d}" for n in range(start, start + count)]
        usual = {"country": "CN", "phone": "+8613800138000", "email": "a@customer.example"}
        rows = [CustomerRow(n, **{**usual, **fields}) for n in numbers]
        customers.upsert_many(rows=rows, source="crm", at=NOW - 90 * DAY, actor="ada")
        said = [
            ConsentRow(n, channel, "marketing", True, NOW - 60 * DAY, "counter", "marketing/1")
            for n in numbers
            for channel in agreed
        ]
        if said:
            privacy.record_consents(rows=said, actor="ada", live=False)
        return numbers

    return make


@pytest.fixture
def brand(db, settings):
    """What the texts say of the company, and where customers reach it."""
    from keepwell.outreach.content import services as content

    settings.KEEPWELL_URL = "https://shop.example"
    values = {
        "company_name": "Tea House",
        "legal_address": "1 West Lake Road",
        "website": "https://www.keepwell-tea.com",
    }
    content.set_brand(values=values, based_on=0, actor="ada", now=NOW)


@pytest.fixture
def switched_on(people, brand):
    """Makes a journey and switches it on; somebody must have agreed before."""
    from keepwell.outreach.journeys import services

    def make(definition=None, code="cart", now=NOW - HOUR):
        made = services.create(code=code, name=code, definition=definition or plan(), actor="kai", now=now)
        approved = services.approve(journey_id=made.journey_id, revision=1, actor="ada", now=now)
        services.switch_on(journey_id=made.journey_id, revision=approved.revision, actor="ada", now=now)
        return made.journey_id

    return make


def messages():
    """(customer, content) of every message in the queue."""
    from keepwell.outreach.sending.models import Message

    return sorted(Message.objects.values_list("customer_id", "content"))
