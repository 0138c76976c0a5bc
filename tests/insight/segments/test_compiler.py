"""The compiled query says what plain Python says; sets, windows and errors."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given, settings

from keepwell.insight.segments import definition as d
from keepwell.insight.segments.compiler import compile_definition
from tests.insight.segments import naive, worlds
from tests.insight.segments.worlds import NOW


def members(connection, node, others=None, now=NOW, **more) -> set[str]:
    query = compile_definition(node, now=now, resolve=(others or {}).get, **more)
    found = {row[0] for row in run(connection, query, query.members()).fetchall()}
    assert run(connection, query, query.count()).fetchone() == (len(found),)
    return found


def run(connection, query, text):
    return connection.execute(text, query.parameters_of(text))


def expected(world, node, others=None, now=NOW) -> set[str]:
    return {
        f"c{c}"
        for c, (person, orders, visits) in enumerate(world)
        if naive.holds(node, person, {"orders": orders, "interactions": visits}, now, others)
    }


@settings(max_examples=250)
@given(world=worlds.worlds, data=worlds.definitions)
def test_query_agrees_with_plain_python(world, data):
    node = d.parse(data)
    assert d.parse(d.to_json(node)) == node
    with worlds.tables(world) as connection:
        assert members(connection, node) == expected(world, node)


@settings(max_examples=250)
@given(world=worlds.long_worlds, data=worlds.long_definitions, now=worlds.moments)
def test_quarters_say_what_the_facts_say(world, data, now):
    """Counted from quarters or from the facts alone, it is what plain Python says."""
    node = d.parse(data)
    with worlds.tables(world) as connection:
        plain = members(connection, node, now=now)
        assert members(connection, node, now=now, extents=worlds.extents(connection)) == plain
    assert plain == expected(world, node, now=now)


def test_a_condition_over_all_time_reads_no_facts():
    """Where the quarters say it the facts are not asked; where a filter is not theirs, the facts are."""
    sums = {"facts": "orders", "measure": "sum", "column": "amount", "is": "at_least", "value": 1}
    paid = {"where": [{"column": "status", "is": "in", "value": ["paid"]}]}
    by_channel = {"where": [{"column": "channel", "is": "in", "value": ["web"]}]}
    at = NOW - timedelta(days=400)
    world = [(_person(), [{"at": at, "amount": 2, "channel": "web", "status": "paid"}], [])]
    with worlds.tables(world) as connection:
        extents = worlds.extents(connection)
        connection.execute("DELETE FROM orders")
        for rule in (sums, sums | paid, sums | paid | {"measure": "average"}):
            assert members(connection, d.parse(rule), extents=extents) == {"c0"}
        assert members(connection, d.parse(sums | by_channel), extents=extents) == set()


@settings(max_examples=40)
@given(world=worlds.worlds, one=worlds.definitions, two=worlds.definitions)
def test_sets_of_segments(world, one, two):
    others = {1: d.parse(one), 2: d.parse(two)}
    first, second = d.SegmentCondition(1), d.SegmentCondition(2)
    with worlds.tables(world) as connection:
        a, b = (members(connection, node, others) for node in (first, second))
        everybody = members(connection, d.Group("all", ()))
        assert members(connection, d.Group("all", (first, second)), others) == a & b
        assert members(connection, d.Group("any", (first, second)), others) == a | b
        assert members(connection, d.Group("all", (first, d.Not(second))), others) == a - b
        assert members(connection, d.Not(first), others) == everybody - a
        assert members(connection, d.Not(d.Not(first)), others) == a
        assert members(connection, d.Group("any", ())) == set()
        assert members(connection, first, others, without=sorted(b)) == a - b


@settings(max_examples=40)
@given(world=worlds.worlds, data=worlds.definitions)
def test_explanation_and_membership_agree(world, data):
    node = d.parse(data)
    query = compile_definition(node, now=NOW, resolve={}.get)
    with worlds.tables(world) as connection:
        found = run(connection, query, query.explained()).to_arrow_table().to_pylist()
    assert {row["customer_id"] for row in found if row["inside"]} == expected(world, node)
    told = [leaf for leaf, _value, _holds in query.leaves]
    assert sorted(map(str, told)) == sorted(map(str, d.leaves(node)))
    for row in found:
        person, orders, visits = world[int(row["customer_id"][1:])]
        for place, leaf in enumerate(told):
            facts = {"orders": orders, "interactions": visits}
            assert row[f"t{place}"] == naive.holds(leaf, person, facts, NOW)


def test_owners_narrow():
    world = [(_person(owner_id=owner), [], []) for owner in (1, 2, None)]
    with worlds.tables(world) as connection:
        assert members(connection, d.Group("all", ()), owner_ids=[2]) == {"c1"}
        assert members(connection, d.Group("all", ()), owner_ids=[]) == set()


def test_a_text_is_never_sql():
    world = [(_person(city="x' OR true --"), [], []), (_person(city="y"), [], [])]
    node = d.parse({"attribute": "city", "is": "in", "value": ["x' OR true --"]})
    with worlds.tables(world) as connection:
        assert members(connection, node) == {"c0"}


def test_a_segment_must_not_depend_on_itself():
    others = {1: d.Not(d.SegmentCondition(2)), 2: d.SegmentCondition(1)}
    with pytest.raises(d.DefinitionError, match="depends on itself"):
        compile_definition(d.SegmentCondition(1), now=NOW, resolve=others.get)
    with pytest.raises(d.DefinitionError, match="no segment 9"):
        compile_definition(d.SegmentCondition(9), now=NOW, resolve=others.get)


COUNT = {"facts": "orders", "measure": "count", "is": "at_least", "value": 1}


@pytest.mark.parametrize(
    ("data", "path"),
    [
        ([], ""),
        ({}, ""),
        ({"all": 1}, "all"),
        ({"all": [], "any": []}, ""),
        ({"all": [{"not": {"attribute": "nothing", "is": "in", "value": ["x"]}}]}, "all[0].not.attribute"),
        ({"attribute": "tier", "is": "at_least", "value": 1}, "is"),
        ({"attribute": "tier", "is": "in", "value": ["best"]}, "value"),
        ({"attribute": "tier", "is": "in", "value": []}, "value"),
        ({"attribute": "clv", "is": "between", "value": [2, 1]}, "value"),
        ({"attribute": "clv", "is": "at_least", "value": "much"}, "value"),
        ({"attribute": "clv", "is": "at_least", "value": "NaN"}, "value"),
        ({"attribute": "is_core", "is": "is_true", "value": 1}, "value"),
        ({"any": [COUNT, {**COUNT, "facts": "moods"}]}, "any[1].facts"),
        ({**COUNT, "measure": "sum"}, "column"),
        ({**COUNT, "column": "amount"}, "column"),
        ({**COUNT, "value": 1.5}, "value"),
        ({**COUNT, "window": {"within_days": 0}}, "window.within_days"),
        ({**COUNT, "window": {"within_days": 5, "before_days": 5}}, "window.within_days"),
        ({**COUNT, "window": {"first_on": "2026-02-30"}}, "window.first_on"),
        ({**COUNT, "where": [{"column": "mood", "is": "in", "value": ["x"]}]}, "where[0].column"),
        ({**COUNT, "where": [{"column": "status", "is": "in", "value": ["x"]}]}, "where[0].value"),
        ({**COUNT, "colour": "red"}, "colour"),
        ({"segment": 0}, "segment"),
        ({"segment": True}, "segment"),
    ],
)
def test_errors_name_the_path(data, path):
    with pytest.raises(d.DefinitionError) as told:
        d.parse(data)
    assert told.value.path == path


def test_depth_and_size_are_bounded():
    deep = COUNT
    for _ in range(d.DEPTH_MAX + 1):
        deep = {"not": deep}
    with pytest.raises(d.DefinitionError, match="deep"):
        d.parse(deep)
    with pytest.raises(d.DefinitionError, match="conditions"):
        d.parse({"all": [COUNT] * (d.CONDITIONS_MAX + 1)})


def _person(**known):
    return dict.fromkeys(worlds.PEOPLE.names[2:]) | known
