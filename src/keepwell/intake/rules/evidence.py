"""What a file's own values say about the order of day and month and about the decimal mark."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import duckdb
from django.utils.translation import gettext as _

from keepwell.intake.errors import IntakeError
from keepwell.intake.matching.match import Match
from keepwell.intake.reading.chunks import Chunk
from keepwell.intake.rules.macros import DAY_FIRST


@dataclass
class Evidence:
    """Values that can only be read with the day first, only with the month first, or both ways; and for
    each number column those that can only have a decimal comma or a decimal point.
    """

    day_first: int = 0
    month_first: int = 0
    either: int = 0
    comma: dict[str, int] = field(default_factory=dict)
    point: dict[str, int] = field(default_factory=dict)


def gather(connection: duckdb.DuckDBPyConnection, match: Match, chunks: Iterable[Chunk]) -> Evidence:
    """Read the date and number columns of the whole file."""
    found = Evidence()
    kinds = {c.name: c.type for c in match.shape.columns if c.name in match.mapping}
    dates = [n for n, kind in kinds.items() if kind == "timestamp"] + [n for n in kinds if n == "birth_on"]
    numbers = [n for n, kind in kinds.items() if kind in ("money", "float", "int")]
    for chunk in chunks:
        connection.register("chunk", chunk.table)
        for name in dates:
            _dates(connection, f"c{match.mapping[name]}", found)
        for name in numbers:
            _numbers(connection, name, f"c{match.mapping[name]}", found)
        connection.unregister("chunk")
    return found


def _dates(connection: duckdb.DuckDBPyConnection, column: str, found: Evidence) -> None:
    row = connection.execute(
        f"""
        SELECT count(*) FILTER (a BETWEEN 13 AND 31 AND b BETWEEN 1 AND 12),
               count(*) FILTER (b BETWEEN 13 AND 31 AND a BETWEEN 1 AND 12),
               count(*) FILTER (a BETWEEN 1 AND 12 AND b BETWEEN 1 AND 12)
        FROM (SELECT regexp_extract(s, $1, 1)::INTEGER AS a, regexp_extract(s, $1, 2)::INTEGER AS b
              FROM (SELECT kw_stamp({column}) AS s FROM chunk WHERE {column} NOT LIKE '____-__-__%')
              WHERE regexp_matches(s, $1))""",  # noqa: S608
        [DAY_FIRST],
    ).fetchone()
    if row:
        found.day_first += row[0]
        found.month_first += row[1]
        found.either += row[2]


def _numbers(connection: duckdb.DuckDBPyConnection, name: str, column: str, found: Evidence) -> None:
    row = connection.execute(
        rf"""
        SELECT count(*) FILTER (regexp_matches(s, '^[+-]?\d*,(\d{{1,2}}|\d{{4,}})$|\.\d{{3}},')),
               count(*) FILTER (regexp_matches(s, '^[+-]?\d*\.(\d{{1,2}}|\d{{4,}})$|,\d{{3}}\.'))
        FROM (SELECT kw_signed(kw_bare({column})) AS s FROM chunk
              WHERE contains({column}, ',') OR contains({column}, '.')
              OR contains({column}, '，') OR contains({column}, '．'))"""  # noqa: S608
    ).fetchone()
    if row:
        found.comma[name] = found.comma.get(name, 0) + row[0]
        found.point[name] = found.point.get(name, 0) + row[1]


def comma_columns(found: Evidence) -> frozenset[str]:
    """The number columns with a decimal comma.

    A column of its own decides; one that does not (only 1,234 or 1.234) follows the file's others.
    """
    decided = {
        n: found.comma[n] > 0 and not found.point[n] for n in found.comma if found.comma[n] or found.point[n]
    }
    follow = bool(decided) and all(decided.values())
    return frozenset(n for n in found.comma if decided.get(n, follow))


def date_order(found: Evidence, *, option: str, default: str | None, file: str, notes: list[str]) -> str:
    """The order of day and month.

    An order that was asked for holds. Else the file decides, if some value can be read in exactly one order
    and none contradicts it. Else the recognised export's own order. Raises IntakeError where none of this
    settles it.
    """
    if option != "auto":
        against = found.month_first if option == "DMY" else found.day_first if option == "MDY" else 0
        if against:
            notes.append(
                _("%(count)d dates do not fit the order %(order)s that was asked for")
                % {"count": against, "order": option}
            )
        return option
    if found.day_first and found.month_first:
        message = _(
            "dates contradict each other: %(day)d can only be day first, %(month)d only month first; "
            "pass --date-order DMY or MDY"
        ) % {"day": found.day_first, "month": found.month_first}
        raise IntakeError(message, code="date_order", file=file)
    if found.day_first or found.month_first:
        return "DMY" if found.day_first else "MDY"
    if not found.either:
        return "YMD"
    if default:
        return default
    message = _("dates like 03/04/2024 can be read in two ways; pass --date-order DMY or MDY")
    raise IntakeError(message, code="date_order", file=file)
