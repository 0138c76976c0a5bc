"""Many writers at once: nothing lost, nothing doubled."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connections

from keepwell.foundation import clock
from keepwell.history import locks, queries, services
from keepwell.history.contracts import LakeBusyError
from keepwell.history.models import OutboxFact, TableLease
from tests.history.factories import order, rows
from tests.history.reading import read

pytestmark = pytest.mark.django_db(transaction=True)


def together(*tasks):
    """Run the tasks in threads, each with its own connections, and return what they answer."""

    def run(task):
        try:
            return task()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(tasks)) as pool:
        return list(pool.map(run, tasks))


def appending(numbers, batch_id):
    return lambda: services.append_rows(
        table="orders", rows=rows("orders", [order(n) for n in numbers]), batch_id=batch_id
    )


def test_overlapping_batches_at_once_count_every_fact_once(home):
    results = together(*(appending(range(n * 5, n * 5 + 10), f"b{n}") for n in range(6)))
    assert [row["order_id"] for row in read()] == [f"o{n:05d}" for n in range(35)]
    assert sum(result.accepted for result in results) == 35
    assert sum(result.duplicate for result in results) == 25
    assert queries.counts() == {"orders": 35}


def test_the_same_batch_at_once_is_one_batch(home):
    results = together(*(appending(range(10), "b") for _ in range(4)))
    assert set(results) == {results[0]}
    assert queries.versions() == {"orders": 0}


def test_recording_and_flushing_at_once_lose_nothing(home):
    def recording(writer):
        def run():
            for number in range(20):
                services.record(table="orders", fact=order(writer * 20 + number), source="shop")

        return run

    together(recording(0), recording(1), *([lambda: services.flush(limit=7)] * 2))
    services.flush()
    assert len(read()) == 40
    assert not OutboxFact.objects.exists()


def test_compaction_beside_appends_keeps_everything(home):
    together(*(appending([n], f"b{n}") for n in range(5)), services.compact, services.compact)
    assert len(read()) == 5


def hold(table="orders", owner="somewhere:1:x", host="somewhere", seconds=60):
    TableLease.objects.update_or_create(
        table=table,
        defaults={"owner": owner, "host": host, "expires_at": clock.now() + timedelta(seconds=seconds)},
    )


def test_a_living_owner_elsewhere_is_waited_for(home):
    hold()
    with (
        pytest.raises(LakeBusyError, match="orders"),
        locks.writing("orders", home.lake_path, wait_seconds=0),
    ):
        pass
    assert TableLease.objects.get().owner == "somewhere:1:x"


def test_an_expired_lease_passes_on_and_its_owner_cannot_commit(home):
    with locks.writing("orders", home.lake_path) as lease:
        hold(seconds=-1)
        with pytest.raises(LakeBusyError, match="passed to another"):
            lease.confirm()
    assert appending([1], "b")().accepted == 1
    assert TableLease.objects.get().owner == ""


def test_the_lease_of_a_dead_process_on_this_machine_passes_on_at_once(home):
    hold(owner=f"{os.uname().nodename}:999999:x", host=os.uname().nodename)
    assert appending([1], "b")().accepted == 1


def test_two_processes_are_kept_apart_by_the_file_lock(home):
    with (
        locks.writing("orders", home.lake_path),
        pytest.raises(LakeBusyError, match="orders"),
        locks.writing("orders", home.lake_path, wait_seconds=0),
    ):
        pass
