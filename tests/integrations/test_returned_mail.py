"""Mails that no person wrote: they tell what became of a message, and are on nobody's record."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from keepwell.customers import queries as customers
from keepwell.customers import services as customer_services
from keepwell.customers.contracts import CustomerRow
from keepwell.history import queries as history
from keepwell.integrations.services import mail
from keepwell.outreach.sending import queries
from keepwell.outreach.sending.contracts import Draft, Status
from keepwell.outreach.sending.models import Message, ReceiptRow
from keepwell.outreach.sending.services import queueing
from tests.outreach.channels.email import shapes

NOW = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)


@pytest.fixture
def sent(home, db, settings):
    """A message that was sent to Lin; its name."""
    settings.KEEPWELL_MAIL_ADDRESSES = "shop@shop.example"
    rows = [CustomerRow(customer_id="C1", name="Lin", email="lin@customer.example")]
    customer_services.upsert_many(rows=rows, source="till", at=NOW, actor="ada")
    draft = Draft("spring/C1", "C1", "email", "service", "Spring", "It is here")
    queueing.queue(drafts=[draft], actor="ada", now=NOW - timedelta(hours=1))
    Message.objects.update(status=Status.SENT, begun_at=NOW - timedelta(minutes=5))
    return queueing.message_id("spring/C1")


def archive(content, name):
    content = content.replace(shapes.OURS, name).encode()
    return mail.archive(content=content, place="new/1", came_at=NOW, actor="worker", now=NOW, live=True)


def on_record():
    told = history.timeline("C1", tables=["interactions"])
    return [fact.table for fact in told if fact.data["type"] != "mood"]


def test_a_report_settles_the_message_and_is_on_nobodys_record(sent):
    for _again in range(2):
        assert archive(shapes.POSTFIX, sent).outcome == "told"
    assert queries.message(sent).status is Status.FAILED
    (row,) = ReceiptRow.objects.all()
    assert (row.kind, row.code) == ("failed", "5.1.1")
    assert (on_record(), customers.attachments("C1", sensitive=True)) == ([], ())


def test_a_complaint_withdraws_the_consent(sent):
    assert archive(shapes.complaint(), sent).outcome == "told"
    assert ReceiptRow.objects.get().kind == "complained"
    assert on_record() == []


def test_an_automatic_reply_is_not_what_the_customer_said(sent):
    away = shapes.letter("Automatic reply: Spring", Auto_Submitted="auto-replied")
    assert archive(away, sent).outcome == "automatic"
    assert archive(shapes.POSTFIX_DELAYED, sent).outcome == "automatic"
    assert on_record() == []
    assert archive(shapes.letter("Re: Spring"), sent).outcome == "archived"
    assert on_record() == ["interactions"]
    assert queries.message(sent).status is Status.SENT


def test_a_report_on_a_message_that_is_not_here_changes_nothing(sent):
    assert archive(shapes.POSTFIX, "m" + "9" * 31).outcome == "told"
    assert queries.message(sent).status is Status.SENT
    assert ReceiptRow.objects.count() == 0
