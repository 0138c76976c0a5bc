"""What an engine can do: run Ibis expressions and stream their rows through functions."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pyarrow as pa

DEFAULT_CHUNK = 100_000

RowFunction = Callable[[pa.RecordBatch], pa.RecordBatch]


class Engine(ABC):
    """Runs Ibis expressions over the lake; one thread at a time."""

    @property
    @abstractmethod
    def ibis(self) -> Any:
        """The Ibis backend, for expressions over more than the lake."""

    @abstractmethod
    def read_parquet(self, paths: Sequence[Path | str]) -> Any:
        """An Ibis table over Parquet files, matched by column name."""

    @abstractmethod
    def sql(self, query: str) -> Any:
        """An Ibis table over a query in the engine's own dialect."""

    @abstractmethod
    def execute(self, expr: Any) -> pa.Table:
        """All rows of `expr` in memory."""

    @abstractmethod
    def rows(self, query: str) -> list[dict[str, Any]]:
        """All rows that a query in the engine's own dialect answers; for the few rows that a page waits for.

        Goes past the expression layer, which takes longer than such a query.
        """

    @abstractmethod
    def to_parquet(self, expr: Any, path: Path | str, *, sort_by: str | Sequence[str] | None = None) -> None:
        """Write `expr` (an Ibis table or a RecordBatchReader) to one Parquet file, in bounded memory.

        `sort_by` names columns, ascending. The file appears under its name only when it is whole.
        """

    @abstractmethod
    def to_arrow_batches(self, expr: Any, chunk_size: int = DEFAULT_CHUNK) -> pa.RecordBatchReader:
        """Stream the rows of `expr`, at most `chunk_size` rows at a time.

        The engine may run other expressions while the stream is open.
        """

    def map_batches(
        self, expr: Any, fn: RowFunction, schema: pa.Schema, chunk_size: int = DEFAULT_CHUNK
    ) -> pa.RecordBatchReader:
        """Stream the rows of `expr` through `fn`, whose batches have `schema`; bounded memory.

        Raises ValueError where `fn` answers with other columns, when the batch is read.
        """
        reader = self.to_arrow_batches(expr, chunk_size)

        def mapped() -> Iterator[pa.RecordBatch]:
            for batch in reader:
                result = fn(batch)
                if result.schema.names != schema.names:
                    raise ValueError(f"fn: expected columns {schema.names}, got {result.schema.names}")
                yield result.cast(schema)

        return pa.RecordBatchReader.from_batches(schema, mapped())

    @abstractmethod
    def close(self) -> None:
        """Release memory and temporary files."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
