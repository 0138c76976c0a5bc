"""Answers in the window, notices by template, no marketing by it; sealed and plain calls; events."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime

import pytest
from wechatpy.crypto import WeChatCrypto

from keepwell.outreach.channels import weixin
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
from keepwell.outreach.channels.wechat import OFFICIAL
from tests.outreach.channels.loopback import CUT, SLOW
from tests.outreach.channels.wechat.peers import APP, SECRET, Wechat
from tests.outreach.channels.wecom.test_wecom import EXAMPLE, KEY, SEALED, TOKEN

CUSTOM = "/cgi-bin/message/custom/send"
AT = datetime.fromtimestamp(1_795_406_400, UTC)


@pytest.fixture
def wechat():
    found = Wechat()
    found.windows = {"oMei": 2}
    yield found
    found.close()


@pytest.fixture
def settings(wechat):
    return {
        "app_id": APP,
        "secret": SECRET,
        "token": TOKEN,
        "aes_key": KEY,
        "base_url": wechat.base_url,
    }


@pytest.fixture
def send(settings, committed):
    def run(now_settings=None, **changes):
        usual = {"message_id": "m1", "to": "oMei", "text": "您好", "purpose": "service"}
        session = OFFICIAL.open(now_settings or settings)
        try:
            return session.send(Envelope(**{**usual, **changes}), committing=lambda: committed.append(1))
        finally:
            session.close()

    return run


def test_answers_go_in_the_window_and_no_more_than_it_takes(wechat, send):
    assert [send().fate for _place in range(2)] == [Fate.ACCEPTED] * 2
    used_up, shut = send(), send(to="oHan")
    assert (used_up.fate, used_up.code, used_up.refusal) == (Fate.REFUSED, "45047", Refusal.SLOW_DOWN)
    assert (shut.fate, shut.code, shut.refusal) == (Fate.REFUSED, "45015", Refusal.SLOW_DOWN)
    assert wechat.taken[0] == {"touser": "oMei", "msgtype": "text", "text": {"content": "您好"}}
    assert len(wechat.taken) == 2


def test_a_notice_by_template_needs_no_window_and_is_not_said_twice(wechat, send):
    values = {"first": "Sent", "date": "2026-11-23", "url": "https://shop.example/o/1"}
    replies = [send(to="oHan", template="T1", values=values) for _again in range(2)]
    assert {(one.fate, one.provider_ref) for one in replies} == {(Fate.ACCEPTED, "200228332")}
    (one,) = wechat.taken
    assert (one["data"]["first"], one["url"], one["client_msg_id"]) == (
        {"value": "Sent"},
        "https://shop.example/o/1",
        "m1",
    )


@pytest.mark.parametrize("purpose", ["marketing", "survey", ""])
def test_no_marketing_goes_by_template(wechat, send, committed, purpose):
    reply = send(template="T1", purpose=purpose, values={"first": "a", "date": "b"})
    assert (reply.fate, reply.code, reply.refusal) == (Fate.REFUSED, "template_marketing", Refusal.FIX)
    assert (wechat.to("send"), committed) == ([], [])


def test_a_subscription_message_needs_a_tick_for_each(wechat, send):
    wechat.ticked["oMei"] = 1
    values = {"thing1": "Lotus", "url": "pages/order"}
    assert send(template="subscribe:S1", values=values).fate is Fate.ACCEPTED
    assert wechat.taken[0] == {
        "touser": "oMei",
        "template_id": "S1",
        "data": {"thing1": {"value": "Lotus"}},
        "page": "pages/order",
    }
    reply = send(template="subscribe:S1", values=values)
    assert (reply.code, reply.refusal) == ("43101", Refusal.SLOW_DOWN)


@pytest.mark.parametrize(
    ("changes", "code", "refusal"),
    [
        ({"to": "oNobody"}, "40003", Refusal.NEVER_AGAIN),
        ({"template": "T9"}, "40037", Refusal.FIX),
        ({"template": "T1", "values": {"first": "a"}}, "47003", Refusal.FIX),
    ],
)
def test_each_code_is_what_it_is(send, changes, code, refusal):
    reply = send(**changes)
    assert (reply.fate, reply.code, reply.refusal) == (Fate.REFUSED, code, refusal)


def test_a_token_that_somebody_else_renewed_is_fetched_again(wechat, send):
    send()
    wechat.tokens = dict.fromkeys(wechat.tokens, "over")
    assert send().fate is Fate.ACCEPTED
    assert (wechat.fetched, len(wechat.taken)) == (2, 2)


def test_workers_share_a_token(wechat, send, monkeypatch):
    send()
    monkeypatch.setattr(weixin, "TOKENS", weixin.Tokens())  # another process
    assert send().fate is Fate.ACCEPTED
    assert (wechat.fetched, len(wechat.to("stable_token"))) == (1, 2)


@pytest.mark.parametrize("code", [-1, 45009, 45011])
def test_everybody_waits(wechat, send, code):
    wechat.next_answers[CUSTOM] = [(200, {"errcode": code, "errmsg": "busy"})]
    with pytest.raises(ChannelDownError) as raised:
        send()
    assert not isinstance(raised.value, AccountStoppedError)


@pytest.mark.parametrize("code", [40164, 48001, 50002])
def test_the_account_stops(wechat, send, code):
    wechat.next_answers[CUSTOM] = [(200, {"errcode": code, "errmsg": "no"})]
    with pytest.raises(AccountStoppedError):
        send()


def test_a_wrong_secret_stops_it_before_anything_is_begun(settings, send, committed):
    with pytest.raises(AccountStoppedError, match="40125"):
        send(settings | {"secret": "x"})
    assert committed == []


@pytest.mark.parametrize("answer", [CUT, SLOW, (502, b"<html>"), (200, {})])
def test_an_answer_that_is_lost_may_be_a_message(wechat, send, answer):
    wechat.next_answers[CUSTOM] = [answer]
    assert send().fate is Fate.UNKNOWN


@pytest.mark.parametrize(
    ("changes", "code"),
    [({"to": ""}, "no_address"), ({"text": ""}, "no_words"), ({"text": "字" * 683}, "too_long")],
)
def test_what_cannot_be_is_not_sent(wechat, send, committed, changes, code):
    assert (send(**changes).code, committed, wechat.taken) == (code, [], [])


def inbound(method="POST", body=b"", **query):
    return Inbound(method, "https://shop.example/hooks/x", query, {}, body)


def signature(*parts):
    return hashlib.sha1("".join(sorted(parts)).encode()).hexdigest()


PLAIN = {"timestamp": "1409659813", "nonce": "1372623149"}


def test_the_handshake(settings):
    given = {**PLAIN, "signature": signature(TOKEN, *PLAIN.values()), "echostr": "4375120948345356249"}
    assert OFFICIAL.receive(settings, inbound("GET", **given)).answer.body == b"4375120948345356249"
    with pytest.raises(SignatureError):
        OFFICIAL.receive(settings, inbound("GET", **given | {"nonce": "2"}))


def test_the_sealed_message_of_the_documents_is_heard(settings):
    body = f"<xml><ToUserName>{APP}</ToUserName><Encrypt><![CDATA[{SEALED}]]></Encrypt></xml>".encode()
    received = OFFICIAL.receive(settings, inbound(body=body, encrypt_type="aes", **EXAMPLE))
    (heard,) = received.heard
    assert (heard.kind, heard.address, heard.text) == (HeardKind.MESSAGE, "mycreate", "hello")
    assert heard.at == datetime.fromtimestamp(1_409_659_813, UTC)
    assert received.answer.body == b"success"
    with pytest.raises(SignatureError):
        OFFICIAL.receive(settings, inbound(body=body, encrypt_type="aes", **EXAMPLE | {"nonce": "1"}))


def xml(**said):
    inner = "".join(f"<{name}><![CDATA[{value}]]></{name}>" for name, value in said.items())
    return f"<xml><ToUserName>gh_1</ToUserName><CreateTime>1795406400</CreateTime>{inner}</xml>"


def sealed(settings, **said):
    made = WeChatCrypto(TOKEN, KEY, APP).encrypt_message(xml(**said), "nonce", "1795406400")
    query = {"msg_signature": weixin.tree(made)["MsgSignature"], "timestamp": "1795406400", "nonce": "nonce"}
    return OFFICIAL.receive(settings, inbound(body=made.encode(), encrypt_type="aes", **query))


def test_with_a_key_a_plain_call_is_not_believed(settings):
    body = xml(FromUserName="oMei", MsgType="text", Content="hi", MsgId="1").encode()
    given = inbound(body=body, signature=signature(TOKEN, *PLAIN.values()), **PLAIN)
    with pytest.raises(SignatureError, match="not sealed"):
        OFFICIAL.receive(settings, given)
    (heard,) = OFFICIAL.receive(settings | {"aes_key": ""}, given).heard
    assert (heard.address, heard.text) == ("oMei", "hi")
    with pytest.raises(SignatureError):
        OFFICIAL.receive(settings | {"aes_key": ""}, inbound(body=body, signature="x", **PLAIN))


@pytest.mark.parametrize(
    ("event", "kind"),
    [
        ("subscribe", HeardKind.FOLLOW),
        ("unsubscribe", HeardKind.LEFT),
        ("SCAN", HeardKind.SCAN),
        ("CLICK", HeardKind.MENU),
        ("scancode_waitmsg", HeardKind.MENU),
        ("VIEW", None),  # a menu that opens a page opens no window
        ("LOCATION", None),
    ],
)
def test_events_are_what_they_are(settings, event, kind):
    heard = sealed(settings, FromUserName="oMei", MsgType="event", Event=event, EventKey="x").heard
    assert [(one.kind, one.address, one.at) for one in heard] == ([(kind, "oMei", AT)] if kind else [])
    assert heard == sealed(settings, FromUserName="oMei", MsgType="event", Event=event, EventKey="x").heard
    assert all("oMei" not in one.key for one in heard)


def test_messages_of_every_kind_open_the_window_and_a_tap_in_one_is_a_tap(settings):
    for kind in ("image", "voice", "video", "location", "link"):
        (heard,) = sealed(settings, FromUserName="oMei", MsgType=kind, MsgId="7").heard
        assert heard.kind is HeardKind.MESSAGE
    (tap,) = sealed(
        settings, FromUserName="oMei", MsgType="text", Content="Yes", MsgId="8", bizmsgmenuid="101"
    ).heard
    assert (tap.kind, tap.text) == (HeardKind.MENU, "Yes")


def test_who_writes_the_word_is_heard_to_stop(settings):
    heard = sealed(settings, FromUserName="oMei", MsgType="text", Content="TD", MsgId="9").heard
    assert [one.kind for one in heard] == [HeardKind.MESSAGE, HeardKind.STOP]


@pytest.mark.parametrize(
    ("status", "kind", "code", "refusal"),
    [
        ("success", ReceiptKind.DELIVERED, "", None),
        ("failed:user block", ReceiptKind.FAILED, "user_block", Refusal.NEVER_AGAIN),
        ("failed: system failed", ReceiptKind.FAILED, "system_failed", Refusal.SLOW_DOWN),
    ],
)
def test_what_became_of_a_template_is_a_receipt(settings, status, kind, code, refusal):
    said = sealed(
        settings,
        FromUserName="oMei",
        MsgType="event",
        Event="TEMPLATESENDJOBFINISH",
        MsgID="200163836",
        Status=status,
    )
    (one,) = said.receipts
    assert (one.kind, one.provider_ref, one.code, one.refusal) == (kind, "200163836", code, refusal)
    assert said.heard == ()


@pytest.mark.parametrize("body", [b"", b"{}", b"<xml/>", b"<a>1</a>"])
def test_no_sense_is_refused(settings, body):
    given = inbound(body=body, signature=signature(TOKEN, *PLAIN.values()), **PLAIN)
    with pytest.raises(ValueError, match="XML"):
        OFFICIAL.receive(settings | {"aes_key": ""}, given)


def test_a_body_that_would_grow_is_not_unfolded(settings):
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaa">]><xml><FromUserName>&a;</FromUserName></xml>'
    given = inbound(body=bomb, signature=signature(TOKEN, *PLAIN.values()), **PLAIN)
    with pytest.raises(ValueError, match=r"XML|entit"):
        OFFICIAL.receive(settings | {"aes_key": ""}, given)


def test_settings_that_cannot_be_are_named(settings):
    OFFICIAL.check(settings)
    with pytest.raises(SettingsError) as raised:
        OFFICIAL.check(settings | {"aes_key": "x", "base_url": "http://wechat.example"})
    assert raised.value.problems == {"aes_key": "not_an_aes_key", "base_url": "not_https"}
