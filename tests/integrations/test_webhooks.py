"""Webhooks: signed, sent, retried, given up, replayed; and never to a private address."""

from __future__ import annotations

import http.server
import threading
import time
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from keepwell.foundation import addresses, clock
from keepwell.history import services as history
from keepwell.integrations import queries, services
from keepwell.integrations.contracts import AddressError, EventType
from keepwell.integrations.models import WebhookDelivery
from keepwell.integrations.services import delivering
from keepwell.integrations.services.delivering import RETRY_AFTER
from tests.integrations.raw_server import answering

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)


@pytest.fixture
def endpoint(db, home, settings):
    settings.KEEPWELL_WEBHOOKS_PRIVATE = True
    return services.webhooks.create(
        url="http://127.0.0.1:9/hook",
        event_types=["order.recorded", "customer.updated"],
        actor="ada",
        now=NOW,
    )


def told(key="1", now=NOW):
    return services.tell(
        event_type=EventType.CUSTOMER_UPDATED, key=key, data={"customer_id": "c1"}, customer_id="c1", now=now
    )


class Outside:
    """Somebody who answers as told and keeps what came."""

    def __init__(self, *statuses):
        self.statuses, self.came = list(statuses), []

    def __call__(self, target, body, headers):
        self.came.append((target, body, headers))
        return self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]


def deliver(outside, now):
    return services.deliver_due(now=now, send=outside)


def delivery(endpoint):
    (found,) = queries.deliveries(endpoint_id=endpoint.endpoint_id)
    return found


def test_what_is_sent_is_signed_so_that_the_standard_library_accepts_it(endpoint):
    told(now=clock.now())
    outside = Outside(204)
    assert deliver(outside, clock.now()) == 1
    target, body, headers = outside.came[0]
    secret = queries.secret(endpoint.endpoint_id)
    assert Webhook(secret).verify(body, headers)["data"] == {"customer_id": "c1"}
    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(body + b" ", headers)
    assert target.url == "http://127.0.0.1:9/hook"
    found = delivery(endpoint)
    assert (found.status, found.attempts, found.last_status) == ("delivered", 1, 204)
    assert deliver(outside, clock.now()) == 0


def test_the_same_event_is_told_once(endpoint):
    assert told("a") == 1
    assert told("a") == 0
    assert told("b") == 1


def test_failures_are_tried_again_later_with_the_same_id_and_then_given_up(endpoint):
    told()
    outside, now = Outside(500), NOW
    for number, pause in enumerate(RETRY_AFTER, start=1):
        assert deliver(outside, now) == 1
        assert delivery(endpoint).attempts == number
        assert deliver(outside, now + pause - timedelta(seconds=1)) == 0
        now += pause
    assert deliver(outside, now) == 1
    found = delivery(endpoint)
    assert (found.status, found.attempts, found.last_error) == ("failed", len(RETRY_AFTER) + 1, "HTTP 500")
    assert len({headers["webhook-id"] for _, _, headers in outside.came}) == 1
    view = queries.endpoint(endpoint.endpoint_id)
    assert (view.active, view.disabled_reason) == (False, "HTTP 500")


def test_an_address_that_is_gone_is_switched_off_at_once_and_can_be_switched_on_again(endpoint):
    told("a")
    told("b")
    deliver(Outside(410, 200), NOW)
    assert not queries.endpoint(endpoint.endpoint_id).active
    assert told("c") == 0
    services.webhooks.change(endpoint_id=endpoint.endpoint_id, active=True, actor="ada", now=NOW)
    assert deliver(Outside(200), NOW + timedelta(minutes=1)) >= 1


def test_a_delivery_is_replayed_by_hand(endpoint):
    told()
    deliver(Outside(200), NOW)
    services.webhooks.redeliver(delivery_id=delivery(endpoint).delivery_id, actor="ada", now=NOW)
    outside = Outside(200)
    assert deliver(outside, NOW) == 1
    assert outside.came[0][2]["webhook-id"] == delivery(endpoint).delivery_id


def test_a_delivery_whose_worker_died_is_taken_over_after_its_lease(endpoint):
    told()

    class Died(BaseException):
        pass

    def die(target, body, headers):
        raise Died

    with pytest.raises(Died):
        deliver(die, NOW)
    assert deliver(Outside(200), NOW + timedelta(seconds=59)) == 0
    assert deliver(Outside(200), NOW + timedelta(seconds=61)) == 1


