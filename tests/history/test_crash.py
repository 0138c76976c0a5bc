"""Death between every two steps, and what the next attempt makes of it."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest

from keepwell.history import faults, queries, services
from keepwell.history.models import OutboxFact, TableLease
from tests.history.factories import order, rows, staged
from tests.history.reading import read

pytestmark = pytest.mark.django_db(transaction=True)

APPEND_POINTS = (
    "append.inspected",
    "append.files_written",
    "commit.files_synced",
    "commit.written",
    "commit.durable",
)
FLUSH_POINTS = ("flush.claimed", *APPEND_POINTS, "flush.appended", "flush.deleted")


class DeathError(BaseException):
    """Not an Exception: nothing in between may catch it and tidy up."""


def die_at(point, occurrence=1):
    left = occurrence

    def probe(reached):
        nonlocal left
        left -= reached == point
        if reached == point and left == 0:
            raise DeathError(point)

    return faults.probe(probe)


def commits(home, table="orders"):
    return len(list((home.lake_path / table / "_delta_log").glob("[0-9]*.json")))


@pytest.mark.parametrize("point", APPEND_POINTS)
def test_append_dies_and_is_done_again_with_the_same_answer(home, tmp_path, point):
    services.append_rows(table="orders", rows=rows("orders", [order(1), order(2)]), batch_id="b0")
    path = staged(tmp_path / "a.parquet", "orders", [order(1), order(2, amount=Decimal(9)), order(3)])
    with pytest.raises(DeathError), die_at(point):
        services.append(table="orders", staged=[path], batch_id="b1")
    seen = len(read())
    assert seen in (2, 3)
    result = services.append(table="orders", staged=[path], batch_id="b1")
    assert (result.read, result.accepted, result.duplicate, result.corrected) == (3, 2, 1, 1)
    assert [row["amount"] for row in read()] == [Decimal(2), Decimal(9), Decimal(4)]
    assert queries.counts() == {"orders": 3}
    assert commits(home) == 2


@pytest.mark.parametrize("point", FLUSH_POINTS)
@pytest.mark.parametrize("occurrence", [1, 2])
def test_flush_dies_and_the_next_one_finishes_what_it_began(home, point, occurrence):
    for number in range(4):
        services.record(table="orders", fact=order(number), source="shop")
    with pytest.raises(DeathError), die_at(point, occurrence):
        services.flush(limit=2)
    services.record(table="orders", fact=order(4), source="shop")
    services.flush(limit=2)
    assert [row["order_id"] for row in read()] == [f"o{number:05d}" for number in range(5)]
    assert not OutboxFact.objects.exists()
    assert queries.counts() == {"orders": 5}
    assert all(row["revises"] is False for row in read())


def test_a_batch_that_was_taken_keeps_its_rows_and_its_id(home):
    services.record(table="orders", fact=order(1), source="shop")
    with pytest.raises(DeathError), die_at("commit.durable"):
        services.flush()
    (taken,) = OutboxFact.objects.all()
    assert taken.batch_id.startswith("outbox-")
    services.record(table="orders", fact=order(2), source="shop")
    result = services.flush()
    assert (result.batches, result.accepted, result.duplicate) == (2, 2, 0)
    assert commits(home) == 2


@pytest.mark.parametrize("point", ["compact.files_written", "commit.files_synced", "commit.written"])
def test_compaction_dies_and_nothing_is_lost_or_doubled(home, point):
    for number in range(3):
        services.append_rows(table="orders", rows=rows("orders", [order(number)]), batch_id=f"b{number}")
    before = read()
    with pytest.raises(DeathError), die_at(point):
        services.compact()
    assert read() == before
    services.compact()
    assert read() == before
    assert queries.counts() == {"orders": 3}


@pytest.mark.parametrize("rest", ["", '{"commitInfo":{"timest', '{"commitInfo":{}}\n{"add'])
def test_a_commit_that_a_power_cut_left_half_written_is_set_aside(home, rest):
    services.append_rows(table="orders", rows=rows("orders", [order(1)]), batch_id="b0")
    log = home.lake_path / "orders" / "_delta_log"
    (log / f"{1:020d}.json").write_text(rest)
    result = services.append_rows(table="orders", rows=rows("orders", [order(2)]), batch_id="b1")
    assert result.version == 1
    assert len(read()) == 2
    assert [path.name for path in log.glob("*.torn")] == [f"{1:020d}.json.torn"]


def test_a_table_whose_first_commit_was_torn_starts_again(home):
    log = home.lake_path / "orders" / "_delta_log"
    log.mkdir(parents=True)
    (log / f"{0:020d}.json").write_text("")
    services.append_rows(table="orders", rows=rows("orders", [order(1)]), batch_id="b0")
    assert len(read()) == 1


def test_an_error_after_the_commit_happened_is_not_a_failure(home, monkeypatch):
    from keepwell.history import lake

    services.append_rows(table="orders", rows=rows("orders", [order(1)]), batch_id="b0")
    write = lake.Snapshot._write

    def write_then_fail(self, *args):
        write(self, *args)
        raise lake.DeltaError("the answer was lost")

    monkeypatch.setattr(lake.Snapshot, "_write", write_then_fail)
    result = services.append_rows(table="orders", rows=rows("orders", [order(2)]), batch_id="b1")
    assert (result.version, result.accepted) == (1, 1)
    monkeypatch.undo()
    assert services.append_rows(table="orders", rows=rows("orders", [order(2)]), batch_id="b1") == result


def test_a_writer_without_the_lease_cannot_slip_rows_past_the_key_check(home, tmp_path):
    """Somebody else's commit between check and commit makes the batch compare again."""
    from keepwell.history.files import inspect
    from keepwell.history.lake import Snapshot

    services.append_rows(table="orders", rows=rows("orders", [order(1)]), batch_id="b0")
    foreign = staged(home.lake_path / "orders" / "part-foreign.parquet", "orders", [order(2)])
    intruded = []

    def intrude(point):
        if point == "append.files_written" and not intruded:
            intruded.append(point)
            snapshot = Snapshot.open("orders")
            snapshot.commit([inspect(foreign, snapshot.schema)], batch_id="foreign", metadata={})

    with faults.probe(intrude):
        result = services.append_rows(
            table="orders", rows=rows("orders", [order(2), order(3)]), batch_id="b1"
        )
    assert (result.version, result.accepted, result.duplicate) == (2, 1, 1)
    assert len(read()) == 3


