"""The pages of accounts at providers: secrets stay where they are, and what is wrong is said at its field."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from keepwell.foundation.audit.models import AuditEntry
from keepwell.outreach.sending import queries
from keepwell.outreach.sending.contracts import Status
from keepwell.outreach.sending.services import accounts, queueing, working
from tests.outreach.sending.conftest import NOW, connect, draft, inbox, people  # noqa: F401

pytestmark = pytest.mark.django_db(transaction=True)
SMTP = {"sender": "Tea <care@tea.example>", "host": "127.0.0.1", "tls": "", "password": "first secret"}


@pytest.fixture
def ada(home, db):
    from keepwell.accounts.contracts import Role
    from keepwell.accounts.models import User

    client = Client()
    client.force_login(User.objects.create_user("ada", password="correct horse", roles=[Role.ADMINISTRATOR]))
    return client


def save(client, **values):
    return client.post(reverse("channel_new", args=["email.smtp"]), {**SMTP, **values})


def test_an_account_is_set_up_and_its_secret_is_never_shown(ada, inbox):  # noqa: F811
    answer = save(ada, port=inbox.port)
    (made,) = queries.accounts()
    assert answer.headers["Location"] == reverse("channel_account", args=[made.account_id])
    assert (made.active, made.secrets, made.values["host"]) == (True, ("password",), "127.0.0.1")
    page = ada.get(answer.headers["Location"]).content.decode()
    assert "first secret" not in page
    assert "/hooks/" in page
    entry = AuditEntry.objects.get(action="channel.add")
    assert "first secret" not in str(entry.details)
    assert "password" in entry.details["fields"]


def test_what_is_wrong_is_said_at_its_field_and_nothing_is_saved(ada):
    answer = save(ada, sender="nobody", port="99999")
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Type an e-mail address, with a name before it if you like." in page
    assert "Type a port number from 1 to 65535." in page
    assert "first secret" not in page
    assert queries.accounts() == []


def test_stored_secrets_do_not_go_to_another_address(ada, inbox):  # noqa: F811
    save(ada, port=inbox.port)
    (made,) = queries.accounts()
    address = reverse("channel_account", args=[made.account_id])
    values = {**SMTP, "port": inbox.port, "host": "elsewhere.example", "tls": "start", "password": ""}
    answer = ada.post(address, values)
    assert answer.status_code == 422
    assert "please type it again" in answer.content.decode()
    assert queries.account(made.account_id).values["host"] == "127.0.0.1"
    assert ada.post(address, {**values, "password": "known"}).status_code == 302
    assert ada.post(address, {**values, "name": "Other"}).status_code == 302
    after = queries.account(made.account_id)
    assert (after.values["host"], after.name, after.secrets) == ("elsewhere.example", "Other", ("password",))


def test_trying_out_says_what_the_server_says(ada, inbox):  # noqa: F811
    save(ada, port=inbox.port, password="")
    (made,) = queries.accounts()
    tried = ada.post(reverse("channel_act", args=[made.account_id, "try"]), follow=True)
    assert "It works" in tried.content.decode()
    save_again = {**SMTP, "port": "9", "password": ""}
    ada.post(reverse("channel_account", args=[made.account_id]), save_again)
    tried = ada.post(reverse("channel_act", args=[made.account_id, "try"]), follow=True)
    assert "It does not let us in" in tried.content.decode()
    assert inbox.messages == []


def test_what_is_stopped_says_so_and_goes_on_when_it_is_mended(ada, inbox, people, draft):  # noqa: F811
    save(ada, port=inbox.port, password="")
    (made,) = queries.accounts()
    accounts.stop(account_id=made.account_id, reason="refused", error="535 no", now=NOW)
    (one,) = people(1)
    queueing.queue(drafts=[draft(one)], actor="ada", now=NOW)
    assert working.work(now=lambda: NOW).sent == 0
    page = ada.get(reverse("channel_account", args=[made.account_id])).content.decode()
    assert "The provider does not let us in." in page
    assert "535 no" in page
    ada.post(reverse("channel_act", args=[made.account_id, "resume"]))
    assert working.work(now=lambda: NOW).sent == 1


def test_an_outage_pauses_longer_each_time_and_is_over_by_itself(ada, inbox):  # noqa: F811
    save(ada, port=inbox.port, password="")
    (made,) = queries.accounts()
    accounts.pause(account_id=made.account_id, error="away", now=NOW)
    first = queries.account(made.account_id).paused_until
    accounts.pause(account_id=made.account_id, error="away", now=NOW)  # another worker saw the same
    assert queries.account(made.account_id).outages == 1
    accounts.pause(account_id=made.account_id, error="away", now=first)
    second = queries.account(made.account_id).paused_until
    assert (first - NOW).total_seconds() < (second - first).total_seconds()
    accounts.works(account_id=made.account_id)
    assert queries.account(made.account_id).paused_until is None


def test_a_person_says_what_became_of_a_message_of_unknown_fate(ada, inbox, people, draft):  # noqa: F811
    save(ada, port=inbox.port, password="")
    numbers = people(2)
    queueing.queue(drafts=[draft(one) for one in numbers], actor="ada", now=NOW)
    inbox.after_dot = [None, None]
    working.work(now=lambda: NOW)
    unknown = queries.unknown_fates()
    assert len(unknown) == 2
    page = ada.get(reverse("channels")).content.decode()
    assert unknown[0].message_id in page
    ada.post(reverse("message_settle", args=[unknown[0].message_id]), {"went": "yes"})
    ada.post(reverse("message_settle", args=[unknown[1].message_id]), {"went": "no"})
    assert queries.message(unknown[0].message_id).status is Status.SENT
    assert queries.message(unknown[1].message_id).status is Status.WAITING
    assert (
        ada.post(reverse("message_settle", args=[unknown[0].message_id]), {"went": "no"}).status_code == 302
    )
    assert queries.message(unknown[0].message_id).status is Status.SENT
