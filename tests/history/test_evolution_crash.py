"""Death and other writers while a table grows, and any order of things before and after."""

from __future__ import annotations

import shutil

import pytest
from django.test import override_settings
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from keepwell.history import durability, faults, lake, queries, services
from keepwell.history.files import inspect
from keepwell.history.lake import CommitConflictError, Snapshot, open_for_writing
from keepwell.history.models import OutboxFact
from tests.history.factories import staged
from tests.history.reading import read
from tests.history.releases import (
    ADDED,
    NAME,
    append,
    append_earlier,
    delta_columns,
    earlier_release,
    message,
    said,
)
from tests.history.test_crash import APPEND_POINTS, FLUSH_POINTS, DeathError, die_at

pytestmark = pytest.mark.django_db(transaction=True)

COLUMN_POINTS = ("columns.written", "columns.durable")


@pytest.mark.parametrize("point", [*COLUMN_POINTS, *APPEND_POINTS])
def test_the_first_append_dies_and_is_done_again(home, point):
    append_earlier([message(1), message(2)], "b0")
    facts = [message(1), message(2, reason="full"), message(3)]
    with pytest.raises(DeathError), die_at(point):
        append(facts, "b1")
    assert {key for key in said() if key != "m003"} == {"m001", "m002"}
    result = append(facts, "b1")
    assert (result.version, result.read, result.accepted, result.duplicate, result.corrected) == (
        2,
        3,
        2,
        1,
        1,
    )
    assert said() == {"m001": None, "m002": "full", "m003": None}
    assert queries.counts() == {NAME: 3}
    assert sorted(len(file.lacking) for file in Snapshot.open(NAME).files()) == [0, 0, 3]


@pytest.mark.parametrize("point", [*COLUMN_POINTS, *FLUSH_POINTS])
def test_the_first_flush_dies_and_the_next_one_finishes_it(home, point):
    append_earlier([message(1)], "b0")
    with earlier_release():
        services.record(table=NAME, fact=message(2), source="shop")
    services.record(table=NAME, fact=message(1, reason="full"), source="shop")
    with pytest.raises(DeathError), die_at(point):
        services.flush()
    services.flush()
    assert said() == {"m001": "full", "m002": None}
    assert not OutboxFact.objects.exists()
    assert queries.counts() == {NAME: 2}


@pytest.mark.parametrize("point", [*COLUMN_POINTS, "compact.files_written", "commit.written"])
def test_the_first_compaction_dies_and_nothing_is_lost(home, point):
    for number in range(3):
        append_earlier([message(number)], f"b{number}")
    before = read(NAME)
    with pytest.raises(DeathError), die_at(point):
        services.compact()
    assert read(NAME) == before
    services.compact()
    assert read(NAME) == before
    assert len(Snapshot.open(NAME).files()) == 1


@pytest.mark.parametrize("point", [*COLUMN_POINTS, "erase.files_written", "commit.written"])
def test_the_first_erasure_dies_and_the_next_one_finishes_it(home, point):
    append_earlier([message(1), message(2)], "b0")
    with pytest.raises(DeathError), die_at(point):
        services.rewrite_person(numbers={"c1": "e_1"})
    services.rewrite_person(numbers={"c1": "e_1"})
    assert said("customer_id") == {"m001": "e_1", "m002": "c2"}
    assert services.holds_facts_of(["c1"]) == {}


def test_columns_are_for_good_before_a_commit_follows(home, monkeypatch):
    append_earlier([message(1)], "b0")
    steps = []
    monkeypatch.setattr(lake, "sync_file", lambda path: steps.append(path.stem) or durability.sync_file(path))
    monkeypatch.setattr(lake, "sync_folder", lambda path: steps.append(path.name))
    write = lake.Snapshot._write
    monkeypatch.setattr(lake.Snapshot, "_write", lambda self, *a: steps.append("commit") or write(self, *a))
    append([message(2)], "b1")
    begin = steps.index(f"{1:020d}")
    settled = [f"{1:020d}", "_delta_log", NAME, "lake"]
    committed = [NAME, "commit", f"{2:020d}", "_delta_log", NAME, "lake"]
    assert steps[begin:] == settled + committed


