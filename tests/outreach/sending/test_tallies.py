"""What is counted by text is what the receipts say, whatever came when and however late."""

from __future__ import annotations

import importlib
from collections import Counter
from datetime import timedelta
from random import Random
from zoneinfo import ZoneInfo

import pytest
from django.apps import apps
from django.db import connection
from django.test.utils import CaptureQueriesContext

from keepwell.outreach.channels.contracts import Receipt, ReceiptKind, Refusal
from keepwell.outreach.sending import acts, tallies
from keepwell.outreach.sending.models import Message, ReceiptRow
from keepwell.outreach.sending.services import noting, queueing, receiving
from tests.outreach.sending.conftest import NOW, draft, people  # noqa: F401

pytestmark = pytest.mark.django_db
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_1 like Mac OS X) Mobile/15E148"
AGENTS = (PHONE, "Mozilla/5.0 (X11; Linux x86_64)", "GoogleImageProxy", "python-requests/2")
HTML = '<a href="https://shop.example/1">x</a><a href="https://shop.example/2">y</a><i>z</i>'
DAY = timedelta(days=1)
ALL = {"since": NOW - 400 * DAY, "until": NOW + 400 * DAY}
READ = {"opened", "clicked", "replied"}
MONTREAL = ZoneInfo("America/Montreal")


@pytest.fixture
def gone(people, draft):  # noqa: F811
    """So many messages that went over half a year, by several texts and channels, some not followed."""

    def make(count, random):
        queueing.queue(drafts=[draft(one, html=HTML) for one in people(count)], actor="ada", now=NOW)
        for row in Message.objects.all():
            row.status, row.standing, row.finished_at = "sent", "sent", NOW - random.random() * 180 * DAY
            row.content, row.text_id = random.choice(["spring", "win_back", ""]), random.choice([None, 1, 2])
            row.channel = random.choice(["email", "email", "sms"])
            row.opens_told, row.clicks_told = (random.choice([True, True, False, None]) for _ in range(2))
            row.save()
        Message.objects.filter(pk=Message.objects.first().pk).update(standing="", status="waiting")
        return list(Message.objects.order_by("pk").values_list("message_id", flat=True))

    return make


def happen(random, name):
    """Something that a provider tells, or that somebody or a machine does; some of it twice, or late."""
    at = NOW + random.random() * 3 * DAY
    kind = random.choice([*ReceiptKind, "open", "open", "click", "click", "trap", "page", "bye", "answer"])
    if isinstance(kind, ReceiptKind):
        told = Receipt(
            kind, at, message_id=name, key=f"k{random.randrange(3)}", by_machine=random.random() < 0.3,
            refusal=Refusal.SLOW_DOWN if kind is ReceiptKind.FAILED else None,
        )  # fmt: skip
        receiving.note(receipts=[told], account_id=None, now=at)
    elif kind == "open":
        noting.note_open(message_id=name, at=at, user_agent=random.choice(AGENTS))
    elif kind in ("click", "trap"):
        link = 0 if kind == "trap" else random.choice([1, 2])
        noting.note_click(message_id=name, link=link, at=at, user_agent=random.choice(AGENTS))
    elif kind == "page":
        noting.note_page(message_id=name, at=at, user_agent=PHONE)
    else:
        (noting.note_unsubscribed if kind == "bye" else noting.note_answered)(message_id=name, at=at)


