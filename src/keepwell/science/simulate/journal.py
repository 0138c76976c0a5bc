"""What the shop's systems note down: columns of numbers that become tables, in order of time."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from keepwell.science.simulate.catalogue import Ints

DAY_SECONDS = 86_400
MONEY = pa.decimal128(18, 4)
INSTANT = pa.timestamp("us", tz="UTC")
CURRENCY = "CNY"


@dataclass
class Stream:
    """Events of one kind: equally long columns, one of them `second` since 1970."""

    columns: tuple[str, ...]
    parts: dict[str, list[Any]] = field(default_factory=dict)
    issued: int = 0  # events that already have a number

    def add(self, **values: Any) -> None:
        """Note some events; a scalar holds for all of them."""
        size = len(values["second"])
        if not size:
            return
        assert set(values) == set(self.columns), f"expected {self.columns}"
        for name in self.columns:
            column = np.asarray(values[name])
            self.parts.setdefault(name, []).append(column if column.ndim else np.full(size, column))

    def take(self, until_second: int) -> dict[str, np.ndarray[Any, Any]]:
        """Remove and return what happened before an instant, in order of time; the rest waits."""
        whole = {
            name: np.concatenate(self.parts[name]) if self.parts.get(name) else np.empty(0, np.int64)
            for name in self.columns
        }
        order = np.argsort(whole["second"], kind="stable")
        ready = int(np.searchsorted(whole["second"][order], until_second))
        self.parts = {name: [values[order[ready:]]] for name, values in whole.items()}
        return {name: values[order[:ready]] for name, values in whole.items()}

    def number(self, count: int) -> int:
        """Reserve numbers for some events; the first of them."""
        first = self.issued + 1
        self.issued += count
        return first


def identifiers(prefix: str, numbers: Ints, width: int = 8) -> pa.Array:
    """Ids such as O00000017.

    >>> identifiers("O", np.array([17]), 4).to_pylist()
    ['O0017']
    """
    digits = pc.utf8_lpad(pc.cast(pa.array(numbers), pa.string()), width=width, padding="0")
    return pc.binary_join_element_wise(pa.scalar(prefix), digits, "")


def instants(second: Ints) -> pa.Array:
    """Seconds since 1970 as UTC instants."""
    return pa.array(second.astype(np.int64) * 1_000_000).cast(pa.timestamp("us")).cast(INSTANT)


def money(amount: np.ndarray[Any, Any], missing: Any = None) -> pa.Array:
    """CNY to the fen."""
    return pa.array(np.round(amount, 2), mask=missing, type=pa.float64()).cast(MONEY)


def words(values: Sequence[str | None], codes: np.ndarray[Any, Any]) -> pa.Array:
    """Texts by code; a negative code is no text."""
    return pa.array([*values, None], type=pa.string()).take(
        pa.array(np.where(codes < 0, len(values), codes).astype(np.int64))
    )


def same(value: str, count: int) -> pa.Array:
    """One text for all."""
    return pa.repeat(pa.scalar(value, pa.string()), count)
