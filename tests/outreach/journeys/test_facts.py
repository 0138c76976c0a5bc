"""A condition on facts says the same of one fact in memory and of all of them in the lake."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import ibis
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from keepwell.history import services as history
from keepwell.outreach.journeys import facts
from keepwell.outreach.journeys.core.facts import Filter, Happening, holds
from tests.outreach.journeys.conftest import DAY, HOUR, NOW, order_fact

TEXTS = st.sampled_from([None, "app", "App store", "web", "APP", "", "a%", "微信"])
NUMBERS = st.sampled_from([None, "-1", "0", "0.5", "10", "10.0001"])

text_filters = st.one_of(
    st.builds(
        lambda operator, values: Filter("channel", operator, tuple(values)),
        st.sampled_from(["in", "not_in", "contains", "starts_with"]),
        st.lists(st.sampled_from(["app", "web", "a%", "微", "x"]), min_size=1, max_size=3),
    ),
    st.sampled_from([Filter("channel", "is_known"), Filter("channel", "is_unknown")]),
)
number_filters = st.one_of(
    st.builds(
        lambda operator, value: Filter("amount", operator, (value,)),
        st.sampled_from(["at_least", "at_most", "more_than", "less_than", "equals"]),
        st.sampled_from([0.0, 0.5, 10.0]),
    ),
    st.just(Filter("amount", "between", (0.0, 10.0))),
)


@given(
    st.lists(st.tuples(TEXTS, NUMBERS), max_size=8),
    st.lists(st.one_of(text_filters, number_filters), max_size=3),
)
def test_memory_and_engine_agree(rows, where):
    plain = [{"channel": text, "amount": Decimal(number) if number else None} for text, number in rows]
    schema = pa.schema([("place", pa.int64()), ("channel", pa.string()), ("amount", pa.decimal128(18, 4))])
    table = pa.Table.from_pylist([{"place": n, **row} for n, row in enumerate(plain)], schema=schema)
    asked = ibis.memtable(table)
    found = asked.filter(facts.predicate(asked, where)).to_pyarrow()["place"].to_pylist()
    wanted = [n for n, row in enumerate(plain) if all(holds(one, row[one.column]) for one in where)]
    assert sorted(found) == wanted


@pytest.mark.django_db(transaction=True)
def test_what_happened_is_found_since_each_ones_own_instant(home):
    orders = [
        order_fact("o1", "A", NOW),
        order_fact("o2", "A", NOW + HOUR),
        order_fact("o3", "B", NOW),
        order_fact("o4", "C", NOW + DAY, status="cancelled"),
    ]
    paid = Happening("orders", (Filter("status", "in", ("paid",)),))
    assert facts.happened(paid, {"A": NOW}, until=NOW + DAY) == set()  # no lake yet
    history.record_many(facts=[("orders", one) for one in orders], source="shop")
    history.flush()
    assert facts.happened(paid, {"A": NOW, "B": NOW, "C": NOW}, until=NOW + DAY) == {"A"}
    assert facts.happened(paid, {"A": NOW}, until=NOW + HOUR - timedelta(seconds=1)) == set()
    assert facts.happened(paid, {"A": NOW + HOUR, "B": NOW - timedelta(seconds=1)}, until=NOW + DAY) == {"B"}
    span = {"since": NOW, "until": NOW + HOUR}
    assert sorted(facts.occurrences(paid, **span)) == [("A", NOW), ("B", NOW)]
    assert facts.occurrences(paid, **span, among=["B", "Z"]) == [("B", NOW)]
