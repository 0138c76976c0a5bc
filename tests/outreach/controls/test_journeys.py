"""Journeys keep a share back: who is control gets nothing of marketing, for good, and is written down."""

from __future__ import annotations

import pytest

from keepwell.outreach.controls import queries as controls
from keepwell.outreach.controls.models import Dealt, Lot
from keepwell.outreach.journeys import queries, services
from keepwell.outreach.journeys.contracts import Entrant
from keepwell.outreach.journeys.models import Traveller
from tests.outreach.journeys.conftest import DAY, END, HOUR, MESSAGE, NOW, cart_fact, messages, plan, tell

pytestmark = pytest.mark.django_db(transaction=True)

SAY = {"say": MESSAGE, "end": END}


def kept(share=0.5, steps=None, **more):
    return plan(steps or SAY, first=more.pop("first", "say"), control=share, goals=[], **more)


def enter(journey, numbers, when=NOW, key="a"):
    entrants = [Entrant(one, f"{key}:{one}", when) for one in numbers]
    services.enter(journey_id=journey, entrants=entrants, now=when)
    services.tick(now=when)


def sides():
    return dict(Dealt.objects.values_list("customer_id", "is_control"))


def test_the_control_does_not_come_in_and_both_sides_are_written_down(people, switched_on, at):
    numbers = people(40)
    journey = switched_on(kept())
    enter(journey, numbers)
    dealt = sides()
    control = {one for one, is_control in dealt.items() if is_control}
    assert set(dealt) == set(numbers)
    assert 5 < len(control) < 35
    assert {one for one, _text in messages()} == set(numbers) - control
    assert set(Traveller.objects.values_list("customer_id", flat=True)) == set(numbers) - control
    row = Dealt.objects.filter(is_control=True).first()
    assert (row.probability, row.entered_at, row.dealt_at, row.version) == (0.5, NOW, NOW, 1)
    (counted,) = queries.statistics(journey)
    assert (counted.entered, counted.control) == (40 - len(control), len(control))
    assert queries.journey(journey).inside == 0


def test_a_replayed_fact_deals_nobody_again_and_a_later_one_finds_the_same_side(people, switched_on, at):
    from keepwell.history.contracts import LiveFact
    from keepwell.outreach.journeys.services.reacting import react

    numbers = people(20)
    journey = switched_on(kept(entry={"again": "always"}))
    facts = [LiveFact("interactions", f"e-{n}", n, cart_fact(f"e-{n}", n, NOW), "shop", NOW) for n in numbers]
    for _again in range(3):
        react(facts)
    services.tick(now=NOW)
    before, first = sides(), messages()
    assert len(before) == 20
    at(NOW + 9 * DAY)
    enter(journey, numbers, NOW + 9 * DAY, "b")
    assert sides() == before
    assert {one for one, _text in messages()} == {one for one, _text in first}
    assert set(Dealt.objects.values_list("entered_at", flat=True)) == {NOW}
    (counted,) = queries.statistics(journey)
    assert counted.control == sum(before.values())


def test_what_is_owed_reaches_the_control_and_only_marketing_passes_it_over(people, switched_on, at):
    numbers = people(20)
    thanks = {**MESSAGE, "purpose": "service", "contents": {"sms": "win_back_sms"}, "next": "say"}
    journey = switched_on(kept(steps={"thanks": thanks, **SAY}, first="thanks"))
    enter(journey, numbers)
    control = {one for one, is_control in sides().items() if is_control}
    by_customer = [one for one, _text in messages()]
    assert control
    assert all(by_customer.count(one) == (1 if one in control else 2) for one in numbers)
    (counted,) = queries.statistics(journey)
    say = next(one for one in counted.steps if one.step == "say")
    assert say.counts["kept_aside"] == len(control)
    assert counted.entered == 20


def test_a_journey_of_service_alone_keeps_nobody_back(people, switched_on, at):
    numbers = people(10)
    journey = switched_on(kept(steps={"say": {**MESSAGE, "purpose": "service"}, "end": END}))
    enter(journey, numbers)
    assert len(messages()) == 10
    assert not Lot.objects.exists()


def test_whom_all_marketing_leaves_alone_is_on_neither_side(people, switched_on, at):
    from keepwell.outreach.policy.queries import held_out
    from keepwell.outreach.policy.services import set_holdout

    numbers = people(60)
    set_holdout(share=0.3, reason="to compare", actor="ada", now=NOW - DAY)
    journey = switched_on(kept())
    enter(journey, numbers)
    aside = held_out(numbers)
    assert aside
    assert set(sides()) == set(numbers) - aside
    assert aside <= set(Traveller.objects.values_list("customer_id", flat=True))


