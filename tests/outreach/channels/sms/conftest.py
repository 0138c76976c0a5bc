"""Accounts at the providers of this machine, and messages to send."""

from __future__ import annotations

import pytest

from keepwell.outreach.channels.contracts import Envelope
from keepwell.outreach.channels.sms import ALIYUN, TENCENT, TWILIO
from tests.outreach.channels.sms import peers


@pytest.fixture
def aliyun():
    with peers.Aliyun() as peer:
        yield peer


@pytest.fixture
def tencent():
    with peers.Tencent() as peer:
        yield peer


@pytest.fixture
def twilio():
    with peers.Twilio() as peer:
        yield peer


class Account:
    """An account at one of them; notes when it became uncertain whether a message was taken."""

    def __init__(self, provider, peer, settings):
        self.provider, self.peer = provider, peer
        self.settings = {"timeout_seconds": "0.4", "endpoint": peer.url, **settings}
        self.committed = []

    def send(self, envelope, **settings):
        session = self.provider.open({**self.settings, **settings})
        try:
            return session.send(envelope, committing=lambda: self.committed.append(len(self.peer.calls)))
        finally:
            session.close()


@pytest.fixture
def at_aliyun(aliyun):
    settings = {"access_key_id": aliyun.KEY, "access_key_secret": aliyun.SECRET, "sign_name": aliyun.SIGN}
    return Account(ALIYUN, aliyun, settings)


@pytest.fixture
def at_tencent(tencent):
    settings = {
        "secret_id": tencent.KEY,
        "secret_key": tencent.SECRET,
        "sdk_app_id": tencent.APP,
        "may_ask": "yes",
        "sign_name": tencent.SIGN,
    }
    return Account(TENCENT, tencent, settings)


@pytest.fixture
def at_twilio(twilio):
    settings = {
        "account_sid": twilio.SID,
        "auth_token": twilio.TOKEN,
        "sender": twilio.SENDERS[0],
        "callback": "https://shop.example/hooks/abc",
    }
    return Account(TWILIO, twilio, settings)


def aliyun_message(**changes):
    usual = {
        "message_id": "m1",
        "to": "138 0013 8000",
        "purpose": "marketing",
        "template": "SMS_2001",
        "category": "promotion",
        "values": {"name": "王梅"},
        "text": "王梅，春茶到了，拒收请回复R",
    }
    return Envelope(**{**usual, **changes})


def tencent_message(**changes):
    return aliyun_message(**{"template": "210", "values": {"1": "王梅"}, **changes})


def twilio_message(**changes):
    usual = {
        "message_id": "m1",
        "to": "+14155550123",
        "purpose": "marketing",
        "text": "Spring tea. Reply STOP.",
    }
    return Envelope(**{**usual, **changes})


# provider -> (fixture, a message that it takes)
ALL = {
    "aliyun": ("at_aliyun", aliyun_message),
    "tencent": ("at_tencent", tencent_message),
    "twilio": ("at_twilio", twilio_message),
}


@pytest.fixture(params=sorted(ALL))
def each(request):
    """Every provider: its account, and how a message for it is made."""
    fixture, message = ALL[request.param]
    return request.getfixturevalue(fixture), message
