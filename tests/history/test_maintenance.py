"""Compaction and tidying change where rows lie, never what they say."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pyarrow.parquet as pq
import pytest

from keepwell.foundation import clock
from keepwell.history import queries, services
from keepwell.history.engine import engine
from tests.history.factories import START, order, rows
from tests.history.reading import read

pytestmark = pytest.mark.django_db


def append(facts, batch_id, **common):
    return services.append_rows(table="orders", rows=rows("orders", facts, **common), batch_id=batch_id)


def files(home):
    return sorted((home.lake_path / "orders").glob("*.parquet"))


def test_compaction_sorts_by_customer_and_keeps_every_revision(home):
    for number in range(5):
        append([order(number * 10 + n) for n in range(10)], f"b{number}")
    append([order(n, amount=Decimal(99)) for n in range(5)], "corrections")
    before, day = read(), START + timedelta(hours=12)
    as_of, first = read(as_of=day), read(version=0)
    (result,) = services.compact()
    assert (result.table, result.files_before, result.files_after, result.rows_rewritten) == (
        "orders",
        6,
        2,
        55,
    )
    assert (read(), read(as_of=day), read(version=0)) == (before, as_of, first)
    assert queries.counts() == {"orders": 50}
    newest = [pq.read_table(path) for path in files(home) if path.name.startswith("sorted")]
    assert sorted(table.num_rows for table in newest) == [5, 50]
    for table in newest:
        customers = table["customer_id"].to_pylist()
        assert customers == sorted(customers)
    assert append([order(n) for n in range(5)], "again").duplicate == 5


def test_compaction_of_what_is_compact_does_nothing(home):
    append([order(n) for n in range(100)], "b0")
    services.compact()
    before = queries.versions()
    (result,) = services.compact(table="orders")
    assert (result.version, result.rows_rewritten) == (before["orders"], 0)
    assert queries.versions() == before
    assert services.compact(table="costs") == []


def test_a_large_sorted_file_is_left_alone_until_enough_has_gathered(home):
    append([order(n) for n in range(100)], "b0")
    services.compact()
    rewritten = []
    for number in range(1, 8):
        append([order(100 * number + n) for n in range(20)], f"b{number}")
        rewritten.append(services.compact()[0].rows_rewritten)
    assert rewritten[0] == 20
    assert sum(rewritten) < 600
    assert len(read()) == 240


def test_a_reader_goes_on_while_files_are_merged(home):
    append([order(n) for n in range(50)], "b0")
    append([order(n) for n in range(50, 100)], "b1")
    with engine() as reader:
        expr = queries.scan("orders", engine=reader)
        services.compact()
        services.tidy()
        append([order(500)], "b2")
        assert reader.execute(expr).num_rows == 100


def test_tidy_removes_what_compaction_replaced_once_it_is_old(home):
    append([order(1)], "b0")
    append([order(2)], "b1")
    services.compact()
    orphan = home.lake_path / "orders" / "part-left-behind.parquet"
    pq.write_table(rows("orders", [order(3)]), orphan)
    assert [result.files for result in services.tidy()] == [0]
    later = clock.now() + timedelta(days=8)
    assert [result.files for result in services.tidy(now=later)] == [3]
    assert len(files(home)) == 1
    assert [row["order_id"] for row in read()] == ["o00001", "o00002"]
    assert append([order(1)], "b2").duplicate == 1


def test_the_log_stays_quick_and_whole_over_many_commits(home):
    for number in range(70):
        append([order(number)], f"b{number}")
    log = home.lake_path / "orders" / "_delta_log"
    assert (log / "_last_checkpoint").exists()
    assert len(list(log.glob("*.json"))) == 70
    assert append([order(999)], "b3").version == 3
    assert len(read()) == 70
    assert len(read(version=5)) == 6
