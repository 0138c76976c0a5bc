"""A mailing reaches every member once, in their words, and says of everybody else why not."""

from __future__ import annotations

from datetime import timedelta

import pytest

from keepwell.customers.privacy import services as privacy
from keepwell.foundation.audit.models import AuditEntry
from keepwell.outreach.content import queries as content
from keepwell.outreach.content import services as texts
from keepwell.outreach.mailings import queries, services
from keepwell.outreach.mailings.contracts import MailingError, Status
from keepwell.outreach.mailings.models import MailingPart
from keepwell.outreach.mailings.services import going
from keepwell.outreach.mailings.services.drafting import Plan
from keepwell.outreach.sending.services import queueing, working
from tests.outreach.mailings.conftest import BRAND
from tests.outreach.sending.conftest import NOW

pytestmark = pytest.mark.django_db(transaction=True)
NOON = NOW + timedelta(hours=4)  # day in Oslo


@pytest.fixture
def mailing(letter, oslo, account):
    """Drafts the usual mailing to so many."""

    def make(count=3, **more):
        segment = oslo(count, **more)
        plan = Plan("Spring", segment, letter(), control_share=0)
        return services.create(plan=plan, actor="ada", now=NOW)

    return make


def go(one, members, now=NOON):
    return services.confirm(
        mailing_id=one.mailing_id, revision=one.revision, typed=members, actor="ada", now=now
    )


def prepare(now=NOON):
    done = []
    while (made := services.prepare_next(now=now)) is not None:
        done.append(made)
    return done


def send(now=NOON):
    return working.work(now=lambda: now)


def test_every_member_gets_it_once_in_their_words(mailing, inbox):
    one = mailing(3)
    assert go(one, 3).status is Status.PREPARING
    assert prepare() == [3]
    assert prepare() == []
    done = send()
    assert (done.sent, done.withheld) == (3, 0)
    assert sorted(inbox.to) == [f"c{n:05d}@customer.example" for n in range(3)]
    mail = inbox.parsed()
    assert mail["Subject"] == "Spring in Oslo"
    assert "Hello Oslo, it is spring." in mail.get_body(("html",)).get_content()
    assert "Hello Oslo, it is spring." in mail.get_body(("plain",)).get_content()
    assert services.settle(now=NOON) == 1
    after = queries.mailing(one.mailing_id)
    assert (after.status, after.planned, after.ended_at) == (Status.DONE, 3, NOON)
    assert queries.progress(after).standings == {"sent": 3}
    actions = list(AuditEntry.objects.filter(object_type="mailing").values_list("action", flat=True))
    assert actions == ["mailing.add", "mailing.confirm"]


def test_who_has_not_agreed_gets_nothing_and_the_reason_is_counted(mailing, inbox):
    one = mailing(2, agreed=False)
    asked = queries.audience(one, now=NOON)
    assert (asked.members, asked.outcomes) == (2, {"not_asked": 2})
    go(one, 2)
    prepare()
    assert send().withheld == 2
    assert inbox.to == []
    assert queries.progress(one).reasons == {("withheld", "not_asked"): 2}


def test_the_number_that_is_typed_must_be_the_members(mailing):
    one = mailing(3)
    for typed in (None, 0, 2, 4):
        with pytest.raises(MailingError) as refused:
            go(one, typed)
        assert refused.value.problems == {"typed": "wrong_count"}
    assert queries.mailing(one.mailing_id).status is Status.DRAFT
    assert not MailingPart.objects.exists()


def test_what_is_missing_is_named_before_anything_goes(letter, oslo, settings):
    segment = oslo(1)
    one = services.create(plan=Plan("Spring", segment, letter(), control_share=0), actor="ada", now=NOW)
    settings.KEEPWELL_URL = ""
    with pytest.raises(MailingError) as refused:
        go(one, 1)
    assert refused.value.problems == {"channel": "no_account", "marks": "no_public_address"}
    with pytest.raises(MailingError) as refused:
        services.create(plan=Plan(" ", None, "nothing"), actor="ada", now=NOW)
    assert refused.value.problems == {
        "name": "no_name",
        "segment_id": "no_segment",
        "template_code": "no_template",
    }


