"""Facts as rooms hand them over: checked against the schema, in one normal form."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import orjson

from keepwell.foundation.money import quantize
from keepwell.history.schemas import COMMON, Column, FactTable

SET_BY_RECORD = frozenset(column.name for column in COMMON)


def normalize(table: FactTable, fact: Mapping[str, Any]) -> dict[str, Any]:
    """`fact` with the columns of the table, each value in JSON's own terms.

    A column of a later release is in it only where it says something: a fact that does not know of it has
    the same form, and the same hash, in every release.

    Raises ValueError naming the table and the column: unknown, missing, of a wrong type, not among the
    choices, or an instant without a zone.
    """
    own = {column.name for column in table.columns}
    for name in fact:
        if name in SET_BY_RECORD:
            raise ValueError(f"{table.name}.{name}: set by record(), not by the fact")
        if name not in own:
            raise ValueError(f"{table.name}.{name}: unknown column")
    values = {column.name: _value(table, column, fact.get(column.name)) for column in table.columns}
    return {name: value for name, value in values.items() if value is not None or name not in table.later}


def key_text(table: FactTable, fact: Mapping[str, Any]) -> str:
    """The key as one string: its parts joined by `|`; in a part, `|` and backslash follow a backslash."""
    return "|".join(_text(fact[name]).replace("\\", "\\\\").replace("|", "\\|") for name in table.key)


def content_hash(normal: Mapping[str, Any]) -> str:
    """SHA-256 of a fact in normal form."""
    return hashlib.sha256(orjson.dumps(dict(normal), option=orjson.OPT_SORT_KEYS)).hexdigest()


def denormalize(columns: Iterable[Column], normal: Mapping[str, Any]) -> dict[str, Any]:
    """The Python values of a fact in normal form: Decimal for money, aware datetime for instants."""
    return {column.name: _python(column, normal.get(column.name)) for column in columns}


def _text(value: Any) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    return str(value)


def _python(column: Column, value: Any) -> Any:
    if value is None:
        return None
    if column.type == "money":
        return Decimal(value)
    if column.type == "timestamp":
        return datetime.fromisoformat(value)
    return value


def _value(table: FactTable, column: Column, value: Any) -> Any:
    where = f"{table.name}.{column.name}"
    if value is None:
        if column.required or column.name in table.key:
            raise ValueError(f"{where}: required")
        return None
    try:
        normal = _NORMAL[column.type](value)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{where}: {error}") from error
    if column.choices and normal not in column.choices:
        raise ValueError(f"{where}: {value!r} is not one of {', '.join(column.choices)}")
    if normal == "" and (column.required or column.name in table.key):
        raise ValueError(f"{where}: required")
    return normal


def _string(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"expected str, got {type(value).__name__}")
    if "\x00" in value:
        raise ValueError("a NUL character cannot be kept")
    value.encode()
    return value


def _timestamp(value: Any) -> str:
    if not isinstance(value, datetime):
        raise TypeError(f"expected datetime, got {type(value).__name__}")
    if value.tzinfo is None:
        raise ValueError("an instant needs a time zone")
    return value.astimezone(UTC).isoformat(timespec="microseconds")


def _money(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, Decimal | int):
        raise TypeError(f"expected Decimal, got {type(value).__name__}")
    amount = quantize(Decimal(value))
    return str(amount if amount else abs(amount))


def _int(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"expected int, got {type(value).__name__}")
    if not -(2**63) <= value < 2**63:
        raise ValueError("out of range")
    return value


def _float(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, float | int):
        raise TypeError(f"expected float, got {type(value).__name__}")
    if not math.isfinite(value):
        raise ValueError("must be finite")
    return float(value) or 0.0


def _bool(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError(f"expected bool, got {type(value).__name__}")
    return value


def _json(value: Any) -> str:
    if isinstance(value, str):
        value = orjson.loads(value)
    return _string(orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode())


_NORMAL = {
    "string": _string,
    "timestamp": _timestamp,
    "money": _money,
    "int": _int,
    "float": _float,
    "bool": _bool,
    "json": _json,
}
