"""Contacts are claimed at the moment they are made: counted once, refused with a fact."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import time, timedelta

import pytest
from django.db import connections

from keepwell.customers import services as customers
from keepwell.customers.contracts import CustomerRow
from keepwell.customers.identity import services as identity
from keepwell.customers.privacy import services as privacy
from keepwell.foundation.audit.services import verify
from keepwell.history import queries as history
from keepwell.history import services as facts
from keepwell.outreach.policy import following, queries, rulebook, services
from keepwell.outreach.policy.contracts import Cap, Cause, Decision, Holdout, Rules
from tests.outreach.policy.conftest import NOW

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def rules(**values):
    return services.set_rules(values=values, actor="ada", now=NOW - 10 * DAY)


def claim(intent, now=NOW, **more):
    return services.claim(intent=intent, actor="keepwell", now=now, **more)


def withdraw(number="C1", channel="email", at=NOW):
    privacy.set_consent(
        customer_id=number,
        channel=channel,
        purpose="marketing",
        given=False,
        source="reply",
        wording="",
        actor="ada",
        at=at,
    )


def test_what_is_allowed_counts_and_the_same_again_counts_once(agreed, meant):
    agreed("C1")
    rules(caps=(Cap(1, 7),))
    assert claim(meant())
    assert claim(meant(), NOW + timedelta(minutes=1))
    verdict = claim(meant("m2", channel="sms"), NOW + timedelta(hours=1))
    assert (verdict.decision, verdict.cause) == (Decision.LATER, Cause.TOO_OFTEN)
    assert verdict.until == NOW + 7 * DAY
    one, two = queries.contacts("C1")
    assert (two.intent_id, two.decided_at, two.asked) == ("m1", NOW, 2)
    assert (one.intent_id, one.decision, one.until) == ("m2", "later", NOW + 7 * DAY)


def test_asking_writes_nothing(agreed, meant):
    agreed("C1")
    assert queries.ask(meant(), now=NOW)
    assert queries.contacts("C1") == []


def test_who_has_opted_out_in_the_meantime_is_not_contacted(agreed, meant):
    agreed("C1")
    assert claim(meant())
    withdraw(at=NOW + timedelta(minutes=1))
    verdict = claim(meant(), NOW + timedelta(minutes=2))
    assert (verdict.decision, verdict.cause) == (Decision.REFUSED, Cause.WITHDRAWN)
    # It did not go out, so it takes nobody else's place.
    rules(caps=(Cap(1, 7),))
    assert claim(meant("m2", channel="sms"), NOW + timedelta(minutes=3))


def test_a_refusal_is_a_fact_with_its_reason_once(agreed, meant):
    agreed("C1", channels=())
    for minute in range(3):
        claim(meant(content="spring"), NOW + timedelta(minutes=minute))
    facts = history.timeline("C1", tables=["contacts"])
    assert [(fact.at, fact.data["status"], fact.data["reason"]) for fact in facts] == [
        (NOW, "withheld", "not_asked")
    ]
    assert (facts[0].data["purpose"], facts[0].data["content"]) == ("marketing", "spring")


def test_an_open_complaint_silences_marketing_and_not_service(agreed, meant):
    agreed("C1")
    privacy.set_consent(
        customer_id="C1",
        channel="email",
        purpose="service",
        given=True,
        source="counter",
        wording="service/1",
        actor="ada",
        at=NOW - DAY,
    )
    privacy.place_hold(customer_id="C1", kind="complaint", actor="ada", now=NOW - DAY)
    verdict = claim(meant())
    assert (verdict.cause, verdict.figures["hold"]) == (Cause.ON_HOLD, "complaint")
    assert claim(meant("m2", purpose="service"))


def test_a_visit_needs_no_consent_but_a_stop_holds_it(agreed, meant):
    agreed("C1", channels=())
    assert claim(meant(channel="visit")).cause == Cause.NO_CONSENT_NEEDED
    privacy.place_hold(customer_id="C1", kind="stop", actor="ada", now=NOW)
    assert claim(meant("m2", channel="visit"), NOW + DAY).cause == Cause.STOPPED
    assert claim(meant("m3", customer_id="C9", channel="visit")).cause == Cause.UNKNOWN_CUSTOMER


def test_many_at_once_are_decided_greatest_priority_first(agreed, meant):
    agreed("C1", "C2")
    rules(caps=(Cap(1, 7),))
    wanted = [
        meant("m1", priority=10),
        meant("m2", priority=90, channel="sms"),
        meant("m3", customer_id="C2", priority=10),
    ]
    found = services.claim_many(intents=wanted, actor="keepwell", now=NOW)
    assert {key: bool(one) for key, one in found.items()} == {"m1": False, "m2": True, "m3": True}


def test_a_lesser_message_leaves_room_for_one_that_waits(agreed, meant):
    agreed("C1")
    rules(caps=(Cap(1, 7),), quiet_from=time(21), quiet_until=time(12, 30))
    great = meant("m1", priority=90, channel="sms")
    assert claim(great).cause == Cause.QUIET_HOURS
    rules(quiet_until=time(9))
    assert claim(meant("m2", priority=10)).cause == Cause.OUTRANKED
    assert claim(great, NOW + timedelta(minutes=30))


def test_the_channel_s_own_limit_holds_beside_the_rules(agreed, meant):
    agreed("C1")
    rules(caps=())
    own = (Cap(1, 30, channel="email"),)
    assert claim(meant(), caps=own)
    assert claim(meant("m2"), caps=own).figures["days"] == 30
    assert claim(meant("m2"))


def test_what_did_not_take_place_no_longer_counts(agreed, meant):
    agreed("C1")
    rules(caps=(Cap(1, 7),))
    assert claim(meant())
    assert services.take_back(intent_ids=["m1", "m9"], now=NOW) == 1
    assert claim(meant("m2"))


def test_a_call_that_was_made_anyway_is_kept_as_outside(agreed, meant):
    def note(intent, now=NOW):
        return services.note_many(intents=[intent], actor="lin", now=now)[intent.intent_id]

    agreed("C1", channels=())
    rules(caps=())
    verdict = note(meant(channel="phone"))
    assert (verdict.decision, verdict.cause) == (Decision.OUTSIDE, Cause.NOT_ASKED)
    agreed("C2")
    assert note(meant("m2", customer_id="C2", channel="phone"))
    asked = meant("m3", customer_id="C2", channel="sms")
    assert claim(asked)
    assert note(asked, NOW + DAY).decision == Decision.ALLOWED
    assert queries.contact("m3").asked == 1


@pytest.mark.django_db(transaction=True)
def test_two_who_ask_at_once_for_the_last_places_get_exactly_those(agreed, meant):
    agreed("C2")
    rules(caps=(Cap(2, 7),))

    def ask(number):
        try:
            return bool(claim(meant(f"m{number}", customer_id="C2")))
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(ask, range(16))) == 2
    assert len(queries.holdout_periods()) == 1


def test_a_chunk_is_decided_in_as_many_queries_as_a_single_one(agreed, meant, django_assert_max_num_queries):
    services.set_holdout(share=0, reason="test", actor="ada", now=NOW)
    numbers = agreed(*(f"C{number}" for number in range(60)), channels=("email",))
    wanted = [meant(f"m-{number}", customer_id=number) for number in numbers]
    with django_assert_max_num_queries(24):
        assert all(services.claim_many(intents=wanted, actor="keepwell", now=NOW).values())


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"purpose": "profiling"}, "purpose"), ({"priority": 101}, "priority"), ({"priority": -1}, "priority")],
)
def test_an_intent_that_makes_no_sense_is_refused(agreed, meant, changes, field):
    with pytest.raises(ValueError, match=field):
        claim(meant(**changes))
    with pytest.raises(ValueError, match="twice"):
        services.claim_many(intents=[meant(), meant()], actor="a", now=NOW)


def test_rules_are_versions_and_nothing_is_saved_where_nothing_changes():
    assert queries.rules() == Rules()
    saved = rules(quiet_from=time(20), caps=(Cap(1, 1, "sms", "survey"),))
    assert (saved.version, queries.rules()) == (1, saved)
    assert rules(quiet_from=time(20)) == saved
    assert rules(repeat_days=0).version == 2
    assert [one.version for one in queries.versions()] == [2, 1]
    assert verify() is None
    assert rulebook.parse(rulebook.to_json(saved)) == replace(saved)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"quiet_from": time(9, 30), "quiet_until": time(9)}, "quiet_until"),
        ({"quiet_weekdays": tuple(range(7))}, "quiet_weekdays"),
        ({"time_zone": "Mars/Olympus"}, "time_zone"),
        ({"caps": (Cap(0, 1),)}, "cap-0"),
        ({"caps": (Cap(1, 1), Cap(2, 1))}, "cap-1"),
        ({"caps": (Cap(1, 1, channel="telex"),)}, "cap-0"),
        ({"caps": (Cap(1, 1, purpose="profiling"),)}, "cap-0"),
        ({"repeat_days": -1}, "repeat_days"),
        ({"reserve_hours": 169}, "reserve_hours"),
    ],
)
def test_rules_that_will_not_do_say_which_field(values, field):
    with pytest.raises(rulebook.RulesError) as raised:
        rules(**values)
    assert list(raised.value.message_dict) == [field]
    assert queries.rules().version == 0


def test_a_share_is_kept_aside_from_marketing_from_the_first_contact_on(agreed, meant):
    numbers = agreed(*(f"C{number}" for number in range(200)))
    assert queries.holdout() == Holdout(0.05)
    services.set_holdout(share=0.25, reason="a first measurement", actor="ada", now=NOW - DAY)
    wanted = [meant(f"m-{number}", customer_id=number) for number in numbers]
    found = services.claim_many(intents=wanted, actor="keepwell", now=NOW)
    aside = {key.removeprefix("m-") for key, one in found.items() if one.cause is Cause.HELD_OUT}
    assert aside == queries.held_out(numbers)
    assert 30 <= len(aside) <= 70
    one = min(aside)
    told = history.timeline(one, tables=["contacts"])
    assert [(fact.data["status"], fact.data["reason"]) for fact in told] == [("withheld", "held_out")]
    # Service goes on, and surveys must ask both sides.
    assert queries.ask(meant("s", customer_id=one, purpose="survey", channel="visit"), now=NOW)
    assert queries.ask(meant("v", customer_id=one, purpose="service", channel="visit"), now=NOW)


def test_the_usual_holdout_begins_with_the_first_contact(agreed, meant):
    agreed("C1")
    assert queries.holdout().started_at is None
    claim(meant(purpose="service", channel="visit"))
    assert queries.holdout().started_at is None
    claim(meant("m2"))
    claim(meant("m3"), NOW + DAY)
    assert (queries.holdout().share, queries.holdout().started_at) == (0.05, NOW)


def test_a_greater_holdout_lets_nobody_go_and_none_needs_a_reason(agreed):
    numbers = [f"C{number}" for number in range(500)]
    small = queries.held_out(numbers)
    services.set_holdout(share=0.2, reason="too few", actor="ada", now=NOW)
    assert small < queries.held_out(numbers)
    with pytest.raises(rulebook.RulesError) as raised:
        services.set_holdout(share=0, reason=" ", actor="ada", now=NOW + DAY)
    assert list(raised.value.message_dict) == ["reason"]
    with pytest.raises(rulebook.RulesError):
        services.set_holdout(share=0.6, reason="x", actor="ada", now=NOW + DAY)
    services.set_holdout(share=0, reason="season", actor="ada", now=NOW + DAY)
    assert queries.held_out(numbers) == set()
    ended, present = queries.holdout_periods()[1], queries.holdout_periods()[0]
    assert (ended.ended_at, present.share, present.reason) == (NOW + DAY, 0, "season")
    assert verify() is None


def test_who_is_merged_has_heard_what_both_have(agreed, meant):
    agreed("C1", "C2")
    rules(caps=(Cap(1, 7),))
    assert claim(meant(customer_id="C2"))
    identity.merge(kept_id="C1", merged_id="C2", actor="ada", now=NOW)
    assert claim(meant("m2"), NOW + timedelta(hours=1)).cause == Cause.TOO_OFTEN
    assert claim(meant("m3", customer_id="C2"), NOW + timedelta(hours=1)).cause == Cause.TOO_OFTEN
    assert {one.intent_id for one in queries.contacts("C1")} == {"m1", "m2", "m3"}


class Erased:
    """What an eraser is told of somebody."""

    customer_ids = ("C1",)
    pseudonym = "erased-1"


def test_nothing_of_an_erased_person_stays(agreed, meant):
    agreed("C1", "C2")
    claim(meant())
    claim(meant("m2", customer_id="C2"))
    assert following.forget(Erased()) == {"contacts": 1}
    assert following.forget(Erased()) == {"contacts": 0}
    assert queries.contacts("C1") == []
    assert len(queries.contacts("C2")) == 1


@pytest.mark.django_db(transaction=True)
def test_the_preview_counts_what_would_have_been_held_back(agreed, home):
    agreed("C1", "C2")
    customers.upsert_many(
        rows=[CustomerRow("C3", time_zone="America/New_York")], source="crm", at=NOW - 90 * DAY, actor="ada"
    )
    made = [("C1", 1), ("C1", 2), ("C2", 3), ("C3", 4)]  # C3 at noon in Shanghai: eleven in the evening
    for number, (customer_id, day) in enumerate(made):
        fact = {
            "contact_id": f"x{number}",
            "customer_id": customer_id,
            "at": NOW - day * DAY,
            "channel": "sms",
        }
        facts.record(table="contacts", fact={**fact, "status": "sent"}, source="shop")
    queued = {"contact_id": "q", "customer_id": "C2", "at": NOW - DAY, "channel": "sms", "status": "withheld"}
    facts.record(table="contacts", fact=queued, source="shop")
    facts.flush()
    found = queries.preview({"caps": (Cap(1, 7),)}, now=NOW)
    assert (found.contacts, found.too_often, found.at_quiet_hours) == (4, 1, 1)
    assert (found.customers, found.customers_spared, found.share) == (3, 2, 1.0)
    assert found.until == NOW - DAY


def test_without_contacts_there_is_nothing_to_try_rules_on(home):
    assert queries.preview({}, now=NOW).until is None