def test_members_for_whom_no_message_can_be_made_are_left_out_and_listed(oslo, letter, account, inbox):
    segment = oslo(2)
    code = letter(words="Call us: {{ company.phone }}")
    # The number is taken away after the text was approved.
    texts.set_brand(values={**BRAND, "phone": ""}, based_on=content.brand().version, actor="ada", now=NOW)
    one = services.create(plan=Plan("Firms", segment, code, control_share=0), actor="ada", now=NOW)
    go(one, 2)
    assert prepare() == [0]
    after = queries.mailing(one.mailing_id)
    assert (after.planned, after.left_out) == (0, 2)
    listed = [(f"C{n:05d}", "missing_value", "company.phone") for n in range(2)]
    assert list(queries.left_out(after)) == listed
    assert queries.progress(after).left_out == {"missing_value": 2}
    assert send().sent == 0
    assert services.settle(now=NOON) == 1


def test_a_paused_mailing_waits_and_a_stopped_one_goes_no_further(mailing, inbox, monkeypatch):
    monkeypatch.setattr(going, "PART", 2)
    one = mailing(5)
    go(one, 5)
    assert services.prepare_next(now=NOON) == 2
    services.pause(mailing_id=one.mailing_id, actor="ada", now=NOON)
    assert prepare() == [2, 1]
    assert send().sent == 0
    services.resume(mailing_id=one.mailing_id, actor="ada", now=NOON)
    assert working.work(now=lambda: NOON, batch=2, stopping=lambda: len(inbox.to) >= 2).sent == 2
    services.stop(mailing_id=one.mailing_id, actor="ada", now=NOON)
    assert send().sent == 0
    assert len(inbox.to) == 2
    after = queries.mailing(one.mailing_id)
    assert after.status is Status.STOPPED
    assert queries.progress(after).statuses == {"sent": 2, "taken_back": 3}
    with pytest.raises(MailingError):
        services.resume(mailing_id=one.mailing_id, actor="ada", now=NOON)


def test_a_worker_that_dies_in_a_part_leaves_it_to_the_next(mailing, inbox):
    one = mailing(3)
    go(one, 3)
    MailingPart.objects.update(lease_until=NOON + timedelta(minutes=10))  # as a dead worker leaves it
    assert services.prepare_next(now=NOON) is None
    assert services.prepare_next(now=NOON + timedelta(minutes=11)) == 3
    MailingPart.objects.update(done_at=None, lease_until=None)  # it died after its messages were there
    going.Mailing.objects.update(status=Status.PREPARING)
    assert prepare(NOON + timedelta(minutes=12)) == [0]
    send(NOON + timedelta(minutes=12))
    assert len(inbox.to) == 3


def test_a_text_that_changes_after_it_was_confirmed_goes_as_it_was(mailing, inbox):
    one = mailing(1)
    go(one, 1)
    texts.begin_draft(code="spring", actor="ada", now=NOW)
    text = content.draft("spring").texts[0]
    texts.save_text(
        code="spring", text_id=text.text_id, revision=text.revision, subject="Autumn", actor="ada", now=NOW
    )
    approved = texts.approve(code="spring", revision=content.draft("spring").revision, actor="kai", now=NOW)
    texts.publish(code="spring", revision=approved.revision, actor="kai", now=NOW)
    texts.set_brand(values={"company_name": "Coffee"}, based_on=content.brand().version, actor="ada", now=NOW)
    prepare()
    send()
    assert inbox.parsed()["Subject"] == "Spring in Oslo"
    assert "Tea & Co" in inbox.parsed().get_body(("plain",)).get_content()


