"""Free words in the window, approved templates outside it; codes, signatures, statuses."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from keepwell.outreach.channels.contracts import (
    AccountStoppedError,
    ChannelDownError,
    Envelope,
    Fate,
    HeardKind,
    Inbound,
    ReceiptKind,
    Refusal,
    SettingsError,
    SignatureError,
)
from keepwell.outreach.channels.whatsapp import CLOUD, sending
from tests.outreach.channels.loopback import CUT, SLOW
from tests.outreach.channels.whatsapp.peers import NUMBER, SECRET, TOKEN, Whatsapp, signed

PATH = f"/v23.0/{NUMBER}/messages"
AT = datetime.fromtimestamp(1_749_416_383, UTC)


@pytest.fixture
def whatsapp(monkeypatch):
    monkeypatch.setattr(sending, "TIMEOUT_SECONDS", 0.5)
    monkeypatch.setattr(sending, "LET_IN", {})
    found = Whatsapp()
    found.windows = {"8613800138000"}
    yield found
    found.close()


@pytest.fixture
def settings(whatsapp):
    return {
        "phone_number_id": NUMBER,
        "access_token": TOKEN,
        "app_secret": SECRET,
        "verify_token": "lotus",
        "base_url": whatsapp.base_url,
    }


@pytest.fixture
def send(settings, committed):
    def run(now_settings=None, **changes):
        usual = {"message_id": "m1", "to": "+8613800138000", "text": "春天到了", "language": "zh-Hans"}
        session = CLOUD.open(now_settings or settings)
        try:
            return session.send(Envelope(**{**usual, **changes}), committing=lambda: committed.append(1))
        finally:
            session.close()

    return run


def test_free_words_go_in_the_window_and_are_named_by_us(whatsapp, send, committed):
    reply = send()
    assert (reply.fate, reply.provider_ref, committed) == (Fate.ACCEPTED, "wamid.1", [1])
    assert whatsapp.taken == [
        {
            "messaging_product": "whatsapp",
            "recipient_type": "individual",
            "to": "8613800138000",
            "biz_opaque_callback_data": "m1",
            "type": "text",
            "text": {"body": "春天到了", "preview_url": False},
        }
    ]


def test_outside_the_window_only_a_template_goes(whatsapp, send):
    whatsapp.windows.clear()
    reply = send()
    assert (reply.fate, reply.code, reply.refusal) == (Fate.REFUSED, "131047", Refusal.FIX)
    assert send(template="spring", values={"2": "20 %", "body.1": "Mei"}).fate is Fate.ACCEPTED
    assert whatsapp.taken[0]["template"] == {
        "name": "spring",
        "language": {"code": "zh_CN"},
        "components": [
            {
                "type": "body",
                "parameters": [{"type": "text", "text": "Mei"}, {"type": "text", "text": "20 %"}],
            }
        ],
    }


def test_a_template_says_its_language_and_fills_header_names_and_buttons(whatsapp, send):
    values = {"header.1": "Spring", "first_name": "Mei", "button.0": "abc"}
    assert send(template="order_sent@en", values=values).fate is Fate.ACCEPTED
    template = whatsapp.taken[0]["template"]
    assert template["language"] == {"code": "en"}
    assert template["components"] == [
        {"type": "header", "parameters": [{"type": "text", "text": "Spring"}]},
        {"type": "body", "parameters": [{"type": "text", "parameter_name": "first_name", "text": "Mei"}]},
        {
            "type": "button",
            "sub_type": "url",
            "index": "0",
            "parameters": [{"type": "text", "text": "abc"}],
        },
    ]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"template": "winter"}, "132001"),
        ({"template": "spring", "language": "en"}, "132001"),
        ({"template": "spring", "values": {"1": "Mei"}}, "132000"),
    ],
)
def test_a_template_that_is_wrong_must_be_mended(send, changes, code):
    reply = send(**changes)
    assert (reply.fate, reply.code, reply.refusal) == (Fate.REFUSED, code, Refusal.FIX)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"text": " "}, "no_words"),
        ({"text": "a" * 4097}, "too_long"),
        ({"to": "13800138000"}, "no_country_code"),
        ({"to": "+86"}, "no_country_code"),
        ({"template": "spring", "values": {"footer.1": "x"}}, "unknown_place"),
    ],
)
def test_what_cannot_be_is_not_sent(whatsapp, send, committed, changes, code):
    reply = send(**changes)
    assert (reply.fate, reply.code, reply.refusal) == (Fate.REFUSED, code, Refusal.FIX)
    assert (whatsapp.to("messages"), committed) == ([], [])


def test_who_is_not_there_is_not_tried_again(whatsapp, send):
    whatsapp.nobody.add("8613800138000")
    assert (send().code, send().refusal) == ("131026", Refusal.NEVER_AGAIN)


@pytest.mark.parametrize(("code", "wait"), [(131049, 24 * 60), (130472, 24 * 60), (131056, 1), (131000, 5)])
def test_one_person_waits(whatsapp, send, code, wait):
    whatsapp.next_answers[PATH] = [whatsapp.error(code, "later")]
    reply = send()
    assert (reply.fate, reply.refusal, reply.wait_minutes) == (Fate.LATER, Refusal.SLOW_DOWN, wait)


@pytest.mark.parametrize("code", [4, 80007, 130429, 131016, 131057])
def test_everybody_waits(whatsapp, send, code):
    whatsapp.next_answers[PATH] = [whatsapp.error(code, "later", status=429)]
    with pytest.raises(ChannelDownError) as raised:
        send()
    assert not isinstance(raised.value, AccountStoppedError)


@pytest.mark.parametrize("code", [190, 10, 200, 131031, 131042, 368])
def test_the_account_stops(whatsapp, send, code):
    whatsapp.next_answers[PATH] = [whatsapp.error(code, "no", status=401)]
    with pytest.raises(AccountStoppedError):
        send()


@pytest.mark.parametrize(
    ("change", "code"), [({"access_token": "old"}, "190"), ({"phone_number_id": "1"}, "100")]
)
def test_a_wrong_token_or_number_is_known_before_anything_is_begun(settings, send, committed, change, code):
    with pytest.raises(AccountStoppedError, match=code):
        send(settings | change)
    assert committed == []


def test_the_token_is_tried_once_a_minute(whatsapp, send):
    for _place in range(3):
        send()
    assert [path for path, _said in whatsapp.calls] == [f"/v23.0/{NUMBER}", PATH, PATH, PATH]


@pytest.mark.parametrize("answer", [CUT, (502, b"<html>")])
def test_an_outage_is_known_before_anything_is_begun(whatsapp, send, committed, answer):
    whatsapp.next_answers[f"/v23.0/{NUMBER}"] = [answer]
    with pytest.raises(ChannelDownError) as raised:
        send()
    assert not isinstance(raised.value, AccountStoppedError)
    assert committed == []


@pytest.mark.parametrize("answer", [CUT, SLOW, (502, b"<html>"), (200, b"{}"), (200, b"[]")])
def test_an_answer_that_is_lost_may_be_a_message(whatsapp, send, answer):
    whatsapp.next_answers[PATH] = [answer]
    assert send().fate is Fate.UNKNOWN


def test_nobody_at_home_took_nothing(settings, send, whatsapp):
    with pytest.raises(ChannelDownError):
        send(settings | {"base_url": "http://127.0.0.1:9"})
    whatsapp.keep_alive = False
    session = CLOUD.open(settings)
    whatsapp.close()
    with pytest.raises(ChannelDownError):
        session.send(Envelope("m1", "+8613800138000", text="hi"), committing=lambda: None)


def inbound(method="POST", body=b"", headers=None, **query):
    dotted = {name.replace("_", ".", 1): value for name, value in query.items()}
    return Inbound(method, "https://shop.example/hooks/x", dotted, headers or {}, body)


def test_the_handshake_needs_our_own_token(settings):
    given = {"hub_mode": "subscribe", "hub_challenge": "1158201444", "hub_verify_token": "lotus"}
    assert CLOUD.receive(settings, inbound("GET", **given)).answer.body == b"1158201444"
    for wrong in ({"hub_verify_token": "rose"}, {"hub_mode": "x"}, {"hub_verify_token": ""}):
        with pytest.raises(SignatureError):
            CLOUD.receive(settings, inbound("GET", **given | wrong))
    with pytest.raises(SignatureError):  # no token of ours is no token at all
        CLOUD.receive(settings | {"verify_token": ""}, inbound("GET", **given | {"hub_verify_token": ""}))


def test_the_signature_is_that_of_the_published_example(settings):
    """GitHub publishes an example of the same header: this secret, this body, this digest."""
    digest = "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
    call = inbound(body=b"Hello, World!", headers={"x-hub-signature-256": f"sha256={digest}"})
    with pytest.raises(ValueError, match="JSON"):  # it is signed by us, and no message of WhatsApp
        CLOUD.receive(settings, call)
    with pytest.raises(SignatureError):
        CLOUD.receive(settings | {"app_secret": "another"}, call)
    with pytest.raises(SignatureError):
        CLOUD.receive(settings, inbound(body=b"Hello, World!"))


def told(settings, value, **more):
    body, headers = signed(value, **more)
    return CLOUD.receive(settings, inbound(body=body, headers=headers))


MESSAGE = {
    "from": "16505551234",
    "id": "wamid.HBgLMTY1MDM4Nzk0MzkVAgASGBQzQTRBNjU5OUFFRTAzODEwMTQ0RgA=",
    "timestamp": "1749416383",
    "type": "text",
    "text": {"body": "Does it come in another color?"},
}


def test_the_message_of_the_documents_is_heard(settings):
    value = {
        "contacts": [{"profile": {"name": "Sheena Nelson"}, "wa_id": "16505551234"}],
        "messages": [MESSAGE],
    }
    (heard,) = told(settings, value).heard
    assert (heard.kind, heard.address, heard.at) == (HeardKind.MESSAGE, "+16505551234", AT)
    assert heard.text == "Does it come in another color?"
    assert told(settings, value).heard[0].key == heard.key


@pytest.mark.parametrize("words", ["STOP", "退订", "退訂。"])
def test_who_asks_to_stop_is_heard_whatever_the_script(settings, words):
    value = {"messages": [MESSAGE | {"text": {"body": words}}]}
    assert [one.kind for one in told(settings, value).heard] == [HeardKind.MESSAGE, HeardKind.STOP]


def test_the_body_is_signed_as_it_came_escapes_and_all(settings):
    body, headers = signed({"messages": [MESSAGE | {"text": {"body": "äöå/"}}]})
    assert b"\\u00e4\\u00f6\\u00e5\\/" in body
    assert CLOUD.receive(settings, inbound(body=body, headers=headers)).heard[0].text == "äöå/"
    with pytest.raises(SignatureError):
        CLOUD.receive(settings, inbound(body=body.replace(b"\\/", b"/"), headers=headers))


def status(kind, **more):
    return {
        "id": "wamid.1",
        "status": kind,
        "timestamp": "1749416383",
        "recipient_id": "16505551234",
        **more,
    }


def test_statuses_are_receipts_once_each(settings):
    value = {"statuses": [status(one) for one in ("sent", "delivered", "read", "deleted")]}
    receipts = told(settings, value).receipts
    kinds = [ReceiptKind.ACCEPTED, ReceiptKind.DELIVERED, ReceiptKind.OPENED]
    assert [(one.kind, one.provider_ref, one.at) for one in receipts] == [(k, "wamid.1", AT) for k in kinds]
    assert len({one.key for one in receipts}) == 3
    (named,) = told(settings, {"statuses": [status("sent", biz_opaque_callback_data="m1")]}).receipts
    assert named.message_id == "m1"


@pytest.mark.parametrize(
    ("code", "refusal"),
    [
        (131026, Refusal.NEVER_AGAIN),
        (131047, Refusal.FIX),
        (131049, Refusal.SLOW_DOWN),
        (131042, Refusal.STOP),
    ],
)
def test_a_failure_says_what_it_means(settings, code, refusal):
    value = {"statuses": [status("failed", errors=[{"code": code, "title": "said so"}])]}
    (receipt,) = told(settings, value).receipts
    assert (receipt.kind, receipt.code, receipt.refusal) == (ReceiptKind.FAILED, str(code), refusal)


def test_who_switched_our_marketing_off_has_unsubscribed(settings):
    value = {"statuses": [status("failed", errors=[{"code": 131050, "title": "opted out"}])]}
    kinds = [one.kind for one in told(settings, value).receipts]
    assert kinds == [ReceiptKind.FAILED, ReceiptKind.UNSUBSCRIBED]


def test_an_answer_to_a_message_names_it(settings):
    value = {"messages": [MESSAGE | {"context": {"id": "wamid.1"}}]}
    (receipt,) = told(settings, value).receipts
    assert (receipt.kind, receipt.provider_ref) == (ReceiptKind.REPLIED, "wamid.1")


@pytest.mark.parametrize(
    ("message", "words"),
    [
        ({"type": "button", "button": {"text": "退订", "payload": "x"}}, "退订"),
        (
            {
                "type": "interactive",
                "interactive": {"type": "list_reply", "list_reply": {"title": "Blue"}},
            },
            "Blue",
        ),
        ({"type": "image", "image": {"caption": "look", "id": "1"}}, "look"),
        ({"type": "location", "location": {"latitude": 1}}, ""),
    ],
)
def test_every_kind_of_message_opens_the_window(settings, message, words):
    heard = told(settings, {"messages": [MESSAGE | message]}).heard
    assert (heard[0].kind, heard[0].text) == (HeardKind.MESSAGE, words)


def test_what_is_not_the_customers_word_or_of_another_number_is_nothing(settings):
    quiet = [MESSAGE | {"type": "system"}, {k: v for k, v in MESSAGE.items() if k != "from"}]
    assert list(told(settings, {"messages": quiet}).heard) == []
    for more in ({"number": "999"}, {"field": "account_update"}):
        said = told(settings, {"messages": [MESSAGE], "statuses": [status("sent")]}, **more)
        assert (list(said.heard), list(said.receipts)) == ([], [])


def test_a_body_that_is_signed_and_no_sense_is_refused(settings):
    for value in ({"messages": [{"type": "text", "from": "1"}]}, {"statuses": [1]}, {"statuses": [{}]}):
        with pytest.raises(ValueError, match="JSON"):
            told(settings, value)


def test_settings_that_cannot_be_are_named(settings):
    CLOUD.check(settings)
    with pytest.raises(SettingsError) as raised:
        CLOUD.check(settings | {"phone_number_id": "+86 1", "base_url": "ftp://x"})
    assert raised.value.problems == {"phone_number_id": "not_a_number", "base_url": "not_https"}
