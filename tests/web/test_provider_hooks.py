"""What providers tell, over HTTP: believed with a signature only, kept before it is answered, once."""

from __future__ import annotations

from datetime import UTC, datetime

import orjson
import pytest
from django.test import Client
from django.urls import reverse
from standardwebhooks.webhooks import Webhook

from keepwell.foundation import clock
from keepwell.history import queries as history
from keepwell.outreach.sending import queries
from keepwell.outreach.sending.contracts import Status
from keepwell.outreach.sending.models import Message, ReceiptRow
from keepwell.outreach.sending.services import queueing, working
from keepwell.outreach.sending.services.accounts import set_account
from tests.outreach.sending.conftest import NOW, connect, draft, inbox, people  # noqa: F401

pytestmark = pytest.mark.django_db(transaction=True)
SECRET = "whsec_QUJDREVGR0hJSktMTU5PUFFSU1RVVldY"


@pytest.fixture(autouse=True)
def somebody(db):
    """An installation that is set up; else every address leads to the welcome page."""
    from keepwell.accounts.models import User

    User.objects.create_user("ada", password="correct horse")


@pytest.fixture
def account(inbox, home):  # noqa: F811
    values = {"sender": "shop@shop.example", "host": "127.0.0.1", "port": str(inbox.port), "tls": ""}
    return set_account(
        provider="email.smtp", values={**values, "reports_secret": SECRET}, actor="ada", now=NOW
    )


@pytest.fixture
def message(people, draft, account):  # noqa: F811
    (one,) = people(1)
    queueing.queue(drafts=[draft(one)], actor="ada", now=NOW)
    return queueing.message_id("spring/C00000")


def tell(account, events, *, secret=SECRET, at=None, client=None):
    body = orjson.dumps(events)
    signed_at = at or clock.now()
    signature = Webhook(secret).sign("msg_1", signed_at, body.decode())
    headers = {
        "webhook-id": "msg_1",
        "webhook-timestamp": str(int(signed_at.timestamp())),
        "webhook-signature": signature,
    }
    return (client or Client(enforce_csrf_checks=True)).post(
        reverse("provider_hook", args=[account.token]), body, content_type="application/json", headers=headers
    )


def event(name, kind, **more):
    return {"id": name, "event": kind, "at": "2026-11-23T04:10:00Z", **more}


def test_a_report_settles_a_message_of_unknown_fate(account, message, inbox):  # noqa: F811
    inbox.after_dot = [None]
    assert working.work(now=lambda: NOW).unknown == 1
    assert queries.message(message).status is Status.UNKNOWN
    assert tell(account, [event(message, "accepted")]).status_code == 204
    assert queries.message(message).status is Status.SENT
    assert [fact.data["status"] for fact in history.timeline("C00000", tables=["contacts"])] == ["sent"]
    assert working.work(now=lambda: NOW).claimed == 0
    assert len(inbox.messages) == 1


def test_what_is_told_twice_or_out_of_order_counts_once_and_never_goes_back(account, message):
    working.work(now=lambda: NOW)
    for kinds in (["delivered"], ["delivered", "accepted"], ["accepted"]):
        assert tell(account, [event(message, kind) for kind in kinds]).status_code == 204
    assert queries.message(message).standing == "delivered"
    assert ReceiptRow.objects.count() == 2


def test_an_address_that_does_not_exist_is_not_written_to_again(account, message, draft, inbox):  # noqa: F811
    working.work(now=lambda: NOW)
    tell(account, [event(message, "failed", code="5.1.1")])
    after = queries.message(message)
    assert (after.status, after.reason, after.standing) == (Status.FAILED, "5.1.1", "bounced")
    queueing.queue(drafts=[draft("C00000", key="other", content="other")], actor="ada", now=NOW)
    done = working.work(now=lambda: NOW)
    assert (done.sent, done.failed) == (0, 1)
    assert queries.message(queueing.message_id("other")).reason == "dead_address"
    assert len(inbox.messages) == 1


@pytest.mark.parametrize("secret", ["whsec_" + "A" * 32, None])
def test_nobody_else_is_believed(account, message, secret):
    if secret is None:
        answer = Client().post(
            reverse("provider_hook", args=[account.token]),
            orjson.dumps([event(message, "accepted")]),
            content_type="application/json",
        )
    else:
        answer = tell(account, [event(message, "accepted")], secret=secret)
    assert answer.status_code == 401
    assert not ReceiptRow.objects.exists()


def test_an_old_report_is_not_believed_again(account, message):
    answer = tell(account, [event(message, "accepted")], at=datetime(2026, 1, 1, tzinfo=UTC))
    assert answer.status_code == 401


@pytest.mark.parametrize("events", [{"id": "x"}, [{"id": "x"}], [["x"]], [event("x", "vanished")]])
def test_what_cannot_be_read_is_said_and_nothing_is_kept(account, message, events):
    assert tell(account, events).status_code == 400
    assert not ReceiptRow.objects.exists()


def test_an_address_of_nobody():
    assert Client().post("/hooks/nobody", b"", content_type="application/json").status_code == 404


def test_whoever_guesses_or_cannot_sign_soon_waits_and_the_provider_does_not(account, message):
    from keepwell.web.views.hooks import PER_GUESSER

    asked = {"data": b"", "content_type": "text/plain"}
    numbers = range(PER_GUESSER.quota + 1)
    answers = [Client().post(f"/hooks/nobody{n}", **asked).status_code for n in numbers]
    assert answers == [404] * PER_GUESSER.quota + [429]
    answers = [tell(account, [], secret="whsec_" + "A" * 32) for _n in range(PER_GUESSER.quota + 1)]
    assert [one.status_code for one in answers] == [401] * PER_GUESSER.quota + [429]
    assert int(answers[-1]["Retry-After"]) > 0
    assert tell(account, [event(message, "accepted")]).status_code == 204


def test_nobody_calls_without_end(account, message, monkeypatch):
    from keepwell.foundation.limits import Policy
    from keepwell.web.views import hooks

    monkeypatch.setattr(hooks, "PER_CALLER", Policy("hooks", 2, 60))
    answers = [tell(account, [event(message, "accepted")]).status_code for _n in range(3)]
    assert answers == [204, 204, 429]


def test_a_report_of_a_message_that_is_not_here_changes_nothing(account, message):
    assert tell(account, [event("m" + "0" * 31, "delivered")]).status_code == 204
    assert not ReceiptRow.objects.exists()
    assert Message.objects.get().status == Status.WAITING
