"""What became of text messages: told by callbacks, asked for, each once; answers of customers."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

import pytest

from keepwell.foundation import clock
from keepwell.outreach.channels.contracts import (
    AccountStoppedError,
    Asked,
    ChannelDownError,
    Fate,
    Inbound,
    ReceiptKind,
    Refusal,
    SignatureError,
)
from keepwell.outreach.channels.sms import ALIYUN, TENCENT, TWILIO, numbers
from keepwell.outreach.channels.sms.replies import kind_of
from tests.outreach.channels.sms.conftest import aliyun_message, tencent_message, twilio_message
from tests.outreach.channels.sms.peers import CUT, DROP

TO = "138 0013 8000"


def asked(name="m1", ref="", to=TO, sent_at=None):
    return Asked(name, ref, to, sent_at or clock.now())


def posted(document, headers=None, url="https://shop.example/hooks/abc"):
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    return Inbound("POST", url, {}, headers or {}, body)


def test_aliyun_is_asked_by_our_own_number_and_settles_a_lost_answer(at_aliyun, aliyun):
    aliyun.plan.extend([CUT, DROP])
    lost, never = (at_aliyun.send(aliyun_message(message_id=name)) for name in ("m1", "m2"))
    assert [lost.fate, never.fate] == [Fate.UNKNOWN, Fate.UNKNOWN]
    (found,) = ALIYUN.pull(at_aliyun.settings, [asked("m1"), asked("m2")], clock.now())
    assert (found.message_id, found.kind) == ("m1", ReceiptKind.ACCEPTED)
    aliyun.taken[0].update(state=3, code="DELIVERED")
    (found,) = ALIYUN.pull(at_aliyun.settings, [asked("m1"), asked("m2")], clock.now())
    assert (found.message_id, found.kind, found.code) == ("m1", ReceiptKind.DELIVERED, "DELIVERED")
    # It tells of all that it took: of the other one nothing is ever heard.
    assert ALIYUN.reports_all(at_aliyun.settings)
    assert len(aliyun.taken) == 1


@pytest.mark.parametrize(
    ("code", "refusal"),
    [
        ("MOBILE_ACCOUNT_ABNORMAL", Refusal.NEVER_AGAIN),
        ("MOBILE_SEND_LIMIT", Refusal.SLOW_DOWN),
        ("CONTENT_KEYWORD", Refusal.FIX),
        ("SP_UNKNOWN_ERROR", None),
    ],
)
def test_aliyun_says_why_it_did_not_arrive(at_aliyun, aliyun, code, refusal):
    ref = at_aliyun.send(aliyun_message()).provider_ref
    aliyun.taken[0].update(state=2, code=code)
    (found,) = ALIYUN.pull(at_aliyun.settings, [asked(ref=ref)], clock.now())
    assert (found.kind, found.code, found.refusal) == (ReceiptKind.FAILED, code, refusal)
    assert found.provider_ref == ref


def test_aliyun_is_asked_page_by_page(at_aliyun, aliyun):
    for n in range(60):
        at_aliyun.send(aliyun_message(message_id=f"m{n}"))
    (found,) = ALIYUN.pull(at_aliyun.settings, [asked("m57")], clock.now())
    assert found.message_id == "m57"
    assert [params["CurrentPage"] for action, params in aliyun.calls if action != "SendSms"] == ["1", "2"]


def test_a_message_of_midnight_is_looked_for_on_both_days(at_aliyun, aliyun):
    late = datetime(2026, 11, 23, 15, 59, 58, tzinfo=UTC)  # two seconds to midnight in Beijing
    ALIYUN.pull(at_aliyun.settings, [asked(sent_at=late)], late)
    assert [params["SendDate"] for _action, params in aliyun.calls] == ["20261123", "20261124"]


def test_who_cannot_be_asked_is_down_or_stopped(at_aliyun, at_tencent, at_twilio):
    for account, wrong in (
        (at_aliyun, {"access_key_secret": "x"}),
        (at_tencent, {"secret_key": "x"}),
        (at_twilio, {"auth_token": "x"}),
    ):
        one = [asked(ref="SM" + "0" * 32)]
        account.provider.probe(account.settings)
        with pytest.raises(AccountStoppedError):
            account.provider.pull({**account.settings, **wrong}, one, clock.now())
        with pytest.raises(AccountStoppedError):
            account.provider.probe({**account.settings, **wrong})
        account.peer.__exit__()
        with pytest.raises(ChannelDownError):
            account.provider.pull(account.settings, one, clock.now())
        with pytest.raises(ChannelDownError):
            account.provider.probe(account.settings)


@pytest.mark.parametrize(
    ("provider", "mine", "busy"),
    [
        ("aliyun", "isv.MOBILE_NUMBER_ILLEGAL", "Throttling.User"),
        ("tencent", "InvalidParameterValue.IncorrectPhoneNumber", "RequestLimitExceeded"),
    ],
)
def test_a_question_that_is_refused_costs_no_other(request, provider, mine, busy):
    account = request.getfixturevalue(f"at_{provider}")
    message = {"aliyun": aliyun_message, "tencent": tencent_message}[provider]
    ref = account.send(message()).provider_ref
    account.peer.taken[0].update(state=3, report=("SUCCESS", "ok"))
    account.peer.unasked.append(mine)
    pull = account.provider.pull
    got = pull(account.settings, [asked("m2", to="13900139000"), asked(ref=ref)], clock.now())
    assert [(one.message_id, one.kind) for one in got] == [("m1", ReceiptKind.DELIVERED)]
    account.peer.unasked.append(busy)
    with pytest.raises(ChannelDownError) as error:
        pull(account.settings, [asked(ref=ref)], clock.now())
    assert not isinstance(error.value, AccountStoppedError)


def test_tencent_is_not_asked_where_that_is_not_opened(at_tencent, tencent):
    assert TENCENT.pull({**at_tencent.settings, "may_ask": ""}, [asked()], clock.now()) == []
    assert tencent.calls == []


def test_aliyun_reports_what_it_documents():
    told = [
        {
            "phone_number": "13800138000",
            "send_time": "2017-01-01 00:00:00",
            "report_time": "2017-01-01 00:00:05",
            "success": True,
            "err_code": "DELIVERED",
            "err_msg": "用户接收成功",
            "sms_size": "1",
            "biz_id": "12345^0",
            "out_id": "m1",
        },
        {"phone_number": "13800138001", "report_time": "2017-01-01 00:00:06", "success": False}
        | {"err_code": "MOBILE_ACCOUNT_ABNORMAL", "err_msg": "空号", "biz_id": "12346^0", "out_id": "m2"},
    ]
    got = ALIYUN.receive({}, posted(told))
    assert (got.answer.status, json.loads(got.answer.body)["code"]) == (200, 0)
    one, two = got.receipts
    assert (one.kind, one.message_id, one.provider_ref) == (ReceiptKind.DELIVERED, "m1", "12345^0")
    assert one.at == datetime(2016, 12, 31, 16, 0, 5, tzinfo=UTC)
    assert (two.kind, two.refusal, two.detail) == (ReceiptKind.FAILED, Refusal.NEVER_AGAIN, "空号")
    # Told again it is the same.
    assert ALIYUN.receive({}, posted(told)).receipts == got.receipts


def test_aliyun_passes_on_what_customers_answer():
    told = [
        {"phone_number": "13800138000", "send_time": "2017-09-01 00:00:00", "content": "TD"}
        | {"sign_name": "签名", "dest_code": "1234", "sequence_id": 1234567890},
        {"phone_number": "13800138001", "send_time": "bad", "content": "多少钱？", "sequence_id": "7"},
        {"template_type": 1, "template_status": "approved"},  # news of a template
    ]
    ended, answered = ALIYUN.receive({}, posted(told)).receipts
    assert (ended.kind, ended.key, ended.address) == (ReceiptKind.UNSUBSCRIBED, "1234567890", "13800138000")
    assert (answered.kind, answered.detail, answered.message_id) == (ReceiptKind.REPLIED, "多少钱？", "")
    assert abs(answered.at - clock.now()) < timedelta(minutes=1)


@pytest.mark.parametrize("body", [b"{}", b"[1]", b"not json", b""])
def test_what_cannot_be_read_is_an_error_so_that_it_comes_again(body):
    for provider in (ALIYUN, TENCENT):
        with pytest.raises(ValueError):
            provider.receive({}, posted(body))


def test_tencent_is_asked_by_number_and_tells_the_same_twice(at_tencent, tencent):
    ref = at_tencent.send(tencent_message()).provider_ref
    tencent.taken[0]["report"] = ("SUCCESS", "用户短信接收成功")
    tencent.replies.append(
        {
            "ExtendCode": "",
            "CountryCode": "86",
            "PhoneNumber": "+8613800138000",
            "SignName": tencent.SIGN,
            "ReplyContent": "R",
            "ReplyTime": 1_795_000_000,
            "SubscriberNumber": "13800138000",
        }
    )
    first = TENCENT.pull(at_tencent.settings, [asked(ref=ref), asked("m9", ref="none")], clock.now())
    delivered, ended = first
    assert (delivered.kind, delivered.message_id) == (ReceiptKind.DELIVERED, "m1")
    assert (ended.kind, ended.address, ended.message_id) == (ReceiptKind.UNSUBSCRIBED, "8613800138000", "")
    assert TENCENT.pull(at_tencent.settings, [asked(ref=ref)], clock.now()) == first


@pytest.mark.parametrize(("opened", "found"), [(True, 1), (False, 0)])
def test_a_lost_answer_of_tencent_is_settled_where_it_gives_our_number_back(
    at_tencent, tencent, opened, found
):
    tencent.plan.append(CUT)
    assert at_tencent.send(tencent_message()).fate is Fate.UNKNOWN
    tencent.taken[0]["report"] = ("SUCCESS", "ok")
    tencent.gives_context = opened
    got = TENCENT.pull(at_tencent.settings, [asked()], clock.now())
    assert len(got) == found
    # So silence proves nothing here.
    assert not TENCENT.reports_all(at_tencent.settings)


def test_tencent_reports_what_it_documents():
    told = [
        {
            "user_receive_time": "2015-10-17 08:03:04",
            "nationcode": "86",
            "mobile": "13800138000",
            "report_status": "SUCCESS",
            "errmsg": "DELIVRD",
            "description": "用户短信送达成功",
            "sid": "xxxxxxx",
        },
        {"nationcode": "86", "mobile": "13800138001", "report_status": "FAIL", "errmsg": "MK:0001"}
        | {"description": "空号", "sid": "yyy", "user_receive_time": ""},
    ]
    got = TENCENT.receive({}, posted(told))
    assert json.loads(got.answer.body) == {"result": 0, "errmsg": "OK"}
    one, two = got.receipts
    assert (one.kind, one.provider_ref) == (ReceiptKind.DELIVERED, "xxxxxxx")
    assert one.at == datetime(2015, 10, 17, 0, 3, 4, tzinfo=UTC)
    assert (two.kind, two.code, two.refusal) == (ReceiptKind.FAILED, "MK:0001", Refusal.NEVER_AGAIN)
    answer = {"extend": "", "mobile": "13800138000", "nationcode": "86", "sign": "签名"}
    answer |= {"text": "请退订", "time": 1457336869}
    (ended,) = TENCENT.receive({}, posted(answer)).receipts
    assert (ended.kind, ended.address, ended.detail) == (ReceiptKind.UNSUBSCRIBED, "8613800138000", "请退订")
    assert TENCENT.receive({}, posted(answer)).receipts == [ended]


# "Security", Twilio: the example of its documents, with its token, address and signature.
DOCUMENTED = {
    "CallSid": "CA1234567890ABCDE",
    "Caller": "+14158675309",
    "Digits": "1234",
    "From": "+14158675309",
    "To": "+18005551212",
}
DOCUMENTED_URL = "https://mycompany.com/myapp.php?foo=1&bar=2"
DOCUMENTED_SIGNATURE = "RSOYDt4T1cUTdK1PDd93/VVr8B8="


def twilio_form(peer, form, url="https://shop.example/hooks/abc?message=m1", query=None, signature=None):
    headers = {"x-twilio-signature": signature or peer.signature(url, form)}
    return Inbound("POST", url, query or {"message": "m1"}, headers, urlencode(form).encode())


def test_the_documented_example_of_twilio_passes_and_with_one_letter_changed_it_does_not():
    settings = {"account_sid": "AC1", "auth_token": "12345"}
    headers = {"x-twilio-signature": DOCUMENTED_SIGNATURE}

    def tell(form, url=DOCUMENTED_URL, headers=headers, token="12345"):
        inbound = Inbound("POST", url, {}, headers, urlencode(form).encode())
        return TWILIO.receive({**settings, "auth_token": token}, inbound)

    # It is a call's, not a message's: the signature holds, then nothing of ours is in it.
    with pytest.raises(ValueError, match="neither"):
        tell(DOCUMENTED)
    for changed in (
        {"form": DOCUMENTED | {"Digits": "1235"}},
        {"form": DOCUMENTED, "url": DOCUMENTED_URL + "1"},
        {"form": DOCUMENTED, "token": "12346"},
        {"form": DOCUMENTED, "headers": {}},
        {"form": {}},
    ):
        with pytest.raises(SignatureError):
            tell(**changed)


def test_twilio_tells_of_a_message_whose_answer_was_lost(at_twilio, twilio):
    twilio.plan.append(CUT)
    assert at_twilio.send(twilio_message()).fate is Fate.UNKNOWN
    (taken,) = twilio.taken
    form = {"MessageSid": taken["sid"], "MessageStatus": "sent", "AccountSid": twilio.SID}
    got = TWILIO.receive(at_twilio.settings, twilio_form(twilio, form, url=taken["callback"]))
    (one,) = got.receipts
    assert (one.kind, one.message_id, one.provider_ref) == (ReceiptKind.ACCEPTED, "m1", taken["sid"])
    assert got.answer.status == 204


@pytest.mark.parametrize(
    ("status", "code", "kind", "refusal"),
    [
        ("delivered", "", ReceiptKind.DELIVERED, None),
        ("undelivered", "30003", ReceiptKind.FAILED, Refusal.SLOW_DOWN),
        ("undelivered", "30005", ReceiptKind.FAILED, Refusal.NEVER_AGAIN),
        ("undelivered", "30006", ReceiptKind.FAILED, Refusal.NEVER_AGAIN),
        ("failed", "30007", ReceiptKind.FAILED, Refusal.FIX),
        ("failed", "30008", ReceiptKind.FAILED, Refusal.SLOW_DOWN),
        ("failed", "21610", ReceiptKind.FAILED, Refusal.NEVER_AGAIN),
        ("queued", "", ReceiptKind.ACCEPTED, None),
    ],
)
def test_twilio_says_the_same_when_it_calls_and_when_it_is_asked(
    at_twilio, twilio, status, code, kind, refusal
):
    ref = at_twilio.send(twilio_message()).provider_ref
    twilio.taken[0].update(status=status, error=int(code) if code else None)
    form = {"MessageSid": ref, "MessageStatus": status, "ErrorCode": code, "AccountSid": twilio.SID}
    (called,) = TWILIO.receive(at_twilio.settings, twilio_form(twilio, form)).receipts
    (pulled,) = TWILIO.pull(at_twilio.settings, [asked(ref=ref, to="+14155550123")], clock.now())
    for one in (called, pulled):
        assert (one.kind, one.message_id, one.provider_ref, one.refusal) == (kind, "m1", ref, refusal)
    assert called.key == pulled.key


def test_twilio_is_not_asked_by_a_number_that_it_never_gave(at_twilio, twilio):
    gone = asked("m2", ref="SM" + "f" * 32)
    assert TWILIO.pull(at_twilio.settings, [asked(), gone], clock.now()) == []
    assert len(twilio.calls) == 1


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({"Body": "stop"}, ReceiptKind.UNSUBSCRIBED),
        ({"Body": "Arrêt", "OptOutType": "STOP"}, ReceiptKind.UNSUBSCRIBED),
        ({"Body": "Yes please"}, ReceiptKind.REPLIED),
        ({"Body": "START", "OptOutType": "START"}, ReceiptKind.REPLIED),
    ],
)
def test_twilio_passes_on_what_customers_answer(at_twilio, twilio, changes, kind):
    form = {"MessageSid": "SM9", "From": "+14155550123", "To": "+14155550100", "AccountSid": twilio.SID}
    form |= changes
    got = TWILIO.receive(at_twilio.settings, twilio_form(twilio, form))
    (one,) = got.receipts
    assert (one.kind, one.key, one.address, one.message_id) == (kind, "SM9", "14155550123", "")
    assert one.detail == changes["Body"]
    assert b"<Response></Response>" in got.answer.body


def test_twilio_of_another_account_is_not_ours(at_twilio, twilio):
    form = {"MessageSid": "SM9", "MessageStatus": "sent", "AccountSid": "AC" + "9" * 32}
    with pytest.raises(SignatureError, match="AccountSid"):
        TWILIO.receive(at_twilio.settings, twilio_form(twilio, form))


@pytest.mark.parametrize(
    "words", ["T", "td", "N", "r。", "STOP", "Unsubscribe", "退订", "退訂", "拒收", "别再发了"]
)
def test_words_that_end_messages(words):
    assert kind_of(words) is ReceiptKind.UNSUBSCRIBED


@pytest.mark.parametrize("words", ["", "好的", "Tea", "No thanks", "stop by tomorrow", "NR"])
def test_words_that_do_not(words):
    assert kind_of(words) is ReceiptKind.REPLIED


@pytest.mark.parametrize(
    ("written", "country", "digits"),
    [
        ("138-0013-8000", "86", "8613800138000"),
        ("+86 138 0013 8000", "86", "8613800138000"),
        ("００８６１３８００１３８０００", "86", "8613800138000"),
        ("8613800138000", "86", "8613800138000"),
        ("(415) 555-0123", "1", "14155550123"),
        ("1-415-555-0123", "1", "14155550123"),
        ("07700 900123", "44", "447700900123"),
        ("+44 7700 900123", "86", "447700900123"),
    ],
)
def test_numbers_as_people_write_them(written, country, digits):
    assert numbers.read(written, country=country).digits == digits


@pytest.mark.parametrize(
    ("written", "country", "problem"),
    [
        ("85261234567", "86", "no_country"),
        ("13800138000", "1", "no_country"),
        ("+86 571 0000 0000", "1", "not_a_mobile"),
        ("+0138", "86", "not_a_number"),
        ("+138001380001380013", "86", "not_a_number"),
    ],
)
def test_what_is_no_number_says_why(written, country, problem):
    with pytest.raises(numbers.NumberError, match=problem):
        numbers.read(written, country=country)