@pytest.mark.parametrize("rest", ["", '{"commitInfo":{"timest', '{"commitInfo":{}}\n{"metaD'])
def test_columns_that_a_power_cut_left_half_written_are_written_again(home, rest):
    append_earlier([message(1)], "b0")
    with pytest.raises(DeathError), die_at("columns.written"):
        append([message(2)], "b1")
    path = home.lake_path / NAME / "_delta_log" / f"{1:020d}.json"
    path.write_text(rest)
    assert append([message(2)], "b1").version == 2
    assert said() == {"m001": None, "m002": None}
    assert path.with_name(path.name + ".torn").exists()


def test_a_writer_that_came_between_is_compared_with(home):
    """Without a lease: an earlier release's row, and another's columns."""
    append_earlier([message(1)], "b0")
    came = []

    def intrude(point):
        if point == "append.files_written" and not came:
            came.append(point)
            foreign = staged(home.lake_path / NAME / "part-foreign.parquet", NAME, [message(2)])
            snapshot = Snapshot.open(NAME)
            snapshot.commit([inspect(foreign, snapshot.schema)], batch_id="foreign")

    with faults.probe(intrude):
        result = append([message(2), message(3)], "b1")
    assert (result.version, result.accepted, result.duplicate) == (3, 1, 1)
    assert said() == {"m001": None, "m002": None, "m003": None}


def test_columns_are_added_to_the_state_that_was_read_or_not_at_all(home):
    append_earlier([message(1)], "b0")
    stale = open_for_writing(NAME)
    append_earlier([message(2)], "b1")
    file = staged(home.lake_path / NAME / "part-late.parquet", NAME, [message(3)])
    with pytest.raises(CommitConflictError):
        stale.commit([inspect(file, stale.schema)], batch_id="late")
    assert delta_columns(home).isdisjoint(ADDED)
    assert queries.versions() == {NAME: 1}


REASONS = st.sampled_from([None, None, "full", "gone"])
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("append"), st.dictionaries(st.integers(0, 4), REASONS, min_size=1, max_size=4)),
        st.tuples(st.just("record"), st.dictionaries(st.integers(0, 4), REASONS, min_size=1, max_size=3)),
        st.tuples(st.just("compact"), st.none()),
    ),
    max_size=5,
)


class _Model:
    """Every revision of each message in order of arrival."""

    def __init__(self):
        self.revisions = {}

    def arrive(self, facts):
        outcome = []
        for number, reason in facts.items():
            known = self.revisions.setdefault(number, [])
            outcome.append(reason not in known)
            if outcome[-1]:
                known.append(reason)
        return sum(outcome)


@given(before=STEPS, after=STEPS, waiting=st.sets(st.integers(0, 4), max_size=2))
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_a_table_that_grew_says_what_one_says_that_always_had_the_columns(
    tmp_path_factory, before, after, waiting
):
    OutboxFact.objects.all().delete()
    root, model = tmp_path_factory.mktemp("grown"), _Model()
    with override_settings(KEEPWELL_HOME=str(root), KEEPWELL_LAKE=str(root / "lake")):
        (root / "staging").mkdir()
        with earlier_release():
            for place, (kind, facts) in enumerate(before):
                _step(model, kind, dict.fromkeys(facts) if facts else None, f"old-{place}")
            for number in sorted(waiting):
                services.record(table=NAME, fact=message(number), source="shop")
        services.flush()
        model.arrive(dict.fromkeys(sorted(waiting)))
        for place, (kind, facts) in enumerate(after):
            _step(model, kind, facts, f"new-{place}")
            newest = {f"m{number:03d}": known[-1] for number, known in model.revisions.items()}
            assert said() == newest
            assert queries.counts().get(NAME, 0) == len(newest)
    shutil.rmtree(root)


def _step(model, kind, facts, batch_id):
    if kind == "compact":
        services.compact()
        return
    listed = [message(number, **({"reason": reason} if reason else {})) for number, reason in facts.items()]
    if kind == "append":
        assert append(listed, batch_id).accepted == model.arrive(facts)
    else:
        services.record_many(facts=[(NAME, fact) for fact in listed], source="shop")
        assert services.flush().accepted == model.arrive(facts)
