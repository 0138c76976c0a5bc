"""The whole way through a provider: queued, sent, told of, asked for; on loopback."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from keepwell.customers.privacy import queries as privacy
from keepwell.foundation import clock
from keepwell.outreach.channels.contracts import SignatureError
from keepwell.outreach.sending import queries
from keepwell.outreach.sending.contracts import Status
from keepwell.outreach.sending.models import ChannelAccount, ReceiptRow
from keepwell.outreach.sending.services import accounts, queueing, receiving, working
from tests.outreach.channels.email.peers import CUT, HANG_UP, PEERS
from tests.outreach.channels.email.tellers import OURS, Postmark, inbound
from tests.outreach.sending.conftest import NOW

pytestmark = pytest.mark.django_db(transaction=True)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def postmark():
    peer = PEERS["postmark"]()
    yield peer
    peer.stop()


@pytest.fixture
def account(postmark, people):
    values = {
        "sender": "Keep Well <shop@shop.example>",
        "api_url": postmark.url,
        "hook_word": "correct horse",
        **postmark.settings,
    }
    return accounts.set_account(provider="email.postmark", values=values, actor="ada", now=NOW)


@pytest.fixture
def queued(account, people, draft):
    (one,) = people(1)
    queueing.queue(drafts=[draft(one)], actor="ada", now=NOW)
    return queueing.message_id(f"spring/{one}")


def work(now=NOW):
    return working.work(now=lambda: now)


def tell(event, name):
    token = ChannelAccount.objects.get().token
    said = {**event, "Metadata": {"keepwell_message": name}}
    return receiving.receive(token=token, inbound=Postmark().tell(said), now=NOW + MINUTE)


def test_a_message_goes_and_what_became_of_it_comes_back(postmark, queued):
    assert work().sent == 1
    assert queries.message(queued).status is Status.SENT
    assert postmark.taken[0]["kept"] == {"keepwell_message": queued}
    for _twice in range(2):
        for event, _expected in Postmark.events:
            assert tell(event, queued).status == 200
    kinds = sorted(ReceiptRow.objects.values_list("kind", flat=True))
    assert kinds == ["clicked", "complained", "delivered", "failed", "failed", "opened", "unsubscribed"]
    assert queries.message(queued).status is Status.FAILED
    assert not privacy.may_contact("C00000", "email", "marketing", now=NOW + MINUTE)


def test_nobody_else_tells(queued):
    work()
    token = ChannelAccount.objects.get().token
    with pytest.raises(SignatureError):
        receiving.receive(token=token, inbound=inbound(Postmark.bounce), now=NOW)
    assert ReceiptRow.objects.count() == 0
    tell(Postmark.bounce, OURS)  # of a message that is not here
    assert queries.message(queued).status is Status.SENT


@pytest.mark.parametrize("lost", [CUT, HANG_UP])
def test_a_lost_answer_is_settled_by_asking(postmark, queued, lost):
    postmark.next = [lost]
    assert work().unknown == 1
    assert working.find_out(now=NOW + MINUTE) == (1 if lost == CUT else 0)
    expected = Status.SENT if lost == CUT else Status.UNKNOWN
    assert queries.message(queued).status is expected
    work(NOW + MINUTE)
    assert len([one for one in postmark.seen if one.command == "POST"]) == 1


def test_a_lost_answer_is_settled_by_what_the_provider_tells(postmark, queued):
    postmark.next = [HANG_UP]
    assert work().unknown == 1
    tell(Postmark.events[0][0], queued)
    found = queries.message(queued)
    assert (found.status, found.finished_at) == (
        Status.SENT,
        datetime(2019, 11, 5, 16, 33, 54, 907025, tzinfo=UTC),
    )


def test_a_provider_that_asks_to_wait_pauses_the_account(postmark, queued):
    postmark.next = [(429, {"ErrorCode": 429, "Message": "Rate Limit Exceeded"})]
    work()
    assert queries.message(queued).status is Status.WAITING
    row = ChannelAccount.objects.get()
    assert (row.paused_until > NOW, row.stopped_at) == (True, None)
    assert work(row.paused_until).sent == 1


def test_wrong_credentials_stop_the_account_until_a_person_mends_them(postmark, account, queued):
    accounts.set_account(
        provider="email.postmark",
        values={"server_token": "wrong"},
        actor="ada",
        now=NOW,
        account_id=account.account_id,
    )
    work()
    assert queries.message(queued).status is Status.WAITING
    assert ChannelAccount.objects.get().stopped_at == NOW
    assert work(NOW + timedelta(hours=2)).sent == 0
    assert len(postmark.seen) == 1
    accounts.set_account(
        provider="email.postmark",
        values=postmark.settings,
        actor="ada",
        now=NOW + MINUTE,
        account_id=account.account_id,
    )
    assert work(NOW + MINUTE).sent == 1


def test_a_dead_address_is_not_written_to_again(postmark, queued, people, draft, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: NOW)
    postmark.next = [postmark.wrong_address]
    assert work().failed == 1
    another = draft("C00000", key="summer/C00000", content="summer")
    queueing.queue(drafts=[another], actor="ada", now=NOW + timedelta(days=40))
    work(NOW + timedelta(days=40))
    assert len(postmark.seen) == 1
