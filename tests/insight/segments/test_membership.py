"""Members, their dated history and its facts: by the cycle, by live facts, by a changed rule."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from keepwell.foundation import clock
from keepwell.history import queries as history
from keepwell.history import services as history_services
from keepwell.insight import services as insight
from keepwell.insight.segments import queries, services
from keepwell.insight.segments.contracts import DefinitionError, SegmentError
from tests.insight import shop

OSLO = {"attribute": "city", "is": "in", "value": ["Oslo"]}
VISITED = {
    "facts": "interactions",
    "measure": "count",
    "where": [{"column": "type", "is": "in", "value": ["visit"]}],
    "window": {"within_days": 30},
    "is": "at_least",
    "value": 1,
}


def make(definition, name="Mine", **more):
    made = services.save(name=name, definition=definition, author_id=None, actor="ann", **more)
    assert services.fill(segment_id=made.segment_id)
    return made.segment_id


def moves(number: int) -> list[tuple[str, str]]:
    history_services.flush()
    table = history.scan("interactions").to_pyarrow().to_pylist()
    told = [one for one in table if one["type"].startswith("segment_")]
    return sorted((one["customer_id"], one["type"]) for one in told if one["subject"] == f"segment:{number}")


def visit(customer_id: str, number: int) -> None:
    history_services.record(
        table="interactions",
        fact={
            "interaction_id": f"v{number}",
            "customer_id": customer_id,
            "at": clock.now(),
            "channel": "web",
            "type": "visit",
        },
        source="shop",
    )


def test_count_members_and_words_agree(shop_home):
    number = make(OSLO)
    counted = queries.count(OSLO, sample=3)
    ids = list(queries.member_ids(number))
    assert counted.size == len(ids) == queries.segment(number).size == 30
    assert counted.total == 60
    assert list(counted.sample) == ids[:3]
    assert queries.sentence(OSLO) == "Customers of whom: City is Oslo."
    assert [one.segment_id for one in queries.of_customer(ids[0])].count(number) == 1
    assert queries.of_customers(ids[:2])[ids[1]].count(number) == 1


def test_items_take_customer_time_status_and_category_from_order_and_product(shop_home):
    outdoor = {
        "facts": "order_items",
        "measure": "distinct",
        "column": "order_id",
        "where": [
            {"column": "category", "is": "in", "value": ["Outdoor"]},
            {"column": "status", "is": "in", "value": ["paid"]},
        ],
        "is": "at_least",
        "value": 3,
    }
    expected: dict[str, int] = {}
    for place, one in enumerate(shop.random_orders(customers=60)):
        if place % 3:
            expected[one["customer_id"]] = expected.get(one["customer_id"], 0) + 1
    number = make(outdoor)
    assert set(queries.member_ids(number)) == {one for one, times in expected.items() if times >= 3}


def test_members_from_the_beginning_have_not_entered(shop_home):
    number = make(OSLO)
    assert moves(number) == []


def test_a_changed_rule_moves_members_once_and_sets_nothing_in_motion(shop_home):
    number = make({"all": [OSLO, {"attribute": "tags", "is": "has_any", "value": ["regular"]}]})
    before = set(queries.member_ids(number))
    services.save(name="Mine", definition=OSLO, author_id=None, actor="ann", segment_id=number)
    assert not queries.segment(number).is_evaluated
    services.follow()
    services.follow()
    after = set(queries.member_ids(number))
    assert moves(number) == [(one, "segment_entered") for one in sorted(after - before)]
    assert {one.cause for one in queries.movements(segment_id=number)} == {"definition"}
    facts = history.scan("interactions").to_pyarrow().to_pylist()
    assert facts
    assert {one["live"] for one in facts} == {False}
    assert queries.segment(number).version == 2


def test_a_live_fact_moves_its_customer_exactly_once(shop_home):
    number = make(VISITED)
    assert queries.segment(number).size == 0
    visit("c0001", 1)
    visit("c0001", 2)
    history_services.flush()
    assert queries.count(VISITED).size == 1  # the page sees it before the worker did anything
    assert services.follow() == 1
    assert services.follow() == 0
    assert list(queries.member_ids(number)) == ["c0001"]
    assert queries.segment(number).size == 1
    visit("c0001", 3)
    history_services.flush()
    services.follow()
    assert moves(number) == [("c0001", "segment_entered")]
    (movement,) = queries.movements(customer_id="c0001")
    assert movement.entered
    assert movement.cause == "live"


def test_imported_facts_wait_for_the_cycle(shop_home):
    number = make(VISITED)
    rows = [{"interaction_id": "old", "customer_id": "c0001", "at": shop.day(3), "type": "visit"}]
    shop.put("interactions", rows, "visits")
    assert services.follow() == 0
    insight.run_cycle(as_of=shop.AS_OF + timedelta(days=1), actor="test")
    assert list(queries.member_ids(number)) == ["c0001"]
    assert moves(number) == [("c0001", "segment_entered")]
    assert [one.size for one in queries.sizes([number])[number]] == [0, 1]
    insight.run_cycle(as_of=shop.AS_OF + timedelta(days=60), actor="test")
    assert list(queries.member_ids(number)) == []
    assert moves(number) == [
        ("c0001", "segment_entered"),
        ("c0001", "segment_left"),
    ]


def test_a_changed_record_is_noticed(shop_home):
    from keepwell.customers import services as customers
    from keepwell.customers.contracts import CustomerRow

    number = make(OSLO)
    customers.upsert_many(
        rows=[CustomerRow(customer_id="c0000", city="Oslo")], source="t", at=clock.now(), actor="t"
    )
    assert services.notice_changes() >= 1
    services.follow()
    assert "c0000" in set(queries.member_ids(number))


def test_other_segments_are_followed_through(shop_home):
    inner = make(VISITED, name="Visited")
    outer = make({"all": [{"segment": inner}, OSLO]}, name="Visited in Oslo")
    visit("c0001", 1)
    visit("c0002", 2)
    history_services.flush()
    services.follow()
    assert set(queries.member_ids(inner)) == {"c0001", "c0002"}
    assert set(queries.member_ids(outer)) == {"c0001"}
    with pytest.raises(DefinitionError, match="depend on itself"):
        services.save(name="x", definition={"segment": outer}, author_id=None, actor="ann", segment_id=inner)
    assert queries.segment(inner).version == 1


def test_why(shop_home):
    definition = {"all": [OSLO, {"not": VISITED}]}
    told = queries.explain(definition, "c0001")
    assert told.holds
    assert [part.holds for part in told.parts] == [True, True]
    assert told.parts[0].value == "Oslo"
    assert told.parts[1].parts[0].value == 0
    visit("c0001", 1)
    history_services.flush()
    told = queries.explain(definition, "c0001")
    assert not told.holds
    assert told.parts[1].parts[0].value == 1
    assert queries.explain(definition, "nobody") is None


def test_what_comes_with_the_product(shop_home):
    built_in = {one.code: one for one in queries.every() if one.is_machine_made}
    assert {"vip", "ordinary", "vip_new", "vip_active", "vip_dormant", "dormant", "high_net_worth"} <= set(
        built_in
    )
    assert all(one.is_evaluated and not one.error for one in built_in.values())
    assert built_in["vip"].size + built_in["ordinary"].size == 60
    layers = [built_in[name].size for name in ("vip_new", "vip_active", "vip_dormant")]
    assert sum(layers) == built_in["vip"].size
    with pytest.raises(SegmentError):
        services.archive(segment_id=built_in["vip"].segment_id, actor="ann")
    copy = services.duplicate(segment_id=built_in["vip"].segment_id, author_id=None, actor="ann")
    assert copy.definition == built_in["vip"].definition
    assert not copy.is_machine_made


def test_archive_and_back(shop_home):
    number = make(OSLO)
    services.archive(segment_id=number, actor="ann")
    assert number not in {one.segment_id for one in queries.every()}
    services.restore(segment_id=number, actor="ann")
    assert number in {one.segment_id for one in queries.every()}


def test_side_by_side(shop_home):
    one, two = make(OSLO, name="a"), make({"attribute": "orders", "is": "at_least", "value": 5}, name="b")
    found = queries.compare(one, two)
    first, second = set(queries.member_ids(one)), set(queries.member_ids(two))
    assert (found.first.size, found.second.size, found.both) == (len(first), len(second), len(first & second))
    assert sum(found.first.shares["tier"].values()) == pytest.approx(1.0)
    assert set(found.second.categories) == {"Outdoor", "Tea"}
    assert found.first.clv > Decimal(0)
    assert found.currency == "EUR"


def test_seasons(shop_home):
    everybody = make({"all": []}, name="all")
    found = queries.seasonality(everybody)
    orders = [one for one in shop.random_orders(customers=60) if one["ordered_at"] <= shop.AS_OF]
    assert sum(number for _month, number, _amount in found.months) == len(orders) == sum(found.weekdays)
    assert set(found.index) == set(range(1, 13))


def test_two_numbers_of_one_person_are_one_member(shop_home):
    from keepwell.customers.identity import services as identity

    orders = {"c0001": 0, "c0002": 0}
    for one in shop.random_orders(customers=60):
        if one["customer_id"] in orders:
            orders[one["customer_id"]] += 1
    together = {"facts": "orders", "measure": "count", "is": "equals", "value": sum(orders.values())}
    inside, everybody = make(together, name="both"), make({"all": []}, name="all")
    before = set(queries.member_ids(inside))
    assert "c0001" not in before
    merge = identity.merge(kept_id="c0001", merged_id="c0002", actor="ann")
    services.notice_changes()
    services.follow()
    assert set(queries.member_ids(inside)) == before | {"c0001"}
    assert set(queries.member_ids(everybody)) == {f"c{n:04d}" for n in range(60)} - {"c0002"}
    assert queries.count({"all": []}).size == queries.count({"all": []}).total == 59
    assert queries.explain(together, "c0001").value == sum(orders.values())
    insight.run_cycle(as_of=shop.AS_OF, actor="test", resume=False)
    assert set(queries.member_ids(inside)) == before | {"c0001"}
    assert queries.count({"all": []}).size == queries.segment(everybody).size == 59
    identity.split(merge_id=merge.merge_id, actor="ann")
    services.notice_changes()
    services.follow()
    assert set(queries.member_ids(inside)) == before
    assert queries.segment(everybody).size == 60


def test_what_happens_under_a_merged_number_happens_to_the_person(shop_home):
    from keepwell.customers.identity import services as identity

    number = make(VISITED)
    identity.merge(kept_id="c0001", merged_id="c0002", actor="ann")
    visit("c0002", 1)
    history_services.flush()
    services.follow()
    assert list(queries.member_ids(number)) == ["c0001"]


@pytest.mark.parametrize("right", ["erase", "anonymise"])
def test_who_is_erased_leaves_every_segment_and_the_store(shop_home, right):
    from keepwell.accounts.services import create_first_administrator
    from keepwell.customers.privacy import services as privacy

    ada = create_first_administrator(username="ada", password="correct horse battery")
    number = make(OSLO)
    assert queries.count(OSLO).size == queries.segment(number).size == 30
    privacy.request_right(user=ada, customer_id="c0001", right=right, confirmation="c0001")
    assert privacy.run_requests() == 1
    assert "c0001" not in set(queries.member_ids(number))
    assert queries.segment(number).size == 29
    assert (queries.count(OSLO).size, queries.count({"all": []}).total) == (29, 59)
    (file,) = (shop_home.root / "segments").glob("store-*")
    assert b"c0001" not in file.read_bytes()
    assert b"c0003" in file.read_bytes()