def test_the_log_tells_the_counts_of_each_batch(home):
    services.append_rows(table="orders", rows=rows("orders", [order(1)]), batch_id="b0")
    commit = (home.lake_path / "orders" / "_delta_log" / f"{0:020d}.json").read_text().splitlines()
    info = next(line["commitInfo"] for line in map(json.loads, commit) if "commitInfo" in line)
    assert info["keepwell"] == {"read": 1, "accepted": 1, "duplicate": 0, "corrected": 0}
    assert TableLease.objects.get(table="orders").owner == ""


@pytest.mark.parametrize("point", ["commit.written", "commit.durable"])
def test_nothing_is_acknowledged_before_commit_and_folders_are_synced(home, tmp_path, monkeypatch, point):
    """Also where the commit was written by somebody who died before the sync."""
    from keepwell.history import durability, lake

    path = staged(tmp_path / "a.parquet", "orders", [order(1)])
    with pytest.raises(DeathError), die_at(point):
        services.append(table="orders", staged=[path], batch_id="b1")
    synced = []
    monkeypatch.setattr(lake, "sync_file", lambda path: synced.append(path) or durability.sync_file(path))
    monkeypatch.setattr(lake, "sync_folder", lambda path: synced.append(path) or durability.sync_folder(path))
    services.append(table="orders", staged=[path], batch_id="b1")
    log = home.lake_path / "orders" / "_delta_log"
    assert synced == [log / f"{0:020d}.json", log]


def test_files_are_synced_before_the_commit_names_them(home, tmp_path, monkeypatch):
    from keepwell.history import durability, lake

    steps = []
    sync = durability.sync_file
    for module in (durability, lake):
        monkeypatch.setattr(
            module, "sync_file", lambda path: steps.append(path.suffix or path.name) or sync(path)
        )
    monkeypatch.setattr(lake, "sync_folder", lambda path: steps.append(path.name))
    write = lake.Snapshot._write
    monkeypatch.setattr(lake.Snapshot, "_write", lambda self, *a: steps.append("commit") or write(self, *a))
    path = staged(tmp_path / "a.parquet", "orders", [order(1)])
    services.append(table="orders", staged=[path], batch_id="b1")
    begin = steps.index(".parquet")
    assert steps[begin:] == [".parquet", "orders", "commit", ".json", "_delta_log", "orders", "lake"]
