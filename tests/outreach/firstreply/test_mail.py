"""E-mails: answered as machines must, never where a machine wrote; a colleague's letter is an answer."""

from __future__ import annotations

from datetime import timedelta
from email.message import EmailMessage
from email.utils import format_datetime

import pytest

from keepwell.integrations.services.mail import archive
from keepwell.outreach.firstreply import services
from keepwell.outreach.firstreply.contracts import Stage
from keepwell.outreach.firstreply.models import Enquiry
from keepwell.outreach.models import Task
from keepwell.outreach.sending.wording import Opener
from tests.outreach.conftest import NOW

HOUR, SECOND = timedelta(hours=1), timedelta(seconds=1)


@pytest.fixture
def mail(ann, settings):
    """A letter comes in, live: of Ann's, or of the shop's to her."""
    settings.KEEPWELL_MAIL_ADDRESSES = "hello@shop.example"

    def make(text, now=NOW, *, ours=False, number="1", **headers):
        message = EmailMessage()
        pair = ("hello@shop.example", "ann@example.com")
        message["From"], message["To"] = pair if ours else pair[::-1]
        message["Subject"], message["Date"] = "Question", format_datetime(now)
        message["Message-ID"] = f"<{number}@example.com>"
        for name, value in headers.items():
            message[name.replace("_", "-")] = value
        message.set_content(text)
        return archive(content=bytes(message), place="x", came_at=now, actor="worker", now=now, live=True)

    return make


def test_a_letter_is_answered_in_its_thread_and_marked_as_automatic(replies, mail, sent):
    replies()
    mail("Could I have an invoice, please?")
    services.reply(now=NOW + SECOND)
    row = sent.rows()[0]
    words = Opener().words(row.body)
    assert words.headers == {
        "Auto-Submitted": "auto-replied",
        "In-Reply-To": "<1@example.com>",
        "References": "<1@example.com>",
    }
    assert words.subject == "Your message to us"
    assert "Invoices: see your account." in words.text


@pytest.mark.parametrize(
    "headers",
    [
        {"Auto_Submitted": "auto-generated"},
        {"Auto_Submitted": "auto-replied"},
        {"Precedence": "bulk"},
        {"List_Id": "<tea.lists.example>"},
        {"Return_Path": "<>"},
    ],
)
def test_what_a_machine_wrote_is_never_answered(replies, mail, sent, headers):
    replies()
    mail("invoice", **headers)
    services.reply(now=NOW + SECOND)
    assert not Enquiry.objects.exists()
    assert sent.rows() == []


def test_what_a_letter_repeats_of_ours_calls_nobody(replies, mail, sent):
    replies()
    mail(
        "Please send an invoice\n\nOn Mon, 23 Nov 2026 at 09:00, Shop wrote:\n> write agent to reach a person"
    )
    services.reply(now=NOW + SECOND)
    assert Enquiry.objects.get().stage == Stage.MACHINE


def test_a_colleagues_letter_closes_the_enquiry_and_its_task(replies, mail):
    replies()
    mail("The blue teapot leaks")
    services.reply(now=NOW + SECOND)
    assert Enquiry.objects.get().stage == Stage.PERSON
    mail("We send you another one.", NOW + HOUR, ours=True, number="2")
    found = Enquiry.objects.get()
    assert (found.stage, found.answered_at) == (Stage.CLOSED_PERSON, NOW + HOUR)
    assert Task.objects.get().status == "done"
