"""Several connections beside each other: every message once, and what goes wrong on one is everybody's."""

from __future__ import annotations

import threading

import pytest

from keepwell.outreach.channels.contracts import (
    AccountStoppedError,
    ChannelDownError,
    Fate,
    Refusal,
    Reply,
)
from keepwell.outreach.channels.email import CONTRACT
from keepwell.outreach.sending import queries
from keepwell.outreach.sending.services import delivering, queueing, recovering
from tests.outreach.sending.conftest import NOW

pytestmark = pytest.mark.django_db(transaction=True)


class Provider:
    """Opens sessions that take what comes, but for what `does` says of an address."""

    def __init__(self, does=None):
        self.sessions, self.closed, self.taken, self.does = 0, 0, [], does or {}
        self.together = threading.Barrier(2)

    def __call__(self):
        self.sessions += 1
        outer = self

        class Session:
            def send(self, envelope, *, committing):
                act = outer.does.get(envelope.to)
                if isinstance(act, type) and issubclass(act, BaseException):
                    raise act("now")
                committing()
                if act == "meet":
                    # Both are in the middle of a message at this moment.
                    outer.together.wait(20)
                if act == "die":
                    outer.together.wait(20)
                    raise KeyboardInterrupt
                outer.taken.append(envelope.to)
                return act if isinstance(act, Reply) else Reply(Fate.ACCEPTED, "250")

            def close(self):
                outer.closed += 1

        return Session()


def deliver(provider, now=NOW, connections=2):
    return delivering.deliver(contract=CONTRACT, connect=provider, now=now, connections=connections)


def to(number):
    return f"{number.lower()}@customer.example"


@pytest.fixture
def queued(people, draft):
    def make(count):
        numbers = people(count)
        queueing.queue(drafts=[draft(one) for one in numbers], actor="ada", now=NOW)
        return numbers

    return make


def test_two_are_used_at_once_and_everybody_gets_it_once(queued):
    numbers = queued(30)
    provider = Provider({to(numbers[0]): "meet", to(numbers[1]): "meet"})
    assert deliver(provider).sent == 30
    assert sorted(provider.taken) == [to(one) for one in numbers]
    assert (provider.sessions, provider.closed) == (2, 2)


def test_one_connection_needs_no_thread(queued):
    queued(3)
    provider, before = Provider(), threading.active_count()
    assert deliver(provider, connections=1).sent == 3
    assert (provider.sessions, provider.closed, threading.active_count()) == (1, 1, before)


@pytest.mark.parametrize(
    ("act", "error"),
    [
        (ChannelDownError, ChannelDownError),
        (AccountStoppedError, AccountStoppedError),
        (Reply(Fate.REFUSED, "401", "", Refusal.STOP), AccountStoppedError),
        (ZeroDivisionError, ZeroDivisionError),
    ],
)
def test_what_goes_wrong_on_one_ends_the_round_and_loses_nothing(queued, act, error):
    numbers = queued(12)
    provider, before = Provider({to(numbers[5]): act}), threading.active_count()
    with pytest.raises(error):
        deliver(provider)
    assert threading.active_count() == before
    assert provider.closed == provider.sessions
    provider.does, gone = {}, len(provider.taken)
    if error is ZeroDivisionError:
        # It is as dead as one that was killed.
        assert recovering.recover(now=NOW) == 12
    while deliver(provider).claimed:
        pass
    stopped = isinstance(act, Reply)
    assert sorted(set(provider.taken)) == [to(one) for one in numbers]
    assert len(provider.taken) == 12 + stopped  # what was refused with the account was not taken
    assert queries.counts() == {"sent": 12}
    assert gone < 12 + stopped


def test_of_a_worker_that_dies_with_two_in_hand_both_are_of_unknown_fate(queued):
    numbers = queued(8)
    provider = Provider({to(numbers[2]): "die", to(numbers[3]): "die"})
    with pytest.raises(KeyboardInterrupt):
        deliver(provider)
    recovering.recover(now=NOW)
    assert [queries.of_customer(one)[0].status for one in numbers[2:4]] == ["unknown"] * 2
    provider.does = {}
    deliver(provider)
    counts = queries.counts()
    assert counts == {"sent": 6, "unknown": 2}
    assert sorted(provider.taken) == sorted(to(one) for one in numbers if one not in numbers[2:4])
