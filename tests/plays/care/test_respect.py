"""Birthdays and anniversaries are kept free of offers (EMO-16)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import partial

import pytest

from keepwell.customers.privacy import services as privacy
from keepwell.customers.services import save_date
from keepwell.outreach.channels.onsite.contract import WEB_CONTRACT
from keepwell.outreach.channels.person import services as person
from keepwell.outreach.content import queries as content
from keepwell.outreach.models import Task
from keepwell.outreach.policy import queries as policy
from keepwell.outreach.policy.contracts import Cause, Decision, Intent
from keepwell.outreach.policy.services import claim, set_rules
from keepwell.outreach.sending.contracts import Draft
from keepwell.outreach.sending.models import Message
from keepwell.outreach.sending.services import queueing, visiting
from keepwell.outreach.sending.services.accounts import set_account
from keepwell.outreach.services import contacting
from keepwell.plays.care import services
from keepwell.plays.care.contracts import CareError
from keepwell.plays.care.queries import plans
from tests.plays.care.conftest import NOW

BIRTHDAY = datetime(2026, 12, 10, 4, tzinfo=UTC)  # noon in China


@pytest.fixture
def agreed(ann):
    for channel in ("email", "sms", "web", "post"):
        for purpose in ("marketing", "survey"):
            privacy.set_consent(
                customer_id=ann,
                channel=channel,
                purpose=purpose,
                given=True,
                source="till",
                actor="lin",
                wording=f"{purpose}/1",
            )
    return ann


def ask(now, **changes):
    wanted = {"intent_id": "m", "customer_id": "C-1", "channel": "email", "purpose": "marketing"} | changes
    return policy.ask(Intent(**wanted), now=now)


def test_an_offer_waits_until_the_birthday_is_over_where_the_customer_is(agreed):
    verdict = ask(BIRTHDAY)
    assert (verdict.decision, verdict.cause) == (Decision.LATER, Cause.RESPECT_DAY)
    assert verdict.until == datetime(2026, 12, 11, 1, tzinfo=UTC)  # nine in the morning of the next day
    assert ask(verdict.until)
    assert ask(BIRTHDAY - timedelta(days=1))
    # In China the day begins while it is still the 9th in London.
    assert ask(datetime(2026, 12, 9, 16, 30, tzinfo=UTC)).cause == Cause.RESPECT_DAY


def test_surveys_wait_too_but_wishes_and_service_go_out(agreed):
    assert ask(BIRTHDAY, purpose="survey").cause == Cause.RESPECT_DAY
    assert ask(BIRTHDAY, caring=True)
    assert ask(BIRTHDAY, purpose="service").cause != Cause.RESPECT_DAY


def wait(customer_id, channel):
    """A wish and an offer that hold for the birthday only; both are queued."""
    drafts = [
        Draft(
            key=f"{channel}/{code}",
            customer_id=customer_id,
            channel=channel,
            purpose="marketing",
            content=code,
            text="A line",
            not_after=BIRTHDAY + timedelta(hours=6),
        )
        for code in ("birthday_sms", "member_day_sms")
    ]
    queueing.queue(drafts=drafts, actor="ada", now=NOW)


def test_a_page_shows_the_wish_on_that_day_and_not_the_offer(agreed):
    values = {"origins": "https://www.shop.example", "secret": "x" * 32}
    site = set_account(provider="web.site", values=values, actor="ada", now=NOW)
    wait(agreed, "web")
    look = partial(
        visiting.next_for,
        customer_id=agreed,
        contract=WEB_CONTRACT,
        account_id=site.account_id,
        now=BIRTHDAY,
    )
    shown = look()
    assert shown is not None
    assert shown.content == "birthday_sms"
    assert look(without={shown.message_id}) is None


def test_a_person_may_wish_well_on_that_day_and_not_offer_anything(agreed):
    set_account(provider="post.people", values={}, actor="ada", now=NOW)
    wait(agreed, "post")
    made = person.hand_out(now=BIRTHDAY)
    assert (made["tasks"], made["withheld"]) == (1, 1)
    assert Message.objects.get(status="handed").content == "birthday_sms"
    assert contacting.begin(task_id=Task.objects.get().pk, actor="lin", now=BIRTHDAY)


def test_an_offer_of_a_care_plan_waits_on_that_day_like_every_other(agreed):
    for kind in ("staged_offer", "greeting"):
        services.add(
            customer_id=agreed, act=kind, due_on=BIRTHDAY.date(), channel="email", actor="lin", now=NOW
        )
    services.run(now=BIRTHDAY - timedelta(days=2))
    found = {act.act: act.task_id for act in plans.acts_of(agreed)}
    begun = partial(contacting.begin, actor="lin", now=BIRTHDAY)
    assert begun(task_id=found["staged_offer"]).cause == Cause.RESPECT_DAY
    assert begun(task_id=found["greeting"])


def test_an_offer_that_holds_that_day_only_is_not_sent_at_all(agreed):
    verdict = ask(BIRTHDAY, not_after=BIRTHDAY + timedelta(hours=6))
    assert (verdict.decision, verdict.cause) == (Decision.REFUSED, Cause.RESPECT_DAY)


def test_the_anniversary_counts_and_another_s_birthday_does_not(agreed):
    for kind, day in (("wedding", date(2010, 12, 20)), ("partner_birthday", date(1980, 12, 22))):
        save_date(customer_id=agreed, kind=kind, on_date=day, source="conversation", actor="lin")
    assert ask(BIRTHDAY + timedelta(days=10)).cause == Cause.RESPECT_DAY
    assert ask(BIRTHDAY + timedelta(days=12))


def test_it_is_for_the_tiers_of_the_rules_and_can_be_switched_off(agreed, rate):
    set_rules(values={"respect_tiers": ("mid",)}, actor="ada", now=NOW)
    assert ask(BIRTHDAY)
    rate(agreed, tier="mid")
    assert ask(BIRTHDAY).cause == Cause.RESPECT_DAY
    set_rules(values={"respect_tiers": ()}, actor="ada", now=NOW)
    assert ask(BIRTHDAY)
    assert claim(intent=Intent("m2", agreed, "email", "marketing"), actor="a", now=BIRTHDAY)


def test_a_day_of_care_refuses_what_sells(ann):
    who = {"customer_id": ann, "due_on": date(2026, 12, 10), "actor": "lin", "now": NOW}
    with pytest.raises(CareError, match="20% off"):
        services.add(act="call", occasion="birthday", words="Happy birthday, 20% off today", **who)
    with pytest.raises(CareError, match="优惠"):
        services.add(act="call", occasion="birthday", words="生日快乐，优惠多多", **who)
    with pytest.raises(CareError, match="another day"):
        services.add(act="staged_offer", occasion="anniversary", **who)
    assert services.add(act="call", occasion="birthday", words="Happy birthday, dear Ann", **who)


def test_the_greetings_that_keepwell_brings_sell_nothing(db):
    assert content.sales_talk("birthday_sms") == content.sales_talk("birthday_email") == ""
    assert content.sales_talk("member_day_sms")
    assert content.caring(["birthday_sms", "member_day_sms", "no_such"]) == {"birthday_sms"}
