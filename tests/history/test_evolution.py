"""A fact table that has grown by columns since its files were written."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from datetime import timedelta

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from deltalake import QueryBuilder, Schema
from django.test import override_settings

from keepwell.history import lake, queries, services
from keepwell.history.engine import engine
from keepwell.history.lake import NewerTableError, Snapshot
from keepwell.history.models import OutboxFact
from keepwell.history.reading import stored
from keepwell.history.schemas import FACT_TABLES, Column
from tests.history.factories import RECORDED, START, rows, staged
from tests.history.reading import read
from tests.history.releases import (
    ADDED,
    NAME,
    append,
    append_earlier,
    commit_of,
    data_files,
    delta,
    delta_columns,
    earlier_release,
    message,
    said,
)

pytestmark = pytest.mark.django_db(transaction=True)

# What a table may be given


def test_a_column_that_is_added_is_optional_and_stands_at_the_end():
    table = FACT_TABLES[NAME]
    assert tuple(column.name for column in table.columns[-3:]) == ADDED
    later = Column("later", since="9.0")
    with pytest.raises(ValueError, match="optional"):
        replace(table, columns=(*table.columns, replace(later, required=True)))
    with pytest.raises(ValueError, match="optional"):
        replace(table, columns=(*table.columns, later), key=("later",))
    with pytest.raises(ValueError, match="at the end"):
        replace(table, columns=(later, *table.columns))


# Writing


def test_the_first_commit_widens_the_table_and_leaves_what_is_stored(home):
    append_earlier([message(1), message(2)], "b0")
    (old,) = data_files(home)
    before, content = delta(home).metadata(), old.read_bytes()
    written = (old.stat().st_ino, old.stat().st_mtime_ns)
    result = append([message(3, purpose="service", content="t-7", reason="mailbox full")], "b1")
    assert (result.version, result.accepted, result.corrected) == (2, 1, 0)
    assert (old.stat().st_ino, old.stat().st_mtime_ns) == written
    assert old.read_bytes() == content

    (info,) = (action["commitInfo"] for action in commit_of(home, 1) if "commitInfo" in action)
    assert info["operation"] == "ADD COLUMN"
    assert {kind for action in commit_of(home, 1) for kind in action} == {"commitInfo", "metaData"}
    assert {kind for action in commit_of(home, 2) for kind in action} == {"commitInfo", "add", "txn"}
    after = delta(home).metadata()
    assert (after.id, after.name, after.configuration) == (
        before.id,
        before.name,
        before.configuration,
    )
    fields = {field.name: field for field in delta(home).schema().fields}
    wanted = {field.name: field for field in Schema.from_arrow(FACT_TABLES[NAME].arrow_schema).fields}
    assert fields == wanted
    assert all(fields[name].nullable for name in ADDED)

    assert said() == {"m001": None, "m002": None, "m003": "mailbox full"}
    assert append([message(4)], "b2").version == 3
    assert said("content") == {"m001": None, "m002": None, "m003": "t-7", "m004": None}


def test_other_clients_of_delta_see_a_valid_table(home):
    append_earlier([message(1), message(2)], "b0")
    append([message(3, reason="full")], "b1")
    expected = [("m001", None), ("m002", None), ("m003", "full")]
    arrow = delta(home).to_pyarrow_table(columns=["contact_id", "reason"]).to_pylist()
    assert sorted((row["contact_id"], row["reason"]) for row in arrow) == expected
    query = "SELECT contact_id, reason FROM t WHERE {} ORDER BY 1"
    for condition, answer in (
        ("true", expected),
        ("reason IS NULL", expected[:2]),
        ("reason IS NOT NULL", expected[2:]),
    ):
        found = QueryBuilder().register("t", delta(home)).execute(query.format(condition)).read_all()
        assert [tuple(row.values()) for row in pa.table(found).to_pylist()] == answer


def test_the_log_counts_what_is_empty_in_an_added_column(home):
    append([message(1), message(2, reason="full")], "b0")
    (stats,) = (json.loads(action["add"]["stats"]) for action in commit_of(home, 0) if "add" in action)
    assert {name: stats["nullCount"][name] for name in ADDED} == {"purpose": 2, "content": 2, "reason": 1}


def test_empty_values_are_counted_where_a_footer_does_not_say(home, tmp_path):
    path = tmp_path / "bare.parquet"
    pq.write_table(rows(NAME, [message(1), message(2, reason="full")]), path, write_statistics=False)
    services.append(table=NAME, staged=[path], batch_id="b0")
    (file,) = Snapshot.open(NAME).files()
    assert file.lacking == frozenset()
    (stats,) = (json.loads(action["add"]["stats"]) for action in commit_of(home, 0) if "add" in action)
    assert stats["nullCount"]["reason"] == 1
    assert said() == {"m001": None, "m002": "full"}


def test_the_old_file_again_is_a_duplicate_and_widens_nothing(home):
    facts = [message(1), message(2)]
    append_earlier(facts, "b0")
    result = append(facts, "again")
    assert (result.version, result.read, result.accepted, result.duplicate) == (0, 2, 0, 2)
    services.compact()
    services.tidy()
    assert delta_columns(home, 0).isdisjoint(ADDED)
    assert append(facts, "once more").duplicate == 2


def test_a_file_that_says_an_added_column_corrects_and_the_old_one_then_changes_nothing(home):
    append_earlier([message(1), message(2)], "b0")
    result = append([message(1, reason="full"), message(2)], "b1")
    assert (result.accepted, result.duplicate, result.corrected) == (1, 1, 1)
    assert said() == {"m001": "full", "m002": None}
    again = append([message(1), message(2)], "b2")
    assert (again.accepted, again.duplicate) == (0, 2)
    assert said() == {"m001": "full", "m002": None}
    assert append([message(1, reason="gone")], "b3").corrected == 1
    assert said() == {"m001": "gone", "m002": None}
    assert queries.counts() == {NAME: 2}


def test_replaying_a_batch_of_the_earlier_release_answers_as_it_did_then(home):
    first = append_earlier([message(1)], "b0")
    append([message(2, reason="full")], "b1")
    assert append([message(1)], "b0") == first


def test_a_batch_that_an_earlier_release_staged_is_taken(home, tmp_path):
    with earlier_release():
        fresh = staged(tmp_path / "fresh.parquet", NAME, [message(1), message(2)])
        mixed = staged(
            tmp_path / "mixed.parquet", NAME, [message(2), message(3), message(4, status="opened")]
        )
    result = services.append(table=NAME, staged=[fresh], batch_id="b0")
    assert (result.version, result.accepted) == (0, 2)
    append([message(4, reason="full")], "b1")
    result = services.append(table=NAME, staged=[mixed], batch_id="b2")
    assert (result.accepted, result.duplicate, result.corrected) == (2, 1, 1)
    assert said() == {"m001": None, "m002": None, "m003": None, "m004": None}
    assert said("status")["m004"] == "opened"


def test_any_other_column_must_be_there(home, tmp_path):
    whole = rows(NAME, [message(1)])
    path = tmp_path / "short.parquet"
    pq.write_table(whole.drop_columns(["campaign"]), path)
    with pytest.raises(ValueError, match=r"contacts\.campaign: the column is missing"):
        services.append(table=NAME, staged=[path], batch_id="b0")
    pq.write_table(whole.append_column("more", pa.array(["x"])), path)
    with pytest.raises(ValueError, match="unknown column 'more'"):
        services.append(table=NAME, staged=[path], batch_id="b0")
    pq.write_table(whole.set_column(whole.column_names.index("reason"), "reason", pa.array([1])), path)
    with pytest.raises(ValueError, match=r"contacts\.reason: expected string"):
        services.append(table=NAME, staged=[path], batch_id="b0")


def test_an_earlier_release_reads_the_table_and_does_not_write_to_it(home):
    append_earlier([message(1), message(2)], "b0")
    append([message(1, reason="full"), message(3)], "b1")
    version = queries.versions()
    with earlier_release():
        assert [row["contact_id"] for row in read(NAME)] == ["m001", "m002", "m003"]
        for attempt in (lambda: append([message(9)], "b2"), services.compact, services.tidy):
            with pytest.raises(NewerTableError, match="content, purpose, reason"):
                attempt()
        services.record(table=NAME, fact=message(9), source="shop")
        with pytest.raises(NewerTableError):
            services.flush()
    assert queries.versions() == version
    assert services.flush().accepted == 1
    assert said() == {"m001": "full", "m002": None, "m003": None, "m009": None}


# The outbox


def test_facts_that_waited_through_the_upgrade_reach_the_lake_once(home):
    with earlier_release():
        services.record(table=NAME, fact=message(1), source="shop")
        services.record(table=NAME, fact=message(2), source="shop")
        assert all(ADDED[0] not in row.fact for row in OutboxFact.objects.all())
    services.record(table=NAME, fact=message(1), source="shop")
    services.record(table=NAME, fact=message(2, reason="full"), source="shop")
    assert OutboxFact.objects.count() == 3
    assert {fact.key: fact.data.get("reason") for fact in queries.timeline("c2")} == {"m002": "full"}
    assert queries.facts(NAME, ["m001", "m002"])["m001"]["reason"] is None
    result = services.flush()
    assert (result.accepted, result.duplicate, result.corrected) == (3, 0, 1)
    assert said() == {"m001": None, "m002": "full"}
    services.record(table=NAME, fact=message(1), source="shop")
    assert services.flush().duplicate == 1


# Reading


@pytest.fixture
def grown(home):
    """A table with files of both releases, revisions among them."""
    append_earlier([message(number) for number in range(6)], "b0")
    append_earlier([message(1, status="opened")], "b1")
    append([message(2, reason="full"), message(6, purpose="service", content="t-1")], "b2")
    return home


def test_every_reader_finds_the_column_empty_where_no_file_has_it(home):
    append_earlier([message(1), message(4, status="bounced")], "b0")
    assert said() == {"m001": None, "m004": None}
    assert [fact.key for fact in queries.timeline("c1", columns=["reason", "status"])] == ["m004", "m001"]
    assert queries.facts(NAME, ["m001"])["m001"]["reason"] is None
    with engine() as reader:
        table = queries.scan(NAME, engine=reader)
        assert table.schema().names == tuple(FACT_TABLES[NAME].arrow_schema.names)
        counted = reader.execute(table.group_by("reason").agg(n=table.count())).to_pylist()
        assert counted == [{"reason": None, "n": 2}]
        assert reader.execute(table.filter(table.reason == "full")).num_rows == 0
        assert reader.execute(table.filter(table.reason.isnull())).num_rows == 2


def test_every_reader_knows_files_of_both_releases(grown):
    reasons = {f"m{number:03d}": None for number in range(7)} | {"m002": "full"}
    assert said() == reasons
    assert {fact.key: fact.data.get("reason") for fact in queries.timeline("c2")} == {
        "m002": "full",
        "m005": None,
    }
    assert [fact.data["status"] for fact in queries.timeline("c1")] == ["sent", "opened"]
    found = queries.facts(NAME, ["m001", "m002", "m006"])
    assert {key: (row["reason"], row["content"]) for key, row in found.items()} == {
        "m001": (None, None),
        "m002": ("full", None),
        "m006": (None, "t-1"),
    }
    assert queries.counts() == {NAME: 7}
    assert queries.customer_numbers() == {"c0", "c1", "c2"}
    with engine() as reader:
        table = queries.scan(NAME, engine=reader)
        assert table.schema().names == tuple(FACT_TABLES[NAME].arrow_schema.names)
        assert reader.execute(table.filter(table.reason.isnull())).num_rows == 6
        assert reader.execute(table.filter(table.reason.notnull())).num_rows == 1
        batches = list(reader.to_arrow_batches(table.select("contact_id", "reason")))
        assert sum(batch.num_rows for batch in batches) == 7


def test_versions_of_before_and_instants_of_the_past_can_be_read(grown):
    assert queries.versions() == {NAME: 3}
    assert len(said(version=0)) == 6
    assert set(said(version=1).values()) == {None}
    assert said(version=2) == said(version=1), "a table that has the columns and no file with them"
    assert said(version=3)["m002"] == "full"
    assert said(as_of=START + timedelta(hours=2)) == {"m000": None, "m001": None, "m002": "full"}
    assert said("content", as_of=START + timedelta(hours=1)) == {"m000": None, "m001": None}


def test_a_live_revision_that_says_an_added_column_is_unknown_before_it(home):
    append_earlier([message(1)], "b0")
    append([message(1, reason="full")], "b1", live=True, recorded_at=RECORDED + timedelta(days=1))
    assert said(as_of=RECORDED) == {"m001": None}
    assert said() == {"m001": "full"}


@pytest.mark.parametrize("every", [1, 2])
def test_checkpoints_keep_which_files_lack_a_column(home, monkeypatch, every):
    monkeypatch.setattr(lake, "CHECKPOINT_EVERY", every)
    append_earlier([message(1)], "b0")
    append([message(2, reason="full")], "b1")
    append([message(3)], "b2")
    log = home.lake_path / NAME / "_delta_log"
    assert (log / "_last_checkpoint").exists()
    assert sorted(len(file.lacking) for file in Snapshot.open(NAME).files()) == [0, 0, 3]
    assert said() == {"m001": None, "m002": "full", "m003": None}


def test_only_files_without_a_column_make_a_query_longer(home):
    append([message(1, reason="full")], "b0")
    assert all(not file.lacking for file in Snapshot.open(NAME).files())
    files = Snapshot.open(NAME).files()
    assert "schema" not in stored(FACT_TABLES[NAME], files)
    assert "schema" in stored(FACT_TABLES[NAME], [replace(files[0], lacking=frozenset({"reason"}))])


# Upkeep


def test_compaction_merges_files_of_both_releases_into_whole_ones(grown):
    before, past = read(NAME), [read(NAME, version=version) for version in range(4)]
    (result,) = services.compact()
    assert (result.files_before, result.files_after) == (4, 2)
    assert read(NAME) == before
    assert [read(NAME, version=version) for version in range(4)] == past
    assert all(not file.lacking for file in Snapshot.open(NAME).files())
    for file in Snapshot.open(NAME).files():
        assert pq.read_schema(file.path).names == FACT_TABLES[NAME].arrow_schema.names
    services.tidy(retention=timedelta(0))
    assert read(NAME) == before


def test_compaction_alone_widens_a_table(home):
    for number in range(3):
        append_earlier([message(number)], f"b{number}")
    (result,) = services.compact()
    assert (result.version, result.files_after) == (4, 1)
    assert {kind for action in commit_of(home, 3) for kind in action} == {"commitInfo", "metaData"}
    assert said() == {"m000": None, "m001": None, "m002": None}
    assert set(ADDED) <= delta_columns(home)


def test_a_person_is_erased_from_files_of_both_releases(grown):
    append([message(8, content="letter to Ada")], "b3")
    services.rewrite_person(numbers={"c2": "e_1"}, mentions=lambda text: "Ada" in text)
    assert services.holds_facts_of(["c2"]) == {}
    mine = {row["contact_id"]: row for row in read(NAME) if row["customer_id"] == "e_1"}
    assert mine.keys() == {"m002", "m005", "m008"}
    assert {key: row["reason"] for key, row in mine.items()} == {"m002": "full", "m005": None, "m008": None}
    assert mine["m008"]["content"] is None
    assert queries.counts() == {NAME: 8}
    assert services.rewrite_person(numbers={"c2": "e_1"}) == []


def test_erasing_alone_widens_a_table(home):
    append_earlier([message(1), message(2)], "b0")
    services.rewrite_person(numbers={"c1": "e_1"})
    assert said("customer_id") == {"m001": "e_1", "m002": "c2"}
    assert all(not file.lacking for file in Snapshot.open(NAME).files())


def test_whoever_copies_a_version_gets_its_columns(grown, tmp_path):
    for version in (1, 2, 3):
        target = tmp_path / str(version) / NAME
        (target / "_delta_log").mkdir(parents=True)
        for file in queries.files_at(NAME, version):
            shutil.copyfile(file.path, target / file.name)
        original = read(NAME, version=version)
        with override_settings(KEEPWELL_LAKE=str(target.parent)):
            assert queries.versions() == {NAME: version}
            assert read(NAME) == original
            append([message(20, reason="restored")], "b9")
            assert said()["m020"] == "restored"
