"""What providers tell is believed only from them, and understood as their documents say."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from keepwell.foundation import clock
from keepwell.outreach.channels.contracts import Answer, SettingsError, SignatureError
from keepwell.outreach.channels.email import sns
from keepwell.outreach.channels.registry import provider
from tests.outreach.channels.email.tellers import NOW, OURS, TELLERS, inbound

CASES = [(name, number) for name, one in sorted(TELLERS.items()) for number in range(len(one.events))]


@pytest.fixture(autouse=True)
def _now(monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture(scope="module")
def tellers():
    return {name: one() for name, one in TELLERS.items()}


@pytest.fixture
def asked(monkeypatch, tellers):
    """What is fetched from Amazon: its certificate, and the address that confirms a subscription."""
    found = []

    def get(url, **options):
        found.append(url)
        request = httpx.Request("GET", url)
        return httpx.Response(200, content=tellers["amazon_ses"].certificate, request=request)

    monkeypatch.setattr(httpx, "get", get)
    sns._certificate.cache_clear()
    yield found
    sns._certificate.cache_clear()


@pytest.fixture(params=sorted(TELLERS))
def teller(request, tellers, asked):
    return tellers[request.param]


def receive(teller, request, **changes):
    return provider(f"email.{teller.name}").receive({**teller.settings, **changes}, request)


def wrapped(teller, event):
    return [event] if getattr(teller, "batches", False) else event


def told(teller, event):
    return receive(teller, teller.tell(wrapped(teller, event))).receipts


@pytest.mark.parametrize(("name", "number"), CASES)
def test_each_documented_event_is_what_it_is(tellers, asked, name, number):
    teller = tellers[name]
    event, expected = teller.events[number]
    found = told(teller, event)
    assert [
        (one.kind, one.at.strftime("%Y-%m-%dT%H:%M:%S"), one.refusal, one.by_machine) for one in found
    ] == expected
    for one in found:
        assert (one.message_id, one.provider_ref) == (OURS, teller.ref)
        assert 0 < len(one.key) <= 120
        assert one.at.tzinfo is UTC
        assert bool(one.link) == (one.kind == "clicked")
    # Told again it has the same number.
    assert [one.key for one in told(teller, event)] == [one.key for one in found]


def test_different_events_of_a_message_have_different_numbers(teller):
    found = [one for event, expected in teller.events if expected for one in told(teller, event)]
    kinds = [one.kind for one in found]
    assert len({(one.kind, one.key) for one in found if kinds.count(one.kind) == 1}) == sum(
        kinds.count(kind) == 1 for kind in set(kinds)
    )


def test_a_batch_is_read_in_any_order_and_what_is_broken_or_unknown_keeps_back_nothing(teller):
    if not getattr(teller, "batches", False):
        event = next(event for event, expected in teller.events if expected)
        assert len(receive(teller, teller.tell(event)).receipts) >= 1
        return
    events = [event for event, _expected in teller.events]
    wanted = sum(len(expected) for _event, expected in teller.events)
    broken = [{}, {"event": "open"}, {"msys": {"track_event": {}}}, 5, None, {"event": "bounce", "time": "x"}]
    for batch in (events, events[::-1], [*broken, *events, *broken]):
        assert len(receive(teller, teller.tell(batch)).receipts) == wanted
    assert receive(teller, teller.tell([])).receipts == ()


def test_who_does_not_know_the_secret_is_not_believed(teller):
    event = teller.events[-2][0]
    for request in (
        teller.forge(event),
        inbound({"event-data": event}),
        inbound([event]),
        inbound([]),
        replace(teller.tell(event), headers={})
        if teller.name not in ("mailgun", "amazon_ses")
        else inbound({}),
    ):
        with pytest.raises(SignatureError):
            receive(teller, request)


def test_without_a_secret_nobody_is_believed(teller):
    with pytest.raises(SignatureError):
        receive(teller, teller.tell(teller.events[1][0]), **dict.fromkeys(teller.settings, ""))


def test_a_body_that_was_changed_is_not_believed(teller):
    request = teller.tell(wrapped(teller, teller.events[1][0]))
    changed = replace(request, body=request.body.replace(b"example", b"examp1e") + b" ")
    if teller.signs_body:
        with pytest.raises(SignatureError):
            receive(teller, changed)
    else:
        # Whoever knows the password, or holds a signed token of Mailgun's, may say what he likes.
        assert receive(teller, request).answer == Answer()


def test_what_was_signed_long_ago_or_in_the_future_is_not_believed(teller):
    event = wrapped(teller, teller.events[1][0])
    if not teller.signs_time:
        assert receive(teller, teller.tell(event, at=NOW - timedelta(days=400))).answer == Answer()
        return
    for at in (NOW - timedelta(days=2), NOW + timedelta(hours=1)):
        with pytest.raises(SignatureError):
            receive(teller, teller.tell(event, at=at))


def test_what_is_no_json_is_an_error_of_the_request(teller):
    request = replace(teller.tell(teller.events[1][0]), body=b"\x00not json")
    with pytest.raises((ValueError, SignatureError)):
        receive(teller, request)


def test_sendgrids_own_example_is_believed(monkeypatch):
    # Key, signature, time and event of SendGrid's own libraries.
    event = {
        "email": "hello@world.com",
        "event": "dropped",
        "reason": "Bounced Address",
        "sg_event_id": "ZHJvcC0xMDk5NDkxOS1MUnpYbF9OSFN0T0doUTRrb2ZTbV9BLTA",
        "sg_message_id": "LRzXl_NHStOGhQ4kofSm_A.filterdrecv-p3mdw1-756b745b58-kmzbl-18-5F5FC76C-9.0",
        "smtp-id": "<LRzXl_NHStOGhQ4kofSm_A@ismtpd0039p1iad1.sendgrid.net>",
        "timestamp": 1600112492,
    }
    request = inbound(
        json.dumps([event], sort_keys=True, separators=(",", ":")).encode() + b"\r\n",
        {
            "x-twilio-email-event-webhook-signature": (
                "MEUCIGHQVtGj+Y3LkG9fLcxf3qfI10QysgDWmMOVmxG0u6ZUAiEAyBiXDWzM"
                "+uOe5W0JuG+luQAbPIqHh89M15TluLtEZtM="
            ),
            "x-twilio-email-event-webhook-timestamp": "1600112502",
        },
    )
    key = (
        "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE83T4O/n84iotIvIW4mdBgQ/7dAfSmpqIM8kF9mN1flpVKS3GRqe62gw+2fNN"
        "RaINXvVpiglSI8eNEc6wEA3F+g=="
    )
    one = provider("email.sendgrid")
    monkeypatch.setattr(clock, "now", lambda: datetime.fromtimestamp(1600112600, UTC))
    (receipt,) = one.receive({"verification_key": key}, request).receipts
    assert (receipt.kind, receipt.refusal, receipt.provider_ref) == (
        "failed",
        "never_again",
        "LRzXl_NHStOGhQ4kofSm_A",
    )
    with pytest.raises(SignatureError):
        one.receive({"verification_key": key}, replace(request, body=request.body.rstrip()))


def test_svixs_own_example_is_believed(monkeypatch):
    request = inbound(
        b'{"test": 2432232314}',
        {
            "svix-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
            "svix-timestamp": "1614265330",
            "svix-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
        },
    )
    settings = {"signing_secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}
    with pytest.raises(SignatureError):
        provider("email.resend").receive(settings, request)
    monkeypatch.setattr(clock, "now", lambda: datetime.fromtimestamp(1614265400, UTC))
    assert provider("email.resend").receive(settings, request).receipts == ()


def test_one_right_signature_among_several_is_enough(tellers):
    teller = tellers["resend"]
    event = teller.events[1][0]
    request = teller.tell(event, more="v1,bm9uc2Vuc2U= v2,unknown v1,*** ")
    assert len(receive(teller, request).receipts) == 1


def test_brevo_may_send_the_word_as_a_token(tellers):
    teller = tellers["brevo"]
    event = teller.events[1][0]
    bearer = replace(teller.tell(event), headers={"authorization": "Bearer correct horse"})
    assert len(receive(teller, bearer).receipts) == 1
    for word in ("Bearer wrong", "Bearer", "Digest correct horse", "Basic !!!", ""):
        with pytest.raises(SignatureError):
            receive(teller, replace(bearer, headers={"authorization": word}))


@pytest.mark.parametrize("version", ["1", "2"])
def test_both_signature_versions_of_amazon_are_known(tellers, asked, version):
    teller = tellers["amazon_ses"]
    request = teller.tell(teller.events[2][0], version=version)
    assert len(receive(teller, request).receipts) == 1
    assert asked == [teller.certificate_url]


@pytest.mark.parametrize(
    "url",
    [
        "https://sns.us-east-1.amazonaws.com.evil.example/SimpleNotificationService-1.pem",
        "https://evil.example/SimpleNotificationService-1.pem",
        "http://sns.us-east-1.amazonaws.com/SimpleNotificationService-1.pem",
        "https://sns.us-east-1.amazonaws.com:8443/SimpleNotificationService-1.pem",
        "https://sns.us-east-1.amazonaws.com@evil.example/SimpleNotificationService-1.pem",
        "https://sns.us-east-1.amazonaws.com/../bucket/SimpleNotificationService-1.pem",
        "https://bucket.s3.us-east-1.amazonaws.com/SimpleNotificationService-1.pem",
        "https://sns.us-east-1.amazonaws.com/own.pem",
        "",
    ],
)
def test_a_certificate_lies_at_amazon_or_nowhere(tellers, asked, url):
    teller = tellers["amazon_ses"]
    message = teller.envelope(Message=json.dumps(teller.events[2][0]), SigningCertURL=url)
    with pytest.raises(SignatureError):
        receive(teller, inbound(teller.sign(message)))
    assert asked == []


def test_another_topic_of_amazons_is_not_ours(tellers, asked):
    teller = tellers["amazon_ses"]
    message = teller.envelope(
        Message=json.dumps(teller.events[2][0]), TopicArn="arn:aws:sns:us-east-1:666:keepwell"
    )
    with pytest.raises(SignatureError):
        receive(teller, inbound(teller.sign(message)))


def test_the_subscription_of_our_topic_is_confirmed_and_no_other(tellers, asked):
    teller = tellers["amazon_ses"]
    url = "https://sns.us-east-1.amazonaws.com/?Action=ConfirmSubscription&Token=2336412f37f"
    ours = teller.envelope("SubscriptionConfirmation", Message="You", SubscribeURL=url, Token="2336412f37f")
    assert receive(teller, inbound(teller.sign(ours))).receipts == ()
    assert asked == [teller.certificate_url, url]
    elsewhere = {**ours, "SubscribeURL": "https://evil.example/?Action=ConfirmSubscription"}
    with pytest.raises(SignatureError):
        receive(teller, inbound(teller.sign(elsewhere)))
    with pytest.raises(SignatureError):
        receive(teller, inbound(teller.sign({**ours, "TopicArn": "arn:aws:sns:us-east-1:666:x"})))
    assert asked[2:] == []
    gone = teller.envelope("UnsubscribeConfirmation", Message="You", SubscribeURL=url, Token="2336412f37f")
    assert receive(teller, inbound(teller.sign(gone))).receipts == ()
    assert asked[2:] == []


def test_a_certificate_that_cannot_be_had_now_is_asked_for_again(tellers, asked, monkeypatch):
    teller = tellers["amazon_ses"]

    def away(url, **options):
        raise httpx.ConnectError("no route")

    with monkeypatch.context() as patch:
        patch.setattr(httpx, "get", away)
        with pytest.raises(ValueError, match="cannot be asked"):
            receive(teller, teller.tell(teller.events[2][0]))
    assert len(receive(teller, teller.tell(teller.events[2][0])).receipts) == 1


@pytest.mark.parametrize(
    ("name", "settings", "problems"),
    [
        ("sendgrid", {"verification_key": "nonsense"}, {"verification_key": "not_a_key"}),
        ("sendgrid", {"sender": "nobody"}, {"sender": "not_an_address"}),
        ("amazon_ses", {"topic_arn": "keepwell"}, {"topic_arn": "not_a_topic"}),
        ("amazon_ses", {"sender": "nobody"}, {"sender": "not_an_address"}),
        ("aliyun", {"sender": "nobody"}, {"sender": "not_an_address"}),
    ],
)
def test_settings_that_cannot_be_are_refused(name, settings, problems):
    with pytest.raises(SettingsError) as error:
        provider(f"email.{name}").check({"sender": "a@shop.example", **settings})
    assert error.value.problems == problems


NAMES = (
    *("event", "type", "event-data", "msys", "data", "RecordType", "timestamp", "time", "ts_epoch", "mail"),
    *("eventType", "bounce", "tags", "MessageID", "id", "created_at", "reason", "x"),
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(NAMES),
            inner,
            max_size=5,
        )
    ),
    max_leaves=12,
)


@pytest.mark.parametrize("name", sorted(TELLERS))
@given(event=JSON)
def test_whatever_a_provider_says_is_read_without_harm(tellers, name, event):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clock, "now", lambda: NOW)
        patch.setattr(sns, "fetch", lambda url: tellers["amazon_ses"].certificate)
        sns._certificate.cache_clear()
        try:
            found = receive(tellers[name], tellers[name].tell(event))
        except (ValueError, SignatureError):
            return
        assert all(one.at.tzinfo is UTC and (one.message_id or one.provider_ref) for one in found.receipts)
