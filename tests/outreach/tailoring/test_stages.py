"""Buying stages of real facts: what counts, until when, whose, and what the shop changes."""

from __future__ import annotations

import pytest

from keepwell.customers.privacy.contracts import Right, Subject
from keepwell.foundation.audit import queries as audit
from keepwell.outreach.tailoring import following, queries, services
from keepwell.outreach.tailoring.contracts import TYPED, Stage, TailoringError
from tests.outreach.journeys.conftest import DAY, HOUR, NOW, tell

pytestmark = pytest.mark.django_db
WHO = {"actor": "ada", "now": NOW}


def did(number, customer_id, when, kind="visit", subject=None):
    return "interactions", {
        "interaction_id": number, "customer_id": customer_id, "at": when, "type": kind, "subject": subject,
    }  # fmt: skip


def order(number, customer_id, when, status="paid"):
    return "orders", {
        "order_id": number, "customer_id": customer_id, "ordered_at": when, "amount": 10, "currency": "CNY",
        "status": status,
    }  # fmt: skip


def ticket(number, customer_id, when, category):
    return "tickets", {
        "ticket_id": number, "customer_id": customer_id, "at": when, "event": "opened", "category": category,
        "channel": "email",
    }  # fmt: skip


def stages(*customer_ids):
    found = queries.standings(customer_ids, now=NOW)
    return [str(found[one].stage) if one in found else "none" for one in customer_ids]


def test_facts_say_how_far_somebody_is(people):
    ann, bo, cy, di, ed, fay, gus = people(7)
    tell(
        did("1", ann, NOW - 3 * DAY, "visit", "/home"),
        did("2", bo, NOW - 3 * DAY, "view", "P1"),
        did("3", bo, NOW - 2 * DAY, "view", "P1"),
        did("4", cy, NOW - 3 * DAY, "view", "P1"),
        did("5", cy, NOW - 2 * DAY, "view", "P2"),
        did("6", di, NOW - 1 * DAY, "cart", "P1"),
        did("7", ed, NOW - 1 * DAY, "visit", "/Pricing/teams"),
        did("8", fay, NOW - 31 * DAY, "checkout"),
        ticket("t1", gus, NOW - DAY, "question"),
        ticket("t2", fay, NOW - DAY, "damaged"),  # a complaint says nothing of buying
    )
    assert stages(ann, bo, cy, di, ed, fay, gus) == [
        "awareness", "consideration", "awareness", "decision", "decision", "none", "consideration",
    ]  # fmt: skip


def test_products_of_one_category_count_together(people):
    (ann,) = people(1)
    tell(
        *(("products", {"product_id": f"P{n}", "name": f"Pot {n}", "category": "Pots"}) for n in range(3)),
        *(did(f"v{n}", ann, NOW - n * HOUR, "view", f"P{n}") for n in range(3)),
    )
    said = queries.standing(ann, now=NOW)
    assert said.stage is Stage.CONSIDERATION
    (category,) = [one for one in said.evidence if one.sign == "same_category"]
    assert (category.times, category.what, category.last_at) == (3, "Pots", NOW)


def test_an_order_ends_the_way_to_it(people):
    ann, bo, cy = people(3)
    tell(
        did("1", ann, NOW - 5 * DAY, "cart"),
        order("o1", ann, NOW - 4 * DAY),
        did("2", bo, NOW - 5 * DAY, "cart"),
        order("o2", bo, NOW - 4 * DAY),
        did("3", bo, NOW - 3 * DAY, "search"),
        did("4", cy, NOW - 5 * DAY, "cart"),
        order("o3", cy, NOW - 4 * DAY, status="cancelled"),
    )
    assert stages(ann, bo, cy) == ["none", "consideration", "decision"]


def test_what_colleagues_do_and_what_has_not_happened_yet_is_no_sign(people):
    ann, bo = people(2)
    tell(did("task-1", ann, NOW - DAY, "call"), did("1", bo, NOW + DAY, "cart"))
    assert stages(ann, bo) == ["none", "none"]


