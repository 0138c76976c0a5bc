"""The tracking API as the Segment specification describes it."""

from __future__ import annotations

import contextlib
import gzip
import threading
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import orjson
import pytest

from keepwell.customers import queries as customers
from keepwell.customers.identity import queries as identity
from keepwell.foundation import clock
from keepwell.history import queries as history
from keepwell.history import services as history_services
from keepwell.integrations import queries as integrations
from keepwell.integrations import services
from tests.history.test_writers import together

AT = "2026-03-04T05:06:07.890Z"
INSTANT = datetime(2026, 3, 4, 5, 6, 7, 890000, tzinfo=UTC)

pytestmark = pytest.mark.django_db


def event(name, user="c1", **said):
    return {
        "type": "track",
        "event": name,
        "userId": user,
        "timestamp": AT,
        "messageId": f"{name}-{user}",
        **said,
    }


def receive(batch):
    services.receive(batch=batch, source="test", sent_at=None, received_at=clock.now(), actor="ada")


def facts_of(customer_id, table="interactions"):
    return [fact.data for fact in history.timeline(customer_id, tables=[table])]


def test_an_event_becomes_an_interaction_and_an_unknown_user_a_bare_record(track):
    answer = track(
        "track", event("Product Viewed", properties={"product_id": "p-1", "price": 19.5, "name": "Tea"})
    )
    assert answer.status_code == 200
    assert answer.json() == {"success": True}
    (row,) = facts_of("c1")
    assert (row["type"], row["subject"], row["value"], row["at"]) == ("view", "p-1", 19.5, INSTANT)
    assert orjson.loads(row["properties"])["name"] == "Tea"
    assert customers.existing(["c1"]) == {"c1"}


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("Products Searched", "search"),
        ("Product List Viewed", "view"),
        ("Product Added", "cart"),
        ("Cart Viewed", "cart"),
        ("Checkout Started", "checkout"),
        ("checkout started", "checkout"),
        ("Product Reviewed", "review"),
        ("Signed In", "login"),
        ("Trial Started", "event"),
    ],
)
def test_each_event_has_its_type(track, name, kind):
    track("track", event(name))
    assert [row["type"] for row in facts_of("c1")] == [kind]


def test_pages_and_screens_are_visits_without_the_query_of_their_address(track):
    url = "https://shop.example/tea?email=lin@example.com#top"
    track(
        "page", {"userId": "c1", "name": "Tea", "properties": {"url": url}, "messageId": "1", "timestamp": AT}
    )
    (row,) = facts_of("c1")
    assert (row["type"], row["channel"], row["subject"]) == ("visit", "web", "https://shop.example/tea")
    assert "lin@example.com" not in str(row)


def test_a_completed_order_becomes_an_order_and_its_lines(track):
    properties = {
        "order_id": "o-1", "revenue": 25.0, "total": 30, "shipping": 3, "tax": 2, "currency": "eur",
        "affiliation": "Berlin", "coupon": "MAY",
        "products": [
            {"product_id": "p-1", "price": 10, "quantity": 2, "category": "tea"},
            {"sku": "p-2", "price": "5.00"},
        ],
    }  # fmt: skip
    track("track", event("Order Completed", properties=properties))
    (order,) = facts_of("c1", "orders")
    assert (order["amount"], order["currency"], order["status"]) == (Decimal(25), "EUR", "paid")
    assert (order["ordered_at"], order["store"], order["campaign"]) == (INSTANT, "Berlin", "MAY")
    lines = facts_of("c1", "order_items")
    assert {(x["line"], x["product_id"], x["quantity"], x["unit_price"]) for x in lines} == {
        (1, "p-1", 2.0, Decimal(10)),
        (2, "p-2", 1.0, Decimal(5)),
    }


@pytest.mark.parametrize("in_lake", [False, True])
def test_refunds_change_the_order_they_name(track, in_lake, transactional_db):
    track("track", event("Order Completed", properties={"order_id": "o-1", "revenue": 25, "currency": "EUR"}))
    if in_lake:
        history_services.flush()
    part = {"order_id": "o-1", "total": 10}
    track("track", event("Order Refunded", properties=part))
    assert [(x["amount"], x["status"]) for x in facts_of("c1", "orders")] == [(Decimal(15), "paid")]
    track("track", event("Order Refunded", properties={"order_id": "o-1"}, messageId="rest"))
    assert [(x["amount"], x["status"]) for x in facts_of("c1", "orders")] == [(Decimal(15), "refunded")]


def refund(number, amount):
    return event("Order Refunded", messageId=f"r-{number}", properties={"order_id": "o-1", "total": amount})


def test_a_refund_that_comes_again_beside_another_is_taken_off_once(track):
    track("track", event("Order Completed", properties={"order_id": "o-1", "revenue": 100}))
    track("track", refund(1, 30))
    track("batch", {"batch": [refund(1, 30), refund(2, 20)]})
    assert [x["amount"] for x in facts_of("c1", "orders")] == [Decimal(50)]


