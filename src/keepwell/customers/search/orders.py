"""Whose is this order? Sorted files beside the lake answer; a small part of one is read for each question.

The lake keeps orders by customer. Here `order_id` and `customer_id` are kept in order of the number, in
segments: the worker adds one with what came since, and joins them when they become many.
"""

from __future__ import annotations

import bisect
import shutil
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path

import orjson
import pyarrow.compute as pc
import pyarrow.parquet as pq

from keepwell.foundation.home import Home

FOLDER = "order-numbers"
INDEX = "segments.json"
SEGMENTS_MAX = 6
# Batches may become visible a while after their facts were recorded.
OVERLAP = timedelta(hours=6)


@dataclass(frozen=True)
class _State:
    version: int
    recorded_until: str
    segments: tuple[str, ...]


def _folder() -> Path:
    return Home.current().root / FOLDER


def _state() -> _State | None:
    try:
        said = orjson.loads((_folder() / INDEX).read_bytes())
    except FileNotFoundError:
        return None
    return _State(said["version"], said["recorded_until"], tuple(said["segments"]))


def build() -> int:
    """Take in the orders that came since the last time; returns how many rows the new segment has."""
    # The engine takes a second to load, and most questions do without.
    from keepwell.history import engine as engines
    from keepwell.history import queries as history

    version = history.versions().get("orders")
    state = _state()
    if version is None or (state is not None and state.version == version):
        return 0
    folder = _folder()
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with engines.engine() as engine:
        facts = history.scan("orders", version=version, engine=engine)
        until = engine.execute(facts.aggregate(until=facts.recorded_at.max())).to_pylist()[0]["until"]
        whole = state is None or len(state.segments) >= SEGMENTS_MAX
        if not whole and state is not None:
            since = datetime.fromisoformat(state.recorded_until) - OVERLAP
            facts = facts.filter(facts.recorded_at > since)
        name = f"{version:010d}-{uuid.uuid4().hex[:8]}.parquet"
        engine.to_parquet(facts.select("order_id", "customer_id"), folder / name, sort_by="order_id")
    segments = (name,) if whole or state is None else (*state.segments, name)
    _publish(_State(version, until.isoformat() if until else "1970-01-01T00:00:00+00:00", segments))
    return int(pq.read_metadata(folder / name).num_rows)


def remove() -> None:
    """Throw all segments away."""
    shutil.rmtree(_folder(), ignore_errors=True)


def is_behind() -> bool:
    """Whether the lake's orders changed since the last time."""
    from keepwell.history import queries as history

    state = _state()
    return history.versions().get("orders") != (state.version if state else None)


def _publish(state: _State) -> None:
    folder = _folder()
    partial = folder / f".{INDEX}.{uuid.uuid4().hex[:8]}"
    partial.write_bytes(
        orjson.dumps(
            {
                "version": state.version,
                "recorded_until": state.recorded_until,
                "segments": list(state.segments),
            }
        )
    )
    partial.replace(folder / INDEX)
    for path in folder.glob("*.parquet"):
        if path.name not in state.segments:
            path.unlink(missing_ok=True)


def customer_of(order_id: str) -> str | None:
    """The customer of an order, or None; an order that came within the last minute may not be known yet."""
    state = _state()
    for name in reversed(state.segments if state else ()):
        try:
            found = _look_up(_folder() / name, order_id)
        except FileNotFoundError:
            return None  # joined with others meanwhile; the next question finds them
        if found is not None:
            return found
    return None


@lru_cache(maxsize=32)
def _ends(path: Path, _written_at: int) -> tuple[list[str], list[str]]:
    """The first and the last number of each row group."""
    metadata = pq.read_metadata(path)
    firsts, lasts = [], []
    for place in range(metadata.num_row_groups):
        statistics = metadata.row_group(place).column(0).statistics
        firsts.append(statistics.min if statistics else "")
        lasts.append(statistics.max if statistics else "\U0010ffff")
    return firsts, lasts


def _look_up(path: Path, order_id: str) -> str | None:
    firsts, lasts = _ends(path, path.stat().st_mtime_ns)
    place = bisect.bisect_right(firsts, order_id) - 1
    while place >= 0 and lasts[place] >= order_id:
        with pq.ParquetFile(path) as file:
            rows = file.read_row_group(place, columns=["order_id", "customer_id"])
        at = pc.index(rows["order_id"], order_id).as_py()
        if at >= 0:
            return str(rows["customer_id"][at].as_py())
        place -= 1
    return None