def test_a_changed_share_counts_from_the_next_version_on_and_is_in_the_audit_log(people, switched_on, at):
    from keepwell.foundation.audit.queries import AuditFilter, entries

    numbers = people(40)
    journey = switched_on(kept(0.2))
    enter(journey, numbers[:20])
    before = sides()

    def put(share, now):
        one = services.new_version(journey_id=journey, actor="kai", now=now)
        told = {**one.definition, "control": share}
        saved = services.save_draft(
            journey_id=journey, definition=told, revision=one.revision, actor="kai", now=now
        )
        approved = services.approve(journey_id=journey, revision=saved.revision, actor="ada", now=now)
        services.switch_on(
            journey_id=journey, revision=approved.revision, actor="ada", now=now, reason="to see more"
        )

    put(0.5, NOW + HOUR)
    enter(journey, numbers, NOW + 2 * HOUR, "b")
    after = sides()
    assert {one: after[one] for one in before} == before  # who was dealt keeps the side
    fresh = Dealt.objects.exclude(customer_id__in=before)
    assert set(fresh.values_list("probability", flat=True)) == {0.5}
    assert set(fresh.values_list("version", flat=True)) == {2}
    actions = entries(AuditFilter(object_type="journey", object_id=str(journey)))
    assert [one.details["control"] for one in actions if "control" in one.details][1:2] == [[0.2, 0.5]]
    on = next(one for one in actions if one.action == "journey.on")
    assert (on.details["control"], on.details["reason"]) == (0.5, "to see more")

    put(0, NOW + 3 * HOUR)
    assert Lot.objects.get().ended_at == NOW + 3 * HOUR
    at(NOW + 4 * HOUR)
    enter(journey, numbers, NOW + 4 * HOUR, "c")
    control = {one for one, is_control in after.items() if is_control}
    assert control <= {one for one, _text in messages()}
    put(0.5, NOW + 5 * HOUR)
    enter(journey, people(5, start=80), NOW + 6 * HOUR, "d")
    assert [one.number for one in controls.lots(f"journey:{journey}")] == [2, 1]


def test_merged_records_keep_the_side_and_count_once(people, switched_on, at):
    from keepwell.outreach.controls import following

    numbers = people(40)
    journey = switched_on(kept())
    enter(journey, numbers[:39])
    control = [one for one, is_control in sorted(sides().items()) if is_control]
    treated = [one for one, is_control in sorted(sides().items()) if not is_control]
    lot = controls.lots(f"journey:{journey}")[0].lot_id
    counted = set(controls.units(lot).customer_id)

    memo = following.merge(control[0], control[1], NOW)
    assert set(controls.units(lot).customer_id) == counted - {control[1]}
    following.split(control[0], control[1], memo, NOW)
    assert set(controls.units(lot).customer_id) == counted

    memo = following.merge(control[0], treated[0], NOW)
    assert set(controls.units(lot).customer_id) == counted - {control[0], treated[0]}  # had both
    following.split(control[0], treated[0], memo, NOW)
    assert set(controls.units(lot).customer_id) == counted

    memo = following.merge(numbers[39], control[0], NOW)  # whom the lot does not know yet
    assert sides()[numbers[39]]
    following.split(numbers[39], control[0], memo, NOW)
    assert numbers[39] not in sides()


def test_who_was_merged_before_is_dealt_under_the_surviving_number(people, switched_on, at, monkeypatch):
    from keepwell.customers.identity import queries as identity

    one, two = people(2)
    real = identity.canonical_ids

    def canonical(asked=None):
        return {two: one} if asked is None else {**real(asked), **({two: one} if two in asked else {})}

    monkeypatch.setattr(identity, "canonical_ids", canonical)
    journey = switched_on(kept(entry={"again": "always"}))
    enter(journey, [two])
    enter(journey, [one], NOW + HOUR, "b")
    assert list(sides()) == [one]


def test_who_is_forgotten_is_on_no_side(people, switched_on, at):
    from keepwell.customers.privacy.contracts import Subject
    from keepwell.outreach.controls import following

    numbers = people(6)
    enter(switched_on(kept()), numbers)
    subject = Subject.__new__(Subject)
    object.__setattr__(subject, "customer_ids", (numbers[0],))
    assert following.forget(subject) == {"dealt": 1}
    assert numbers[0] not in sides()


def test_a_dry_run_says_how_many_would_be_kept_and_they_are_those_who_are(people, switched_on, at):
    numbers = people(40)
    tell(*(("interactions", cart_fact(f"e-{one}", one, NOW - DAY)) for one in numbers))
    definition = kept(entry={"again": "always"})
    journey = switched_on(definition, now=NOW)
    found = services.dry_run(definition, NOW - 30 * DAY, NOW, journey_id=journey)
    assert found.control > 0
    assert found.people == 40 - found.control
    enter(journey, numbers)
    assert sum(sides().values()) == found.control


def test_definitions_of_before_there_was_a_control_are_read_with_the_usual_share():
    from keepwell.outreach.journeys.core.reading import DefinitionError, parse
    from keepwell.outreach.journeys.core.writing import to_json

    old = plan(SAY, first="say")
    del old["control"]
    assert parse(old).control == 0.1
    assert parse(to_json(parse({**old, "control": 0}))).control == 0
    for wrong in (0.6, -0.1, "many", None):
        with pytest.raises(DefinitionError, match="control"):
            parse({**old, "control": wrong})


def test_every_ready_made_journey_can_still_be_read_and_keeps_the_usual_share_of_its_marketing(db):
    from keepwell.outreach.journeys.core.controlling import control_share
    from keepwell.outreach.journeys.core.reading import parse

    shares = {one.code: control_share(parse(one.draft.definition)) for one in queries.journeys()}
    assert shares
    assert set(shares.values()) == {0.0, 0.1}
