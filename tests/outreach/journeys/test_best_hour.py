"""A journey's message waits for the hour that suits, and goes in the manager's name, where it says so."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from keepwell.accounts import services as accounts
from keepwell.accounts.contracts import CardView
from keepwell.accounts.models import User
from keepwell.customers import services as customers
from keepwell.outreach.journeys import services
from keepwell.outreach.journeys.core.reading import parse
from keepwell.outreach.journeys.core.writing import to_json
from keepwell.outreach.sending import queries as sending
from keepwell.outreach.sending.models import Message
from tests.outreach.journeys.conftest import DAY, END, HOUR, MESSAGE, NOW, cart_fact, plan, tell

pytestmark = pytest.mark.django_db(transaction=True)


def opened(number, day, hour):
    at = datetime(2026, 11, day, hour, 10, tzinfo=UTC)
    return ("contacts", {
        "contact_id": f"old-{day}", "customer_id": number, "at": at, "channel": "sms", "purpose": "marketing",
        "status": "clicked",
    })  # fmt: skip


def switched(said, switched_on):
    return switched_on(plan({"say": {**MESSAGE, **said}, "end": END}, first="say"))


def due(people, switched_on, at, **said):
    (one,) = people()
    # Twenty o'clock in Shanghai.
    tell(*(opened(one, day, 12) for day in range(10, 15)))
    switched(said, switched_on)
    tell(("interactions", cart_fact("e1", one, NOW)))
    services.tick(now=at(NOW))
    return Message.objects.get()


def test_it_waits_for_the_hour_at_which_the_customer_reacts(people, switched_on, at):
    assert due(people, switched_on, at, best_hour=True).due_at == datetime(2026, 11, 23, 12, tzinfo=UTC)


def test_it_goes_at_once_where_nothing_is_said_or_it_is_urgent_or_no_use_by_then(people, switched_on, at):
    assert due(people, switched_on, at).due_at == NOW


def test_it_does_not_wait_longer_than_it_is_of_use(people, switched_on, at):
    row = due(people, switched_on, at, best_hour=True, useful_hours=3)
    assert row.due_at == NOW
    assert row.not_after == NOW + 3 * HOUR


def test_it_goes_in_the_name_of_who_looks_after_the_customer(people, switched_on, at):
    (one,) = people()
    wei = User.objects.create_user("wei", password="x", roles=["account_manager"])
    accounts.save_card(card=CardView(wei.pk, "Li Wei", phone="+86 571 0001"), actor="ada", now=NOW)
    customers.assign_owner(customer_ids=[one], owner_id=wei.pk, actor="ada", at=NOW - DAY)
    switched({"from_manager": True}, switched_on)
    tell(("interactions", cart_fact("e1", one, NOW)))
    services.tick(now=at(NOW))
    kept = sending.message(Message.objects.get().message_id)
    assert (kept.sender.user_id, kept.sender.signed) == (wei.pk, "Li Wei, +86 571 0001")


def test_what_is_not_said_is_written_as_it_always_was():
    said = plan({"say": MESSAGE, "end": END}, first="say")
    written = to_json(parse(said))["steps"]["say"]
    assert not {"best_hour", "from_manager"} & set(written)
    said["steps"]["say"] = {**MESSAGE, "best_hour": True, "from_manager": True}
    assert parse(to_json(parse(said))) == parse(said)
    assert to_json(parse(said))["steps"]["say"]["best_hour"] is True
