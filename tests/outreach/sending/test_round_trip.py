"""From the queue over a real mail server into a mailbox, and back over what stands in the message."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client

from keepwell.history import queries as history
from keepwell.outreach.channels.email import CONTRACT
from keepwell.outreach.sending import queries
from keepwell.outreach.sending.services import delivering, queueing
from tests.outreach.sending.conftest import NOW

pytestmark = pytest.mark.django_db(transaction=True)
HREF = re.compile(r'<a href="https://shop\.example(/c/[^"]+)">')
PICTURE = re.compile(r'<img src="https://shop\.example(/o/[^"]+)"')


@pytest.fixture
def mailbox(people, draft, connect, inbox, django_user_model):
    """A customer's mail as it arrived, two weeks ago by the clock of the pages."""
    django_user_model.objects.create_user("ada", password="correct horse")
    people(1)
    html = '<p><a href="https://www.keepwell-tea.com/spring?from=mail">Spring tea</a></p>'
    queueing.queue(drafts=[draft("C00000", html=html)], actor="ada", now=NOW)
    assert delivering.deliver(contract=CONTRACT, connect=connect, now=NOW).sent == 1
    return inbox.parsed()


@pytest.fixture
def after(monkeypatch):
    """The pages are asked an hour after the message went."""
    from keepwell.foundation import clock

    monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(hours=1))


def status():
    (fact,) = history.timeline("C00000", tables=["contacts"])
    return fact.data["status"]


def test_what_stands_in_a_mail_leads_back(mailbox, after, draft, connect, inbox):
    browser = Client(enforce_csrf_checks=True, HTTP_USER_AGENT="Mozilla/5.0 (iPhone) Mobile/15E148")
    html = mailbox.get_body(("html",)).get_content()
    assert status() == "sent"
    assert browser.get(PICTURE.search(html)[1])["Content-Type"] == "image/gif"
    assert status() == "opened"
    answer = browser.get(HREF.search(html)[1])
    assert (answer.status_code, answer["Location"]) == (302, "https://www.keepwell-tea.com/spring?from=mail")
    assert status() == "clicked"
    (address,) = re.findall(r"<https://shop\.example([^>]+)>", mailbox["List-Unsubscribe"])
    key, value = mailbox["List-Unsubscribe-Post"].split("=")
    queueing.queue(drafts=[draft("C00000", key="autumn", content="autumn")], actor="ada", now=NOW)
    assert browser.get(address).status_code == 200
    assert browser.post(address, {key: value}).status_code == 200
    later = NOW + timedelta(days=3)
    assert delivering.deliver(contract=CONTRACT, connect=connect, now=later).withheld == 1
    assert queries.message(queueing.message_id("autumn")).reason == "withdrawn"
    assert len(inbox.to) == 1
    # The text part says the same address, for those who read no HTML.
    assert address in mailbox.get_body(("plain",)).get_content()
