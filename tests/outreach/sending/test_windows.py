"""A windowed channel: free words go in a window the customer opened, as many as it has places, never more."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import connections
from hypothesis import given
from hypothesis import strategies as st

from keepwell.customers.identity import services as identity
from keepwell.customers.privacy import queries as privacy
from keepwell.history import queries as history
from keepwell.outreach.channels.contracts import Fate, Heard, HeardKind, ReceiptKind, Refusal, Reply
from keepwell.outreach.channels.wechat.contract import CONTRACT as WECHAT
from keepwell.outreach.channels.whatsapp.contract import CONTRACT as WHATSAPP
from keepwell.outreach.policy import queries as policy
from keepwell.outreach.policy.contracts import Cause, Decision
from keepwell.outreach.policy.services import set_rules
from keepwell.outreach.sending import queries
from keepwell.outreach.sending.contracts import Draft, Status
from keepwell.outreach.sending.models import ContactWindow, HeardRow, Message, WindowPlace
from keepwell.outreach.sending.services import delivering, hearing, queueing, windows
from tests.outreach.sending.conftest import NOW

pytestmark = pytest.mark.django_db(transaction=True)
MINUTE = timedelta(minutes=1)
HOUR = 60 * MINUTE


class Session:
    """Takes everything, or answers what it is told to."""

    def __init__(self, log, answers):
        self.log, self.answers = log, answers

    def send(self, envelope, *, committing):
        committing()
        self.log.append(envelope.to)
        return self.answers.pop(0) if self.answers else Reply(Fate.ACCEPTED, "0")

    def close(self):
        pass


@pytest.fixture
def sent():
    return []


@pytest.fixture
def answers():
    return []


@pytest.fixture
def followers(home, db):
    """Customers with an openid who agreed to WeChat; no rules of ours but consent."""
    from keepwell.customers import services as customers
    from keepwell.customers.contracts import CustomerRow
    from keepwell.customers.privacy import services as consents
    from keepwell.customers.privacy.contracts import ConsentRow
    from keepwell.outreach.policy.services import set_holdout

    set_holdout(share=0, reason="test", actor="ada", now=NOW - timedelta(days=100))
    set_rules(values={"caps": (), "repeat_days": 0}, actor="ada", now=NOW - timedelta(days=100))

    def make(count):
        numbers = [f"C{n:05d}" for n in range(count)]
        at = NOW - timedelta(days=60)
        rows = [CustomerRow(n, country="CN", phone=f"+86138001380{int(n[1:]):02d}") for n in numbers]
        customers.upsert_many(rows=rows, source="crm", at=at, actor="ada")
        for number in numbers:
            customers.save_contact_point(
                customer_id=number, kind="wechat", value=f"oAbC{number}", actor="ada", source="crm"
            )
        said = [
            ConsentRow(n, channel, purpose, True, at, "counter", f"{purpose}/1")
            for n in numbers
            for channel in ("wechat", "whatsapp")
            for purpose in ("marketing", "service")
        ]
        consents.record_consents(rows=said, actor="ada", live=False)
        return numbers

    return make


def heard(number="C00000", kind=HeardKind.MESSAGE, at=NOW, key="1", text="你好"):
    return Heard(kind, f"oAbC{number}", at, key, text)


def hear(*told, now=NOW, contract=WECHAT):
    return hearing.hear(heard=told, contract=contract, now=now)


def chats(number):
    told = history.timeline(number, tables=["interactions"])
    return [fact for fact in told if fact.data["type"] == "chat"]


def queue(number, key, *, purpose="marketing", template="", channel="wechat", now=NOW, **more):
    draft = Draft(
        key=key,
        customer_id=number,
        channel=channel,
        purpose=purpose,
        text="words",
        template=template,
        **more,
    )
    queueing.queue(drafts=[draft], actor="ada", now=now)
    return queueing.message_id(key)


@pytest.fixture
def deliver(sent, answers):
    def run(now=NOW, contract=WECHAT, **more):
        return delivering.deliver(contract=contract, connect=lambda: Session(sent, answers), now=now, **more)

    return run


def test_without_a_window_nothing_goes_and_the_reason_is_on_record(followers, deliver, sent):
    (one,) = followers(1)
    name = queue(one, "a")
    assert deliver().withheld == 1
    assert (sent, queries.message(name).reason) == ([], "window_closed")
    (contact,) = policy.contacts(one)
    assert (contact.decision, contact.cause) == (Decision.REFUSED, Cause.WINDOW_CLOSED)
    told = history.timeline(one, tables=["contacts"])
    assert [(fact.data["status"], fact.data["reason"]) for fact in told] == [("withheld", "window_closed")]


def test_five_go_after_a_message_and_the_sixth_does_not(followers, deliver, sent):
    (one,) = followers(1)
    hear(heard())
    for number in range(4):
        queue(one, f"a{number}")
    assert deliver().sent == 4
    for number in range(4, 7):
        queue(one, f"a{number}")
    done = deliver(now=NOW + HOUR)
    assert (done.sent, done.withheld) == (1, 2)
    assert sent == ["oAbCC00000"] * 5  # the openid as WeChat wrote it
    assert windows.open_for([one], "wechat", NOW + HOUR) == {}


def test_a_window_closes_by_the_clock(followers, deliver):
    (one,) = followers(1)
    hear(heard())
    assert windows.open_for([one], "wechat", NOW + 48 * HOUR - MINUTE) == {one: 5}
    assert windows.open_for([one], "wechat", NOW + 48 * HOUR) == {}
    assert windows.open_for([one], "wechat", NOW - MINUTE) == {}


def test_another_message_opens_it_anew_with_all_its_places(followers, deliver):
    (one,) = followers(1)
    hear(heard())
    for number in range(3):
        queue(one, f"a{number}")
    deliver()
    assert windows.open_for([one], "wechat", NOW) == {one: 2}
    hear(heard(key="2", at=NOW + HOUR), now=NOW + HOUR)
    assert windows.open_for([one], "wechat", NOW + HOUR) == {one: 5}


def test_the_same_message_told_again_opens_nothing(followers, deliver):
    (one,) = followers(1)
    assert hear(heard()).fresh == {"message": 1}
    queue(one, "a")
    deliver()
    assert hear(heard(), heard()).fresh == {}
    assert windows.open_for([one], "wechat", NOW) == {one: 4}
    assert (HeardRow.objects.count(), len(chats(one))) == (1, 1)


def test_a_scan_is_a_window_of_its_own_that_is_used_up_first(followers, deliver):
    (one,) = followers(1)
    hear(heard(), heard(kind=HeardKind.SCAN, key="2"))
    assert windows.open_for([one], "wechat", NOW) == {one: 8}
    for number in range(4):
        queue(one, f"a{number}")
    assert deliver().sent == 4
    assert windows.open_for([one], "wechat", NOW + MINUTE) == {one: 4}


def test_what_did_not_go_gives_its_place_back(followers, deliver, answers):
    (one,) = followers(1)
    hear(heard())
    queue(one, "a")
    answers.append(Reply(Fate.LATER, "busy", "", Refusal.SLOW_DOWN, wait_minutes=90))
    deliver()
    assert windows.open_for([one], "wechat", NOW) == {one: 5}
    assert Message.objects.get().due_at == NOW + 90 * MINUTE  # as long as the provider wants
    answers.append(Reply(Fate.UNKNOWN, "lost"))
    deliver(now=NOW + 2 * HOUR)
    assert windows.open_for([one], "wechat", NOW + 2 * HOUR) == {one: 4}  # it may have gone


def test_a_template_needs_no_window_where_its_purpose_may_be_told_by_one(followers, deliver, sent):
    (one,) = followers(1)
    notice = queue(one, "a", purpose="service", template="T1")
    offer = queue(one, "b", template="T1")
    done = deliver()
    assert (done.sent, done.withheld) == (1, 1)
    assert queries.message(notice).status is Status.SENT
    assert queries.message(offer).reason == "window_closed"
    both = queue(one, "c", template="T1", channel="whatsapp")
    deliver(contract=WHATSAPP)
    assert queries.message(both).status is Status.SENT
    assert sent[-1] == "+8613800138000"  # the telephone serves where no WhatsApp number is known


def test_whatsapp_counts_hours_not_messages(followers, deliver):
    (one,) = followers(1)
    hear(Heard(HeardKind.MESSAGE, "+86 138 0013 8000", NOW, "w1", "hi"), contract=WHATSAPP)
    assert windows.open_for([one], "whatsapp", NOW + 23 * HOUR) == {one: None}
    assert windows.open_for([one], "whatsapp", NOW + 24 * HOUR) == {}
    assert windows.open_for([one], "wechat", NOW) == {}


def test_the_policy_still_has_the_first_word(followers, deliver):
    (one,) = followers(1)
    hear(heard())
    set_rules(values={"quiet_from": NOW.time(), "quiet_until": (NOW + 20 * HOUR).time()}, actor="a", now=NOW)
    night = NOW.replace(hour=6)
    queue(one, "a", now=night)
    assert deliver(now=night).later == 1
    assert WindowPlace.objects.count() == 0


def test_who_asks_to_stop_or_leaves_is_not_written_to(followers, deliver):
    one, two = followers(2)
    said = hear(
        heard(text="退订"),
        heard(kind=HeardKind.STOP, key="1:stop"),
        heard(two, key="2"),
        heard(two, kind=HeardKind.LEFT, key="3"),
    )
    assert said.fresh == {"message": 2, "stop": 1, "left": 1}
    for number in (one, two):
        given = {c.channel: c.given for c in privacy.consents(number)}
        assert given == {"wechat": False, "whatsapp": True}
        queue(number, f"a{number}")
    assert deliver().withheld == 2
    assert list(windows.open_for([one, two], "wechat", NOW)) == [one]
    assert {queries.of_customer(n)[0].reason for n in (one, two)} == {"withdrawn"}


def test_what_customers_write_is_sealed_and_no_fact_says_it(followers):
    from django.db import connection

    (one,) = followers(1)
    hear(heard(text="my secret wish"))
    assert HeardRow.objects.get().text == "my secret wish"
    with connection.cursor() as cursor:
        cursor.execute("SELECT text FROM sending_heardrow")
        assert "secret" not in str(cursor.fetchall())
    (fact,) = chats(one)
    assert fact.data["channel"] == "wechat"
    assert "secret" not in str(fact)


def test_what_was_written_is_kept_for_as_long_as_people_say(followers):
    from keepwell.customers.privacy import services as privacy

    (one,) = followers(1)
    hear(heard(), heard(key="2", at=NOW + 40 * 24 * HOUR), now=NOW + 40 * 24 * HOUR)
    late = NOW + 60 * 24 * HOUR
    assert privacy.preview_retention(days={"heard": 30}, now=late) == {"heard": 1}
    privacy.set_retention(days={"heard": 30}, actor="ada")
    assert privacy.apply_retention(now=late)["heard"] == 1
    assert list(HeardRow.objects.values_list("key", flat=True)) == ["2"]
    assert len(chats(one)) == 2


def test_who_is_erased_leaves_no_word_and_no_window(followers):
    from types import SimpleNamespace

    from keepwell.outreach.sending import following

    one, two = followers(2)
    hear(heard(one), heard(two, key="2"))
    gone = following.forget(SimpleNamespace(customer_ids=[one]))
    assert (gone["heard"], gone["windows"]) == (1, 1)
    assert list(HeardRow.objects.values_list("customer_id", flat=True)) == [two]
    assert list(windows.open_for([one, two], "wechat", NOW)) == [two]


def test_an_answer_is_a_receipt_of_what_was_written_last(followers, deliver):
    (one,) = followers(1)
    hear(heard())
    queue(one, "a")
    latest = queue(one, "b", now=NOW + HOUR)
    deliver()
    deliver(now=NOW + HOUR)
    said = hear(heard(key="2", at=NOW + 2 * HOUR), now=NOW + 2 * HOUR)
    assert [(r.kind, r.message_id, r.key) for r in said.replies] == [(ReceiptKind.REPLIED, latest, "2")]
    assert hear(heard(key="3", at=NOW + timedelta(days=9)), now=NOW + timedelta(days=9)).replies == []


def test_a_stranger_opens_nothing(followers):
    followers(1)
    assert hear(heard("C99999")).strangers == 1
    assert (ContactWindow.objects.count(), HeardRow.objects.count()) == (0, 0)


def test_windows_follow_people_who_are_merged(followers, deliver):
    one, two = followers(2)
    hear(heard(two))
    identity.merge(kept_id=one, merged_id=two, actor="ada", reason="same")
    assert windows.open_for([one, two], "wechat", NOW) == {one: 5, two: 5}
    queue(one, "a")
    assert deliver().sent == 1
    assert windows.open_for([two], "wechat", NOW) == {two: 4}


def test_of_many_who_want_the_last_places_at_once_exactly_as_many_get_them(followers, sent, answers):
    people = followers(2)
    names = []
    for number in people:
        hear(heard(number, kind=HeardKind.SCAN, key=f"s{number}"))
        names += [queue(number, f"{number}/{place}") for place in range(8)]
    ready = Barrier(4)

    def work(_number):
        try:
            ready.wait()
            while delivering.deliver(
                contract=WECHAT, connect=lambda: Session(sent, answers), now=NOW, batch=2
            ).claimed:
                pass
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))
    while delivering.deliver(contract=WECHAT, connect=lambda: Session(sent, answers), now=NOW).withheld:
        pass
    assert sorted(sent) == sorted([f"oAbC{number}" for number in people for _place in range(3)])
    fates = [queries.message(name).status for name in names]
    assert (fates.count(Status.SENT), fates.count(Status.WITHHELD)) == (6, 10)


EVENTS = st.lists(
    st.tuples(
        st.sampled_from(["message", "scan", "follow", "send", "fail"]),
        st.integers(min_value=0, max_value=3_000),  # minutes
    ),
    max_size=25,
)


@given(events=EVENTS)
def test_whatever_happens_no_window_lets_more_through_than_it_has_places(events):
    """Against a count of our own: every message that went had a window with a place."""
    from django.db import transaction

    class UndoError(Exception):
        pass

    try:
        with transaction.atomic():
            _play(sorted(events, key=lambda event: event[1]))
            raise UndoError
    except UndoError:
        pass


def _play(events):
    from keepwell.outreach.policy.contracts import Intent

    rules = {str(rule.opened_by): rule for rule in WECHAT.windows}
    opened = {}  # kind -> (minute, places left)
    for place, (what, minute) in enumerate(events):
        now = NOW + minute * MINUTE
        if what in rules:
            opened[what] = [minute, rules[what].most]
            windows.note_window(
                customer_id="X", contract=WECHAT, kind=HeardKind(what), key=str(place), at=now, now=now
            )
            continue
        intent = Intent(f"i{place}", "X", "wechat", "service", urgent=True)
        late = windows._take([intent], "wechat", now, None)
        room = [
            state
            for kind, state in sorted(opened.items(), key=lambda item: item[1][0] + rules[item[0]].minutes)
            if state[0] + rules[kind].minutes > minute and state[1] > 0
        ]
        assert bool(late) == (not room)
        if room:
            room[0][1] -= 1
        if room and what == "fail":
            assert windows.give_back(message_ids=[intent.intent_id]) == 1
            room[0][1] += 1


def test_a_digit_that_answers_a_survey_is_a_mark_and_the_first_one_counts(followers, deliver):
    from keepwell.customers.privacy import services as consents
    from keepwell.customers.privacy.contracts import ConsentRow

    one, other = followers(2)
    said = [ConsentRow(n, "wechat", "survey", True, NOW - HOUR, "counter", "survey/1") for n in (one, other)]
    consents.record_consents(rows=said, actor="ada", live=False)
    hear(heard(one), heard(other, key="2"))
    queue(one, "survey", purpose="survey")
    queue(other, "news")
    deliver()
    later = NOW + 2 * HOUR
    hear(heard(one, key="3", at=later, text="All fine, 5 of 5"), now=later)
    for key in ("4", "4"):
        hear(heard(one, key=key, at=later + MINUTE, text=" ４分。"), now=later + MINUTE)
    hear(heard(one, key="5", at=later + HOUR, text="1"), now=later + HOUR)
    hear(heard(other, key="6", at=later, text="5"), now=later)
    found = [fact.data for number in (one, other) for fact in history.timeline(number, tables=["answers"])]
    assert [(fact["customer_id"], fact["metric"], fact["score"]) for fact in found] == [(one, "csat", 4.0)]
    words = queries.written(one)
    assert [row.text for row in words] == ["1", " ４分。", "All fine, 5 of 5", "你好"]


def test_answers_by_text_message_are_words_of_the_customer():
    from keepwell.outreach.channels.contracts import Receipt
    from keepwell.outreach.sending import answering

    told = [
        Receipt(ReceiptKind.REPLIED, NOW, key="1", detail="多少钱？", address="13800138000"),
        Receipt(ReceiptKind.DELIVERED, NOW, key="2", message_id="m", detail="ok"),
        Receipt(ReceiptKind.UNSUBSCRIBED, NOW, key="3", detail="TD", address="13800138000"),
        Receipt(ReceiptKind.REPLIED, NOW, key="4", message_id="m", detail="auto", by_machine=True),
    ]
    assert answering.written(told) == [Heard(HeardKind.MESSAGE, "13800138000", NOW, "1", "多少钱？")]
