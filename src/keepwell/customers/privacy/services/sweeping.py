"""Files of the home folder that name a person: lines taken out, or the file removed."""

from __future__ import annotations

import csv
import gzip
import io
import os
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import IO, cast

import pyarrow as pa
import pyarrow.parquet as pq

from keepwell.customers.privacy.contracts import Subject
from keepwell.customers.privacy.core import normal_text
from keepwell.foundation.home import Home
from keepwell.history.services import replace_file

CSV_FILES = frozenset({".csv", ".tsv"})
LINE_FILES = frozenset({".txt", ".log", ".jsonl", ".ndjson", ".md"})
ARCHIVES = frozenset({".zip", ".xlsx", ".docx"})
# State, lake, keys and ledger have ways of their own; backups are sealed and run out.
LEFT = ("keys.json", "erasures.jsonl")
LEFT_FOLDERS = frozenset({"lake", "backups"})
BLOCK = 1 << 20


def sweep(subject: Subject) -> Mapping[str, int]:
    """Take the person out of every file: lines of texts and tables go, other files go as a whole."""
    counts: Counter[str] = Counter()
    for path in files():
        try:
            outcome = _clean(path, subject)
        except FileNotFoundError:
            continue  # somebody else removed it
        if outcome:
            counts[f"{path.relative_to(Home.current().root).parts[0]}: {outcome}"] += 1
    return dict(counts)


def files() -> Iterator[Path]:
    """The files to look at."""
    root = Home.current().root
    for folder, names, found in os.walk(root):
        if Path(folder) == root:
            names[:] = [name for name in names if name not in LEFT_FOLDERS]
        for name in sorted(found):
            if name in LEFT or ".sqlite3" in name or name.endswith((".lock", ".kwb")):
                continue
            yield Path(folder) / name


def mentions(path: Path, subject: Subject) -> bool:
    """Whether a file names the person, also inside an archive or a compressed table."""
    kind = _kind(path)
    if kind == ".parquet":
        return _parquet_mentions(path, subject)
    if kind in ARCHIVES and zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            return any(
                _mentioned(archive.read(name).decode("utf-8", "ignore"), subject)
                for name in archive.namelist()
            )
    with _open(path) as file:
        before = ""
        while block := file.read(BLOCK):
            text = block.decode("utf-8", "ignore")
            if _mentioned(before + text, subject):
                return True
            before = text[-400:]
    return False


def _open(path: Path) -> IO[bytes]:
    return cast(IO[bytes], gzip.open(path, "rb")) if path.suffix == ".gz" else path.open("rb")


def _clean(path: Path, subject: Subject) -> str:
    if not path.is_file() or path.is_symlink() or not mentions(path, subject):
        return ""
    kind = _kind(path)
    if kind in CSV_FILES or kind in LINE_FILES:
        _without_lines(path, subject, is_csv=kind in CSV_FILES)
        return "lines removed"
    if kind == ".parquet":
        _without_rows(path, subject)
        return "rows removed"
    path.unlink()
    return "files removed"


def _kind(path: Path) -> str:
    return Path(path.stem).suffix.lower() if path.suffix == ".gz" else path.suffix.lower()


def _mentioned(text: str, subject: Subject) -> bool:
    return subject.mentions(normal_text(text))


def _without_lines(path: Path, subject: Subject, *, is_csv: bool) -> None:
    packed = path.suffix == ".gz"
    with _open(path) as file:
        raw = file.read()
    mark = b"\xef\xbb\xbf" if raw.startswith(b"\xef\xbb\xbf") else b""
    text = raw[len(mark) :].decode("utf-8", "surrogateescape")
    pieces = _records(text) if is_csv else text.splitlines(keepends=True)
    kept = "".join(piece for piece in pieces if not _mentioned(piece, subject))
    body = mark + kept.encode("utf-8", "surrogateescape")
    replace_file(path, gzip.compress(body) if packed else body)


def _records(text: str) -> Iterable[str]:
    """The records of a CSV file as they stand there, one whose cells hold line ends in one piece."""
    lines = text.splitlines(keepends=True)
    position = 0
    reader = csv.reader(io.StringIO(text, newline=""))
    for _row in reader:
        yield "".join(lines[position : reader.line_num])
        position = reader.line_num
    yield "".join(lines[position:])


def _parquet_mentions(path: Path, subject: Subject) -> bool:
    with pq.ParquetFile(path) as file:
        return any(any(_rows_naming(batch, subject)) for batch in file.iter_batches(batch_size=50_000))


def _without_rows(path: Path, subject: Subject) -> None:
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    with pq.ParquetFile(path) as file, pq.ParquetWriter(part, file.schema_arrow) as writer:
        for batch in file.iter_batches(batch_size=50_000):
            naming = pa.array([not found for found in _rows_naming(batch, subject)], pa.bool_())
            writer.write_batch(batch.filter(naming))
    os.chmod(part, path.stat().st_mode & 0o777)
    part.replace(path)


def _rows_naming(batch: pa.RecordBatch, subject: Subject) -> list[bool]:
    """For each row whether one of its texts names the person."""
    numbers = set(subject.customer_ids)
    found = [False] * batch.num_rows
    for field, column in zip(batch.schema, batch.columns, strict=True):
        if not (pa.types.is_string(field.type) or pa.types.is_large_string(field.type)):
            continue
        exact = field.name in ("customer_id", "alias_id", "canonical_id")
        for place, text in enumerate(column.to_pylist()):
            if text and (text in numbers if exact else _mentioned(text, subject)):
                found[place] = True
    return found
