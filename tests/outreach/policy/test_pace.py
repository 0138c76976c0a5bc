"""Pace: the pure function, what the facts give it, and what the policy makes of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keepwell.outreach.pacing import core, queries, services
from keepwell.outreach.pacing.contracts import Form, Level, Pace, Reactions, Shop, StrategyError, Why
from keepwell.outreach.policy import core as policy
from keepwell.outreach.policy import queries as policies
from keepwell.outreach.policy import services as policy_services
from keepwell.outreach.policy.contracts import Cap, Cause, Decision, Intent, Rules
from tests.outreach.policy.conftest import NOW

SHOP = Shop(messages=10_000, sign_share=0.25, click_share=0.05, clicks_of_opened=0.2)
DAY = timedelta(days=1)
small = st.integers(0, 60)


def level(**counts):
    return core.pace(Reactions(**counts), SHOP).level


def test_a_silence_counts_when_few_who_react_like_others_would_keep_it():
    # 0.75 ** 8 = 0.1001, 0.75 ** 9 = 0.0751, 0.75 ** 16 = 0.0100226, 0.75 ** 17 = 0.0075
    assert (core.needed(0.10, 0.25), core.needed(0.01, 0.25)) == (9, 17)
    assert level(messages=8, silent=8, silent_days=70) is Level.NORMAL
    assert level(messages=9, silent=9, silent_days=70) is Level.SLOWER
    assert level(messages=17, silent=17, silent_days=70) is Level.PAUSE
    # Many in a short time are our doing, not the customer's.
    assert level(messages=17, silent=17, silent_days=20) is Level.SLOWER


def test_where_people_open_more_a_shorter_silence_counts():
    often = replace(SHOP, sign_share=0.5)
    rarely = replace(SHOP, sign_share=0.02)
    quiet = Reactions(messages=10, silent=10, silent_days=90)
    assert core.pace(quiet, often).level is Level.PAUSE
    assert core.pace(quiet, rarely).level is Level.NORMAL


def test_who_clicks_far_more_than_others_hears_more_often():
    assert level(messages=6, signs=4, opened=4, clicked=4, recent=6, recent_clicked=4) is Level.FASTER
    # One click is luck: (1 + 0.5) / 12 is more than twice 0.05, but once is not often.
    assert level(messages=4, signs=1, opened=1, clicked=1, recent=2, recent_clicked=1) is Level.NORMAL


def test_a_farewell_pauses_for_half_a_year():
    said = core.pace(Reactions(messages=1, farewell_days=179.0), SHOP)
    assert (said.level, said.why) == (Level.PAUSE, Why.FAREWELL)
    assert level(messages=1, farewell_days=180.0) is Level.NORMAL


def test_too_few_messages_tell_nothing():
    assert core.pace(Reactions(messages=3, silent=3), SHOP).why is Why.FEW
    quiet = Reactions(messages=50, silent=50, silent_days=170)
    assert core.pace(quiet, replace(SHOP, messages=199)).why is Why.FEW
    # Where nothing is followed everybody is silent: that says nothing of anybody.
    assert core.pace(quiet, replace(SHOP, sign_share=0.0)).level is Level.NORMAL


def test_the_form_changes_too():
    reads = core.pace(Reactions(messages=10, signs=8, opened=8), SHOP)
    assert (reads.level, reads.form) == (Level.NORMAL, Form.SHORT)  # 0.8 ** 8 = 0.17
    assert core.pace(Reactions(messages=10, signs=7, opened=7), SHOP).form is Form.USUAL
    elsewhere = core.pace(Reactions(messages=9, silent=9, other="wecom"), SHOP)
    assert (elsewhere.form, elsewhere.channel) == (Form.OTHER, "wecom")


@given(small, small, st.floats(0, 180), st.floats(0.01, 0.99))
def test_more_silence_never_quickens(silent, more, days, share):
    order = (Level.FASTER, Level.NORMAL, Level.SLOWER, Level.PAUSE)
    shop = replace(SHOP, sign_share=share)

    def place(n):
        return order.index(core.pace(Reactions(messages=60, silent=n, silent_days=days), shop).level)

    assert place(silent) <= place(silent + more)


RULES = Rules(adapt_pace=True)


def situation(pace="", past=()):
    from zoneinfo import ZoneInfo

    standing = policy.Standing(True, Cause.GIVEN)
    return policy.Situation(standing, (ZoneInfo("Asia/Shanghai"),), past=past, pace=pace)


def mail(days_ago):
    return policy.Past(NOW - days_ago * DAY, "email", "marketing")


def ask(pace, *days_ago, rules=RULES, channel="email", purpose="marketing"):
    intent = Intent("m1", "C1", channel, purpose)
    return policy.decide(intent, situation(pace, [mail(one) for one in days_ago]), rules, NOW)


def test_the_policy_keeps_the_pace():
    assert ask("", 10)
    assert ask("slower", 15)
    assert not ask("slower", 10)
    later = ask("pause", 10)
    assert (later.decision, later.cause, later.until) == (Decision.LATER, Cause.TOO_OFTEN, NOW + 50 * DAY)
    assert later.figures["reason"] == "pace"


def test_faster_is_one_more_of_what_e_mails_may_and_never_more_than_all_together():
    assert not ask("", 2, 4)
    assert ask("faster", 2, 4)
    assert not ask("faster", 2, 4, 6)  # three in seven days, whatever the channel
    assert not ask("faster", 0.5)  # one a day


def test_the_pace_is_of_marketing_by_e_mail_alone():
    assert ask("pause", 10, channel="sms")
    assert ask("pause", 10, purpose="service")
    assert ask("pause", 10, purpose="survey")


def test_switched_off_nobody_has_a_pace():
    off = replace(RULES, adapt_pace=False)
    assert ask("pause", 10, rules=off)
    assert not ask("faster", 2, 4, rules=off)


@given(st.sampled_from(("", "faster", "slower", "pause")), st.lists(st.integers(1, 90), max_size=6))
def test_slower_never_lets_through_what_the_usual_pace_would_not(pace, days):
    if ask("pause", *days):
        assert ask("slower", *days)
    if ask("slower", *days):
        assert ask("", *days)
    if ask("", *days):
        assert ask("faster", *days)


def sent(number, customer_id, days_ago, status, channel="email"):
    return "contacts", {
        "contact_id": number, "customer_id": customer_id, "at": NOW - days_ago * DAY, "channel": channel,
        "status": status, "purpose": "marketing",
    }  # fmt: skip


@pytest.fixture
def mailed(agreed):
    """Ann is silent, Bo clicks, Cy refused to be followed and is silent, sixty others open one in four."""
    from keepwell.customers.privacy import services as privacy
    from keepwell.history import services as history

    others = [f"X{n:03d}" for n in range(60)]
    agreed("ann", "bo", "cy", *others)
    privacy.set_consent(
        customer_id="cy", channel="email", purpose="profiling", given=False, source="counter", actor="ada",
        at=NOW - 50 * DAY,
    )  # fmt: skip
    facts = [sent(f"a{n}", "ann", 5 * n + 5, "delivered") for n in range(30)]
    facts += [sent(f"c{n}", "cy", 5 * n + 5, "delivered") for n in range(30)]
    facts += [sent(f"b{n}", "bo", 5 * n + 5, "clicked") for n in range(6)]
    for one in others:
        facts += [sent(f"{one}{n}", one, 10 * n + 3, "opened" if n == 0 else "sent") for n in range(4)]
    history.record_many(facts=facts, source="test")
    history.flush()


@pytest.mark.django_db
def test_pace_is_told_from_the_facts_and_kept_for_those_who_depart_from_the_usual(mailed):
    told = services.work_out(now=NOW)
    assert told.levels == {"pause": 1, "faster": 1}
    ann = queries.pace("ann")
    assert (ann.level, ann.why, ann.figures["silent"]) == (Level.PAUSE, Why.SILENCE, 30)
    assert queries.pace("bo").level is Level.FASTER
    assert queries.pace("cy") == Pace()
    assert services.work_out(now=NOW + DAY).levels == told.levels


@pytest.mark.django_db
def test_the_one_door_asks_for_the_pace_where_the_rules_follow_it(mailed, meant):
    services.work_out(now=NOW)
    policy_services.set_holdout(share=0, reason="test", actor="ada", now=NOW)
    first = policy_services.claim(intent=meant("m1", customer_id="ann"), actor="ada", now=NOW)
    again = meant("m2", customer_id="ann")
    assert first
    assert policies.ask(again, now=NOW + 20 * DAY)
    policy_services.set_rules(values={"adapt_pace": True}, actor="ada", now=NOW)
    refused = policies.ask(again, now=NOW + 20 * DAY)
    assert (refused.cause, refused.until) == (Cause.TOO_OFTEN, NOW + 60 * DAY)
    assert policies.ask(again, now=NOW + 60 * DAY)
    preview = policies.preview({"adapt_pace": True}, now=NOW)
    assert preview.by_pace == 5  # of Ann's six in the 30 days before, one a pause long
    assert policies.preview({"adapt_pace": False}, now=NOW).by_pace == 0


@pytest.mark.django_db
def test_days_of_a_pace_are_checked():
    from keepwell.outreach.policy.rulebook import RulesError

    for values in ({"slower_days": 0}, {"pause_days": 7}, {"pause_days": 400}):
        with pytest.raises(RulesError):
            policy_services.set_rules(values=values, actor="ada", now=NOW)


@pytest.mark.django_db
def test_the_strategy_of_a_stage_binds_where_it_says_so(shop, meant):
    from keepwell.insight import queries as insight
    from keepwell.insight.contracts import ScoreFilter

    one = insight.scores(ScoreFilter(life_stages=("mature",)), page_size=1).rows[0].customer_id
    intent = meant("m1", customer_id=one)
    values = {"most": 1, "days": 45, "is_binding": True}
    services.set_strategy(stage="mature", values=values, actor="ada", now=NOW)
    assert queries.stage_limits([one]) == {one: ("mature", 1, 45)}
    from keepwell.outreach.policy.gathering import Gathered

    (cap,) = Gathered([intent], Rules(), NOW).situation(intent).caps
    assert cap == Cap(1, 45, purpose="marketing", reason="stage")
    services.set_strategy(stage="mature", values={"is_binding": False}, actor="ada", now=NOW)
    assert queries.stage_limits([one]) == {}


@pytest.mark.django_db
def test_a_strategy_is_checked_and_its_changes_are_kept(home):
    from keepwell.foundation.audit import queries as audit

    with pytest.raises(StrategyError):
        services.set_strategy(stage="mature", values={"most": 0}, actor="ada", now=NOW)
    services.set_strategy(stage="mature", values={"goal": "Stay"}, actor="ada", now=NOW)
    services.set_strategy(stage="mature", values={"goal": "Stay"}, actor="ada", now=NOW)
    assert queries.strategy("mature").goal == "Stay"
    assert [one.action for one in audit.entries()] == ["strategy.set"]
