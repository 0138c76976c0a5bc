"""The engine: streams in bounded memory, files that appear whole."""

from __future__ import annotations

import ibis
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from keepwell.history.engine import engine
from keepwell.history.engine.memory import memory_limit

SCHEMA = pa.schema([("i", pa.int64()), ("double", pa.int64())])


def numbers(reader, count=1_000):
    return reader.sql(f"SELECT i FROM range({count}) t(i)")


def double(batch):
    return pa.RecordBatch.from_arrays([batch["i"], pc.multiply(batch["i"], 2)], names=SCHEMA.names)


def test_map_batches_streams_every_row_through_the_function(home):
    with engine() as reader:
        sizes = []

        def counted(batch):
            sizes.append(batch.num_rows)
            return double(batch)

        table = reader.map_batches(numbers(reader), counted, SCHEMA, chunk_size=300).read_all()
    assert table.schema == SCHEMA
    assert sorted(table["double"].to_pylist()) == list(range(0, 2_000, 2))
    assert max(sizes) <= 300


def test_other_queries_do_not_end_an_open_stream(home, tmp_path):
    path = tmp_path / "n.parquet"
    pq.write_table(pa.table({"i": range(200_000)}), path)
    with engine() as reader:
        view = reader.ibis.read_parquet(path)
        memory = ibis.memtable(pa.table({"i": range(200_000)}))
        for expr in (numbers(reader, 200_000), view, memory):
            seen = 0
            for batch in reader.to_arrow_batches(expr, chunk_size=10_000):
                seen += batch.num_rows
                reader.execute(reader.sql("SELECT 1 AS one"))
            assert seen == 200_000


def test_a_function_with_other_columns_is_refused(home):
    with engine() as reader:
        stream = reader.map_batches(numbers(reader), lambda batch: batch, SCHEMA)
        with pytest.raises(ValueError, match=r"fn: expected columns \['i', 'double'\], got \['i'\]"):
            stream.read_all()


def test_files_are_sorted_and_appear_whole(home, tmp_path):
    path = tmp_path / "out" / "out.parquet"
    path.parent.mkdir()
    with engine() as reader:
        reader.to_parquet(reader.sql("SELECT 9 - i AS i FROM range(10) t(i)"), path, sort_by="i")
        assert pq.read_table(path)["i"].to_pylist() == list(range(10))
        shuffled = reader.sql("SELECT i FROM range(10) t(i) ORDER BY hash(i)")
        reader.to_parquet(reader.map_batches(shuffled, double, SCHEMA), path, sort_by=["double"])
        assert pq.read_table(path)["double"].to_pylist() == list(range(0, 20, 2))

        def fail(batch):
            raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            reader.to_parquet(reader.map_batches(shuffled, fail, SCHEMA), path)
    assert pq.read_table(path).num_rows == 10
    assert [file.name for file in path.parent.iterdir()] == ["out.parquet"]


def test_instants_are_utc_and_nothing_is_left_behind(home):
    with engine() as reader:
        found = reader.execute(reader.sql("SELECT TIMESTAMPTZ '2026-01-01 00:00:00+08' AS at"))
    assert found["at"].type == pa.timestamp("us", tz="UTC")
    assert found["at"][0].as_py().isoformat() == "2025-12-31T16:00:00+00:00"
    assert list(home.staging_dir.iterdir()) == []


def test_an_engine_that_is_not_there_is_named(home, settings):
    settings.KEEPWELL_ENGINE = "spark://somewhere:7077"
    with pytest.raises(ValueError, match=r"KEEPWELL_ENGINE: 'spark://somewhere:7077' .* supported: duckdb"):
        engine()


def test_a_lake_in_another_place_than_a_folder_is_refused(home, settings):
    from keepwell.history.queries import versions

    settings.KEEPWELL_LAKE = "s3://bucket/lake"
    with pytest.raises(ValueError, match="KEEPWELL_LAKE"):
        versions()


def test_memory_is_limited_as_configured(home, settings):
    assert memory_limit("750MB") == "750MB"
    assert memory_limit("").endswith("MiB")
    settings.KEEPWELL_MEMORY = "512MiB"
    with engine() as reader:
        setting = reader.execute(reader.sql("SELECT current_setting('memory_limit') AS m"))
    assert setting["m"].to_pylist() == ["512.0 MiB"]
