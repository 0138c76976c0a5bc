"""Each provider's client speaks to a server that asks what the provider's documents ask."""

from __future__ import annotations

import socket
from datetime import UTC, datetime, timedelta
from email.utils import parseaddr

import pytest

from keepwell.outreach.channels.contracts import (
    AccountStoppedError,
    Asked,
    ChannelDownError,
    Envelope,
    Fate,
    Refusal,
    SettingsError,
)
from keepwell.outreach.channels.email.composing import unsubscribe_headers
from keepwell.outreach.channels.registry import provider
from tests.outreach.channels.email.peers import CUT, HANG, HANG_UP, PEERS

LINK = "https://shop.example/u/abc"
ENVELOPE = Envelope(
    message_id="m0123456789abcdef0123456789abcde",
    to="lin@customer.example",
    subject="春天到了 & more",
    text="Hello\n.dot",
    html="<p>Hello</p>",
    language="zh-Hans",
    headers=unsubscribe_headers(LINK),
)
KEEP_OUR_MESSAGE_ID = {"postmark", "sendgrid", "mailgun"}


@pytest.fixture(params=sorted(PEERS))
def peer(request):
    found = PEERS[request.param]()
    found.name = request.param
    yield found
    found.stop()


class Committing:
    """Notes how many requests the provider had seen at the moment."""

    def __init__(self, peer=None):
        self.peer, self.times = peer, []

    def __call__(self):
        self.times.append(len(self.peer.seen) if self.peer else 0)


@pytest.fixture
def opened(peer):
    """Opens sessions with the peer; closes them at the end."""
    sessions = []

    def make(timeout=5, **changes):
        settings = {"sender": "Keep Well <shop@shop.example>", "api_url": peer.url, **peer.settings}
        one = provider(f"email.{peer.name}")
        one.check({**settings, **changes})
        sessions.append(one.open({**settings, **changes}, timeout=timeout))
        return sessions[-1]

    yield make
    for session in sessions:
        session.close()


def test_a_message_arrives_whole(peer, opened):
    committing = Committing(peer)
    reply = opened().send(ENVELOPE, committing=committing)
    assert (reply.fate, reply.provider_ref, reply.refusal) == (Fate.ACCEPTED, peer.ref, None)
    assert committing.times == [0]
    (mail,) = peer.taken
    assert parseaddr(mail["from"]) == ("Keep Well", "shop@shop.example")
    assert parseaddr(mail["to"])[1] == "lin@customer.example"
    assert (mail["subject"], mail["text"], mail["html"]) == (
        "春天到了 & more",
        "Hello\n.dot",
        "<p>Hello</p>",
    )
    assert mail["headers"]["list-unsubscribe"] == f"<{LINK}>"
    assert mail["headers"]["list-unsubscribe-post"] == "List-Unsubscribe=One-Click"
    assert mail["kept"] == {"keepwell_message": ENVELOPE.message_id}
    ours = f"<{ENVELOPE.message_id}@shop.example>" if peer.name in KEEP_OUR_MESSAGE_ID else None
    assert mail["headers"].get("message-id") == ours


def test_one_connection_serves_many_messages(peer, opened):
    session = opened()
    for number in range(3):
        one = Envelope(f"m{number}", f"c{number}@customer.example", subject="Hi", text="Hi", html="<p>Hi</p>")
        assert session.send(one, committing=Committing()).fate is Fate.ACCEPTED
    assert ([parseaddr(mail["to"])[1] for mail in peer.taken], peer.connections) == (
        [f"c{number}@customer.example" for number in range(3)],
        1,
    )


def test_a_key_that_is_wrong_stops_the_account(peer, opened):
    wrong = {name: "wrong" for name in peer.settings if name in ("api_key", "server_token")}
    with pytest.raises(AccountStoppedError):
        opened(**wrong).send(ENVELOPE, committing=Committing())
    assert peer.taken == []


def test_a_netrc_does_not_take_the_place_of_the_key(peer, opened, monkeypatch, tmp_path):
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login somebody password else\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    assert opened().send(ENVELOPE, committing=Committing()).fate is Fate.ACCEPTED


def test_what_only_a_person_can_mend_stops_the_account(peer, opened):
    peer.next = [peer.no_money]
    with pytest.raises(AccountStoppedError):
        opened().send(ENVELOPE, committing=Committing())


def test_an_address_of_the_api_that_is_wrong_stops_the_account_and_is_not_followed(peer, opened):
    peer.next = [(302, {}, {"Location": "/elsewhere"})]
    with pytest.raises(AccountStoppedError):
        opened().send(ENVELOPE, committing=Committing())
    assert [request.command for request in peer.seen] == ["POST"]
    with pytest.raises(AccountStoppedError):
        opened(api_url=peer.url + "nowhere/").send(ENVELOPE, committing=Committing())


def test_an_address_that_cannot_be_is_not_written_to_again(peer, opened):
    peer.next = [peer.wrong_address]
    reply = opened().send(ENVELOPE, committing=Committing())
    assert (reply.fate, reply.refusal) == (Fate.REFUSED, Refusal.NEVER_AGAIN)
    assert len(reply.code) <= 20


def test_a_text_that_is_wrong_must_be_changed(peer, opened):
    peer.next = [peer.wrong_text]
    reply = opened().send(ENVELOPE, committing=Committing())
    assert (reply.fate, reply.refusal) == (Fate.REFUSED, Refusal.FIX)


