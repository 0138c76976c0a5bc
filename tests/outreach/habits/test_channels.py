"""What customers make of each channel."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from keepwell.outreach.habits.channels import channel_use

NOW = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
DAY = timedelta(days=1)
SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.fixture
def tell(home, db):
    from keepwell.history import services as history

    def told(*facts):
        history.record_many(facts=facts, source="shop")
        history.flush()

    return told


def contact(number, status, at=NOW - DAY, channel="email"):
    fact = {"contact_id": number, "customer_id": "C1", "at": at, "channel": channel, "status": status}
    return "contacts", fact


@pytest.mark.django_db
def test_each_contact_counts_for_all_that_it_must_have_gone_through(tell):
    tell(
        *(
            contact(f"m-{status}", status)
            for status in ("sent", "delivered", "opened", "clicked", "answered", "bounced")
        ),
        contact("m-7", "withheld"),
        contact("m-8", "queued"),
        contact("m-9", "answered", NOW - 100 * DAY),
    )
    (mail,) = channel_use(days=90, now=NOW, zone=SHANGHAI)
    assert (mail.made, mail.delivered, mail.opened, mail.answered, mail.own) == (6, 4, 3, 2, 0)
    # 04:00 UTC on a Sunday is noon in Shanghai.
    assert mail.times == {(6, 12): (6, 2)}


@pytest.mark.django_db
def test_what_customers_begin_is_told_apart_from_our_own_talks(tell):
    talk = {"customer_id": "C1", "at": NOW - DAY, "channel": "phone", "type": "call"}
    ticket = {"ticket_id": "t", "customer_id": "C1", "channel": "chat", "category": "question"}
    tell(
        ("interactions", {**talk, "interaction_id": "i-1"}),
        ("interactions", {**talk, "interaction_id": "task-1"}),
        ("tickets", {**ticket, "at": NOW - DAY, "event": "opened"}),
        ("tickets", {**ticket, "at": NOW - DAY / 2, "event": "resolved"}),
    )
    assert {one.channel: (one.made, one.own) for one in channel_use(days=90, now=NOW, zone=SHANGHAI)} == {
        "phone": (0, 1),
        "chat": (0, 1),
    }


@pytest.mark.django_db
def test_an_empty_shop_has_no_habits(home):
    assert channel_use(days=90, now=NOW, zone=SHANGHAI) == []


@pytest.mark.django_db
def test_a_message_counts_when_it_was_sent_whenever_it_was_answered(tell):
    from keepwell.outreach.sending.models import Message

    name, sent_at = "m" + 31 * "a", NOW - 2 * DAY
    Message.objects.create(
        message_id=name, customer_id="C1", channel="email", purpose="marketing", priority=1, body="x",
        status="sent", standing="clicked", due_at=sent_at, created_at=sent_at, finished_at=sent_at,
    )  # fmt: skip
    tell(contact(name, "clicked", NOW - timedelta(hours=5)))
    (mail,) = channel_use(days=90, now=NOW, zone=SHANGHAI)
    assert (mail.made, mail.answered) == (1, 1)
    # Sent at noon on a Saturday; clicked in the morning of Monday.
    assert mail.times == {(5, 12): (1, 1)}