def test_who_refuses_profiling_is_at_no_stage(people):
    from keepwell.customers.privacy import services as privacy
    from keepwell.customers.privacy.contracts import ConsentRow
    from keepwell.outreach.policy.services import set_rules

    ann, bo, cy = people(3)
    tell(*(did(one, one, NOW - DAY, "cart") for one in (ann, bo, cy)))
    rows = [
        ConsentRow(ann, "email", "profiling", False, NOW - DAY, "counter", "profiling/1"),
        ConsentRow(bo, "email", "profiling", True, NOW - DAY, "counter", "profiling/1"),
    ]
    privacy.record_consents(rows=rows, actor="ada", live=False)
    assert stages(ann, bo, cy) == ["none", "decision", "decision"]
    set_rules(values={"follow_agreed_only": True}, actor="ada", now=NOW)
    assert stages(ann, bo, cy) == ["none", "decision", "none"]


def test_facts_of_a_merged_number_are_the_persons(people):
    from keepwell.customers.identity import services as identity

    ann, bo = people(2)
    tell(did("1", bo, NOW - DAY, "cart"))
    identity.merge(kept_id=ann, merged_id=bo, actor="ada", now=NOW)
    assert stages(ann) == ["decision"]
    services.work_out(now=NOW)
    assert dict(queries.counted().stages) == {"decision": 1}


def test_all_are_worked_out_at_once_as_each_alone(people):
    ann, bo, _cy = people(3)
    tell(did("1", ann, NOW - DAY, "cart"), did("2", bo, NOW - DAY, "visit"))
    told = services.work_out(now=NOW)
    assert (dict(told.stages), told.made_at) == ({"decision": 1, "awareness": 1}, NOW)
    tell(order("o1", ann, NOW))
    services.work_out(now=NOW + HOUR)
    assert dict(queries.counted().stages) == {"awareness": 1}


def test_segments_can_ask_for_the_stage(people):
    from keepwell.insight.segments import queries as segments

    ann, bo = people(2)
    tell(did("1", ann, NOW - DAY, "cart"), did("2", bo, NOW - DAY, "visit"))
    services.work_out(now=NOW)
    rule = {"attribute": "buying_stage", "is": "in", "value": ["decision"]}
    assert segments.holding(rule, [ann, bo]) == {ann}


def test_the_shop_changes_what_counts_and_that_is_on_record(people):
    (ann,) = people(1)
    tell(did("1", ann, NOW - 8 * DAY, "brochure"), did("2", ann, NOW - 3 * DAY, "visit"))
    assert stages(ann) == ["awareness"]
    services.set_rule(values={"types": {"quote": ["brochure"]}}, **WHO)
    assert stages(ann) == ["decision"]
    services.set_rule(values={"days": 7}, **WHO)
    assert stages(ann) == ["awareness"]
    services.set_rule(values={"stages": {"visit": "none"}}, **WHO)
    assert stages(ann) == ["none"]
    services.set_rule(values={"days": 7}, **WHO)  # nothing changes, nothing is written
    assert len(audit.entries(audit.AuditFilter(object_type="buying_stage"))) == 3


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"days": 0}, "days"),
        ({"product_times": 1}, "product_times"),
        ({"stages": {"visit": "love"}}, "stage.visit"),
        ({"types": {"cart": ["x"], "quote": ["x"]}}, "types.quote"),
    ],
)
def test_what_will_not_do_is_named_and_changes_nothing(home, db, values, field):
    before = queries.rule()
    with pytest.raises(TailoringError) as refused:
        services.set_rule(values=values, **WHO)
    assert field in refused.value.wrong
    assert queries.rule() == before


def test_who_is_erased_leaves_nothing(people):
    ann, bo = people(2)
    tell(did("1", ann, NOW - DAY, "cart"), did("2", bo, NOW - DAY, "cart"))
    services.work_out(now=NOW)
    gone = following.forget(Subject(Right.ERASE, (ann,), "p_1", {}, None))
    assert gone == {"buying stages": 1, "choices of text": 0}
    assert dict(queries.counted().stages) == {"decision": 1}


def test_where_no_type_stands_for_anything_only_tickets_say_something(people):
    ann, bo = people(2)
    tell(did("1", ann, NOW - DAY, "cart"), ticket("t1", bo, NOW - DAY, "Question"))
    services.set_rule(values={"types": dict.fromkeys(TYPED, ()), "price_words": ()}, **WHO)
    assert stages(ann, bo) == ["none", "consideration"]
