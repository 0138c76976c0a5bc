"""Messages reach a real mail server once, under the policy, whatever happens on the way."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connections

from keepwell.customers.privacy import queries as consents
from keepwell.customers.privacy import services as privacy
from keepwell.customers.privacy.contracts import ConsentRow, Subject
from keepwell.foundation.audit.models import AuditEntry
from keepwell.history import queries as history
from keepwell.outreach.channels.contracts import ChannelDownError, Fate, Reply
from keepwell.outreach.channels.email import CONTRACT
from keepwell.outreach.policy import queries as policy
from keepwell.outreach.policy.services import set_rules
from keepwell.outreach.sending import following, journal, queries
from keepwell.outreach.sending.contracts import Status
from keepwell.outreach.sending.marks import addresses
from keepwell.outreach.sending.marks.legal import NotReadyError
from keepwell.outreach.sending.models import Attempt, Message, ReceiptRow
from keepwell.outreach.sending.services import delivering, noting, queueing, recovering, wishes, working
from keepwell.outreach.sending.services.accounts import set_account
from tests.outreach.sending.conftest import NOW

pytestmark = pytest.mark.django_db(transaction=True)
MINUTE = timedelta(minutes=1)


def queue(*drafts, now=NOW):
    return queueing.queue(drafts=drafts, actor="ada", now=now)


def account_values(inbox):
    return {"sender": "shop@shop.example", "host": "127.0.0.1", "port": str(inbox.port), "tls": ""}


@pytest.fixture
def deliver(connect):
    def run(now=NOW, connect=connect, **more):
        return delivering.deliver(contract=CONTRACT, connect=connect, now=now, **more)

    return run


def test_a_message_arrives_whole_with_the_headers_of_bulk_mail(people, draft, deliver, inbox):
    (one,) = people(1)
    name = queueing.message_id("spring/C00000")
    address = addresses.unsubscribe_url(name)
    assert queue(draft(one)) == 1
    done = deliver()
    assert (done.claimed, done.sent, done.failed) == (1, 1, 0)
    mail = inbox.parsed()
    assert (mail["Subject"], mail["To"], mail["From"]) == (
        "春天到了 & more",
        "c00000@customer.example",
        "Keep Well <shop@shop.example>",
    )
    assert mail["Content-Language"] == "zh-Hans"
    assert mail["List-Unsubscribe"].strip() == f"<{address}>"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    lines = mail.get_body(("plain",)).get_content().splitlines()
    assert lines[:3] == ["Hello,", ".a line that begins with a dot", "Goodbye"]
    assert lines[-1].endswith(address)
    html = mail.get_body(("html",)).get_content()
    assert html.startswith("<p>Hello</p><div")
    assert f'<a href="{address}"' in html
    assert addresses.open_url(name) in html
    assert mail["Message-ID"] == f"<{name}@shop.example>"
    assert queries.message(name).status is Status.SENT
    told = history.timeline(one, tables=["contacts"])
    assert [(fact.data["status"], fact.data["content"]) for fact in told] == [("sent", "spring")]


def test_the_same_message_queued_again_is_one(people, draft, deliver, inbox):
    (one,) = people(1)
    assert (queue(draft(one)), queue(draft(one)), queue(draft(one), draft(one, key="other", content=""))) == (
        1,
        0,
        1,
    )
    deliver()
    deliver()
    assert inbox.to == ["c00000@customer.example"]  # the other is one too many for a day
    assert deliver().claimed == 0


def test_who_has_not_agreed_is_not_written_to_and_the_reason_is_a_fact(people, draft, deliver, inbox):
    (one,) = people(1, agreed=False)
    queue(draft(one))
    assert deliver().withheld == 1
    assert inbox.seen == 0
    assert queries.of_customer(one)[0].reason == "not_asked"
    told = history.timeline(one, tables=["contacts"])
    assert [(fact.data["status"], fact.data["reason"]) for fact in told] == [("withheld", "not_asked")]


def test_who_opts_out_while_it_waits_is_not_written_to(people, draft, deliver, inbox):
    one, two = people(2)
    queue(draft(one), draft(two))
    privacy.withdraw_all(customer_id=one, source="reply", actor="ada")
    done = deliver(now=NOW + MINUTE)
    assert (done.sent, done.withheld) == (1, 1)
    assert inbox.to == ["c00001@customer.example"]


def test_what_a_slow_provider_had_no_time_for_is_asked_for_anew(people, draft, deliver, inbox, monkeypatch):
    numbers = people(3)
    queue(*(draft(number) for number in numbers))
    clock = iter([0.0, 60.0, 61.0])  # when it begins, before the second and before the third
    monkeypatch.setattr(delivering, "monotonic", lambda: next(clock))
    assert deliver().sent == 2
    left = Message.objects.get(status=Status.WAITING)
    assert (left.tries, left.lease, left.attempts.count()) == (0, "", 0)
    privacy.withdraw_all(customer_id=left.customer_id, source="reply", actor="ada")
    done = deliver(now=NOW + MINUTE)
    assert (done.sent, done.withheld, len(inbox.to)) == (0, 1, 2)


def test_at_night_it_waits_for_the_morning(people, draft, deliver, inbox):
    (one,) = people(1)
    night = NOW + timedelta(hours=12)
    queue(draft(one), now=night)
    assert deliver(now=night).later == 1
    due = queries.of_customer(one)[0].due_at
    assert due == NOW + timedelta(hours=21)
    assert deliver(now=due - MINUTE).claimed == 0
    assert deliver(now=due).sent == 1


def test_whose_address_is_not_known_is_not_tried_again(people, draft, deliver):
    from keepwell.customers.models import ContactPoint

    (one,) = people(1)
    ContactPoint.objects.all().delete()
    queue(draft(one))
    assert deliver().failed == 1
    assert queries.of_customer(one)[0].reason == "no_address"
    assert policy.contacts(one)[0].taken_back_at == NOW


def test_reading_addresses_is_on_record(people, draft, deliver):
    numbers = people(3)
    queue(*(draft(number) for number in numbers))
    deliver()
    entry = AuditEntry.objects.get(action="contact.use")
    assert entry.details["customers"] == numbers


@pytest.mark.parametrize(
    ("answer", "status", "reason", "refusal"),
    [
        ("550 5.1.1 no such user", "failed", "5.1.1", "never_again"),
        ("554 5.7.1 spam", "failed", "5.7.1", "fix"),
        ("451 4.7.1 try later", "waiting", "451", "slow_down"),
    ],
)
def test_each_refusal_is_what_it_is(people, draft, deliver, inbox, answer, status, reason, refusal):
    one, two = people(2)
    inbox.answers["c00000@customer.example"] = answer
    queue(draft(one), draft(two))
    deliver()
    assert inbox.to == ["c00001@customer.example"]
    found = queries.of_customer(one)[0]
    assert (found.status, found.reason) == (status, reason)
    assert Attempt.objects.get(message__customer_id=one).refusal == refusal
    # What did not go takes nobody's place.
    assert policy.contacts(one)[0].taken_back_at == NOW


def test_a_server_that_is_busy_is_asked_again_ever_later_and_at_last_no_more(people, draft, deliver, inbox):
    (one,) = people(1)
    set_rules(values={"quiet_from": NOW.time(), "quiet_until": NOW.time()}, actor="ada", now=NOW)
    inbox.answers["c00000@customer.example"] = "450 4.2.1 mailbox busy"
    queue(draft(one))
    now, pauses = NOW, []
    while (found := queries.of_customer(one)[0]).status is Status.WAITING:
        pauses.append((found.due_at - now).total_seconds() / 60)
        now = found.due_at
        deliver(now=now)
    assert pauses == [0, 1, 5, 15, 60, 240]
    assert (found.status, found.tries) == (Status.FAILED, 6)


def test_an_outage_puts_everything_back_as_it_was(people, draft, deliver, inbox):
    numbers = people(3)
    queue(*(draft(number) for number in numbers))

    def nobody():
        raise ChannelDownError("ConnectionRefusedError")

    with pytest.raises(ChannelDownError):
        deliver(connect=nobody)
    assert set(Message.objects.values_list("status", "tries", "lease")) == {("waiting", 0, "")}
    assert journal.leases() == []
    assert deliver(now=NOW + MINUTE).sent == 3


def test_an_answer_that_is_lost_is_never_repeated(people, draft, deliver, inbox):
    one, two = people(2)
    inbox.after_dot = [None]  # it takes the first message and hangs up without a word
    queue(draft(one), draft(two))
    done = deliver()
    assert (done.unknown, done.sent) == (1, 1)
    assert queries.message(queueing.message_id(f"spring/{one}")).status is Status.UNKNOWN
    deliver(now=NOW + MINUTE)
    assert sorted(inbox.to) == ["c00000@customer.example", "c00001@customer.example"]


def dead(numbers):
    """A worker that took messages and died: before, in the middle of, and after handing them over."""
    made = journal.Journal()
    Message.objects.update(status=Status.SENDING, lease=made.lease, tries=1)
    first, second = (queueing.message_id(f"spring/{number}") for number in numbers[:2])
    made.begun(first)
    made.done(first, Reply(Fate.ACCEPTED, "250", provider_ref="A1"))
    made.begun(second)
    made.__exit__()
    return made


def test_what_a_dead_worker_left_is_settled_by_its_journal(people, draft, deliver, inbox):
    numbers = people(3)
    queue(*(draft(number) for number in numbers))
    dead(numbers)
    assert recovering.recover(now=NOW) == 3
    assert [queries.of_customer(number)[0].status for number in numbers] == ["sent", "unknown", "waiting"]
    assert recovering.recover(now=NOW) == 0
    deliver(now=NOW + MINUTE)
    assert inbox.to == ["c00002@customer.example"]
    assert journal.leases() == []


def test_a_living_worker_is_left_alone(people, draft):
    numbers = people(1)
    queue(*(draft(number) for number in numbers))
    with journal.Journal() as mine:
        Message.objects.update(status=Status.SENDING, lease=mine.lease)
        assert recovering.recover(now=NOW) == 0
        assert queries.of_customer(numbers[0])[0].status is Status.SENDING


def test_a_machine_that_was_given_another_name_knows_its_dead(people, draft, monkeypatch):
    numbers = people(3)
    queue(*(draft(number) for number in numbers))
    dead(numbers)
    monkeypatch.setattr(journal, "machine", lambda: "another-")
    assert working.is_due(now=NOW)
    assert recovering.recover(now=NOW) == 3
    assert not working.is_due(now=NOW)


def test_a_second_sender_is_worth_it_only_where_much_is_due(people, draft, inbox):
    set_account(provider="email.smtp", values=account_values(inbox), actor="ada", now=NOW)
    numbers = people(3)
    assert not working.is_due(now=NOW)
    queue(*(draft(number) for number in numbers))
    assert working.is_due(now=NOW)
    assert working.is_due(now=NOW, at_least=3)
    assert not working.is_due(now=NOW, at_least=4)
    assert not working.is_due(now=NOW - MINUTE)


def test_messages_of_a_machine_that_never_came_back_are_of_unknown_fate(people, draft):
    (number,) = people(1)
    queue(draft(number))
    Message.objects.update(status=Status.SENDING, lease="elsewhere-1", begun_at=NOW)
    assert not working.is_due(now=NOW + 60 * MINUTE)
    assert recovering.recover(now=NOW + 60 * MINUTE) == 0  # it may be at work
    assert recovering.recover(now=NOW + 361 * MINUTE) == 1
    assert queries.of_customer(number)[0].status is Status.UNKNOWN


def test_after_a_power_cut_nothing_without_an_answer_is_repeated(people, draft, monkeypatch):
    numbers = people(3)
    queue(*(draft(number) for number in numbers))
    dead(numbers)
    monkeypatch.setattr(journal, "boot", lambda: "another")
    recovering.recover(now=NOW)
    assert [queries.of_customer(number)[0].status for number in numbers] == ["sent", "unknown", "unknown"]


def test_a_torn_last_line_is_no_answer(people, draft):
    numbers = people(2)
    queue(*(draft(number) for number in numbers))
    made = dead(numbers)
    path = journal.folder() / (made.lease + journal.SUFFIX)
    path.write_bytes(path.read_bytes() + b'{"done": "m')
    recovering.recover(now=NOW)
    assert [queries.of_customer(number)[0].status for number in numbers] == ["sent", "unknown"]


def test_many_workers_at_once_send_each_message_once(people, draft, connect, inbox):
    numbers = people(120)
    queue(*(draft(number) for number in numbers))

    def work(_number):
        try:
            total = 0
            while done := delivering.deliver(contract=CONTRACT, connect=connect, now=NOW, batch=10).claimed:
                total += done
            return total
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(work, range(4))) == 120
    assert sorted(inbox.to) == sorted(f"{number.lower()}@customer.example" for number in numbers)


def test_a_message_can_be_taken_back_until_it_goes(people, draft, deliver, inbox):
    one, two = people(2)
    queue(draft(one), draft(two))
    names = [queueing.message_id(f"spring/{number}") for number in (one, two)]
    assert queueing.take_back(message_ids=names[:1], actor="ada", now=NOW) == 1
    deliver()
    assert inbox.to == ["c00001@customer.example"]
    assert queueing.take_back(message_ids=names, actor="ada", now=NOW) == 0
    assert queries.counts() == {"taken_back": 1, "sent": 1}


def test_what_a_message_says_is_sealed(people, draft):
    from django.db import connection

    queue(draft(people(1)[0]))
    with connection.cursor() as cursor:
        cursor.execute("SELECT body FROM sending_message")
        assert "Goodbye" not in str(cursor.fetchall())


@pytest.mark.parametrize("changes", [{"key": ""}, {"text": "", "html": ""}])
def test_a_draft_without_a_key_or_words_is_refused(people, draft, changes):
    with pytest.raises(ValueError, match="draft"):
        queue(draft(people(1)[0], **changes))


def test_a_header_that_breaks_the_line_is_refused(people, draft, deliver, inbox):
    (one,) = people(1)
    queue(draft(one, subject="Hello\r\nBcc: all@shop.example"))
    assert deliver().failed == 1
    assert (inbox.seen, queries.of_customer(one)[0].reason) == (0, "compose")


def test_marketing_that_nobody_could_end_is_not_queued(people, draft, settings):
    (one,) = people(1)
    settings.KEEPWELL_URL = ""
    with pytest.raises(NotReadyError, match="no_public_address"):
        queue(draft(one))
    assert queue(draft(one, purpose="service")) == 1
    assert queries.of_customer(one)[0].text.endswith("Goodbye")


LINKS = '<a href="https://shop.example/tea">tea</a>'


def test_what_goes_out_tells_of_clicks_and_what_is_kept_does_not(people, draft, deliver, inbox):
    people(1)
    queue(draft("C00000", html=LINKS))
    deliver()
    name = queueing.message_id("spring/C00000")
    html = inbox.parsed().get_body(("html",)).get_content()
    assert "https://shop.example/tea" not in html
    assert addresses.click_url(name, 1) in html
    assert addresses.click_url(name, 1) not in Message.objects.get().body


@pytest.mark.parametrize(
    ("said", "rules", "clicks", "opens"),
    [
        (None, {}, True, True),
        (True, {}, True, True),
        (False, {}, False, False),
        (None, {"follow_agreed_only": True}, False, False),
        (True, {"follow_agreed_only": True}, True, True),
        (None, {"follow_clicks": False}, False, True),
        (None, {"follow_opens": False}, True, False),
        (True, {"follow_clicks": False, "follow_opens": False}, False, False),
    ],
)
def test_who_refuses_is_not_followed(people, draft, deliver, inbox, said, rules, clicks, opens):
    people(1)
    set_rules(values=rules, actor="ada", now=NOW)
    queue(draft("C00000", html=LINKS))
    if said is not None:
        one = ConsentRow("C00000", "email", "profiling", said, NOW, "counter", "profiling/1")
        privacy.record_consents(rows=[one], actor="ada")
    deliver()
    html = inbox.parsed().get_body(("html",)).get_content()
    assert ("/c/" in html, "/o/" in html) == (clicks, opens)
    assert ("https://shop.example/tea" in html) is not clicks


def test_who_unsubscribes_on_the_page_while_another_waits_is_not_written_to(people, draft, deliver, inbox):
    people(1)
    queue(draft("C00000"), draft("C00000", key="autumn", content="autumn"))
    assert deliver(batch=1).sent == 1
    wishes.unsubscribe(message_id=queueing.message_id("spring/C00000"), source=wishes.ONE_CLICK, now=NOW)
    assert deliver(now=NOW + timedelta(days=2)).withheld == 1
    assert queries.message(queueing.message_id("autumn")).reason == "withdrawn"
    assert len(inbox.to) == 1


def test_four_who_unsubscribe_at_once_are_one(people, draft):
    people(1)
    queue(draft("C00000"))
    name = queueing.message_id("spring/C00000")

    def work(_number):
        try:
            return wishes.unsubscribe(message_id=name, source=wishes.ONE_CLICK, now=NOW)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(work, range(4))) == [True] * 4
    said = [one.action for one in consents.consent_history("C00000")]
    assert said == ["withdrawn", "given"]


def test_of_whom_is_erased_nothing_is_known_behind_the_links(people, draft):
    people(2)
    queue(draft("C00000"), draft("C00001"))
    one, two = (queueing.message_id(f"spring/C0000{number}") for number in (0, 1))
    noting.note_click(message_id=one, link=1, at=NOW, user_agent="x")
    following.forget(Subject("erase", ("C00000",), "e_1", {}, None))
    assert wishes.wishes(one) is None
    assert not wishes.unsubscribe(message_id=one, source=wishes.ONE_CLICK, now=NOW)
    assert not wishes.come_back(message_id=one, now=NOW)
    assert not wishes.stop_all(message_id=one, now=NOW)
    assert not wishes.say(message_id=one, agreed=(), profiling=True, now=NOW)
    assert wishes.wishes(two).is_on
    assert not ReceiptRow.objects.exists()
