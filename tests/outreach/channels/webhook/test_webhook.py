"""A system of one's own takes messages as signed events and tells what became of them."""

from __future__ import annotations

import json
import threading
from base64 import b64encode
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from standardwebhooks import Webhook

from keepwell.foundation import clock
from keepwell.outreach.channels import registry
from keepwell.outreach.channels.contracts import (
    ChannelDownError,
    Envelope,
    Fate,
    Inbound,
    ReceiptKind,
    Refusal,
    SettingsError,
    SignatureError,
)

SECRET = "whsec_" + b64encode(b"k" * 32).decode()
SMS = registry.provider("sms.webhook")
MESSAGE = Envelope("m1", "+8613800138000", purpose="service", text="茶到了", language="zh-hans")


class System:
    """Verifies each event by the reference library and answers as it is told."""

    def __init__(self):
        self.events, self.answers, self.forged = [], [], 0

    def __enter__(self):
        system = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *_words):
                pass

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                try:
                    event = Webhook(SECRET).verify(body, dict(self.headers.items()))
                except Exception:
                    system.forged += 1
                    return self.answer(401, b"")
                system.events.append((self.headers["webhook-id"], event))
                status, said = system.answers.pop(0) if system.answers else (200, b'{"ref": "R-1"}')
                if status:
                    return self.answer(status, said)
                return self.connection.close()

            def answer(self, status, said):
                self.send_response(status)
                self.send_header("Content-Length", str(len(said)))
                self.end_headers()
                self.wfile.write(said)

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}/messages"
        return self

    def __exit__(self, *_error):
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture(autouse=True)
def own_network(settings):
    settings.KEEPWELL_WEBHOOKS_PRIVATE = True


@pytest.fixture
def system():
    with System() as one:
        yield one


@pytest.fixture
def send(system):
    def go(envelope=MESSAGE, **changes):
        session = SMS.open({"url": system.url, "secret": SECRET, "timeout_seconds": "5", **changes})
        begun = []
        try:
            return session.send(envelope, committing=lambda: begun.append(len(system.events))), begun
        finally:
            session.close()

    return go


def test_a_message_is_an_event_that_names_it(send, system):
    reply, begun = send()
    assert (reply.fate, reply.provider_ref, begun) == (Fate.ACCEPTED, "R-1", [0])
    ((name, event),) = system.events
    assert (name, event["type"]) == ("m1", "message.send")
    said = event["data"]
    assert (said["message_id"], said["channel"], said["to"]) == ("m1", "sms", "+8613800138000")
    assert (said["text"], said["purpose"], said["language"]) == ("茶到了", "service", "zh-hans")
    assert registry.provider("email.webhook").channel == "email"


def test_the_same_message_again_has_the_same_number(send, system):
    system.answers.append((0, b""))
    assert send()[0].fate is Fate.UNKNOWN
    assert send()[0].fate is Fate.ACCEPTED
    assert [name for name, _event in system.events] == ["m1", "m1"]
    assert SMS.contract.repeatable


@pytest.mark.parametrize(
    ("status", "fate", "refusal"),
    [
        (202, Fate.ACCEPTED, None),
        (429, Fate.LATER, Refusal.SLOW_DOWN),
        (503, Fate.LATER, Refusal.SLOW_DOWN),
        (410, Fate.LATER, Refusal.STOP),
        (422, Fate.REFUSED, Refusal.NEVER_AGAIN),
        (400, Fate.REFUSED, Refusal.FIX),
        (302, Fate.REFUSED, Refusal.FIX),
        (500, Fate.UNKNOWN, None),
    ],
)
def test_what_its_answers_mean(send, system, status, fate, refusal):
    system.answers.append((status, b"because"))
    reply, _begun = send()
    assert (reply.fate, reply.refusal, reply.code) == (fate, refusal, str(status))


def test_with_the_wrong_secret_it_takes_nothing(send, system):
    reply, _begun = send(secret="whsec_" + b64encode(b"x" * 32).decode())
    assert (reply.fate, reply.refusal) == (Fate.LATER, Refusal.STOP)
    assert (system.forged, system.events) == (1, [])


