"""What is held or taken back while a worker has it, or nobody knows its fate, goes no second time."""

from __future__ import annotations

from datetime import timedelta

import pytest

from keepwell.outreach.channels.contracts import ChannelDownError, Fate, Reply
from keepwell.outreach.channels.email import CONTRACT
from keepwell.outreach.sending import queries
from keepwell.outreach.sending.models import Message
from keepwell.outreach.sending.services import delivering, queueing, reconciling
from tests.outreach.sending.conftest import NOW

pytestmark = pytest.mark.django_db(transaction=True)
MINUTE = timedelta(minutes=1)
ORIGIN = "mailing:1"


class Session:
    """Takes nothing: does something in the middle and says what it is told to say."""

    def __init__(self, meanwhile, says):
        self.meanwhile, self.says = meanwhile, says

    def send(self, _envelope, *, committing):
        committing()
        self.meanwhile()
        if self.says is None:
            raise ChannelDownError("gone")
        return self.says

    def close(self):
        pass


def hold():
    queueing.hold(origin=ORIGIN, held=True)


def let_go():
    queueing.hold(origin=ORIGIN, held=False)


def stop():
    queueing.take_back_all(origin=ORIGIN, actor="ada", now=NOW)


@pytest.fixture
def meet(people, draft):
    """A worker has three messages in hand while somebody does something, and the server says something."""

    def run(meanwhile, says):
        queueing.queue(drafts=[draft(one, origin=ORIGIN) for one in people(3)], actor="ada", now=NOW)
        try:
            delivering.deliver(contract=CONTRACT, connect=lambda: Session(meanwhile, says), now=NOW)
        except ChannelDownError:
            assert says is None
        return statuses()

    return run


def statuses():
    return sorted(Message.objects.values_list("status", flat=True))


BUSY, LOST = Reply(Fate.LATER, "4.2.1"), Reply(Fate.UNKNOWN, "lost")


@pytest.mark.parametrize("says", [None, BUSY])
@pytest.mark.parametrize(("meanwhile", "becomes"), [(hold, "held"), (stop, "taken_back")])
def test_what_comes_back_is_as_it_was_asked_for(meet, connect, says, meanwhile, becomes):
    assert meet(meanwhile, says) == [becomes] * 3
    later = NOW + 10 * MINUTE
    assert delivering.deliver(contract=CONTRACT, connect=connect, now=later).sent == 0
    let_go()
    sent = delivering.deliver(contract=CONTRACT, connect=connect, now=later).sent
    assert sent == (3 if becomes == "held" else 0)
    if becomes == "taken_back":
        assert {row.reason for row in Message.objects.all()} == {"by ada"}
        assert None not in Message.objects.values_list("finished_at", flat=True)
        assert not queries.is_open(ORIGIN)


def test_what_was_held_and_let_go_in_the_middle_goes_on(meet, connect):
    assert meet(lambda: (hold(), let_go()), None) == ["waiting"] * 3
    assert delivering.deliver(contract=CONTRACT, connect=connect, now=NOW + MINUTE).sent == 3


@pytest.mark.parametrize(("meanwhile", "becomes"), [(hold, "held"), (stop, "taken_back")])
def test_an_attempt_that_turns_out_to_be_none_is_not_made_again(meet, meanwhile, becomes):
    assert meet(lambda: None, LOST) == ["unknown"] * 3
    meanwhile()
    for row in Message.objects.all():
        assert reconciling.settle(message_id=row.message_id, went=False, actor="kai", now=NOW)
    assert statuses() == [becomes] * 3


def test_what_went_has_gone_whatever_was_asked_for(meet):
    assert meet(stop, Reply(Fate.ACCEPTED, "250", provider_ref="A1")) == ["sent"] * 3


def test_messages_of_others_go_on(meet, draft, connect):
    queueing.queue(drafts=[draft("C00000", key="other", origin="mailing:2")], actor="ada", now=NOW)
    meet(stop, None)
    assert statuses().count("waiting") == 1


def test_what_is_begun_anew_under_a_name_that_was_stopped_goes(meet, draft, connect):
    meet(stop, None)
    queueing.queue(drafts=[draft("C00001", key="again", content="x", origin=ORIGIN)], actor="ada", now=NOW)
    hold()
    let_go()
    assert delivering.deliver(contract=CONTRACT, connect=connect, now=NOW + MINUTE).sent == 1
