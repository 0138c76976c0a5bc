"""Segments of what people noted of customers: the portrait, traits, own tags."""

from __future__ import annotations

import pytest

from keepwell.customers import services as customers
from keepwell.insight import services as insight
from keepwell.insight.segments import queries, services
from tests.insight import shop

CASES = {
    "stage": {"attribute": "personal_stage", "is": "in", "value": ["young_parent"]},
    "tag": {"attribute": "own_tags", "is": "has_any", "value": ["regular"]},
    "interest": {"attribute": "interest", "is": "has_any", "value": ["outdoor", "food"]},
}


def note(case: str, customer_id: str) -> None:
    if case == "stage":
        customers.set_field(
            customer_id=customer_id,
            name="personal_stage",
            value="young_parent",
            actor="ann",
            source="interview",
        )
    elif case == "tag":
        tag_id = customers.save_tag(name="regular", actor="ann")
        customers.add_tag(customer_ids=[customer_id], tag_id=tag_id, actor="ann")
    else:
        customers.save_trait(
            customer_id=customer_id, kind="interest", code="outdoor", actor="ann", source="interview"
        )


@pytest.mark.parametrize("case", list(CASES))
def test_what_was_noted_is_a_condition(shop_home, case):
    made = services.save(name=case, definition=CASES[case], author_id=None, actor="ann")
    services.fill(segment_id=made.segment_id)
    assert queries.count(CASES[case]).size == 0
    note(case, "c0003")
    assert services.notice_changes() == 1
    assert services.follow()
    assert queries.count(CASES[case]).size == 1  # as it is now, before any cycle
    assert list(queries.member_ids(made.segment_id)) == ["c0003"]
    insight.run_cycle(as_of=shop.AS_OF, actor="ann")
    assert queries.count(CASES[case]).size == 1
    assert list(queries.member_ids(made.segment_id)) == ["c0003"]


def test_special_needs_are_no_way_to_pick_people():
    from keepwell.insight.segments.attributes import attributes

    assert "special_need" not in attributes()
    assert {"interest", "family", "own_tags", "culture"} <= set(attributes())
