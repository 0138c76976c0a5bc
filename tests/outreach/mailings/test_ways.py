"""A mailing by several channels: everybody once, by the one that suits, at the hour that suits."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from keepwell.customers import services as customers
from keepwell.customers.contracts import CustomerRow
from keepwell.customers.privacy import services as privacy
from keepwell.customers.privacy.contracts import ConsentRow
from keepwell.history import services as history
from keepwell.outreach.content import queries as content
from keepwell.outreach.content import services as texts
from keepwell.outreach.mailings import queries, services
from keepwell.outreach.mailings.contracts import MailingError
from keepwell.outreach.mailings.models import Mailing
from keepwell.outreach.mailings.reach import by_way
from keepwell.outreach.mailings.services.drafting import Plan
from keepwell.outreach.sending.models import Message
from keepwell.outreach.sending.services.accounts import set_account
from tests.outreach.sending.conftest import NOW

pytestmark = pytest.mark.django_db(transaction=True)
NOON = NOW + timedelta(hours=4)


def publish_sms(code="spring_sms", purpose="marketing"):
    texts.create_template(
        code=code, name="Spring SMS", kind="sms", purpose=purpose, content_type="care", language="en",
        actor="ada", now=NOW,
    )  # fmt: skip
    one = content.draft(code).texts[0]
    texts.save_text(
        code=code, text_id=one.text_id, revision=one.revision, body="Spring is here.", actor="ada", now=NOW,
    )  # fmt: skip
    approved = texts.approve(code=code, revision=content.draft(code).revision, actor="kai", now=NOW)
    texts.publish(code=code, revision=approved.revision, actor="kai", now=NOW)
    return code


@pytest.fixture
def phones(account):
    """An account that sends short messages."""
    values = {"account_sid": "AC0", "auth_token": "secret", "sender": "+15550100"}
    return set_account(provider="sms.twilio", values=values, actor="ada", now=NOW)


@pytest.fixture
def both(letter, oslo, phones):
    """Drafts a mailing by e-mail and SMS to so many."""

    def make(count=3, **more):
        segment = oslo(count)
        numbers = [f"C{n:05d}" for n in range(count)]
        rows = [CustomerRow(one, phone=f"+4740000{n:03d}") for n, one in enumerate(numbers)]
        customers.upsert_many(rows=rows, source="crm", at=NOW, actor="ada")
        plan = Plan("Spring", segment, letter(), others=(("sms", publish_sms()),), control_share=0, **more)
        return services.create(plan=plan, actor="ada", now=NOW)

    return make


def agree(numbers, channel="sms"):
    at = NOW - timedelta(days=50)
    said = [ConsentRow(one, channel, "marketing", True, at, "counter", "marketing/1") for one in numbers]
    privacy.record_consents(rows=said, actor="ada", live=False)


def wish(number, channel):
    customers.set_field(
        customer_id=number, name="preferred_channel", value=channel, actor="ada", source="typed", at=NOW
    )


def go(one, members, now=NOON):
    services.confirm(mailing_id=one.mailing_id, revision=one.revision, typed=members, actor="ada", now=now)
    while services.prepare_next(now=now) is not None:
        pass


def test_each_member_gets_it_once_by_the_channel_that_suits(both):
    one = both(4)
    agree(["C00000", "C00001"])
    wish("C00000", "sms")
    wish("C00002", "sms")  # wishes it, and has not agreed to it
    found = queries.audience(one, now=NOON)
    assert found.channels == {("sms", "wish"): 1, ("email", "usual"): 3} or found.channels == {
        ("sms", "wish"): 1,
        ("email", "listed"): 3,
    }
    assert found.getting == {"sms": 1, "email": 3}
    go(one, 4)
    rows = dict(Message.objects.values_list("customer_id", "channel"))
    assert rows == {"C00000": "sms", "C00001": "email", "C00002": "email", "C00003": "email"}
    assert {row.content for row in Message.objects.filter(channel="sms")} == {"spring_sms"}
    progress = queries.progress(queries.mailing(one.mailing_id))
    assert (progress.by_channel("sms", ""), progress.by_channel("email", "")) == (1, 3)


def test_who_agreed_to_none_is_asked_for_by_the_best_and_withheld_with_the_reason(both):
    from keepwell.outreach.sending.services import working

    one = both(1)
    at = NOW - timedelta(days=1)
    said = [ConsentRow("C00000", "email", "marketing", False, at, "counter", "marketing/1")]
    privacy.record_consents(rows=said, actor="ada", live=False)
    go(one, 1)
    working.work(now=lambda: NOON)
    assert queries.progress(one).reasons in ({("withheld", "withdrawn"): 1}, {("withheld", "not_asked"): 1})


def test_a_no_between_the_choice_and_the_sending_holds(both, inbox):
    from keepwell.outreach.sending.services import working

    one = both(1)
    go(one, 1)
    said = [ConsentRow("C00000", "email", "marketing", False, NOON, "page", "marketing/1")]
    privacy.record_consents(rows=said, actor="ada", live=False)
    later = NOON + timedelta(minutes=1)
    assert working.work(now=lambda: later).withheld == 1
    assert inbox.to == []


@pytest.mark.parametrize(
    ("others", "said"),
    [
        ((("email", "spring"),), "same_channel"),
        ((("email", "spring_sms"),), "wrong_kind"),
        ((("sms", "nothing"),), "no_template"),
        ((("sms", "notice"),), "other_purpose"),
    ],
)
def test_what_cannot_stand_beside_is_said_at_its_field(letter, oslo, others, said):
    segment, code = oslo(1), letter()
    publish_sms()
    publish_sms("notice", "service")
    with pytest.raises(MailingError) as refused:
        services.create(plan=Plan("Spring", segment, code, others=others), actor="ada", now=NOW)
    assert refused.value.problems == {"others.0": said}


def test_every_channel_needs_an_account_before_anything_goes(letter, oslo, account):
    plan = Plan("Spring", oslo(1), letter(), others=(("sms", publish_sms()),))
    one = services.create(plan=plan, actor="ada", now=NOW)
    with pytest.raises(MailingError) as refused:
        go(one, 1)
    assert refused.value.problems["others.0"] == "no_account"


def test_nobody_is_in_two_ways_whatever_they_wish_and_allow(both):
    one = both(6)
    numbers = [f"C{n:05d}" for n in range(6)]
    mailing = queries.mailing(one.mailing_id)

    @settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
    @given(
        st.lists(st.tuples(st.sampled_from(numbers), st.sampled_from(["sms", "email", "phone"])), max_size=6)
    )
    def check(said):
        for number, channel in said:
            wish(number, channel)
            if channel == "sms":
                agree([number])
        ways = by_way(mailing, numbers, now=NOON)
        assert sorted(one for _way, group in ways for one in group) == numbers

    check()


def opened(number, hour, day):
    at = datetime(2026, 10, day, hour, 20, tzinfo=UTC)
    return {
        "contact_id": f"old-{number}-{day}", "customer_id": number, "at": at, "channel": "email",
        "purpose": "marketing", "status": "opened",
    }  # fmt: skip


def test_it_goes_at_the_hour_at_which_each_one_opens_by_their_own_clock(both):
    one = both(2, best_hour=True)
    # October in Oslo is two hours before UTC until the 25th: 17:20 UTC is 19:20.
    facts = [("contacts", opened("C00000", 17, day)) for day in range(1, 6)]
    history.record_many(facts=facts, source="test")
    history.flush()
    assert queries.audience(one, now=NOON).hours == {("own", None): 1, ("none", None): 1}
    go(one, 2)
    due = dict(Message.objects.values_list("customer_id", "due_at"))
    # November is one hour before: 19 o'clock is 18:00 UTC.
    assert due == {"C00000": datetime(2026, 11, 23, 18, tzinfo=UTC), "C00001": NOON}


def test_who_objects_to_profiling_has_no_hour_of_their_own(both):
    one = both(1, best_hour=True)
    history.record_many(facts=[("contacts", opened("C00000", 17, day)) for day in range(1, 6)], source="test")
    history.flush()
    at = NOW - timedelta(days=1)
    said = [ConsentRow("C00000", "email", "profiling", False, at, "page", "profiling/1")]
    privacy.record_consents(rows=said, actor="ada", live=False)
    assert queries.audience(one, now=NOON).hours == {("none", None): 1}


def test_a_message_of_service_goes_at_once(letter, oslo, account):
    facts = [("contacts", opened("C00000", 17, day)) for day in range(1, 6)]
    plan = Plan("Notice", oslo(1), letter(purpose="service"), best_hour=True)
    history.record_many(facts=facts, source="test")
    history.flush()
    one = services.create(plan=plan, actor="ada", now=NOW)
    go(one, 1)
    assert Message.objects.get().due_at == NOON


def test_the_page_says_how_many_by_which_channel_and_why(client, both, django_user_model):
    user = django_user_model.objects.create_user("mia", password="x", roles=["retention_manager"])
    client.force_login(user)
    one = both(2)
    agree(["C00000"])
    wish("C00000", "sms")
    said = client.get(f"/mailings/{one.mailing_id}/audience/").content.decode()
    assert "they wish it" in said
    page = client.get(f"/mailings/{one.mailing_id}/").content.decode()
    assert 'value="sms:spring_sms" selected' in page
    row = Mailing.objects.get()
    typed = {
        "revision": row.revision, "name": "Spring", "segment_id": row.segment_id, "template_code": "spring",
        "keep_trying_days": 3, "priority": 30, "other": "", "best_hour": "on",
    }  # fmt: skip
    assert client.post(f"/mailings/{one.mailing_id}/", typed).status_code == 302
    after = queries.mailing(one.mailing_id)
    assert (after.others, after.best_hour) == ((), True)
    typed |= {"revision": after.revision, "other": ["email:spring"]}
    answer = client.post(f"/mailings/{one.mailing_id}/", typed)
    assert answer.status_code == 422
    assert "This channel has a text already." in answer.content.decode()


def test_whose_address_is_dead_gets_it_by_the_other_channel_until_they_give_a_new_one(both):
    from keepwell.outreach.channels.email import CONTRACT
    from keepwell.outreach.sending.services import receiving

    one = both(2)
    agree(["C00000", "C00001"])
    receiving.bury(codes={"C00000": "5.1.1"}, contract=CONTRACT, now=NOON)
    assert [(way.channel, who) for way, who in by_way(one, ["C00000", "C00001"], now=NOON)] == [
        ("email", ["C00001"]),
        ("sms", ["C00000"]),
    ]
    later = NOON + timedelta(hours=1)
    rows = [CustomerRow("C00000", email="new@customer.example")]
    customers.upsert_many(rows=rows, source="crm", at=later, actor="ada")
    assert [who for _way, who in by_way(one, ["C00000", "C00001"], now=later)] == [["C00000", "C00001"]]


def test_who_has_a_telephone_alone_can_be_written_to_where_it_serves_as_the_address(both):
    from keepwell.outreach.sending import queries as sending

    both(2)
    customers.upsert_many(rows=[CustomerRow("C9")], source="crm", at=NOW, actor="ada")
    # Messages by WhatsApp go to the telephone number of whoever has given no other.
    assert sending.with_address(["C00000", "C00001", "C9"], "whatsapp") == {"C00000", "C00001"}


def test_what_is_asked_of_a_sample_is_asked_of_members_from_first_to_last(both, monkeypatch):
    monkeypatch.setattr(queries, "SAMPLE", 2)
    one = both(3)
    at = NOW - timedelta(days=1)
    no = ConsentRow("C00002", "email", "marketing", False, at, "counter", "marketing/1")
    privacy.record_consents(rows=[no], actor="ada", live=False)
    found = queries.audience(one, now=NOON)
    assert (found.members, found.asked, sum(found.outcomes.values())) == (3, 2, 2)
    assert found.outcomes["allowed"] == 1
