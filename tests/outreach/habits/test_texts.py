"""How texts are read: counted by people, of those whose opening can be told."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from keepwell.customers.privacy import services as privacy
from keepwell.customers.privacy.contracts import ConsentRow
from keepwell.outreach.channels.contracts import Receipt, ReceiptKind
from keepwell.outreach.channels.email import CONTRACT
from keepwell.outreach.content import queries as content
from keepwell.outreach.content.core.variables import examples
from keepwell.outreach.content.seeding import seed
from keepwell.outreach.habits.texts import by_month, delays, texts_read, together
from keepwell.outreach.policy.services import set_rules
from keepwell.outreach.sending.contracts import Recipe
from keepwell.outreach.sending.models import Message
from keepwell.outreach.sending.services import delivering, noting, queueing, receiving
from tests.outreach.sending.conftest import NOW, connect, draft, inbox, people  # noqa: F401

pytestmark = pytest.mark.django_db(transaction=True)
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_1 like Mac OS X) Mobile/15E148"
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LATER = NOW + 10 * DAY
SHANGHAI = ZoneInfo("Asia/Shanghai")
HTML = '<a href="https://shop.example/1">x</a><a href="https://shop.example/2">y</a><i>z</i>'


def name(number, key="spring"):
    return queueing.message_id(f"{key}/C{number:05d}")


@pytest.fixture
def send(connect):  # noqa: F811
    """Queues drafts and has them delivered to a real mail server."""

    def sent(*drafts, now=NOW):
        queueing.queue(drafts=drafts, actor="ada", now=now)
        return delivering.deliver(contract=CONTRACT, connect=connect, now=now)

    return sent


def look(message_id, after, agent=PHONE):
    noting.note_open(message_id=message_id, at=NOW + after, user_agent=agent)


def test_machines_open_nothing_and_people_each_once(people, draft, send):  # noqa: F811
    numbers = people(4)
    assert send(*(draft(one, html=HTML) for one in numbers)).sent == 4
    look(name(0), HOUR, "GoogleImageProxy")
    look(name(1), HOUR)
    look(name(1), 3 * HOUR)
    look(name(2), 30 * HOUR)
    noting.note_click(message_id=name(2), link=1, at=NOW + 31 * HOUR, user_agent=PHONE)
    noting.note_unsubscribed(message_id=name(3), at=NOW + HOUR)
    (one,) = texts_read(days=30, now=LATER)
    assert (one.content, one.channel, one.sent, one.arrived) == ("spring", "email", 4, 4)
    assert (one.opened.events, one.opened.units) == (2, 4)
    assert (one.clicked.events, one.clicked.units) == (1, 4)
    assert (one.unsubscribed.events, one.complained.events, one.untold, one.unnoted) == (1, 0, 0, 0)
    soon = delays(content_code="spring", days=30, now=LATER)
    assert (soon.opened, soon.half_hours) == (2, 1)
    assert [share.events for _hours, share in soon.within] == [1, 1, 1, 1, 1, 2, 2, 2]


def test_who_is_not_followed_counts_in_neither_number(people, draft, send):  # noqa: F811
    numbers = people(3)
    no = ConsentRow("C00000", "email", "profiling", False, NOW, "counter", "profiling/1")
    privacy.record_consents(rows=[no], actor="ada")
    send(*(draft(one, html=HTML) for one in numbers))
    # A provider that looks by itself tells of an opening that nobody may know of: it does not count either.
    told = [Receipt(ReceiptKind.OPENED, NOW + HOUR, message_id=name(number), key="p") for number in (0, 1)]
    receiving.note(receipts=told, account_id=None, now=NOW + HOUR)
    (one,) = texts_read(days=30, now=LATER)
    assert (one.sent, one.opened.events, one.opened.units, one.untold) == (3, 1, 2, 1)
    assert together([one]) == (3, 1, 0)


def test_where_the_shop_follows_nothing_no_share_is_told(people, draft, send):  # noqa: F811
    set_rules(values={"follow_opens": False, "follow_clicks": False}, actor="ada", now=NOW)
    send(*(draft(one, html=HTML) for one in people(2)))
    (one,) = texts_read(days=30, now=LATER)
    assert (one.opened.units, one.clicked.units, one.untold, one.arrived) == (0, 0, 2, 2)
    assert (one.opened.low, one.opened.high) == (0.0, 1.0)


def test_text_without_pictures_and_mail_that_came_back_count_for_no_opening(people, draft, send, inbox):  # noqa: F811
    numbers = people(3)
    inbox.answers["c00002@customer.example"] = "550 5.1.1 no such user"
    send(draft(numbers[0]), draft(numbers[1], html=""), draft(numbers[2]))
    (one,) = texts_read(days=30, now=LATER)
    assert (one.sent, one.arrived, one.opened.units, one.untold) == (3, 2, 1, 1)


def test_what_went_before_it_was_noted_is_said_and_not_counted(people, draft, send):  # noqa: F811
    send(*(draft(one) for one in people(2)))
    Message.objects.filter(message_id=name(0)).update(opens_told=None, clicks_told=None)
    (one,) = texts_read(days=30, now=LATER)
    assert (one.opened.units, one.unnoted, one.untold) == (1, 1, 0)


def test_texts_are_told_apart_by_version_language_and_reader(people, draft, send):  # noqa: F811
    seed()
    numbers = people(2)
    texts = content.published("win_back_email").texts
    recipe = Recipe(texts[0].text_id, content.brand().version, examples(complete=True))
    send(*(draft(one, content="win_back_email", text="", html="", recipe=recipe) for one in numbers))
    look(name(0), 2 * HOUR)
    (one,) = texts_read(days=30, now=LATER, content_code="win_back_email")
    assert (one.text_id, one.version, one.language, one.kind) == (
        texts[0].text_id,
        content.published("win_back_email").number,
        texts[0].language,
        "email",
    )
    assert (one.is_in_use, one.sent, one.opened.events) == (True, 2, 1)
    assert texts_read(days=30, now=LATER, content_code="spring") == []


def test_months_are_those_of_the_shops_clock(people, draft, send):  # noqa: F811
    numbers = people(2)
    send(*(draft(one, html=HTML) for one in numbers))
    # The last evening of October in UTC is November in Shanghai already.
    Message.objects.filter(message_id=name(0)).update(finished_at=NOW.replace(month=10, day=31, hour=18))
    Message.objects.filter(message_id=name(1)).update(finished_at=NOW.replace(month=10, day=31, hour=12))
    found = by_month(content_code="spring", days=365, now=LATER, zone=SHANGHAI)
    assert [(one.month.isoformat(), one.arrived) for one in found] == [("2026-10-01", 1), ("2026-11-01", 1)]


def test_it_asks_as_much_for_many_messages_as_for_few(people, draft, send, django_assert_num_queries):  # noqa: F811
    send(*(draft(one, html=HTML) for one in people(30)))
    with django_assert_num_queries(2):
        texts_read(days=30, now=LATER)
