"""The rule of buying stages and the choice of a text, as functions of values."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keepwell.outreach.tailoring import core
from keepwell.outreach.tailoring.contracts import ANY, SIGNS, STAGES, Found, Rule, Stage, Why

NOW = datetime(2026, 11, 23, tzinfo=UTC)
RULE = Rule()


def found(*, what="", **times):
    return {sign: Found(number, NOW, what) for sign, number in times.items()}


@pytest.mark.parametrize(
    ("times", "stage"),
    [
        ({}, Stage.NONE),
        ({"visit": 40}, Stage.AWARENESS),
        ({"view": 5, "same_product": 1, "same_category": 2}, Stage.AWARENESS),
        ({"view": 2, "same_product": 2}, Stage.CONSIDERATION),
        ({"view": 3, "same_category": 3}, Stage.CONSIDERATION),
        ({"search": 1}, Stage.CONSIDERATION),
        ({"compare": 1}, Stage.CONSIDERATION),
        ({"enquiry": 1, "visit": 9}, Stage.CONSIDERATION),
        ({"price": 1}, Stage.DECISION),
        ({"cart": 1, "search": 9}, Stage.DECISION),
        ({"checkout": 1}, Stage.DECISION),
        ({"quote": 1}, Stage.DECISION),
    ],
)
def test_the_furthest_sign_says_the_stage(times, stage):
    assert core.standing(found(**times), RULE).stage is stage


def test_the_evidence_names_what_counts_the_strongest_first_and_nothing_else():
    said = core.standing(found(visit=3, same_product=1, search=2, cart=1), RULE)
    assert [(one.sign, one.stage, one.times) for one in said.evidence] == [
        ("cart", Stage.DECISION, 1),
        ("search", Stage.CONSIDERATION, 2),
        ("visit", Stage.AWARENESS, 3),
    ]


def test_the_shop_says_what_counts():
    later = replace(RULE, stages={**RULE.stages, "cart": Stage.CONSIDERATION, "visit": Stage.NONE})
    assert core.standing(found(cart=1), later).stage is Stage.CONSIDERATION
    assert core.standing(found(visit=9), later).stage is Stage.NONE
    patient = replace(RULE, product_times=4)
    assert core.standing(found(view=3, same_product=3), patient).stage is Stage.AWARENESS


signs = st.dictionaries(
    st.sampled_from(SIGNS), st.builds(Found, st.integers(1, 9), st.just(NOW)), max_size=len(SIGNS)
)


@given(signs, signs)
def test_more_signs_never_make_a_stage_less(some, more):
    before, after = core.standing(some, RULE), core.standing({**more, **some}, RULE)
    assert core.rank(after.stage) >= core.rank(before.stage)
    assert (after.stage is Stage.NONE) == (not after.evidence)
    assert all(core.rank(one.stage) <= core.rank(after.stage) for one in after.evidence)


@given(signs, st.timedeltas(timedelta(0), timedelta(days=20)))
def test_when_a_sign_was_seen_does_not_change_the_stage(some, earlier):
    moved = {sign: replace(one, last_at=one.last_at - earlier) for sign, one in some.items()}
    assert core.standing(moved, RULE).stage is core.standing(some, RULE).stage


PLAN = {
    7: {"decision": "vip-buys", ANY: "vip"},
    8: {"awareness": "young-looks"},
    None: {"decision": "all-buy", ANY: "all"},
}


def choose(group, stage, plan=PLAN, bad=()):
    said = core.choose(
        plan,
        touchpoint="cart",
        group=group,
        stage=stage,
        general="usual",
        usable=lambda code: "gone" if code in bad else "",
    )
    return said.template_code, said.why, said.passed


def test_a_cell_goes_before_the_group_before_everybody_else():
    assert choose(7, Stage.DECISION) == ("vip-buys", Why.CELL, ())
    assert choose(7, Stage.AWARENESS) == ("vip", Why.GROUP, ())
    assert choose(8, Stage.DECISION) == ("all-buy", Why.STAGE, ())
    assert choose(8, Stage.NONE) == ("all", Why.REST, ())
    assert choose(None, Stage.DECISION) == ("all-buy", Why.CELL, ())
    assert choose(None, Stage.NONE) == ("all", Why.GROUP, ())
    assert choose(8, Stage.DECISION, {8: {}}) == ("usual", Why.GENERAL, ())


def test_a_text_that_cannot_go_is_passed_over_and_named():
    assert choose(7, Stage.DECISION, bad={"vip-buys"}) == ("vip", Why.GROUP, (("vip-buys", "gone"),))
    every = {"vip-buys", "vip", "all-buy", "all"}
    code, why, passed = choose(7, Stage.DECISION, bad=every)
    assert (code, why, {one for one, _problem in passed}) == ("usual", Why.GENERAL, every)


codes = st.sampled_from(["", "a", "b", "c", "d"])
columns = st.dictionaries(st.sampled_from([ANY, *(str(one) for one in STAGES)]), codes)


@given(
    st.dictionaries(st.sampled_from([7, 8, None]), columns),
    st.sampled_from([7, 8, None]),
    st.sampled_from(STAGES),
    st.sets(st.sampled_from("abcd")),
)
def test_nobody_gets_a_text_that_cannot_go_nor_one_of_another_group_or_stage(plan, group, stage, bad):
    code, why, passed = choose(group, stage, plan, bad)
    assert code not in bad
    assert all(problem == "gone" and one in bad for one, problem in passed)
    mine = {
        plan.get(whose, {}).get(column, "") for whose in {group, None} for column in (ANY, str(stage))
    } - {""}
    if why is Why.GENERAL:
        assert code == "usual"
        assert not mine - bad
    else:
        assert code in mine


def test_the_first_group_of_the_plan_counts():
    assert core.group_of({8, 7, 1}, (7, 8)) == 7
    assert core.group_of({1}, (7, 8)) is None
