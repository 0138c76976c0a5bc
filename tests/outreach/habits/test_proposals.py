"""Proposals: only what is clear, done and undone by the strategy's own service, dismissed with a reason."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from keepwell.foundation.audit import queries as audit
from keepwell.insight.models import CurrentCycle, Cycle
from keepwell.outreach.habits import queries, services
from keepwell.outreach.habits.contracts import Kind, ProposalError, State
from keepwell.outreach.habits.groups import GROUP, STAGE, by_members, by_score
from keepwell.outreach.habits.models import Proposal
from keepwell.outreach.pacing import queries as pacing
from keepwell.outreach.pacing import services as strategies

NOW = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def stages(home, db):
    """Puts customers into stages of life by a cycle of their own."""
    from keepwell.history import services as history

    def put(**groups):
        cycle = Cycle.objects.create(
            cycle_id="c1", as_of=NOW - DAY, as_of_given=True, started_at=NOW - DAY, finished_at=NOW - DAY,
            status="done", actor="test", thresholds={}, model_version="1",
        )  # fmt: skip
        CurrentCycle.objects.create(pk=1, cycle=cycle)
        score = {
            "cycle_id": "c1", "as_of": NOW - DAY, "status": "active", "tier": "low", "risk_level": "low",
            "churn_risk": 0.1, "p_alive": 0.9, "expected_purchases": 1.0, "clv": 1, "expected_loss": 1,
            "model_version": "1", "communication_group": "mass",
        }  # fmt: skip
        facts = [
            ("scores", {**score, "customer_id": number, "life_stage": stage})
            for stage, numbers in groups.items()
            for number in numbers
        ]
        history.record_many(facts=facts, source="cycle")
        history.flush()

    return put


@pytest.fixture
def tell(home, db):
    from keepwell.history import services as history

    def told(*contacts, at=NOW - 5 * DAY):
        facts = [
            (
                "contacts",
                {"contact_id": f"k{at:%d}-{place}", "customer_id": customer, "at": at, "channel": channel,
                 "status": status, "purpose": "marketing"},
            )
            for place, (customer, channel, status) in enumerate(contacts)
        ]  # fmt: skip
        history.record_many(facts=facts, source="shop")
        history.flush()

    return told


def contacts(channel, made, answered, group="D"):
    return [
        (f"{group}{place}", channel, "answered" if place < answered else "delivered") for place in range(made)
    ]


DECLINING = [f"D{place}" for place in range(300)]


@pytest.fixture
def clear(stages, tell):
    """E-mail is clearly answered more than the phone, which stands before it."""
    stages(decline=DECLINING, new=["N1"])
    tell(*contacts("phone", 250, 10), *contacts("email", 300, 90))


def test_groups_stand_beside_each_other_with_what_they_begin_themselves(stages, tell):
    from keepwell.history import services as history

    stages(decline=["D0", "D1"], new=["N1"])
    tell(*contacts("email", 2, 1), ("N1", "email", "unsubscribed"), ("X1", "email", "answered"))
    visit = {"interaction_id": "i1", "customer_id": "N1", "at": NOW - DAY, "channel": "web", "type": "visit"}
    history.record_many(facts=[("interactions", visit)], source="shop")
    history.flush()
    found = by_score(STAGE, days=30, now=NOW)
    assert [(one.group, one.channel, one.made, one.answered, one.ended, one.own) for one in found] == [
        ("decline", "email", 2, 1, 0, 0),
        ("new", "email", 1, 0, 1, 0),
        ("new", "web", 0, 0, 0, 1),
    ]
    (mass, _web) = by_score(GROUP, days=30, now=NOW)
    assert (mass.group, mass.made, mass.people) == ("mass", 3, 3)
    members = by_members({"1": ["D0", "N1"], "2": ["D0"]}, days=30, now=NOW)
    assert [(one.group, one.channel, one.made) for one in members] == [
        ("1", "email", 2),
        ("1", "web", 0),
        ("2", "email", 1),
    ]
    with pytest.raises(ValueError, match="by"):
        by_score("tier", days=30, now=NOW)


def test_a_channel_that_is_clearly_answered_more_is_proposed_before_the_other(clear):
    assert pacing.strategy("decline").channels == ("phone", "wecom", "email")
    assert services.look(now=NOW) == 1
    (one,) = queries.proposals()
    assert (one.kind, one.subject, one.state) == (Kind.CHANNELS, "decline", State.OPEN)
    assert one.change == {"channels": ["email", "phone", "wecom"]}
    assert (one.evidence["better"], one.evidence["worse"]) == ([90, 300], [10, 250])
    assert 0 < one.evidence["low"] < one.evidence["difference"] < one.evidence["high"]
    # Nothing is changed by itself, and the same again is the same.
    assert pacing.strategy("decline").channels == ("phone", "wecom", "email")
    assert services.look(now=NOW + DAY) == 1
    assert queries.proposals()[0].found_at == NOW


@pytest.mark.parametrize(
    ("phone", "email"), [((199, 2), (300, 90)), ((250, 60), (300, 78)), ((300, 90), (300, 30))]
)
def test_few_contacts_chance_and_the_right_order_propose_nothing(stages, tell, phone, email):
    stages(decline=DECLINING)
    tell(*contacts("phone", *phone), *contacts("email", *email))
    assert services.look(now=NOW) == 0


def test_who_is_written_to_often_and_leaves_more_is_proposed_to_be_written_to_less(stages, tell):
    often, seldom = [f"O{place}" for place in range(60)], [f"S{place}" for place in range(300)]
    stages(mature=often + seldom)
    for days in (5, 10, 15, 20, 25):
        ended = "unsubscribed" if days == 5 else "delivered"
        tell(*((one, "email", ended) for one in often), at=NOW - days * DAY)
    tell(*((one, "email", "delivered") for one in seldom), at=NOW - 30 * DAY)
    assert services.look(now=NOW) == 1
    (one,) = queries.proposals()
    assert (one.kind, one.change) == (Kind.LIMIT, {"most": 1, "days": 30, "is_binding": True})
    assert (one.evidence["better"], one.evidence["worse"]) == ([60, 300], [0, 300])
    services.carry_out(proposal_id=one.proposal_id, actor="ada", now=NOW)
    after = pacing.strategy("mature")
    assert (after.most, after.days, after.is_binding) == (1, 30, True)


def test_it_is_done_by_the_strategys_own_service_and_undone(clear):
    services.look(now=NOW)
    (one,) = queries.proposals()
    done = services.carry_out(proposal_id=one.proposal_id, actor="ada", now=NOW)
    assert (done.state, done.decided_by, done.before) == (
        State.DONE,
        "ada",
        {"channels": ["phone", "wecom", "email"]},
    )
    assert pacing.strategy("decline").channels == ("email", "phone", "wecom")
    with pytest.raises(ProposalError, match="decided"):
        services.carry_out(proposal_id=one.proposal_id, actor="ada", now=NOW)
    undone = services.undo(proposal_id=one.proposal_id, actor="eve", now=NOW + DAY)
    assert undone.state is State.UNDONE
    assert pacing.strategy("decline").channels == ("phone", "wecom", "email")
    actions = [entry.action for entry in audit.entries()]
    assert sorted(actions) == ["proposal.done", "proposal.undone", "strategy.set", "strategy.set"]
    # What was decided is left alone for half a year.
    assert services.look(now=NOW + 2 * DAY) == 0


def test_undoing_takes_back_nothing_that_somebody_changed_since(clear):
    services.look(now=NOW)
    (one,) = queries.proposals()
    services.carry_out(proposal_id=one.proposal_id, actor="ada", now=NOW)
    strategies.set_strategy(stage="decline", values={"channels": ("sms",)}, actor="eve", now=NOW)
    with pytest.raises(ProposalError, match="changed_since"):
        services.undo(proposal_id=one.proposal_id, actor="ada", now=NOW)
    assert pacing.strategy("decline").channels == ("sms",)
    assert queries.proposal(one.proposal_id).state is State.DONE


def test_it_is_dismissed_with_a_reason_only_and_rests_for_half_a_year(clear, tell):
    services.look(now=NOW)
    (one,) = queries.proposals()
    with pytest.raises(ProposalError, match="no_reason"):
        services.dismiss(proposal_id=one.proposal_id, reason=" ", actor="ada", now=NOW)
    said = services.dismiss(proposal_id=one.proposal_id, reason="calls are wanted", actor="ada", now=NOW)
    assert (said.state, said.reason) == (State.DISMISSED, "calls are wanted")
    assert services.look(now=NOW + DAY) == 0
    later = NOW + 181 * DAY
    tell(*contacts("phone", 250, 10), *contacts("email", 300, 90), at=later - DAY)
    assert services.look(now=later) == 1


def test_what_the_figures_no_longer_say_is_put_aside(clear):
    services.look(now=NOW)
    assert services.look(now=NOW + 95 * DAY) == 0
    assert queries.proposals() == []


def test_afterwards_the_share_stands_beside_the_one_before(clear, tell):
    services.look(now=NOW)
    (one,) = queries.proposals()
    services.carry_out(proposal_id=one.proposal_id, actor="ada", now=NOW)
    assert queries.afterwards(queries.proposals(), now=NOW) == {}
    later = NOW + 20 * DAY
    tell(*contacts("email", 300, 120), at=later - DAY)
    (became,) = queries.afterwards(queries.proposals(), now=later).values()
    assert (became.before.events, became.before.units) == (100, 550)
    assert (became.after.events, became.after.units, became.verdict) == (120, 300, "better")


def test_what_rests_on_another_strategy_than_there_is_now_is_not_carried_out(clear):
    services.look(now=NOW)
    (one,) = queries.proposals()
    # Somebody has added a channel since; the order that was found would take it out again.
    now_said = ("phone", "wecom", "email", "sms")
    strategies.set_strategy(stage="decline", values={"channels": now_said}, actor="eve", now=NOW)
    with pytest.raises(ProposalError, match="rests_on_other"):
        services.carry_out(proposal_id=one.proposal_id, actor="ada", now=NOW)
    assert pacing.strategy("decline").channels == now_said
    services.look(now=NOW + DAY)
    (fresh,) = queries.proposals(state=State.OPEN)
    services.carry_out(proposal_id=fresh.proposal_id, actor="ada", now=NOW + DAY)
    assert pacing.strategy("decline").channels == ("email", "phone", "wecom", "sms")


def test_a_play_is_drafted_once_however_often_it_is_asked_for(db):
    row = Proposal.objects.create(key="content/x", kind="content", subject="x", found_at=NOW)
    made = []

    def make():
        made.append(1)
        return "7"

    done = services.draft(proposal_id=row.pk, make=make, actor="ada", now=NOW)
    with pytest.raises(ProposalError, match="decided"):
        services.draft(proposal_id=row.pk, make=make, actor="eve", now=NOW)
    assert (made, done.made, done.state) == ([1], "7", State.DONE)


def test_changes_that_are_as_old_are_read_from_the_history_once(clear, monkeypatch):
    services.look(now=NOW)
    (one,) = queries.proposals()
    services.carry_out(proposal_id=one.proposal_id, actor="ada", now=NOW)
    asked = []

    def read(by, **more):
        asked.append(more["days"])
        return by_score(by, **more)

    monkeypatch.setattr(queries, "by_score", read)
    done = queries.proposals() * 3
    queries.afterwards(done, now=NOW + 200 * DAY)
    assert asked == [90]
