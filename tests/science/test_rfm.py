"""RFM: the conventions of the literature, engine traps, scores and segments."""

from collections import defaultdict
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import ibis
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keepwell.science import rfm

pytestmark = pytest.mark.science

MOMENT = st.datetimes(datetime(1969, 12, 28), datetime(1970, 2, 10), timezones=st.just(UTC))
ORDER = st.tuples(st.sampled_from("abc"), MOMENT, st.decimals(-50, 500, places=2))


def table(rows, kind=None, amount=None):
    """Orders as an ibis table."""
    ids, times, amounts = zip(*rows, strict=True) if rows else ((), (), ())
    return ibis.memtable(
        pa.table(
            {
                "customer_id": pa.array(ids, pa.string()),
                "ordered_at": pa.array(times, kind or pa.timestamp("us", tz="UTC")),
                "amount": pa.array(amounts, amount or pa.decimal128(18, 4)),
            }
        )
    )


def rows_of(expression):
    """Rows by customer."""
    return {row.pop("customer_id"): row for row in expression.to_pyarrow().to_pylist()}


def by_hand(orders, as_of_on, per_unit):
    """The conventions, spelled out over Python objects."""
    days = defaultdict(lambda: defaultdict(Decimal))
    for customer, at, amount in orders:
        if at.date() <= as_of_on:
            days[customer][at.date()] += amount
    result = {}
    for customer, totals in days.items():
        first, *later = sorted(totals)
        result[customer] = {
            "frequency": len(later),
            "recency": (max(totals) - first).days / per_unit,
            "T": (as_of_on - first).days / per_unit,
            "monetary": float(sum(totals[day] for day in later) / len(later)) if later else 0.0,
        }
    return result


@settings(max_examples=40, deadline=None)
@given(st.lists(ORDER, min_size=1, max_size=25), st.sampled_from([("D", 1), ("W", 7)]))
def test_summary_follows_the_conventions(orders, unit):
    name, per_unit = unit
    as_of = date(1970, 1, 20)
    expected = by_hand(orders, as_of, per_unit)
    got = rows_of(rfm.summarize(table(orders), as_of, name))
    assert got.keys() == expected.keys()
    for customer, row in expected.items():
        assert got[customer] == pytest.approx(row, abs=1e-9)


def test_column_types_are_those_of_the_contract():
    result = rfm.summarize(table([("a", datetime(2026, 1, 1, tzinfo=UTC), Decimal(1))]), date(2026, 1, 2))
    kinds = dict(zip(result.columns, map(str, result.schema().types), strict=True))
    assert list(kinds) == ["customer_id", "frequency", "recency", "T", "monetary"]
    assert kinds["frequency"] == "int64"
    assert {kinds["recency"], kinds["T"], kinds["monetary"]} == {"float64"}


@pytest.mark.parametrize("kind", [pa.timestamp("us", tz="UTC"), pa.timestamp("us"), pa.timestamp("ns")])
def test_a_day_ends_at_midnight_and_not_before(kind):
    last_instant = datetime(2024, 1, 1, 23, 59, 59, 999_999)
    rows = [("a", last_instant - timedelta(hours=23), 1), ("a", last_instant, 1), ("b", last_instant, 1)]
    rows.append(("b", last_instant + timedelta(microseconds=1), 1))
    got = rows_of(rfm.summarize(table(rows, kind), date(2024, 1, 2)))
    assert (got["a"]["frequency"], got["b"]["frequency"], got["b"]["recency"]) == (0, 1, 1.0)


def test_dates_are_days_already():
    rows = [("a", date(2024, 1, 1), 3), ("a", date(2024, 1, 5), 4)]
    got = rows_of(rfm.summarize(table(rows, pa.date32()), datetime(2024, 1, 8, 9, tzinfo=UTC)))
    assert got["a"] == {"frequency": 1, "recency": 4.0, "T": 7.0, "monetary": 4.0}


def test_as_of_is_an_instant_when_it_has_a_time():
    rows = [("a", datetime(2024, 1, 1, tzinfo=UTC), 1), ("a", datetime(2024, 1, 5, 12, tzinfo=UTC), 1)]
    in_shanghai = datetime(2024, 1, 5, 19, tzinfo=timezone(timedelta(hours=8)))
    assert rows_of(rfm.summarize(table(rows), in_shanghai))["a"]["frequency"] == 0
    assert rows_of(rfm.summarize(table(rows), in_shanghai + timedelta(hours=1)))["a"]["frequency"] == 1