def test_an_order_and_its_refund_may_come_together(track, transactional_db):
    bought = event("Order Completed", properties={"order_id": "o-1", "revenue": 100})
    track("batch", {"batch": [bought, refund(1, 30)]})
    history_services.flush()
    assert [x["amount"] for x in facts_of("c1", "orders")] == [Decimal(70)]


def test_refunds_in_batches_at_the_same_instant_are_all_taken_off(monkeypatch, transactional_db, home):
    """Each reads the order when the others do, where nothing keeps them apart."""
    receive([event("Order Completed", properties={"order_id": "o-1", "revenue": 100})])
    at_once = threading.Barrier(3)
    facts = history.facts

    def read_together(*asked):
        found = facts(*asked)
        with contextlib.suppress(threading.BrokenBarrierError):
            at_once.wait(1)
        return found

    monkeypatch.setattr(history, "facts", read_together)
    together(*(lambda n=n: receive([refund(n, 10)]) for n in range(3)))
    assert [x["amount"] for x in facts_of("c1", "orders")] == [Decimal(70)]


def test_a_refund_of_an_unknown_order_waits_as_a_dead_letter_and_can_be_replayed(track):
    track("track", event("Order Refunded", properties={"order_id": "o-9"}))
    (letter,) = integrations.dead_letters()
    assert (letter.code, letter.status) == ("unknown_order", "waiting")
    track("track", event("Order Completed", properties={"order_id": "o-9", "revenue": 5, "currency": "EUR"}))
    done = services.replay(ids=[letter.id], actor="ada", now=clock.now())
    assert (done.accepted, done.rejected) == (1, 0)
    assert [x["status"] for x in facts_of("c1", "orders")] == ["refunded"]
    (letter,) = integrations.dead_letters(status=None)
    assert (letter.status, letter.settled_by) == ("replayed", "ada")


def test_the_same_message_is_taken_once_whatever_else_it_says(track):
    track("track", event("Product Added", messageId="m-1"))
    track("track", event("Product Added", messageId="m-1", properties={"changed": True}))
    track(
        "batch", {"batch": [event("Product Added", messageId="m-1"), event("Cart Viewed", messageId="m-1")]}
    )
    assert len(facts_of("c1")) == 1


def test_a_batch_keeps_the_good_messages_and_says_why_it_refuses_the_others(track):
    batch = [
        event("Product Added", messageId="1"),
        {"type": "track", "event": "Nobody", "messageId": "2"},
        {"type": "dance", "userId": "c1", "messageId": "3"},
        event("Late", timestamp="yesterday", messageId="4"),
        "not a message",
        event("Order Completed", properties={"revenue": 3}, messageId="5"),
    ]
    answer = track("batch", {"batch": batch})
    assert answer.status_code == 200
    assert len(facts_of("c1")) == 1
    reasons = {letter.code for letter in integrations.dead_letters()}
    assert reasons == {"no_user", "type", "timestamp", "not_an_object", "order_id"}
    track("batch", {"batch": batch})
    assert len(integrations.dead_letters()) == 5


def test_refused_messages_are_sealed_in_the_database(track):
    from django.db import connection

    track("track", {"event": "Nobody", "properties": {"email": "lin@example.com"}, "messageId": "2"})
    with connection.cursor() as cursor:
        cursor.execute("SELECT payload FROM integrations_deadletter")
        assert "lin@example.com" not in cursor.fetchone()[0]
    (letter,) = integrations.dead_letters()
    assert "lin@example.com" in integrations.dead_letter(letter.id).payload


def test_identify_completes_the_record_and_nothing_of_it_goes_into_history(track):
    traits = {
        "email": "Lin@Example.com", "phone": "+86 138 0013 8000", "firstName": "Lin", "lastName": "Wei",
        "birthday": "1990-05-06", "gender": "female", "address": {"city": "Chengdu", "country": "China"},
        "company": {"name": "Tea House"}, "createdAt": "2020-01-02T00:00:00Z", "plan": "gold",
        "note": "a@b.example",
    }  # fmt: skip
    track("identify", {"userId": "c1", "traits": traits, "messageId": "i-1"})
    record = customers.get("c1")
    assert (record.name, record.city, record.country, record.company) == (
        "Lin Wei",
        "Chengdu",
        "CN",
        "Tea House",
    )
    assert {point.masked for point in record.contact_points} == {"l***@example.com", "+86****00"}
    assert record.extra == {"plan": "gold", "note": "[removed]"}
    assert history.timeline("c1") == []


def test_visitors_are_merged_into_the_person_once_known(track):
    visitor = {"anonymousId": "v-1", "timestamp": AT}
    track("page", {**visitor, "properties": {"path": "/tea"}, "messageId": "1"})
    number = identity.anonymous_number("v-1")
    assert len(facts_of(number)) == 1
    assert customers.existing([number]) == set()
    track("identify", {**visitor, "userId": "c1", "traits": {}, "messageId": "2"})
    assert identity.canonical_ids([number]) == {number: "c1"}
    track("page", {**visitor, "properties": {"path": "/cart"}, "messageId": "3"})
    assert customers.count() == 1
    assert set(identity.fact_ids("c1")) == {"c1", number}


