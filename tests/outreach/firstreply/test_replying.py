"""Whoever writes to us is answered at once by a machine, and by people after it: each message is one work."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from keepwell.outreach.firstreply import rulebook, services
from keepwell.outreach.firstreply.contracts import Cause, RulesError, Stage
from keepwell.outreach.firstreply.models import Enquiry, EnquiryLine, TrialExample
from keepwell.outreach.firstreply.queries import figures, rules
from keepwell.outreach.models import Notification, Task
from keepwell.outreach.questions import services as questions
from keepwell.outreach.questions.models import Feedback
from keepwell.outreach.replying import services as replying
from keepwell.outreach.services import tasks
from tests.outreach.conftest import NOW

SECOND, MINUTE, HOUR, DAY = (
    timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1),
)  # fmt: skip


def test_what_an_answer_fits_is_answered_with_its_link_and_the_way_to_a_person(replies, write, sent):
    replies()
    enquiry = write("Could I have an invoice please?")
    assert enquiry.stage == Stage.MACHINE
    text = sent.texts()[0]
    assert "Invoices: see your account." in text
    assert "https://shop.example/invoice" in text
    assert "agent" in text
    row = sent.rows()[0]
    assert (row.purpose, row.channel, row.urgent) == ("service", "sms", True)
    assert row.due_at - NOW <= 30 * SECOND
    assert not Task.objects.exists()


def test_the_answer_is_in_the_language_that_was_written(replies, write, sent):
    replies()
    write("请问怎么开发票")
    assert "发票请在账户页面申请。" in sent.texts()[0]
    assert "人工" in sent.texts()[0]


def test_a_message_told_twice_is_answered_once(replies, write, sent):
    replies()
    write("invoice", key="same")
    write("invoice", key="same")
    services.reply(now=NOW + MINUTE)
    assert len(sent.rows()) == 1
    assert EnquiryLine.objects.count() == 1


def test_several_messages_at_once_are_one_enquiry_with_one_reply(replies, write, sent):
    replies()
    write("Hello there", seen=False)
    write("when do you open", seen=False)
    services.reply(now=NOW + SECOND)
    assert len(sent.rows()) == 1
    assert "9 to 5." in sent.texts()[0]


def test_what_nothing_fits_is_received_and_a_task_of_the_owner_by_the_standard(replies, write, sent, people):
    replying.set_standard(channel="sms", minutes=120, is_public=True, actor="ada", now=NOW)
    replies()
    enquiry = write("The blue teapot leaks")
    assert (enquiry.stage, enquiry.cause) == (Stage.PERSON, Cause.NO_MATCH)
    task = Task.objects.get()
    assert (task.assignee_id, task.customer_id, task.due_at) == (people.lin.pk, "C-1", NOW + 2 * HOUR)
    assert sent.texts() == [
        "Thank you for your message. We have it, and a colleague is asked to answer you. "
        "Our standard for a first answer is 2 hours."
    ]


def test_what_the_machine_cannot_do_goes_to_people_once(replies, write, sent, monkeypatch):
    from keepwell.outreach.firstreply.services import replying as machine

    def breaks(*_args, **_more):
        raise RuntimeError("no words")

    replies()
    monkeypatch.setattr(machine, "_answer", breaks)
    enquiry = write("Could I have an invoice please?")
    assert (enquiry.stage, enquiry.cause) == (Stage.PERSON, Cause.NOT_SENT)
    assert (Task.objects.count(), sent.rows()) == (1, [])
    assert services.reply(now=NOW + MINUTE) == 0


@pytest.mark.parametrize("word", ["AGENT", "转人工", "it did not help!"])
def test_who_asks_for_a_person_gets_one(replies, write, sent, word):
    replies()
    write("invoice")
    sent.go(NOW + 2 * SECOND)
    enquiry = write(word, now=NOW + 20 * MINUTE)
    assert (enquiry.stage, enquiry.cause) == (Stage.PERSON, Cause.ASKED)
    assert Task.objects.count() == 1
    assert len(sent.rows()) == 2


def test_who_writes_again_after_an_answer_gets_a_person(replies, write):
    replies()
    write("invoice")
    enquiry = write("But when do you open on Sundays?", now=NOW + 20 * MINUTE)
    assert (enquiry.stage, enquiry.cause) == (Stage.PERSON, Cause.AGAIN)


def test_the_machine_writes_no_second_time_within_the_minutes_apart(replies, write, sent):
    replies(apart_minutes=10)
    write("invoice")
    enquiry = write("agent", now=NOW + 9 * MINUTE)
    assert enquiry.stage == Stage.PERSON
    assert len(sent.rows()) == 1


def test_thanks_are_no_new_question(replies, write, sent):
    replies()
    write("invoice")
    sent.go(NOW + 2 * SECOND)
    enquiry = write("好的，谢谢", now=NOW + MINUTE)
    assert enquiry.stage == Stage.MACHINE
    assert len(sent.rows()) == 1
    services.watch(now=NOW + 2 * MINUTE)
    services.watch(now=NOW + DAY + HOUR)
    assert Enquiry.objects.get().stage == Stage.CLOSED_MACHINE


@pytest.mark.parametrize("text", ["5", "👍", "谢谢"])
def test_marks_and_thanks_out_of_the_blue_are_no_enquiry(replies, write, text):
    replies()
    assert write(text) is None


def test_nothing_is_taken_while_it_is_off(house, replies, write):
    assert write("invoice") is None
    replies()
    services.switch_off(actor="ada", now=NOW)
    assert write("invoice") is None


def test_who_ended_messages_gets_no_word_of_the_machine_but_a_person(replies, write, sent, ann):
    from keepwell.customers.privacy import services as privacy
    from keepwell.outreach.policy import services as policy
    from keepwell.outreach.sending import intents

    replies()
    said = {"customer_id": ann, "channel": "sms", "purpose": "service", "source": "sms", "actor": "lin"}
    privacy.set_consent(given=False, **said)
    write("invoice")
    row = sent.rows()[0]
    verdict = policy.claim_many(intents=list(intents.of_messages([row]).values()), actor="w", now=NOW)
    assert not verdict[row.message_id]
    row.status, row.reason, row.finished_at = "withheld", "withdrawn", NOW
    row.save()
    services.watch(now=NOW + MINUTE)
    enquiry = Enquiry.objects.get()
    assert (enquiry.stage, enquiry.cause) == (Stage.PERSON, Cause.NOT_SENT)
    assert Task.objects.count() == 1


def test_who_wrote_and_was_never_asked_for_consent_may_be_answered(replies, write, sent):
    from keepwell.outreach.policy import services as policy
    from keepwell.outreach.sending import intents

    replies()
    write("invoice")
    (row,) = sent.rows()
    verdict = policy.claim_many(intents=list(intents.of_messages([row]).values()), actor="w", now=NOW)
    assert verdict[row.message_id]


def test_who_asked_to_hear_no_more_gets_a_person_and_no_word_of_the_machine(replies, write, sent):
    from keepwell.outreach.channels.contracts import Heard, HeardKind
    from keepwell.outreach.channels.sms.contract import CONTRACT
    from keepwell.outreach.sending.services import hearing

    replies()
    stop = Heard(kind=HeardKind.STOP, address="+447700900001", at=NOW, key="stop", text="STOP")
    hearing.hear(heard=[stop], contract=CONTRACT, now=NOW)
    enquiry = write("invoice", now=NOW + MINUTE)
    assert (enquiry.stage, enquiry.cause) == (Stage.PERSON, Cause.NOT_SENT)
    assert sent.rows() == []


def test_with_routing_on_a_message_is_one_piece_of_work_of_the_department(replies, route, write, store):
    route()
    replies()
    enquiry = write("My delivery is broken")
    assert enquiry.feedback_key
    assert questions.work(now=NOW)["passed"] == 1
    services.watch(now=NOW + MINUTE)
    assert Feedback.objects.get().team_id == store.pk
    assert not Task.objects.exists()


def test_what_the_machine_answers_is_no_feedback_of_a_department(replies, route, write):
    route()
    replies()
    write("invoice")
    assert not Feedback.objects.exists()


def test_what_no_department_takes_becomes_a_task(replies, route, write, people):
    route(fallback=False)
    replies()
    write("The blue teapot leaks")
    questions.work(now=NOW)
    services.watch(now=NOW + MINUTE)
    services.watch(now=NOW + 2 * MINUTE)
    assert Task.objects.get().assignee_id == people.lin.pk


def test_whoever_has_it_is_reminded_the_lead_is_told_and_the_customer_hears_once(
    replies, write, sent, people
):
    replying.set_standard(channel="sms", minutes=60, is_public=True, actor="ada", now=NOW)
    replies()
    write("The blue teapot leaks")
    sent.go(NOW + 2 * SECOND)
    assert services.watch(now=NOW + 40 * MINUTE)["warned"] == 0
    assert services.watch(now=NOW + 46 * MINUTE)["warned"] == 1
    assert services.watch(now=NOW + 61 * MINUTE)["late"] == 1
    services.watch(now=NOW + 3 * HOUR)
    notices = Notification.objects.filter(kind="question").order_by("pk")
    told = list(notices.values_list("user__username", "data__what"))
    assert told == [("lin", "soon"), ("kai", "late")]
    assert [text.startswith("We are sorry") for text in sent.texts()] == [False, True]


def test_the_answer_of_a_colleague_closes_it_and_takes_back_the_word_of_progress(replies, write, sent):
    replies(due_minutes=60)
    write("The blue teapot leaks")
    sent.go(NOW + 2 * SECOND)
    services.watch(now=NOW + 61 * MINUTE)
    task = Task.objects.get()
    tasks.complete(task_ids=[task.pk], outcome="done", actor="lin", now=NOW + 70 * MINUTE)
    services.watch(now=NOW + 71 * MINUTE)
    enquiry = Enquiry.objects.get()
    assert (enquiry.stage, enquiry.answered_at) == (Stage.CLOSED_PERSON, NOW + 70 * MINUTE)
    assert sent.rows()[-1].status == "taken_back"


def test_a_letter_of_ours_closes_it_and_the_task(replies, write, ann):
    replies()
    write("The blue teapot leaks")
    assert services.answered(customer_id=ann, channel="sms", at=NOW + HOUR, actor="lin", now=NOW + HOUR) == 1
    assert Enquiry.objects.get().stage == Stage.CLOSED_PERSON
    assert Task.objects.get().status == "done"


def test_old_news_gets_a_person_and_no_word_of_the_machine(replies, write, sent):
    replies()
    enquiry = write("invoice", at=NOW - HOUR)
    assert (enquiry.stage, enquiry.cause) == (Stage.PERSON, Cause.LATE)
    assert sent.rows() == []


def test_rules_are_tried_on_the_last_days_before_they_are_switched_on(house, write, ann):
    for text in ("invoice", "The blue teapot leaks", "agent", "thanks", "几点开门"):
        write(text)
    made = services.save_rules(
        rules=replace(rulebook.usual(), channels=("sms",)), actor="ada", now=NOW + HOUR
    )
    with pytest.raises(RulesError, match="Try the rules first"):
        services.switch_on(version=made.version, actor="ada", now=NOW + HOUR)
    trial = services.try_rules(version=made.version, actor="ada", now=NOW + HOUR)
    assert (trial.came, trial.answered, trial.asked_person) == (4, 2, 1)
    assert trial.by_answer == {"Invoice": 1, "Hours": 1}
    shown = {one.text: one.title for one in rules.examples(made.version)}
    assert shown == {"invoice": "Invoice", "几点开门": "Hours", "The blue teapot leaks": None}
    services.switch_on(version=made.version, actor="ada", now=NOW + HOUR)
    assert rules.active().version == made.version
    services.switch_off(actor="ada", now=NOW + HOUR)
    assert rules.active() is None


def test_rules_that_cannot_be_are_refused_by_field(people):
    wrong = replace(rulebook.usual(), channels=("fax",), threshold=0.0, target=2, person_words=(), team_id=99)
    with pytest.raises(RulesError) as refused:
        services.save_rules(rules=wrong, actor="ada", now=NOW)
    assert {"channels", "threshold", "target", "person_words", "team"} <= set(refused.value.problems)


def test_the_figures_say_who_closed_what_and_how_soon(replies, write, sent, own, people):
    from zoneinfo import ZoneInfo

    replies(due_minutes=60)
    write("invoice")
    sent.go(NOW + 3 * SECOND)
    services.watch(now=NOW + MINUTE)
    services.watch(now=NOW + 2 * DAY)
    write("The blue teapot leaks", now=NOW + 3 * DAY)
    services.watch(now=NOW + 3 * DAY + MINUTE)
    task = Task.objects.get()
    tasks.complete(task_ids=[task.pk], outcome="done", actor="lin", now=NOW + 3 * DAY + 30 * MINUTE)
    services.watch(now=NOW + 3 * DAY + HOUR)
    found = figures.figures(
        since=NOW - DAY, until=NOW + 4 * DAY, now=NOW + 4 * DAY, zone=ZoneInfo("Asia/Shanghai")
    )
    assert (found.share.machine, found.share.routine, found.share.value) == (1, 2, 0.5)
    line = found.channels[0]
    assert (line.came, line.machine, line.person, line.by_machine.median) == (2, 1, 1, 3.0)
    assert line.by_person.median == 1800
    assert [(one.title, one.given, one.closed, one.not_helped) for one in found.answers] == [
        ("Invoice", 1, 1, 0)
    ]
    second = Enquiry.objects.order_by("-pk").first()
    services.set_routine(enquiry_id=second.pk, routine=False, actor="lin", now=NOW + 4 * DAY)
    found = figures.figures(
        since=NOW - DAY, until=NOW + 4 * DAY, now=NOW + 4 * DAY, zone=ZoneInfo("Asia/Shanghai")
    )
    assert (found.share.value, found.special) == (1.0, 1)


def test_of_whoever_is_erased_no_word_stays(replies, write, ann):
    from keepwell.customers.privacy.contracts import Subject
    from keepwell.outreach.firstreply import following

    replies()
    write("The blue teapot leaks")
    subject = Subject.__new__(Subject)
    object.__setattr__(subject, "customer_ids", (ann,))
    object.__setattr__(subject, "pseudonym", "gone-1")
    assert following.forget(subject) == {"enquiries": 1}
    line = EnquiryLine.objects.get()
    assert (line.text, line.key.startswith("erased-")) == ("", True)
    assert Enquiry.objects.get().customer_id == "gone-1"
    assert not TrialExample.objects.exists()


def test_what_comes_after_the_answer_is_a_new_enquiry_whoever_noted_the_answer(replies, write, people):
    replies()
    write("The blue teapot leaks")
    first = Task.objects.get()
    tasks.complete(task_ids=[first.pk], outcome="done", actor="lin", now=NOW + HOUR)
    write("The lid is broken too", now=NOW + HOUR + SECOND)  # nobody has looked after the task yet
    services.watch(now=NOW + HOUR + MINUTE)
    stages = list(Enquiry.objects.order_by("pk").values_list("stage", flat=True))
    assert stages == [Stage.CLOSED_PERSON, Stage.PERSON]
    assert Task.objects.exclude(pk=first.pk).get().status == "open"


def test_what_waits_while_its_enquiry_is_closed_is_not_lost(replies, write):
    replies()
    write("The blue teapot leaks")
    write("The lid is broken too", now=NOW + HOUR, seen=False)
    tasks.complete(task_ids=[Task.objects.get().pk], outcome="done", actor="lin", now=NOW + HOUR)
    services.watch(now=NOW + HOUR)  # closes it before the machine has looked
    assert services.reply(now=NOW + HOUR + SECOND) == 1
    stages = list(Enquiry.objects.order_by("pk").values_list("stage", flat=True))
    assert stages == [Stage.CLOSED_PERSON, Stage.PERSON]
    assert Task.objects.count() == 2


def test_one_that_nobody_can_be_given_holds_up_no_other(replies, write, monkeypatch, own, people):
    from keepwell.outreach.firstreply.services import replying as machine

    replies()
    real = machine.hand_over
    first = write("The blue teapot leaks", seen=False)

    def breaks(row, *rest):
        if row.pk == first.pk:
            raise RuntimeError("no colleague")
        real(row, *rest)

    monkeypatch.setattr(machine, "hand_over", breaks)
    own("C-2", people.mei, phone="+447700900002")
    hear_from("+447700900002", "The red teapot leaks")
    assert services.reply(now=NOW + SECOND) == 1
    assert Task.objects.get().customer_id == "C-2"


def hear_from(address, text, key="other", at=NOW):
    from keepwell.outreach.channels.contracts import Heard, HeardKind
    from keepwell.outreach.channels.sms.contract import CONTRACT
    from keepwell.outreach.sending.services import hearing

    one = Heard(kind=HeardKind.MESSAGE, address=address, at=at, key=key, text=text)
    hearing.hear(heard=[one], contract=CONTRACT, now=at)


def test_two_customers_of_one_telephone_get_one_answer(replies, write, sent, own, people):
    replies()
    own("A-0", people.mei, phone="07700900001")
    own("C-2", people.mei, phone="+447700900001")
    write("Could I have an invoice please?")
    assert [row.customer_id for row in sent.rows()] == ["C-1"]
    assert Enquiry.objects.count() == 1
    write("The blue teapot leaks", now=NOW + HOUR)
    assert Task.objects.count() == 1


def test_an_answer_holds_by_the_days_of_the_shop(replies, write, sent, house, people):
    from datetime import UTC, date, datetime

    from keepwell.outreach.firstreply.queries import answers
    from keepwell.outreach.policy import services as policy

    policy.set_rules(values={"time_zone": "Asia/Shanghai"}, actor="ada", now=NOW)
    one = answers.get(house["Hours"])
    draft = replace(one.draft, valid_until=date(2026, 12, 31))
    services.save_answer(draft=draft, answer_id=one.answer_id, actor="ada", now=NOW)
    revision = answers.get(one.answer_id).revision
    services.approve(answer_id=one.answer_id, revision=revision, actor="kai", now=NOW)
    replies()
    late = datetime(2026, 12, 31, 15, 59, tzinfo=UTC)  # a minute before the new year in Shanghai
    assert answers.valid(answers.today(late)).keys() == {house["Invoice"], house["Hours"]}
    assert answers.valid(answers.today(late + 2 * MINUTE)).keys() == {house["Invoice"]}


def test_more_open_enquiries_than_one_look_takes_are_all_looked_at(replies, write, monkeypatch, own, people):
    from keepwell.outreach.firstreply.services import watching

    monkeypatch.setattr(watching, "AT_ONCE", 1)
    replies(due_minutes=60)
    for place in range(7):
        own(f"M-{place}", people.lin, phone=f"+44770090010{place}")
        hear_from(f"+44770090010{place}", "The blue teapot leaks", key=f"m{place}")
    services.reply(now=NOW + SECOND)
    last = Task.objects.get(customer_id="M-6")
    tasks.complete(task_ids=[last.pk], outcome="done", actor="lin", now=NOW + MINUTE)
    assert services.watch(now=NOW + 2 * MINUTE)["answered"] == 1
    assert Enquiry.objects.get(customer_id="M-6").stage == Stage.CLOSED_PERSON


def test_no_word_of_progress_goes_on_a_channel_that_was_taken_out(replies, write, sent):
    replies(due_minutes=60)
    write("The blue teapot leaks")
    made = services.save_rules(
        rules=replace(rulebook.usual(), channels=("email",), due_minutes=60), actor="ada", now=NOW + MINUTE
    )
    services.try_rules(version=made.version, actor="ada", now=NOW + MINUTE)
    services.switch_on(version=made.version, actor="ada", now=NOW + MINUTE)
    assert services.watch(now=NOW + 2 * HOUR)["late"] == 1
    assert len(sent.rows()) == 1


def test_a_trial_reads_what_would_have_been_read(house, ann, monkeypatch):
    from keepwell.outreach.questions import sources
    from keepwell.outreach.questions.contracts import Inbound

    repeats = "Re: Your invoice\nThe blue teapot leaks\nOn Mon, 1 Jan 2026 we wrote:\n> write agent"
    found = [
        Inbound("e1", "email", ann, NOW, "email", "", repeats),
        Inbound("e2", "email", ann, NOW, "email", "", "invoice", by_machine=True),
        Inbound("s1", "survey", ann, NOW, "email", "", "invoice"),
    ]
    monkeypatch.setattr(sources, "_sources", {"mail": lambda *_span: found})
    rules_of = services.save_rules(
        rules=replace(rulebook.usual(), channels=("email",)), actor="ada", now=NOW + HOUR
    )
    trial = services.try_rules(version=rules_of.version, actor="ada", now=NOW + HOUR)
    assert (trial.came, trial.answered, trial.asked_person) == (1, 0, 0)


@pytest.fixture
def need(ann):
    """Notes a special need of Ann's."""
    from keepwell.customers import services as records

    def note(code):
        records.save_trait(
            customer_id=ann, kind="special_need", code=code, actor="lin", source="talk", at=NOW
        )

    return note


