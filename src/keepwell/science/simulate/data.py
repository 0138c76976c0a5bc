"""What a simulation gives: the tables that a shop would have, and the truth that no shop has."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet


@dataclass(frozen=True)
class MarketData:
    """Observable tables by name, and the hidden truth apart from them."""

    tables: dict[str, pa.Table]
    truth: dict[str, pa.Table]

    def write(self, folder: Path | str, format: Literal["csv", "parquet"] = "csv") -> list[Path]:
        """Write the observable tables to the folder, and the truth to its subfolder `truth`.

        Returns:
            The files of the observable tables: what may be imported.

        Raises:
            ValueError: when the format is unknown.
        """
        if format not in ("csv", "parquet"):
            raise ValueError(f"format must be csv or parquet, not {format!r}")
        root = Path(folder)
        (root / "truth").mkdir(parents=True, exist_ok=True)
        for name, table in self.truth.items():
            _write(table, root / "truth" / f"{name}.{format}")
        files = [root / f"{name}.{format}" for name in self.tables]
        for path, table in zip(files, self.tables.values(), strict=True):
            _write(table, path)
        return files


def _write(table: pa.Table, path: Path) -> None:
    if path.suffix == ".csv":
        pyarrow.csv.write_csv(table, path)
    else:
        pyarrow.parquet.write_table(table, path, compression="zstd")