@pytest.mark.parametrize(
    "answer", [(429, {"message": "slow down"}), (503, "busy", {"Retry-After": "30"}), (408, "late")]
)
def test_a_provider_that_asks_to_wait_has_taken_nothing(peer, opened, answer):
    peer.next = [answer]
    session = opened()
    with pytest.raises(ChannelDownError) as error:
        session.send(ENVELOPE, committing=Committing())
    assert not isinstance(error.value, AccountStoppedError)
    assert session.send(ENVELOPE, committing=Committing()).fate is Fate.ACCEPTED


@pytest.mark.parametrize("answer", [HANG, CUT, HANG_UP, (500, "oops"), (502, "<html>"), (200, "<html>")])
def test_an_answer_that_is_lost_or_says_nothing_leaves_the_fate_unknown(peer, opened, answer):
    peer.next = [answer]
    committing = Committing(peer)
    reply = opened(timeout=0.3).send(ENVELOPE, committing=committing)
    assert (reply.fate, reply.refusal, committing.times) == (Fate.UNKNOWN, None, [0])
    assert len(peer.seen) == 1  # nobody tried a second time


def test_a_provider_that_cannot_be_reached_has_taken_nothing(peer, opened):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = peer.url.replace(str(peer.server_address[1]), str(free.getsockname()[1]))
        committing = Committing()
        with pytest.raises(ChannelDownError) as error:
            opened(api_url=url).send(ENVELOPE, committing=committing)
    assert (committing.times, type(error.value)) == ([], ChannelDownError)


def test_a_journal_that_cannot_be_written_keeps_the_message_here(peer, opened):
    def full():
        raise OSError(28, "No space left on device")

    with pytest.raises(ChannelDownError):
        opened().send(ENVELOPE, committing=full)
    assert peer.seen == []


def test_a_domain_beyond_ascii_goes_out_in_ascii(peer, opened):
    one = Envelope("m1", "lin@例子.广告", subject="Hi", text="Hi", html="<p>Hi</p>")
    assert opened().send(one, committing=Committing()).fate is Fate.ACCEPTED
    assert parseaddr(peer.taken[0]["to"])[1] == "lin@xn--fsqu00a.xn--4rr70v"


@pytest.mark.parametrize(
    "changes",
    [
        {"subject": "Hi\r\nBcc: all@customer.example"},
        {"to": "lin@customer.example\r\nRCPT TO:<mei@customer.example>"},
        {"to": "lin@customer.example, mei@customer.example"},
        {"headers": {"X-Mood": "good\r\nBcc: all@customer.example"}},
        {"headers": {"X-Mood: good\r\nBcc": "all@customer.example"}},
        {"headers": {"Bcc": "all@customer.example"}},
        {"headers": {"From": "boss@customer.example"}},
        {"message_id": ""},
    ],
)
def test_nobody_writes_a_header_through_words(peer, opened, changes):
    usual = {"message_id": "m1", "to": "lin@customer.example", "subject": "Hi", "text": "Hi"}
    committing = Committing(peer)
    reply = opened().send(Envelope(**{**usual, **changes}), committing=committing)
    assert (reply.fate, reply.refusal, reply.code) == (Fate.REFUSED, Refusal.FIX, "compose")
    assert (peer.seen, committing.times) == ([], [])


WHEN_ASKED = {
    "postmark": ["accepted"],
    "mailgun": ["accepted", "delivered"],
    "sparkpost": ["accepted", "delivered"],
}
AT = datetime(2026, 11, 23, 3, 59, tzinfo=UTC)


def asked(message_id, ref="", to="lin@customer.example"):
    return Asked(message_id, ref, to, AT)


@pytest.fixture
def ask(peer):
    """Asks the provider."""
    one = provider(f"email.{peer.name}")
    settings = {"sender": "Keep Well <shop@shop.example>", "api_url": peer.url, **peer.settings}

    def run(*messages, **changes):
        return one.pull({**settings, **changes}, messages, AT)

    return run if one.pull else None


def test_a_message_whose_answer_got_lost_is_asked_for(peer, opened, ask):
    if ask is None:
        assert peer.name not in WHEN_ASKED
        return
    peer.next = [CUT]
    lost = opened().send(ENVELOPE, committing=Committing())
    assert (lost.fate, len(peer.taken)) == (Fate.UNKNOWN, 1)
    found = ask(asked(ENVELOPE.message_id), asked("m" + "9" * 31), asked("m8", to="mei@customer.example"))
    assert [(one.message_id, one.kind, one.provider_ref) for one in found] == [
        (ENVELOPE.message_id, kind, peer.ref) for kind in WHEN_ASKED[peer.name]
    ]
    assert all(AT < one.at < AT + timedelta(hours=24) for one in found)


def test_only_what_is_unknown_is_asked_for(peer, ask):
    if ask is not None:
        assert ask(asked(ENVELOPE.message_id, ref="known"), asked("m1", to="")) == []
    assert peer.seen == []


def test_what_cannot_be_asked_stays_unknown_and_stops_nothing(peer, ask):
    if ask is None:
        return
    for answer in ((500, {}), (403, {"message": "this key may only send"}), (200, "<html>"), (200, [])):
        peer.next = [answer]
        assert ask(asked(ENVELOPE.message_id)) == []
    peer.stop()
    assert ask(asked(ENVELOPE.message_id)) == []


@pytest.mark.parametrize(
    ("changes", "problems"),
    [
        ({"sender": "nobody"}, {"sender": "not_an_address"}),
        ({"api_url": "http://api.example/"}, {"api_url": "not_a_web_address"}),
        ({"api_url": "ftp://api.example/"}, {"api_url": "not_a_web_address"}),
        ({"api_url": "https://[/"}, {"api_url": "not_a_web_address"}),
    ],
)
def test_settings_that_cannot_be_are_refused(peer, opened, changes, problems):
    with pytest.raises(SettingsError) as error:
        opened(**changes)
    assert error.value.problems == problems