def test_alias_merges_the_earlier_id(track):
    track("alias", {"previousId": "v-2", "userId": "c1", "messageId": "1"})
    assert identity.canonical_ids([identity.anonymous_number("v-2")])


def test_a_user_id_that_is_an_address_becomes_a_pseudonym_and_the_address_a_contact(track):
    track("track", event("Cart Viewed", user="Lin@Example.com"))
    (customer_id,) = customers.find_by_contact(kind="email", value="lin@example.com")
    assert customer_id.startswith("p_")
    assert len(facts_of(customer_id)) == 1


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ({"email": "a@b.example", "color": "red"}, {"color": "red"}),
        ({"contact": {"phone": "1", "size": 3}}, {"contact": {"size": 3}}),
        ({"note": "write to a.b@c.example now"}, {"note": "write to [removed] now"}),
        ({"note": "call +44 20 7946 0958"}, {"note": "call [removed]"}),
        ({"note": "13800138000"}, {"note": "[removed]"}),
        ({"note": 13800138000}, {"note": "[removed]"}),
        ({"order_id": "13800138000"}, {"order_id": "13800138000"}),
        ({"First_Name": "Lin", "list": [{"email": "x"}, "y@z.example"]}, {"list": [{}, "[removed]"]}),
        ({"url": "https://a.example/b?token=1"}, {"url": "https://a.example/b"}),
        ({"when": "2026-03-04T05:06:07Z"}, {"when": "2026-03-04T05:06:07Z"}),
        ({"手机": "13800138000"}, {}),
    ],
)
def test_nothing_personal_goes_into_history(track, said, kept):
    track("track", event("Custom", properties=said))
    properties = orjson.loads(facts_of("c1")[0]["properties"])
    assert properties == {**kept, "event": "Custom"}


def test_times_are_corrected_by_the_senders_clock(track):
    sent = clock.now() - timedelta(hours=2)
    said = event("Cart Viewed", timestamp=(sent - timedelta(minutes=1)).isoformat())
    track("batch", {"batch": [said], "sentAt": sent.isoformat()})
    late = clock.now() - facts_of("c1")[0]["at"]
    assert timedelta(minutes=1) <= late < timedelta(minutes=2)


def test_compressed_bodies_are_read(track):
    raw = gzip.compress(orjson.dumps({"batch": [event("Cart Viewed")]}))
    assert track("batch", None, raw=raw, **{"Content-Encoding": "gzip"}).status_code == 200
    assert len(facts_of("c1")) == 1


def test_what_is_too_much_or_no_json_is_refused(track):
    bomb = gzip.compress(b" " * (9 * 1024 * 1024))
    assert track("batch", None, raw=bomb, **{"Content-Encoding": "gzip"}).status_code == 413
    assert track("batch", None, raw=b"\x1f\x8b", **{"Content-Encoding": "gzip"}).status_code == 400
    assert track("batch", None, raw=b"{", **{"Content-Encoding": "br"}).status_code == 415
    assert track("batch", None, raw=b"{").status_code == 400
    assert track("batch", {"batch": 1}).status_code == 400
    assert track("batch", {"batch": [{}] * 2001}).status_code == 413
    assert track("track", None, raw=b" " * (3 * 1024 * 1024)).status_code == 413


def test_the_write_key_is_asked_for_and_may_come_in_the_body(client, write_key, api):
    def send(body, **headers):
        return client.post("/v1/track", body, content_type="application/json", headers=headers)

    assert send(event("Cart Viewed")).status_code == 401
    assert send({**event("Cart Viewed"), "writeKey": "kw_wrong"}).status_code == 401
    assert send({**event("Cart Viewed"), "writeKey": write_key}).status_code == 200
    assert send(event("Cart Viewed"), Authorization=f"Bearer {write_key}").status_code == 200
    assert api.get("/api/v1/openapi.json").status_code == 200


def test_pages_of_other_origins_may_send(client, write_key):
    preflight = client.options("/v1/batch", headers={"Origin": "https://shop.example"})
    assert preflight.status_code == 204
    assert preflight["Access-Control-Allow-Origin"] == "*"
    body = orjson.dumps({**event("Cart Viewed"), "writeKey": write_key})
    sent = client.generic("POST", "/v1/track", body, content_type="text/plain")
    assert (sent.status_code, sent["Access-Control-Allow-Origin"]) == (200, "*")


def test_a_key_without_the_scope_may_not_send(client, calls, admin, home):
    from keepwell.accounts.contracts import Permission

    other = calls(admin, Permission.VIEW_CUSTOMERS)
    answer = other.post("/v1/track", event("Cart Viewed"))
    assert answer.status_code == 403
    assert answer["Content-Type"] == "application/problem+json"
    assert facts_of("c1") == []


def test_ids_of_messages_are_forgotten_after_a_month(track):
    track("track", event("Cart Viewed"))
    assert services.tidy(now=clock.now()) == 0
    assert services.tidy(now=clock.now() + timedelta(days=31)) == 1
