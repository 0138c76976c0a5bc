"""A member must confirm; WeCom's limits, codes and pages; its calls are checked with its own examples."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from wechatpy.enterprise.crypto import WeChatCrypto

from keepwell.outreach.channels import weixin
from keepwell.outreach.channels.contracts import (
    AccountStoppedError,
    Asked,
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
from keepwell.outreach.channels.wecom import WECOM
from tests.outreach.channels.loopback import CUT, SLOW
from tests.outreach.channels.wecom.peers import CORP, SECRET, Wecom

TASK = "/cgi-bin/externalcontact/add_msg_template"
AT = datetime.fromtimestamp(1_795_406_400, UTC)
# The example of WeCom's documents and of its sample code.
TOKEN, KEY = "QDG6eK", "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C"


@pytest.fixture
def wecom():
    found = Wecom()
    found.friends = {"wmMei": ["WangMei", "LiLei"], "wmHan": ["LiLei"]}
    yield found
    found.close()


@pytest.fixture
def settings(wecom):
    return {
        "corp_id": CORP,
        "secret": SECRET,
        "members": "mei = WangMei\nlei=LiLei\n",
        "token": TOKEN,
        "aes_key": KEY,
        "base_url": wecom.base_url,
    }


def envelope(**changes):
    return Envelope(**{"message_id": "m1", "to": "wmMei", "text": "春天到了", "member": "mei", **changes})


@pytest.fixture
def send(settings, committed):
    def run(now_settings=None, **changes):
        session = WECOM.open(now_settings or settings)
        try:
            return session.send(envelope(**changes), committing=lambda: committed.append(1))
        finally:
            session.close()

    return run


def asked(reply, to="wmMei"):
    return Asked("m1", reply.provider_ref, to, AT)


def test_a_task_is_made_and_counts_as_sent_only_when_the_member_has_sent_it(wecom, settings, send, committed):
    reply = send()
    assert (reply.fate, reply.provider_ref) == (Fate.HANDED, "msg1")
    assert wecom.to("add_msg_template") == [
        {
            "chat_type": "single",
            "external_userid": ["wmMei"],
            "text": {"content": "春天到了"},
            "sender": "WangMei",
        }
    ]
    assert committed == [1]
    assert WECOM.pull(settings, [asked(reply)], AT) == []
    wecom.confirm("msg1")
    (told,) = WECOM.pull(settings, [asked(reply)], AT)
    assert (told.kind, told.message_id, told.at) == (ReceiptKind.ACCEPTED, "m1", AT + timedelta(minutes=1))


def test_who_has_no_colleague_there_is_written_to_by_whoever_was_last_in_touch(wecom, send):
    assert send(member="sam").fate is Fate.HANDED
    assert "sender" not in wecom.to("add_msg_template")[0]
    assert wecom.tasks["msg1"]["dealt"] == {"WangMei": ["wmMei"]}


def test_a_friend_of_nobody_and_one_who_has_had_enough_are_told_apart(wecom, settings, send):
    first, second = send(), send(to="wmHan", member="lei")
    wecom.friends["wmMei"] = []
    wecom.received_today["wmHan"] = 1
    wecom.confirm("msg1")
    wecom.confirm("msg2")
    (gone,) = WECOM.pull(settings, [asked(first)], AT)
    (enough,) = WECOM.pull(settings, [asked(second, "wmHan")], AT)
    assert (gone.kind, gone.code, gone.refusal) == (
        ReceiptKind.FAILED,
        "not_a_friend",
        Refusal.NEVER_AGAIN,
    )
    assert (enough.kind, enough.code, enough.refusal) == (
        ReceiptKind.FAILED,
        "day_limit",
        Refusal.SLOW_DOWN,
    )


def test_results_are_read_to_the_last_page(wecom, settings):
    many = [f"wm{number}" for number in range(7)]
    wecom.friends = {one: [f"member{place % 5}"] for place, one in enumerate(many)}
    wecom.add_msg_template({"external_userid": many, "text": {"content": "to all"}})
    wecom.confirm("msg1")
    wanted = [Asked(one, "msg1", one, AT) for one in many]
    assert [one.message_id for one in WECOM.pull(settings, wanted, AT)] == many


def test_a_task_that_is_not_known_yet_says_nothing(wecom, settings, send):
    reply = send()
    wecom.dealing_out.add("msg1")
    assert WECOM.pull(settings, [asked(reply), Asked("m2", "msg9", "wmHan", AT)], AT) == []


@pytest.mark.parametrize("where", ["get_groupmsg_task", "get_groupmsg_send_result"])
@pytest.mark.parametrize("code", [40003, 60111, 41047, 41063])
def test_what_wecom_will_not_say_of_one_task_keeps_nobody_from_asking_about_the_next(
    wecom, settings, send, where, code
):
    first, second = send(), send(to="wmHan", member="lei")
    wecom.confirm("msg1")
    wecom.confirm("msg2")
    wecom.next_answers[f"/cgi-bin/externalcontact/{where}"] = [(200, {"errcode": code, "errmsg": "no"})]
    told = WECOM.pull(settings, [asked(first), asked(second, "wmHan")], AT)
    assert [one.provider_ref for one in told] == ["msg2"]


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ((200, {"errcode": 48002, "errmsg": "no"}), AccountStoppedError),
        ((200, {"errcode": 60020, "errmsg": "no"}), AccountStoppedError),
        ((200, {"errcode": -1, "errmsg": "busy"}), ChannelDownError),
        ((200, {"errcode": 45009, "errmsg": "busy"}), ChannelDownError),
        ((502, b"<html>"), ChannelDownError),
        (CUT, ChannelDownError),
    ],
)
@pytest.mark.parametrize("where", ["get_groupmsg_task", "get_groupmsg_send_result", "get_groupmsg_list_v2"])
def test_trouble_that_is_not_the_task_s_is_the_channel_s_when_asking_too(
    wecom, settings, send, where, answer, error
):
    reply = send()
    wecom.next_answers[f"/cgi-bin/externalcontact/{where}"] = [answer]
    given = (envelope(),) if where == "get_groupmsg_list_v2" else ([asked(reply)],)
    ask = WECOM.find if where == "get_groupmsg_list_v2" else WECOM.pull
    with pytest.raises(ChannelDownError) as raised:
        ask(settings, *given, AT)
    assert type(raised.value) is error


@pytest.mark.parametrize("state", ["expired", "gone"])
def test_a_token_that_ended_is_renewed_and_the_message_goes_once(wecom, send, state):
    assert send().fate is Fate.HANDED
    if state == "gone":
        wecom.tokens.clear()
    else:
        wecom.tokens = dict.fromkeys(wecom.tokens, "expired")
    wecom.friends["wmNew"] = ["WangMei"]
    assert send(to="wmNew").fate is Fate.HANDED
    assert (wecom.fetched, len(wecom.tasks)) == (2, 2)


def test_a_token_is_fetched_once_for_many_sessions(wecom, send):
    wecom.friends |= {f"wm{n}": ["WangMei"] for n in range(3)}
    for number in range(3):
        send(to=f"wm{number}")
    assert len(wecom.to("gettoken")) == 1


def test_a_token_that_never_helps_is_asked_for_once_more_only(wecom, send):
    bad = (200, {"errcode": 40014, "errmsg": "invalid access_token"})
    wecom.next_answers[TASK] = [bad, bad, bad]
    assert send().code == "40014"
    assert len(wecom.to("add_msg_template")) == 2


@pytest.mark.parametrize(
    ("code", "fate", "refusal", "wait"),
    [
        (40096, Fate.REFUSED, Refusal.NEVER_AGAIN, 0),
        (41048, Fate.LATER, Refusal.SLOW_DOWN, 24 * 60),
        (60011, Fate.REFUSED, Refusal.FIX, 0),
        (40003, Fate.REFUSED, Refusal.FIX, 0),
        (45002, Fate.REFUSED, Refusal.FIX, 0),
    ],
)
def test_each_code_is_what_it_is(wecom, send, code, fate, refusal, wait):
    wecom.next_answers[TASK] = [(200, {"errcode": code, "errmsg": "said so"})]
    reply = send()
    assert (reply.fate, reply.refusal, reply.code, reply.wait_minutes) == (fate, refusal, str(code), wait)


def test_not_with_this_member_is_mended_here_and_with_nobody_is_for_good(wecom, send):
    assert (send(to="wmHan").code, send(to="wmHan").refusal) == ("not_with_member", Refusal.FIX)
    wecom.next_answers[TASK] = [(200, {"errcode": 84061, "errmsg": "not external contact"})]
    assert send(to="wmHan", member="").refusal is Refusal.NEVER_AGAIN


@pytest.mark.parametrize("code", [-1, 45009, 45033])
def test_where_everybody_must_wait_nothing_was_taken(wecom, send, code):
    wecom.next_answers[TASK] = [(200, {"errcode": code, "errmsg": "busy"})]
    with pytest.raises(ChannelDownError) as raised:
        send()
    assert not isinstance(raised.value, AccountStoppedError)


@pytest.mark.parametrize("code", [48002, 60020, 301002])
def test_an_account_without_rights_stops(wecom, send, code):
    wecom.next_answers[TASK] = [(200, {"errcode": code, "errmsg": "no"})]
    with pytest.raises(AccountStoppedError):
        send()


@pytest.mark.parametrize("change", [{"secret": "another"}, {"corp_id": "another"}])
def test_a_wrong_secret_is_known_before_anything_is_begun(settings, send, committed, change):
    with pytest.raises(AccountStoppedError):
        send(settings | change)
    assert committed == []


def test_nobody_at_home_is_an_outage(settings, send, committed):
    with pytest.raises(ChannelDownError):
        send(settings | {"base_url": "http://127.0.0.1:9/cgi-bin"})
    assert committed == []


def test_a_connection_that_is_refused_after_the_token_took_nothing(wecom, settings):
    wecom.keep_alive = False
    session = WECOM.open(settings)
    wecom.close()
    with pytest.raises(ChannelDownError):
        session.send(envelope(), committing=lambda: None)


@pytest.mark.parametrize("answer", [CUT, SLOW, (502, b"<html>"), (200, b"<html>"), (200, {"errcode": 0})])
def test_an_answer_that_is_lost_may_be_a_task(wecom, send, answer):
    wecom.next_answers[TASK] = [answer]
    assert send().fate is Fate.UNKNOWN


def lose(wecom, *, taken):
    """The next call is cut off: after it was taken, or before."""

    def answer(_query, said):
        if taken:
            wecom.add_msg_template(said)
        return CUT

    wecom.next_answers[TASK] = [answer]


def test_a_lost_answer_is_looked_up_by_its_words_and_its_customer(wecom, settings, send):
    wecom.add_msg_template({"external_userid": ["wmHan"], "text": {"content": "春天到了"}})
    lose(wecom, taken=True)
    assert send().fate is Fate.UNKNOWN
    found = WECOM.find(settings, envelope(), AT)
    assert (found.fate, found.provider_ref) == (Fate.HANDED, "msg2")


def test_one_that_is_not_in_the_list_was_not_taken(wecom, settings, send):
    wecom.add_msg_template({"external_userid": ["wmHan"], "text": {"content": "春天到了"}})
    lose(wecom, taken=False)
    assert send().fate is Fate.UNKNOWN
    assert WECOM.find(settings, envelope(), AT).fate is Fate.LATER


def test_while_such_a_task_is_dealt_out_nobody_can_tell(wecom, settings, send):
    lose(wecom, taken=True)
    send()
    wecom.dealing_out.add("msg1")
    assert WECOM.find(settings, envelope(), AT) is None


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"to": " "}, "no_address"),  # WeCom would send it to all customers of the member
        ({"text": ""}, "no_words"),
        ({"text": "字" * 1334}, "too_long"),
    ],
)
def test_what_wecom_must_not_be_given_is_not_given(wecom, send, committed, changes, code):
    reply = send(**changes)
    assert (reply.fate, reply.code, reply.refusal) == (Fate.REFUSED, code, Refusal.FIX)
    assert (wecom.to("add_msg_template"), committed) == ([], [])
    assert send(text="字" * 1333).fate is Fate.HANDED


@pytest.mark.parametrize(
    ("change", "field", "code"),
    [
        ({"aes_key": "short"}, "aes_key", "not_an_aes_key"),
        ({"base_url": "http://wecom.example"}, "base_url", "not_https"),
        ({"members": "mei"}, "members", "not_a_list"),
    ],
)
def test_settings_that_cannot_be_are_named(settings, change, field, code):
    WECOM.check(settings)
    with pytest.raises(SettingsError) as raised:
        WECOM.check(settings | change)
    assert raised.value.problems == {field: code}


def inbound(method="POST", body=b"", **query):
    return Inbound(method, "https://shop.example/hooks/x", query, {}, body)


def test_the_handshake_of_the_documents_is_answered(settings):
    given = {
        "msg_signature": "5c45ff5e21c57e6ad56bac8758b79b1d9ac89fd3",
        "timestamp": "1409659589",
        "nonce": "263014780",
        "echostr": "P9nAzCzyDtyTWESHep1vC5X9xho/qYX3Zpb4yKa9SKld1DsH3Iyt3tP3zNdtp+4RPcs8TgAE7OaBO+FZXvnaqQ==",
    }
    assert WECOM.receive(settings, inbound("GET", **given)).answer.body == b"1616140317555161061"
    with pytest.raises(SignatureError):
        WECOM.receive(settings, inbound("GET", **given | {"nonce": "1"}))


SEALED = (
    "RypEvHKD8QQKFhvQ6QleEB4J58tiPdvo+rtK1I9qca6aM/wvqnLSV5zEPeusUiX5L5X/0lWfrf0QADHHhGd3QczcdCUpj911L3vg3W/"
    "sYYvuJTs3TUUkSUXxaccAS0qhxchrRYt66wiSpGLYL42aM6A8dTT+6k4aSknmPj48kzJs8qLjvd4Xgpue06DOdnLxAUHzM6+kDZ+HMZ"
    "fJYuR+LtwGc2hgf5gsijff0ekUNXZiqATP7PF5mZxZ3Izoun1s4zG4LUMnvw2r+KqCKIw+3IQH03v+BCA9nMELNqbSf6tiWSrXJB3LA"
    "VGUcallcrw8V2t9EL4EhzJWrQUax5wLVMNS0+rUPA3k22Ncx4XXZS9o0MBH27Bo6BpNelZpS+/uh9KsNlY6bHCmJU9p8g7m3fVKn28H"
    "3KDYA5Pl/T8Z1ptDAVe0lXdQ2YoyyH2uyPIGHBZZIs2pDBS8R07+qN+E7Q=="
)
EXAMPLE = {
    "msg_signature": "477715d11cdb4164915debcba66cb864d751f3e6",
    "timestamp": "1409659813",
    "nonce": "1372623149",
}


def example(sealed=SEALED):
    body = f"<xml><ToUserName>{CORP}</ToUserName><Encrypt><![CDATA[{sealed}]]></Encrypt></xml>".encode()
    return inbound(body=body, **EXAMPLE)


def test_the_sealed_message_of_the_documents_is_opened(settings):
    said = weixin.sealed_tree(example(), token=TOKEN, key=KEY, receiver=CORP)
    assert (said["FromUserName"], said["Content"], said["MsgId"]) == (
        "mycreate",
        "hello",
        "4561255354251345929",
    )
    assert WECOM.receive(settings, example()).heard == ()


def test_what_was_sealed_by_somebody_else_is_not_opened(settings):
    with pytest.raises(SignatureError, match="signature"):
        WECOM.receive(settings, example(SEALED[:-8] + "AAAAAAA="))
    with pytest.raises(SignatureError, match="signature"):
        WECOM.receive(settings | {"token": "another"}, example())
    with pytest.raises(SignatureError, match="receiver"):
        WECOM.receive(settings | {"corp_id": "another"}, example())
    with pytest.raises(SignatureError, match=r"seal|receiver"):
        WECOM.receive(settings | {"aes_key": "A" * 43}, example())
    with pytest.raises(SignatureError, match="signature"):  # signed with no token
        WECOM.receive(settings | {"token": ""}, sealed("<xml/>", token=""))
    for body in (b"", b"no xml", b"<xml>", b"<a/>"):
        with pytest.raises((ValueError, SignatureError)):
            WECOM.receive(settings, inbound(body=body, **EXAMPLE))


def sealed(xml, token=TOKEN):
    """A call as WeCom makes it, sealed by wechatpy."""
    made = WeChatCrypto(token, KEY, CORP).encrypt_message(xml, "nonce", "1795406400")
    signature = weixin.tree(made)["MsgSignature"]
    return inbound(body=made.encode(), msg_signature=signature, timestamp="1795406400", nonce="nonce")


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        ("add_external_contact", HeardKind.FOLLOW),
        ("del_follow_user", HeardKind.LEFT),
        ("del_external_contact", None),  # the member did it
        ("edit_external_contact", None),
    ],
)
def test_customers_who_come_and_go_are_heard(settings, change, kind):
    call = sealed(
        f"<xml><ToUserName>{CORP}</ToUserName><FromUserName>sys</FromUserName><CreateTime>1795406400</CreateTime>"
        f"<MsgType>event</MsgType><Event>change_external_contact</Event><ChangeType>{change}</ChangeType>"
        "<UserID>WangMei</UserID><ExternalUserID>wmMei</ExternalUserID></xml>"
    )
    heard = WECOM.receive(settings, call).heard
    assert [(one.kind, one.address, one.at) for one in heard] == ([(kind, "wmMei", AT)] if kind else [])
    assert heard == WECOM.receive(settings, call).heard
    assert all("wmMei" not in one.key for one in heard)
