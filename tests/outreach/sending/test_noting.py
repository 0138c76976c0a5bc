"""Openings and clicks become receipts and one fact that says how far the message got."""

from __future__ import annotations

from datetime import timedelta
from itertools import permutations

import pytest

from keepwell.history import queries as history
from keepwell.outreach.channels.contracts import ReceiptKind
from keepwell.outreach.sending.marks import tracking
from keepwell.outreach.sending.models import Message, ReceiptRow
from keepwell.outreach.sending.services import noting, queueing
from tests.outreach.sending.conftest import NOW

pytestmark = pytest.mark.django_db
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_1 like Mac OS X) Mobile/15E148"
HTML = "".join(f'<a href="https://shop.example/{n}?a=1&amp;b=2">x</a>' for n in (1, 2, 3, 4))
KEY = "spring/C00000"


def name():
    """How the message is called here; keyed, so it is asked for where there is a home."""
    return queueing.message_id(KEY)


def at(seconds):
    return NOW + timedelta(seconds=seconds)


@pytest.fixture
def sent(people, draft):
    """A message with four links that has gone."""
    people(1)
    queueing.queue(drafts=[draft("C00000", html=HTML)], actor="ada", now=NOW)
    Message.objects.update(status="sent", finished_at=NOW)
    return name()


def status(customer_id="C00000"):
    found = history.timeline(customer_id, tables=["contacts"])
    return (found[0].data["status"], found[0].at) if found else None


def click(seconds, link=1, agent=PHONE, **more):
    return noting.note_click(message_id=name(), link=link, at=at(seconds), user_agent=agent, **more)


def look(seconds, agent=PHONE, **more):
    return noting.note_open(message_id=name(), at=at(seconds), user_agent=agent, **more)


def test_an_opening_and_a_click_are_told_once_with_their_time(sent):
    assert not look(60).by_machine
    assert status() == ("opened", at(60))
    noted = click(90, 2)
    assert (noted.target, noted.by_machine) == ("https://shop.example/2?a=1&b=2", False)
    assert status() == ("clicked", at(90))
    look(3600)
    click(4000, 3)
    assert status() == ("clicked", at(90))
    assert ReceiptRow.objects.count() == 4


@pytest.mark.parametrize("order", [*permutations(range(3))])
def test_in_whatever_order_they_come_the_furthest_stays(sent, order):
    told = [lambda: look(60), lambda: click(90), lambda: look(120)]
    for place in order:
        told[place]()
    assert status() == ("clicked", at(90))


def test_machines_are_kept_and_count_for_nothing(sent):
    assert look(600, "GoogleImageProxy").by_machine
    assert click(600, prefetch=True).by_machine
    assert click(2).by_machine
    assert click(700, 0).target == ""
    assert status() is None  # the sender tells that it was sent; nothing was added to that
    assert set(ReceiptRow.objects.values_list("by_machine", flat=True)) == {True}
    assert set(ReceiptRow.objects.values_list("code", flat=True)) == {"agent", "prefetch", "too_soon", "trap"}


def test_what_a_scanner_made_believe_is_taken_back(sent):
    click(100, 1)
    assert status() == ("clicked", at(100))
    click(101, 2)
    click(102, 3)
    assert status() == ("sent", NOW)
    assert set(ReceiptRow.objects.values_list("code", flat=True)) == {"burst"}
    click(4000, 1)
    assert status() == ("clicked", at(4000))


def test_what_a_provider_told_stays_as_it_is(sent):
    row = Message.objects.get()
    ReceiptRow.objects.create(
        message=row, kind="delivered", key="7", at=at(3), received_at=at(9), detail="ok"
    )
    click(100, 1), click(101, 2), click(102, 3)
    assert status() == ("delivered", at(3))
    ReceiptRow.objects.create(
        message=row, kind="opened", key="8", at=at(50), received_at=at(120), detail="{}"
    )
    click(130, 4, "curl")
    assert ReceiptRow.objects.get(key="8").by_machine is False


def test_the_same_within_a_minute_is_one_and_nobody_fills_the_table(sent, monkeypatch):
    for seconds in (61, 62, 63, 119):
        look(seconds)
    assert ReceiptRow.objects.count() == 1
    monkeypatch.setattr(noting, "KEPT_MAX", 3)
    for number in range(10):
        noted = click(200 + 100 * number)
    assert ReceiptRow.objects.count() == 3
    assert noted.target == "https://shop.example/1?a=1&b=2"


def test_before_it_went_nothing_counts(people, draft):
    people(1)
    queueing.queue(drafts=[draft("C00000", html=HTML)], actor="ada", now=NOW)
    assert click(600).by_machine
    assert status() is None


def test_what_came_while_it_was_handed_over_stays_too_soon(people, draft):
    people(1)
    queueing.queue(drafts=[draft("C00000", html=HTML)], actor="ada", now=NOW)
    Message.objects.update(status="sending")
    click(600)
    # The round began at noon and says so of all its messages.
    Message.objects.update(status="sent", finished_at=NOW)
    click(4000, 2)
    assert status() == ("clicked", at(4000))
    assert ReceiptRow.objects.get(at=at(600)).code == "too_soon"


def test_a_click_shows_that_a_message_of_unknown_fate_arrived(people, draft):
    people(1)
    queueing.queue(drafts=[draft("C00000", html=HTML)], actor="ada", now=NOW)
    row = Message.objects.get()
    Message.objects.update(status="unknown")
    row.attempts.create(lease="x", at=at(1), fate="unknown")
    click(600)
    assert status() == ("clicked", at(600))


@pytest.mark.parametrize("link", [6, 99, 65535])
def test_a_link_that_was_not_written_leads_nowhere(sent, link):
    assert click(600, link).target == ""
    assert noting.target(name(), link) == ""
    assert noting.target(name(), 4) == "https://shop.example/4?a=1&b=2"


def test_a_message_that_is_gone_says_nothing(db):
    assert click(600) == noting.Noted()
    assert noting.target(name(), 1) == ""
    noting.note_unsubscribed(message_id=name(), at=NOW)
    assert not ReceiptRow.objects.exists()


def test_who_clicked_is_sealed(sent):
    from django.db import connection

    click(600)
    with connection.cursor() as cursor:
        cursor.execute("SELECT detail, key FROM sending_receiptrow")
        assert "iPhone" not in str(cursor.fetchall())


def test_a_farewell_counts_more_than_a_click(sent):
    click(90)
    noting.note_unsubscribed(message_id=name(), at=at(100))
    noting.note_unsubscribed(message_id=name(), at=at(200))
    click(9000, 2)
    assert status() == ("unsubscribed", at(100))
    assert ReceiptRow.objects.filter(kind=ReceiptKind.UNSUBSCRIBED).count() == 1


def test_links_are_those_of_the_text_that_was_queued(sent):
    assert tracking.links(HTML) == tuple(f"https://shop.example/{n}?a=1&b=2" for n in (1, 2, 3, 4))