def plain(*, since, until, content="", by_month=None):
    """The same counted from every message and its receipts, one by one."""
    found = {}
    for row in Message.objects.exclude(standing=""):
        if not since < row.finished_at <= until or content not in ("", row.content):
            continue
        month = row.finished_at.astimezone(by_month).date().replace(day=1) if by_month else None
        one = found.setdefault((row.content, row.text_id, row.channel, month), Counter())
        did = {each.kind for each in row.receipts.filter(by_machine=False)}
        one["sent"] += 1
        if row.standing == "bounced":
            continue
        one["arrived"] += 1
        one["confirmed"] += row.standing != "sent"
        one["opens_told"] += row.opens_told is True
        one["untold"] += row.opens_told is False
        one["unnoted"] += row.opens_told is None
        one["clicks_told"] += row.clicks_told is True
        one["opened"] += row.opens_told is True and bool(did & READ)
        one["clicked"] += row.clicks_told is True and "clicked" in did
        one["answered"] += "replied" in did
        one["unsubscribed"] += "unsubscribed" in did
        one["complained"] += "complained" in did
    return {key: {name: one[name] for name in tallies.COUNTED} for key, one in found.items()}


def counted(**asked):
    return {
        (one.content, one.text_id, one.channel, one.month): {
            name: getattr(one, name) for name in tallies.COUNTED
        }
        for one in tallies.tallies(**asked)
    }


@pytest.mark.parametrize("seed", range(4))
def test_the_tally_equals_the_plain_count_whatever_happened_and_however_late(gone, seed):
    random = Random(seed)
    names = gone(30, random)
    for turn in range(160):
        happen(random, random.choice(names))
        if turn % 40 == 39:
            span = {"since": NOW - 100 * DAY, "until": NOW - 20 * DAY}
            for asked in (ALL, span, {**ALL, "content": "spring"}, {**ALL, "by_month": MONTREAL}):
                assert counted(**asked) == plain(**asked)
    kinds = set(ReceiptRow.objects.filter(by_machine=False).values_list("kind", flat=True))
    assert {"opened", "clicked", "replied", "unsubscribed", "complained"} <= kinds
    assert ReceiptRow.objects.filter(by_machine=True).exists()
    # What is kept with messages is what a count of all receipts gives.
    kept = dict(Message.objects.exclude(acts=0).values_list("pk", "acts"))
    assert kept == acts.told(list(Message.objects.values_list("pk", flat=True)))


def test_a_click_that_turns_out_to_be_a_scanners_is_taken_out_again(gone):
    name = gone(2, Random(1))[1]
    Message.objects.filter(message_id=name).update(opens_told=True, clicks_told=True)

    def clicked():
        return sum(one.clicked for one in tallies.tallies(**ALL))

    noting.note_click(message_id=name, link=1, at=NOW + DAY, user_agent=PHONE)
    assert clicked() == 1
    noting.note_click(message_id=name, link=0, at=NOW + DAY + timedelta(seconds=3), user_agent=PHONE)
    assert clicked() == 0


def test_a_month_begins_at_midnight_of_the_zone_that_is_asked_for(gone):
    gone(3, Random(1))
    # In Montreal it is still October, in Auckland November already.
    Message.objects.update(finished_at=NOW.replace(month=11, day=1, hour=3), standing="sent", content="x")
    for zone, month in ((MONTREAL, 10), (ZoneInfo("Pacific/Auckland"), 11)):
        found = tallies.tallies(**ALL, by_month=zone)
        assert {(one.month.month, one.month.day) for one in found} == {(month, 1)}
        assert sum(one.sent for one in found) == 3


def test_it_is_one_statement_over_an_index_and_reads_no_receipt(gone):
    gone(3, Random(1))
    with CaptureQueriesContext(
        connection,
    ) as asked:
        tallies.tallies(**ALL)
    (statement,) = asked.captured_queries
    assert "sending_receiptrow" not in statement["sql"]


def test_the_migration_keeps_what_receipts_said_before(gone):
    random = Random(7)
    names = gone(20, random)
    for _turn in range(80):
        happen(random, random.choice(names))
    kept = dict(Message.objects.values_list("pk", "acts"))
    Message.objects.update(acts=0)
    importlib.import_module("keepwell.outreach.sending.migrations.0005_acts").note_acts(apps, None)
    assert dict(Message.objects.values_list("pk", "acts")) == kept
