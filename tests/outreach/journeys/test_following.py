"""Passages follow people who are merged, taken apart or erased."""

from __future__ import annotations

import pytest

from keepwell.customers.identity import services as identity
from keepwell.outreach.journeys import following, queries, services
from keepwell.outreach.journeys.models import Traveller
from tests.outreach.journeys.conftest import DAY, NOW, cart_fact, messages, tell

pytestmark = pytest.mark.django_db(transaction=True)


def test_one_person_is_inside_once_after_a_merge_and_both_go_on_after_a_split(people, switched_on, at):
    one, other = people(2)
    journey = switched_on()
    tell(*(("interactions", cart_fact(f"e-{who}", who, NOW)) for who in (one, other)))
    services.tick(now=NOW)
    merged = identity.merge(kept_id=one, merged_id=other, actor="ada")
    rows = {row.entry_key: row for row in Traveller.objects.all()}
    assert {row.customer_id for row in rows.values()} == {one}
    assert sorted(row.outcome for row in rows.values()) == ["", "merged"]
    assert queries.journey(journey).inside == 1
    assert len(queries.travellers(one)) == 2
    identity.split(merge_id=merged.merge_id, actor="ada")
    assert dict(Traveller.objects.values_list("customer_id", "outcome")) == {one: "", other: ""}
    services.tick(now=NOW + DAY)
    assert len(messages()) == 2
    (counts,) = queries.statistics(journey)
    assert (counts.entered, counts.inside) == (2, 0)
    assert {name: number for name, number in counts.outcomes.items() if number} == {"end": 2}


def test_what_happens_under_a_merged_number_happens_to_the_surviving_record(people, switched_on, at):
    one, other = people(2)
    switched_on()
    identity.merge(kept_id=one, merged_id=other, actor="ada")
    tell(("interactions", cart_fact("e1", other, NOW)))
    assert Traveller.objects.get().customer_id == one


def test_nothing_stays_of_who_is_erased(people, switched_on, at):
    from keepwell.customers.privacy.contracts import Subject

    one, other = people(2)
    journey = switched_on()
    tell(*(("interactions", cart_fact(f"e-{who}", who, NOW)) for who in (one, other)))
    names = Subject.__dataclass_fields__
    given = dict.fromkeys(names, ()) | {"customer_ids": (one,)}
    assert following.forget(Subject(**given)) == {"journeys": 1}
    assert following.forget(Subject(**given)) == {"journeys": 0}
    assert [row.customer_id for row in Traveller.objects.all()] == [other]
    assert queries.journey(journey).inside == 1