def test_who_is_on_the_fast_track_is_answered_sooner(replies, write, need):
    """PER-09: the letter's own due time and that of its task are one."""
    from keepwell.outreach.vip import services as vip
    from keepwell.outreach.vip.contracts import VipRules

    need("traveller")
    replying.set_standard(channel="sms", minutes=240, is_public=True, actor="ada", now=NOW)
    replies()
    rules = VipRules(active=True, tiers=(), needs=("traveller",), task_hours=4, reply_minutes={"sms": 20})
    vip.set_rules(rules=rules, actor="ada", now=NOW)
    enquiry, task = write("The blue teapot leaks"), Task.objects.get()
    assert enquiry.due_at == task.due_at == NOW + 20 * MINUTE
    assert task.is_vip


def test_who_is_guided_reads_the_way_to_a_person_first(replies, write, sent, need):
    from keepwell.outreach.content.services import set_brand

    values = {"company_name": "Tea House", "legal_address": "1 West Lake Road", "phone": "0571 8888"}
    set_brand(values=values, based_on=0, actor="ada", now=NOW)
    need("older")
    replies()
    write("Could I have an invoice please?")
    text = sent.texts()[0]
    assert text.index("agent") < text.index("Invoices: see your account.")
    write("The blue teapot leaks", now=NOW + HOUR)
    assert sent.texts()[-1].startswith("If you would rather speak with a person, ring 0571 8888.")
