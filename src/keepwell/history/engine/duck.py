"""The default engine: DuckDB in this process."""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import duckdb
import ibis
import pyarrow as pa
import pyarrow.parquet as pq
from django.conf import settings

from keepwell.foundation.home import Home
from keepwell.history.engine.base import DEFAULT_CHUNK, Engine
from keepwell.history.engine.memory import memory_limit
from keepwell.history.engine.sql import parquet, quote

ROW_GROUP = 122_880
SPILL_PREFIX = "duckdb-"


class DuckDBEngine(Engine):
    """DuckDB with a memory limit, spilling to the staging folder."""

    def __init__(self) -> None:
        self._spill = Home.current().staging_dir / f"{SPILL_PREFIX}{os.getpid()}-{uuid.uuid4().hex[:12]}"
        self._ibis = ibis.duckdb.connect(
            threads=os.cpu_count() or 1,
            memory_limit=memory_limit(str(settings.KEEPWELL_MEMORY)),
            temp_directory=str(self._spill),
            # Rows are asked for in an order where one matters; keeping that of the files costs memory.
            preserve_insertion_order=False,
            # Everything needed is built in; nothing is fetched.
            autoinstall_known_extensions=False,
            autoload_known_extensions=False,
        )
        self.connection.execute("SET parquet_metadata_cache = true")  # the lake's files never change

    @property
    def ibis(self) -> Any:
        """The Ibis backend."""
        return self._ibis

    @property
    def connection(self) -> duckdb.DuckDBPyConnection:
        """DuckDB itself, for the lake's own upkeep."""
        return self._ibis.con

    def read_parquet(self, paths: Sequence[Path | str]) -> Any:
        """An Ibis table over Parquet files, matched by column name."""
        return self.sql(f"SELECT * FROM {parquet(paths)}")  # noqa: S608

    def sql(self, query: str) -> Any:
        """An Ibis table over a query in DuckDB's dialect."""
        return self._ibis.sql(query)

    def execute(self, expr: Any) -> pa.Table:
        """All rows of `expr` in memory."""
        return self._ibis.to_pyarrow(expr.as_table())

    def rows(self, query: str) -> list[dict[str, Any]]:
        """All rows that a query answers; see `Engine.rows`."""
        return self.connection.execute(query).to_arrow_table().to_pylist()

    def to_parquet(self, expr: Any, path: Path | str, *, sort_by: str | Sequence[str] | None = None) -> None:
        """Write `expr` to one Parquet file; see `Engine.to_parquet`."""
        target = Path(path)
        partial = target.with_name(f".{target.name}.{uuid.uuid4().hex[:8]}.partial")
        try:
            if isinstance(expr, pa.RecordBatchReader):
                _write_stream(expr, partial)
                if sort_by:
                    self._sort_file(partial, _names(sort_by))
            else:
                ordered = expr.order_by(_names(sort_by)) if sort_by else expr
                self._ibis.to_parquet(ordered, partial, row_group_size=ROW_GROUP, compression="zstd")
            os.replace(partial, target)
        finally:
            partial.unlink(missing_ok=True)

    def to_arrow_batches(self, expr: Any, chunk_size: int = DEFAULT_CHUNK) -> pa.RecordBatchReader:
        """Stream the rows of `expr`.

        A connection that runs a second query ends the first one's stream without a word, so each stream
        has a connection of its own. Temporary views and tables live in one connection only: an expression
        over those goes through a file.
        """
        stream = ibis.duckdb.from_connection(self.connection.cursor())
        try:
            return stream.to_pyarrow_batches(expr.as_table(), chunk_size=chunk_size)
        except duckdb.CatalogException:
            stream.disconnect()
        return self._through_file(expr, chunk_size)

    def close(self) -> None:
        """Release memory and temporary files."""
        self._ibis.disconnect()
        shutil.rmtree(self._spill, ignore_errors=True)

    def _through_file(self, expr: Any, chunk_size: int) -> pa.RecordBatchReader:
        self._spill.mkdir(parents=True, exist_ok=True)
        path = self._spill / f"stream-{uuid.uuid4().hex}.parquet"
        self._ibis.to_parquet(expr, path)
        file = pq.ParquetFile(path)

        def batches() -> Iterator[pa.RecordBatch]:
            try:
                yield from file.iter_batches(batch_size=chunk_size)
            finally:
                file.close()
                path.unlink(missing_ok=True)

        return pa.RecordBatchReader.from_batches(file.schema_arrow, batches())

    def _sort_file(self, path: Path, names: list[str]) -> None:
        other = path.with_suffix(".sorting")
        order = ", ".join(quote(name) for name in names)
        try:
            self.connection.execute(
                f"COPY (SELECT * FROM {parquet([path])} ORDER BY {order}) TO '{other}' "  # noqa: S608
                f"(FORMAT parquet, ROW_GROUP_SIZE {ROW_GROUP}, COMPRESSION zstd)"
            )
            os.replace(other, path)
        finally:
            other.unlink(missing_ok=True)


def _names(columns: str | Sequence[str]) -> list[str]:
    return [columns] if isinstance(columns, str) else list(columns)


def _write_stream(reader: pa.RecordBatchReader, path: Path) -> None:
    with pq.ParquetWriter(path, reader.schema, compression="zstd") as writer:
        for batch in reader:
            writer.write_batch(batch, row_group_size=ROW_GROUP)