def test_live_facts_are_told_when_they_are_in_the_lake(endpoint, transactional_db):
    fact = {
        "order_id": "o-1", "customer_id": "c1", "ordered_at": NOW, "amount": Decimal(5), "currency": "EUR",
        "status": "paid",
    }  # fmt: skip
    history.record(table="orders", fact=fact, source="test", live=False)
    history.record(table="orders", fact={**fact, "order_id": "o-2"}, source="test")
    history.flush()
    found = delivery(endpoint)
    assert found.payload["type"] == "order.recorded"
    assert (found.payload["data"]["order_id"], found.payload["data"]["amount"]) == ("o-2", "5.0000")


def test_redirects_are_not_followed_and_a_real_server_is_reached(endpoint, settings):
    came = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            came.append(
                (self.path, self.headers["Host"], self.rfile.read(int(self.headers["Content-Length"])))
            )
            self.send_response(302)
            self.send_header("Location", "http://127.0.0.1:9/other")
            self.end_headers()

        def log_message(self, *_):
            pass

    server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        url = f"http://localhost:{server.server_port}/hook?x=1"
        services.webhooks.change(endpoint_id=endpoint.endpoint_id, url=url, actor="ada", now=NOW)
        told()
        assert services.deliver_due(now=NOW) == 1
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    assert [(path, host) for path, host, _ in came] == [("/hook?x=1", f"localhost:{server.server_port}")]
    assert delivery(endpoint).last_error == "HTTP 302"


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.1.2.3", "192.168.0.1", "172.16.0.1", "169.254.169.254", "0.0.0.0", "100.64.0.1",
     "224.0.0.1", "::1", "fe80::1", "fc00::1", "::ffff:10.0.0.1", "64:ff9b::a00:1",
     "2002:0a00:0001::1", "::", "nonsense"],
)  # fmt: skip
def test_private_addresses_are_never_called(address):
    assert not addresses.is_public(address)
    with pytest.raises(AddressError):
        addresses.target("https://shop.example/", resolver=lambda host, port: ["93.184.216.34", address])


def test_a_call_goes_to_the_address_that_was_looked_at():
    target = addresses.target(
        "https://shop.example:8443/a?b=1", resolver=lambda host, port: ["93.184.216.34"]
    )
    assert target.url == "https://93.184.216.34:8443/a?b=1"
    assert (target.host_header, target.server_name) == ("shop.example:8443", "shop.example")


@pytest.mark.parametrize(
    "url",
    ["http://shop.example/", "ftp://shop.example/", "https://user:pw@shop.example/", "https://127.0.0.1/", "https://",
     "https://[::1]/", "https://localhost/", "https://x.internal/", "https://a.example:99999/", "nonsense"],
)  # fmt: skip
def test_addresses_that_cannot_be_right_are_refused(url, db, home):
    with pytest.raises(AddressError):
        services.webhooks.create(url=url, event_types=["order.recorded"], actor="ada", now=NOW)
    assert queries.endpoints() == []


def test_whoever_says_that_they_have_it_has_it_though_their_words_break_off(endpoint):
    told()
    with answering(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc") as port:
        url = f"http://127.0.0.1:{port}/hook"
        services.webhooks.change(endpoint_id=endpoint.endpoint_id, url=url, actor="ada", now=NOW)
        assert services.deliver_due(now=NOW) == 1
    found = delivery(endpoint)
    assert (found.status, found.last_status, found.attempts) == ("delivered", 200, 1)


def test_whoever_never_ends_does_not_keep_the_others_waiting(endpoint, monkeypatch):
    monkeypatch.setattr(delivering, "TIMEOUT_SECONDS", 0.3)
    told()
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n"
    with answering(head, *[b"x"] * 30, pause=0.1) as port:
        url = f"http://127.0.0.1:{port}/hook"
        services.webhooks.change(endpoint_id=endpoint.endpoint_id, url=url, actor="ada", now=NOW)
        begun = time.monotonic()
        assert services.deliver_due(now=NOW) == 1
        assert time.monotonic() - begun < 2
    assert delivery(endpoint).status == "delivered"


def test_the_lease_of_the_next_one_begins_when_it_is_taken(endpoint, monkeypatch):
    clock_said = [0.0]
    monkeypatch.setattr(delivering, "monotonic", lambda: clock_said[0])
    told("a")
    told("b")
    held = []

    def slow(_target, _body, headers):
        held.append(WebhookDelivery.objects.get(pk=headers["webhook-id"]).leased_until)
        clock_said[0] += 70.0
        return 200

    assert services.deliver_due(now=NOW, send=slow) == 2
    assert held == [NOW + timedelta(seconds=60), NOW + timedelta(seconds=130)]