def test_where_nobody_listens_or_nobody_may_be_called_it_is_down(send, system, settings):
    system.__exit__()
    with pytest.raises(ChannelDownError, match="Connect"):
        send()
    settings.KEEPWELL_WEBHOOKS_PRIVATE = False
    with pytest.raises(ChannelDownError, match="https"):
        send()


def test_trying_it_out_posts_an_event_that_says_nothing(system):
    settings = {"url": system.url, "secret": SECRET}
    SMS.probe(settings)
    assert [event["type"] for _name, event in system.events] == ["ping"]
    system.answers.append((404, b""))
    with pytest.raises(ChannelDownError, match="404"):
        SMS.probe(settings)
    system.__exit__()
    with pytest.raises(ChannelDownError, match="Connect"):
        SMS.probe(settings)


def told(document, *, name="msg_1", secret=SECRET, at=None):
    body = json.dumps(document)
    at = at or clock.now()
    headers = {
        "webhook-id": name,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(secret).sign(name, at, body),
    }
    return Inbound("POST", "https://shop.example/hooks/abc", {}, headers, body.encode())


RECEIPTS = {
    "type": "message.receipt",
    "data": [
        {"message_id": "m1", "kind": "delivered", "at": "2026-11-23T12:00:00+08:00", "ref": "R-1"},
        {"message_id": "m2", "kind": "failed", "code": "empty number", "refusal": "never_again"},
        {"address": "8613800138000", "kind": "unsubscribed", "key": "in-1", "detail": "TD"},
    ],
}


def test_it_tells_what_became_of_them_signed():
    inbound = told(RECEIPTS)
    got = SMS.receive({"secret": SECRET}, inbound)
    one, two, three = got.receipts
    assert (one.kind, one.message_id, one.provider_ref) == (ReceiptKind.DELIVERED, "m1", "R-1")
    assert one.at.isoformat() == "2026-11-23T12:00:00+08:00"
    assert (two.kind, two.refusal) == (ReceiptKind.FAILED, Refusal.NEVER_AGAIN)
    assert (three.kind, three.address, three.key) == (ReceiptKind.UNSUBSCRIBED, "8613800138000", "in-1")
    assert got.answer.status == 204


def test_what_is_forged_old_or_odd_is_refused():
    from datetime import timedelta

    good = told(RECEIPTS)
    odd = {**good.headers, "webhook-signature": "nonsense"}
    for inbound in (
        told(RECEIPTS, secret="whsec_" + b64encode(b"x" * 32).decode()),
        told(RECEIPTS, at=clock.now() - timedelta(minutes=6)),
        Inbound("POST", good.url, {}, good.headers, good.body + b" "),
        Inbound("POST", good.url, {}, odd, good.body),
        Inbound("POST", good.url, {}, {}, good.body),
    ):
        with pytest.raises(SignatureError):
            SMS.receive({"secret": SECRET}, inbound)


@pytest.mark.parametrize(
    "document",
    [
        [],
        {"type": "ping", "data": []},
        {"type": "message.receipt", "data": [{"kind": "delivered"}]},
        {"type": "message.receipt", "data": [{"message_id": "m1", "kind": "eaten"}]},
        {
            "type": "message.receipt",
            "data": [{"message_id": "m1", "kind": "opened", "at": "2026-11-23T12:00"}],
        },
    ],
)
def test_what_cannot_be_read_is_an_error(document):
    with pytest.raises(ValueError):
        SMS.receive({"secret": SECRET}, told(document))


def test_settings_that_cannot_work_are_refused(settings):
    SMS.check({"url": "https://shop.example/messages", "secret": SECRET})
    settings.KEEPWELL_WEBHOOKS_PRIVATE = False
    with pytest.raises(SettingsError) as error:
        SMS.check({"url": "http://10.0.0.1/", "secret": "whsec_c2hvcnQ=", "timeout_seconds": "never"})
    assert error.value.problems == {
        "url": "not_an_endpoint",
        "secret": "not_a_secret",
        "timeout_seconds": "not_seconds",
    }