def test_a_mailing_that_can_no_longer_be_ended_waits_and_keeps_nothing_else_back(
    mailing, inbox, draft, settings
):
    one = mailing(2)
    go(one, 2)
    notice = draft("C00000", key="notice", purpose="service", content="notice")
    said = {"channel": "email", "purpose": "service", "given": True, "wording": "service/1"}
    privacy.set_consent(customer_id="C00000", source="counter", actor="ada", at=NOW, **said)
    queueing.queue(drafts=[notice], actor="ada", now=NOON)
    address, settings.KEEPWELL_URL = settings.KEEPWELL_URL, ""
    assert services.prepare_next(now=NOON) == 0
    assert services.prepare_next(now=NOON) is None  # until its lease is over
    assert send().sent == 1
    settings.KEEPWELL_URL = address
    assert services.prepare_next(now=NOON + timedelta(minutes=11)) == 2
    assert send(NOON + timedelta(minutes=12)).sent == 2


def test_nothing_goes_before_its_time(mailing, inbox, letter):
    one = mailing(1)
    later = NOON + timedelta(days=1)
    plan = Plan("Later", one.segment_id, "spring", send_at=later, control_share=0)
    one = services.change(mailing_id=one.mailing_id, revision=one.revision, plan=plan, actor="ada", now=NOW)
    go(one, 1)
    prepare()
    assert send(later - timedelta(minutes=1)).sent == 0
    assert send(later).sent == 1


def test_somebody_else_has_changed_it_meanwhile(mailing):
    one = mailing(1)
    plan = Plan("Other", one.segment_id, "spring", control_share=0)
    services.change(mailing_id=one.mailing_id, revision=one.revision, plan=plan, actor="kai", now=NOW)
    with pytest.raises(MailingError) as refused:
        go(one, 1)
    assert refused.value.problems == {"": "changed"}


def test_members_get_the_text_planned_for_their_group_at_a_touchpoint(letter, oslo, account, inbox):
    from keepwell.insight.segments import services as segments
    from keepwell.insight.segments.models import SegmentMember
    from keepwell.outreach.sending.models import Message
    from keepwell.outreach.tailoring import queries as tailoring
    from keepwell.outreach.tailoring import services as plans
    from keepwell.outreach.touchpoints import seeding

    seeding.seed()
    everybody, first = oslo(3), SegmentMember.objects.order_by("customer_id").first().customer_id
    rule = {"attribute": "city", "is": "in", "value": ["Bergen"]}
    few = segments.save(name="few", definition=rule, author_id=None, actor="ada").segment_id
    SegmentMember.objects.create(segment_id=few, customer_id=first, entered_at=NOW)
    usual, own = letter(), letter("own", words="This is for you alone.")
    group = plans.add_group(touchpoint="news", segment_id=few, actor="ada", now=NOW)
    plans.set_texts(touchpoint="news", kind="email", values={(group, ""): own}, actor="ada", now=NOW)
    plan = Plan("Spring", everybody, usual, touchpoint="nowhere", control_share=0)
    with pytest.raises(MailingError) as refused:
        services.create(plan=plan, actor="ada", now=NOW)
    assert refused.value.problems == {"touchpoint": "no_touchpoint"}
    one = services.create(
        plan=Plan("Spring", everybody, usual, touchpoint="news", control_share=0), actor="ada", now=NOW
    )
    go(one, 3)
    prepare()
    assert prepare() == []
    sent = dict(Message.objects.values_list("customer_id", "content"))
    assert sent.pop(first) == own
    assert list(sent.values()) == [usual, usual]
    rows = Message.objects.values_list("message_id", "customer_id")
    kept = tailoring.decisions([message for message, _customer in rows])
    assert {customer: str(kept[message].why) for message, customer in rows} == {
        first: "group",
        **dict.fromkeys(sent, "general"),
    }
    send()
    assert sum("for you alone" in str(mail) for mail in inbox.messages) == 1


def test_the_newest_mailing_is_listed_first(oslo, letter):
    segment, code = oslo(1), letter()
    made = [
        services.create(plan=Plan(name, segment, code), actor="ada", now=NOW).mailing_id
        for name in ("First", "Second")
    ]
    assert [one.mailing_id for one in queries.mailings()] == made[::-1]
    assert [one.mailing_id for one in queries.mailings(limit=1)] == made[1:]