def test_unknown_who_when_and_how_much():
    day = datetime(2024, 1, 1, tzinfo=UTC)
    rows = [(None, day, 5), ("a", None, 5), ("a", day, None), ("a", day + timedelta(1), None)]
    assert rows_of(rfm.summarize(table(rows), date(2024, 1, 3))) == {
        "a": {"frequency": 1, "recency": 1.0, "T": 2.0, "monetary": 0.0}
    }


def test_no_orders_no_customers():
    assert rfm.summarize(table([]), date(2024, 1, 3)).to_pyarrow().num_rows == 0


def test_another_unit_is_refused():
    with pytest.raises(ValueError, match="unit"):
        rfm.summarize(table([]), date(2024, 1, 3), "M")


def test_cdnow_has_the_published_size(cdnow):
    got = rfm.summarize(cdnow, date(1997, 9, 30), "W").to_pyarrow()
    frequency = got["frequency"].to_numpy()
    assert got.num_rows == 2357
    assert (frequency > 0).sum() == 946
    assert frequency.sum() == 2457  # 1.04 a customer, as Fader, Hardie & Lee (2005) print


def test_window_of_the_worked_example():
    """Today 30 June, last purchase 18 June, nine purchases totalling 8,600."""
    rows = [("a", datetime(2026, 6, 18 - 2 * i, 10, tzinfo=UTC), Decimal(1000)) for i in range(7)]
    rows += [("a", datetime(2026, 6, 18, 15, tzinfo=UTC), Decimal(900))]
    rows += [("a", datetime(2026, 2, 3, tzinfo=UTC), Decimal(700))]
    rows += [("a", datetime(2025, 12, 31, tzinfo=UTC), Decimal(5))]
    got = rows_of(rfm.window(table(rows), date(2026, 6, 30), date(2026, 1, 1)))
    assert got == {"a": {"recency_days": 12, "purchases": 9, "amount": 8600.0}}
    assert rows_of(rfm.window(table(rows), date(2026, 6, 30)))["a"]["purchases"] == 10


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9), st.integers(0, 9)), min_size=1, max_size=60))
def test_scores_respect_order_ties_and_range(rows):
    r_days, frequency, monetary = (np.array(column) for column in zip(*rows, strict=True))
    for score, value in zip(
        rfm.scores(r_days, frequency, monetary), (-r_days, frequency, monetary), strict=True
    ):
        assert score.min() == 1  # somebody is worst
        assert score.max() <= 5
        order = np.argsort(value, kind="stable")
        assert (np.diff(score[order]) >= 0).all()
        assert all(len(set(score[value == v])) == 1 for v in set(value.tolist()))
    shuffled = np.random.default_rng(0).permutation(len(rows))
    again = rfm.scores(r_days[shuffled], frequency[shuffled], monetary[shuffled])
    for before, after in zip(rfm.scores(r_days, frequency, monetary), again, strict=True):
        assert (before[shuffled] == after).all()


def test_distinct_values_fill_equal_bands():
    r, f, _ = rfm.scores(np.arange(100), np.arange(100), np.zeros(100))
    assert np.bincount(f).tolist() == [0, 20, 20, 20, 20, 20]
    assert (r == f[::-1]).all()


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        (([1, 2], [1], [1, 2]), "frequency"),
        (([1], [1], [np.nan]), "monetary"),
        (([[1]], [1], [1]), "recency_days"),
    ],
)
def test_scores_name_the_argument(arguments, name):
    with pytest.raises(ValueError, match=name):
        rfm.scores(*arguments)


def test_every_segment_is_reached_and_follows_the_table():
    r, f, m = (axis.ravel() for axis in np.meshgrid(*[np.arange(1, 6)] * 3, indexing="ij"))
    named = rfm.segment(r, f, m)
    assert set(named.tolist()) == {name for row in rfm.SEGMENTS for name in row}
    assert len(set(named.tolist())) == 11
    for code, row in enumerate(rfm.SEGMENTS, start=1):
        same = (r == code) & (f == m)
        assert named[same].tolist() == list(row)


def test_segment_refuses_other_scores():
    with pytest.raises(ValueError, match="f must"):
        rfm.segment([1], [6], [1])
