"""Strategies in force: channels and tone follow them, the wish goes first, the limit only ever tightens."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keepwell.outreach import choosing
from keepwell.outreach.content import queries as content
from keepwell.outreach.journeys.core.graph import Message
from keepwell.outreach.journeys.foreseeing import ahead, foresee
from keepwell.outreach.journeys.services import work
from keepwell.outreach.journeys.services.living import channels, planned_channels
from keepwell.outreach.pacing import queries, services
from keepwell.outreach.policy.contracts import Rules
from keepwell.outreach.tailoring import labels
from keepwell.outreach.tailoring import queries as tailoring
from tests.outreach.journeys.conftest import DAY, END, HOUR, NOW, plan, tell

BEST = Message("best", (("email", "a"), ("sms", "b")), "marketing", "end")
SERVICE = Message("best", (("email", "a"), ("sms", "b")), "service", "end")
CODES = ("email", "sms", "wecom", "phone")


@pytest.fixture
def staged(monkeypatch):
    """Says the stage of life of customers, as the newest cycle would."""
    known = {}
    monkeypatch.setattr(
        "keepwell.outreach.pacing.queries.stages_of",
        lambda ids: {one: known[one] for one in ids if one in known},
    )
    return known


def put(stage="mature", **values):
    return services.set_strategy(stage=stage, values=values, actor="ada", now=NOW)


@given(
    st.lists(st.sampled_from(CODES), unique=True),
    st.lists(st.sampled_from(CODES), unique=True).map(tuple),
    st.sampled_from(["", *CODES]),
)
def test_a_plan_orders_the_channels_after_the_wish_and_adds_none(usable, planned, wish):
    found = choosing.order(usable, choosing.Leaning(wish=wish, plan=planned))
    assert sorted(found) == sorted(usable)
    rest = [one for one in found if one != wish]
    assert [one for one in rest if one in planned] == [one for one in planned if one in rest]
    if wish in usable:
        assert found[0] == wish


@pytest.mark.django_db
def test_nothing_is_led_before_the_strategy_is_in_force(people, staged):
    ann, bo = people(2, agreed=("sms", "email"))
    staged |= {ann: "mature", bo: "growth"}
    put(channels=("sms", "email"), tone="warm")
    assert channels(BEST, [ann, bo], now=NOW) == {ann: "email", bo: "email"}
    assert content.readers([ann])[ann].tones == ()
    put(in_force=True)
    assert channels(BEST, [ann, bo], now=NOW) == {ann: "sms", bo: "email"}
    assert planned_channels(BEST, [ann]) == {ann: ("sms", "email")}
    assert planned_channels(SERVICE, [ann]) == {}
    assert content.readers([ann, bo])[ann].tones == ("warm",)
    assert content.readers([ann, bo])[bo].tones == ()
    put(in_force=False)
    assert channels(BEST, [ann], now=NOW) == {ann: "email"}


@pytest.mark.django_db
def test_consent_and_the_own_wish_go_before_the_strategy(people, staged):
    from keepwell.customers import services as customers

    (ann,) = people(1, agreed=("sms", "email"))
    (bo,) = people(1, start=1, agreed=("email",))
    staged |= {ann: "mature", bo: "mature"}
    put(channels=("sms",), in_force=True)
    customers.set_field(
        customer_id=ann, name="preferred_channel", value="email", actor="ada", source="typed", at=NOW
    )
    assert channels(BEST, [ann, bo], now=NOW) == {ann: "email", bo: "email"}


@pytest.mark.django_db
def test_its_limit_is_one_more_limit_and_takes_none_away(shop):
    from keepwell.insight import queries as insight
    from keepwell.insight.contracts import ScoreFilter
    from keepwell.outreach.policy.contracts import Cap, Intent
    from keepwell.outreach.policy.gathering import Gathered

    one = insight.scores(ScoreFilter(life_stages=("mature",)), page_size=1).rows[0].customer_id
    intent = Intent("m1", one, "email", "marketing")
    own = (Cap(1, 7),)
    before = Gathered([intent], Rules(), NOW, caps=own).situation(intent).caps
    put(most=3, days=30, in_force=True)
    after = Gathered([intent], Rules(), NOW, caps=own).situation(intent).caps
    assert set(before) <= set(after)
    assert set(after) - set(before) == {Cap(3, 30, purpose="marketing", reason="stage")}
    assert queries.in_force([one])[one].stage == "mature"


@pytest.mark.django_db
def test_what_it_would_change_is_what_it_then_changes_and_the_message_says_so(
    people, text, staged, switched_on, at
):
    ann, bo = people(2, agreed=("sms", "email"))
    staged |= {ann: "mature", bo: "growth"}
    say = {
        "kind": "message",
        "channel": "best",
        "contents": [["email", "win_back_email"], ["sms", "win_back_sms"]],
        "purpose": "marketing",
        "next": "end",
    }
    switched_on(plan({"day": {"kind": "wait", "hours": 24, "next": "say"}, "say": say, "end": END}))
    tell(
        *(
            ("interactions", {"interaction_id": one, "customer_id": one, "at": NOW, "type": "cart"})
            for one in (ann, bo)
        )
    )
    work(at(NOW + HOUR))
    put(channels=("sms",))
    found = foresee(stage="mature", plan=("sms",), now=NOW + HOUR)
    assert (found.people, found.messages, found.moved) == (1, 1, 1)
    assert (dict(found.now), dict(found.then)) == ({"email": 1}, {"sms": 1})
    put(in_force=True)
    work(at(NOW + DAY + HOUR))
    from keepwell.outreach.sending.models import Message as Row

    sent = {row.customer_id: row for row in Row.objects.all()}
    assert (sent[ann].channel, sent[bo].channel) == ("sms", "email")
    kept = tailoring.decisions([row.message_id for row in sent.values()])
    assert set(kept) == {sent[ann].message_id}
    said = labels.decision(kept[sent[ann].message_id], segment=str, touchpoint="")
    assert said == "By the strategy for “Mature”: Text message instead of E-mail."


def test_only_marketing_that_lies_ahead_and_may_choose_counts():
    from keepwell.outreach.journeys.core.reading import parse

    one = {
        "kind": "message",
        "channel": "best",
        "contents": {"sms": "a", "email": "b"},
        "purpose": "marketing",
    }
    steps = {
        "first": {**one, "next": "split"},
        "split": {"kind": "branch", "cases": [{"happened": {"fact": "orders", "where": []}, "next": "left"}],
                  "otherwise": "right"},
        "left": {**one, "purpose": "service", "next": "end"},
        "right": {**one, "priority": 7, "next": "end"},
        "end": END,
    }  # fmt: skip
    definition = parse(plan(steps, first="first"))
    assert [step.priority for step in ahead(definition, "split")] == [7]
    assert len(ahead(definition, "first")) == 2
    assert ahead(definition, "end") == []
