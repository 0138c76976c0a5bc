"""Batches into the lake, by key, once."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from keepwell.history import queries, services
from keepwell.history.engine import engine
from keepwell.history.schemas import FACT_TABLES
from tests.history.factories import RECORDED, START, order, rows, staged
from tests.history.reading import read

pytestmark = pytest.mark.django_db


def lake_files(home, table="orders"):
    return {path.name for path in (home.lake_path / table).glob("*.parquet")}


def test_an_absent_table_is_empty_and_has_the_schema(home):
    with engine() as reader:
        for name, table in FACT_TABLES.items():
            found = reader.execute(queries.scan(name, engine=reader))
            assert found.num_rows == 0
            assert found.schema.types == table.arrow_schema.types
            assert found.schema.names == table.arrow_schema.names
    assert queries.versions() == {}
    assert queries.counts() == {}


def test_staged_files_become_the_tables_own_without_a_copy(home, tmp_path):
    paths = [
        staged(tmp_path / "a.parquet", "orders", [order(1), order(2)]),
        staged(tmp_path / "b.parquet", "orders", [order(3)]),
    ]
    result = services.append(table="orders", staged=paths, batch_id="b1")
    assert (result.version, result.read, result.accepted, result.duplicate, result.corrected) == (
        0,
        3,
        3,
        0,
        0,
    )
    inodes = {path.stat().st_ino for path in (home.lake_path / "orders").glob("*.parquet")}
    assert inodes == {path.stat().st_ino for path in paths}
    assert [row["order_id"] for row in read()] == ["o00001", "o00002", "o00003"]
    assert read()[0]["amount"] == Decimal("2.0000")
    assert read()[0]["ordered_at"] == START + timedelta(hours=1)
    assert queries.counts() == {"orders": 3}
    assert queries.versions() == {"orders": 0}


def test_a_batch_again_changes_nothing_and_answers_the_same(home, tmp_path):
    first = services.append_rows(table="orders", rows=rows("orders", [order(1), order(2)]), batch_id="b1")
    services.append_rows(
        table="orders", rows=rows("orders", [order(2), order(1, amount=Decimal(9)), order(3)]), batch_id="b2"
    )
    before, files = queries.versions(), lake_files(home)
    assert services.append_rows(table="orders", rows=rows("orders", [order(9)]), batch_id="b1") == first
    assert queries.versions() == before
    assert lake_files(home) == files
    again = services.append(table="orders", staged=[tmp_path / "gone.parquet"], batch_id="b2")
    assert (again.read, again.accepted, again.duplicate, again.corrected) == (3, 2, 1, 1)


def test_equal_rows_are_duplicates_whoever_sends_them_and_nothing_is_written(home):
    services.append_rows(table="orders", rows=rows("orders", [order(1), order(2, cost=None)]), batch_id="b1")
    files = lake_files(home)
    result = services.append_rows(
        table="orders",
        rows=rows(
            "orders", [order(2, cost=None)], source="other", recorded_at=RECORDED + timedelta(1), live=True
        ),
        batch_id="b2",
    )
    assert (result.version, result.accepted, result.duplicate) == (0, 0, 1)
    assert lake_files(home) == files


def test_corrections_win_and_every_revision_counts_as_known(home):
    for number, amount in enumerate([1, 2, 3, 2, 1]):
        result = services.append_rows(
            table="orders", rows=rows("orders", [order(1, amount=Decimal(amount))]), batch_id=f"b{number}"
        )
        assert result.duplicate == (1 if number > 2 else 0)
        assert result.corrected == (1 if number in (1, 2) else 0)
    assert [row["amount"] for row in read()] == [Decimal("3.0000")]
    assert read()[0]["revises"] is True
    assert [row["amount"] for row in read(version=0)] == [Decimal("1.0000")]
    assert [row["amount"] for row in read(version=1)] == [Decimal("2.0000")]
    assert queries.counts() == {"orders": 1}


def test_a_null_is_a_value_when_rows_are_compared(home):
    services.append_rows(table="orders", rows=rows("orders", [order(1), order(2, store="s")]), batch_id="b1")
    result = services.append_rows(
        table="orders", rows=rows("orders", [order(1, store="s"), order(2)]), batch_id="b2"
    )
    assert result.corrected == 2
    assert [row["store"] for row in read()] == ["s", None]


def test_composite_keys_are_compared_whole(home):
    def line(number, line_number, quantity):
        return {
            "order_id": f"o{number}",
            "line": line_number,
            "product_id": "p",
            "quantity": quantity,
            "unit_price": Decimal(1),
        }

    services.append_rows(
        table="order_items", rows=rows("order_items", [line(1, 1, 1.0), line(1, 2, 1.0)]), batch_id="b1"
    )
    result = services.append_rows(
        table="order_items",
        rows=rows("order_items", [line(1, 1, 1.0), line(1, 2, 5.0), line(2, 1, 1.0)]),
        batch_id="b2",
    )
    assert (result.accepted, result.duplicate, result.corrected) == (2, 1, 1)
    assert sorted((r["order_id"], r["line"], r["quantity"]) for r in read("order_items")) == [
        ("o1", 1, 1.0),
        ("o1", 2, 5.0),
        ("o2", 1, 1.0),
    ]


def test_as_of_keeps_earlier_facts_imported_corrections_and_what_was_known(home):
    services.append_rows(table="orders", rows=rows("orders", [order(1), order(48)], live=True), batch_id="b1")
    services.append_rows(
        table="orders", rows=rows("orders", [order(1, amount=Decimal(50))], live=False), batch_id="b2"
    )
    refunded_at = RECORDED + timedelta(days=30)
    services.append_rows(
        table="orders",
        rows=rows(
            "orders", [order(1, amount=Decimal(50), status="refunded")], live=True, recorded_at=refunded_at
        ),
        batch_id="b3",
    )
    day_one = START + timedelta(days=1)
    assert [(r["order_id"], r["status"]) for r in read(as_of=day_one)] == [("o00001", "paid")]
    assert read(as_of=day_one)[0]["amount"] == Decimal("50.0000")
    assert [r["status"] for r in read(as_of=refunded_at)] == ["refunded", "paid"]
    assert read(as_of=START) == []


def test_as_of_does_not_bring_back_a_row_whose_correction_moved_it_later(home):
    services.append_rows(table="orders", rows=rows("orders", [order(1)]), batch_id="b1")
    moved = order(1, ordered_at=START + timedelta(days=9))
    services.append_rows(table="orders", rows=rows("orders", [moved]), batch_id="b2")
    assert read(as_of=START + timedelta(days=1)) == []
    assert len(read(as_of=START + timedelta(days=9))) == 1


def test_naive_as_of_and_unknown_tables_and_versions_are_refused(home):
    services.append_rows(table="orders", rows=rows("orders", [order(1)]), batch_id="b1")
    with pytest.raises(ValueError, match="as_of"):
        queries.scan("orders", as_of=START.replace(tzinfo=None))
    with pytest.raises(ValueError, match="'nothing' is not a fact table"):
        queries.scan("nothing")
    with pytest.raises(ValueError, match="orders has no version 5"):
        queries.scan("orders", version=5)
    with pytest.raises(ValueError, match="costs has no version 0"):
        queries.scan("costs", version=0)


def test_files_that_do_not_fit_are_refused_and_nothing_changes(home, tmp_path):
    good = rows("orders", [order(1)])
    cases = {
        "orders.amount: the column is missing": good.drop_columns(["amount"]),
        "unknown column 'colour'": good.append_column("colour", pa.array(["red"])),
        "orders.amount: expected decimal128": good.set_column(3, "amount", pa.array([1.5])),
        "orders.currency: 1 rows without a value": good.set_column(
            4, "currency", pa.array([None], type=pa.string())
        ),
        "orders.revises: must be false": good.set_column(14, "revises", pa.array([True])),
    }
    for number, (message, table) in enumerate(cases.items()):
        path = tmp_path / f"{number}.parquet"
        pq.write_table(table, path)
        with pytest.raises(ValueError, match=message):
            services.append(table="orders", staged=[path], batch_id=f"b{number}")
    with pytest.raises(ValueError, match="a key comes twice"):
        services.append_rows(table="orders", rows=rows("orders", [order(1), order(1)]), batch_id="b")
    with pytest.raises(ValueError, match="batch_id"):
        services.append_rows(table="orders", rows=good, batch_id="")
    assert queries.versions() == {}


def test_a_batch_without_rows_is_fine(home):
    result = services.append_rows(table="orders", rows=rows("orders", []), batch_id="b1")
    assert (result.version, result.read) == (-1, 0)
    assert queries.counts() == {}


@pytest.mark.django_db(transaction=True)
def test_the_lake_refuses_to_be_written_inside_a_transaction(home):
    from django.db import transaction

    with transaction.atomic(), pytest.raises(RuntimeError, match="durable"):
        services.append_rows(table="orders", rows=rows("orders", [order(1)]), batch_id="b1")
    assert queries.versions() == {}
