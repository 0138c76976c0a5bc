"""The one statement that turns a chunk of text columns into checked, typed columns.

For every row it answers the typed columns of the shape, `_reject` ("column|code" of the first rule that
refuses the row, else NULL) and `_applied`, a set of bits that says which rules and cleaning steps changed it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from keepwell.history.schemas import Column
from keepwell.intake.matching.match import Match

CLEANED = (
    "trimmed",
    "number_rewritten",
    "instant_rewritten",
    "money_rounded",
    "choice_mapped",
    "value_left_out",
)
RULES = (
    "zero_amount",
    "negative_is_refund",
    "currency_assumed",
    "contact_as_customer_id",
    "cancellation_is_refund",
    "partial_refund_lowers_amount",
)
BITS = {name: 1 << n for n, name in enumerate((*CLEANED, *RULES))}

ISO_SHAPES = ("____-__-__ __:__:__", "____-__-__T__:__:__", "____-__-__")
LAX_COLUMNS = {"customers": ("acquired_at", "acquisition_cost")}
"""Optional columns of a profile: a value that cannot be read is left out instead of the whole row."""

LONGEST_ID = 64
CONTACT_ID = (
    r"(contains({x}, '@') OR regexp_full_match({x}, '\+[0-9][0-9 ()./-]{{6,}}') "
    r"OR regexp_full_match({x}, '(\+?86)?1[3-9][0-9]{{9}}') "
    r"OR regexp_full_match({x}, '\(?[0-9]{{2,4}}\)?[ .-][0-9]{{3,4}}[ .-][0-9]{{3,4}}'))"
)


@dataclass(frozen=True)
class Decisions:
    """What one file was found to mean where its values alone do not say."""

    date_order: str = "YMD"
    time_zone: str = "UTC"
    comma_columns: frozenset[str] = frozenset()
    currency: str = "XXX"
    source: str = "import"
    cancelled_prefix: str | None = None


def text(value: str) -> str:
    """An SQL literal."""
    return "'" + value.replace("'", "''") + "'"


class Statement:
    """Builds the statement for one match, over chunks that are tidy and whose known names are translated."""

    def __init__(self, match: Match, decisions: Decisions, *, now: datetime) -> None:
        self.match = match
        self.shape = match.shape
        self.decisions = decisions
        self.latest = (now + timedelta(days=1)).strftime("%Y-%m-%d %H:%M:%S")
        self.layers: list[list[str]] = [[], [], [], []]
        self.second: dict[str, str] = {}
        self.rejects: list[tuple[str, str, str]] = []
        self.applied: list[tuple[str, str]] = []

    def sql(self) -> str:
        """The statement over the relation `chunk`."""
        for column in self.shape.columns:
            self._column(column)
        self._rules()
        flags = [f"CASE WHEN {condition} THEN {BITS[name]} ELSE 0 END" for name, condition in self.applied]
        cases = " ".join(
            f"WHEN {condition} THEN {text(f'{column}|{code}')}" for column, code, condition in self.rejects
        )
        columns = ", ".join(f'{value} AS "{name}"' for name, value in self.second.items())
        return f"""
            SELECT {columns},
                {f"CASE {cases} END" if cases else "NULL::VARCHAR"} AS _reject,
                ({" + ".join(flags) or "0"})::INTEGER AS _applied
            FROM {self._layered()}"""  # noqa: S608 - names are ours, values quoted

    def _layered(self) -> str:
        """The intermediate columns, each layer over the one before: `t_` text, `f_` what the engine's cast
        gives, `a_` and `b_` steps of the slow reading where that gives nothing, `v_` the value.

        An expression that is used more than once has a layer of its own, else it would be evaluated as often.
        """
        relation = "chunk"
        for columns in self.layers:
            relation = f"(SELECT {', '.join(['*', *columns])} FROM {relation})"  # noqa: S608
        return relation

    @property
    def first(self) -> list[str]:
        """The layer next to the file's columns."""
        return self.layers[0]

    def _give(self, name: str, value: str) -> None:
        self.second[name] = value

    # --- columns

    def _raw(self, name: str) -> str | None:
        """The source expression of a column: its text, a constant, or None where the file has none."""
        if name in self.match.mapping:
            return f"c{self.match.mapping[name]}"
        if name in self.match.constants:
            return text(self.match.constants[name])
        return None

    def _column(self, column: Column) -> None:
        raw = self._raw(column.name)
        kind = column.type
        if column.name == "source":
            self.first.append(f"coalesce({raw or 'NULL'}, {text(self.decisions.source)}) AS t_source")
            self._give("source", "t_source")
            return
        if column.name == "currency":
            self._currency(raw)
        elif raw is None:
            self._give(column.name, f"NULL::{SQL_TYPES[kind]}")
        else:
            self.first.append(f"{raw} AS t_{column.name}")
            if column.name == "customer_id" or (column.name in self.shape.key and kind == "string"):
                self._identifier(column)
            elif column.choices:
                self._choice(column)
            elif kind == "timestamp":
                self._timestamp(column)
            elif kind in ("money", "float", "int"):
                self._number(column)
            else:
                self._give(column.name, f"t_{column.name}")
            if kind == "json":
                self.rejects.append((column.name, "json", f"NOT json_valid(t_{column.name})"))
            if column.name == "birth_on":
                self.applied.append(("instant_rewritten", "t_birth_on NOT LIKE '____-__-__'"))
            self._required(column)

    def _required(self, column: Column) -> None:
        if (
            column.required
            and column.name in self.match.mapping
            and column.name not in dict(self.shape.defaults)
        ):
            self.rejects.append((column.name, "missing", f"t_{column.name} IS NULL"))

    def _identifier(self, column: Column) -> None:
        name = column.name
        self._give(name, f"t_{name}")
        self.rejects.append(
            (name, "too_long", f"strlen(t_{name}) > {LONGEST_ID * 4} OR length(t_{name}) > {LONGEST_ID}")
        )
        if name == "customer_id" and name in self.match.mapping:
            self.applied.append(("contact_as_customer_id", CONTACT_ID.format(x="t_customer_id")))

    def _choice(self, column: Column) -> None:
        name = column.name
        if name not in self.match.mapping:
            self._give(name, f"t_{name}")
            return
        known = ", ".join(text(value) for value in column.choices)
        self.first.append(f"CASE WHEN {self._raw(name)} IN ({known}) THEN {self._raw(name)} END AS v_{name}")
        default = dict(self.shape.defaults).get(name)
        value = (
            f"CASE WHEN t_{name} IS NULL THEN {text(default)} ELSE v_{name} END" if default else f"v_{name}"
        )
        self._give(name, value)
        self.rejects.append((name, "choice", f"t_{name} IS NOT NULL AND v_{name} IS NULL"))

    def _timestamp(self, column: Column) -> None:
        name = column.name
        raw = self._raw(name)
        iso = " OR ".join(f"{raw} LIKE '{shape}'" for shape in ISO_SHAPES)
        plain = f"CASE WHEN {iso} THEN TRY_CAST({raw} AS TIMESTAMP) END"
        zone = text(self.decisions.time_zone)
        if self.decisions.time_zone != "UTC":
            plain = f"make_timestamp(epoch_us(timezone({zone}, {plain})))"
        self.layers[0].append(f"{plain} AS f_{name}")
        self.layers[1].append(f"CASE WHEN f_{name} IS NULL THEN kw_stamp(t_{name}) END AS a_{name}")
        order = text(self.decisions.date_order)
        self.layers[2].append(
            f"CASE WHEN f_{name} IS NULL THEN kw_offset(kw_iso(a_{name}, {order})) END AS b_{name}"
        )
        slow = f"kw_instant(t_{name}, b_{name}, {zone})"
        self.layers[3].append(f"CASE WHEN f_{name} IS NULL THEN {slow} ELSE f_{name} END AS v_{name}")
        self._give(name, f"v_{name}")
        self._unreadable(name, "instant")
        if name == self.shape.time:
            self.rejects.append((name, "future", f"v_{name} > TIMESTAMP {text(self.latest)}"))
            self.rejects.append((name, "too_old", f"v_{name} < TIMESTAMP '1970-01-01'"))
        iso_like = "'^\\d{4}-\\d{2}-\\d{2}([ T]|$)'"
        self.applied.append(
            ("instant_rewritten", f"f_{name} IS NULL AND NOT regexp_matches(t_{name}, {iso_like})")
        )

    def _number(self, column: Column) -> None:
        name = column.name
        mark = "," if name in self.decisions.comma_columns else "."
        cast = "DOUBLE" if column.type == "float" else "DECIMAL(18,4)"
        plain = f"TRY_CAST({self._raw(name)} AS {cast})" if mark == "." else f"NULL::{cast}"
        self.layers[0].append(f"{plain} AS f_{name}")
        self.layers[1].append(f"CASE WHEN f_{name} IS NULL THEN kw_signed(kw_bare(t_{name})) END AS a_{name}")
        self.layers[2].append(
            f"CASE WHEN f_{name} IS NULL THEN kw_dotted(a_{name}, '{mark}') END AS b_{name}"
        )
        self.layers[3].append(
            f"CASE WHEN f_{name} IS NULL THEN TRY_CAST(b_{name} AS {cast}) ELSE f_{name} END AS v_{name}"
        )
        value = f"v_{name}"
        if column.type == "money":
            self.rejects.append(
                (name, "range", f"v_{name} IS NULL AND abs(TRY_CAST(b_{name} AS DOUBLE)) >= 1e14")
            )
            self.applied.append(("money_rounded", f"regexp_matches(t_{name}, '[.]\\d{{4}}\\d*[1-9]')"))
        if column.type == "float":
            self.rejects.append((name, "number", f"NOT isfinite(v_{name})"))
        if column.type == "int":
            self.rejects.append((name, "whole", f"v_{name} <> trunc(v_{name})"))
            value = f"TRY_CAST(v_{name} AS BIGINT)"
        self._give(name, value)
        self._unreadable(name, "number")
        self.applied.append(("number_rewritten", f"f_{name} IS NULL AND t_{name} IS NOT NULL"))

    def _unreadable(self, name: str, code: str) -> None:
        condition = f"t_{name} IS NOT NULL AND v_{name} IS NULL"
        if name in LAX_COLUMNS.get(self.shape.name, ()):
            self.applied.append(("value_left_out", condition))
        else:
            self.rejects.append((name, code, condition))

    def _currency(self, raw: str | None) -> None:
        assumed = text(self.decisions.currency)
        if raw is None:
            self._give("currency", assumed)
            return
        self.first.append(f"{raw} AS t_currency")
        self.first.append(f"CASE WHEN regexp_full_match({raw}, '[A-Z]{{3}}') THEN {raw} END AS v_currency")
        self._give("currency", f"CASE WHEN t_currency IS NULL THEN {assumed} ELSE v_currency END")
        self.rejects.append(("currency", "currency", "t_currency IS NOT NULL AND v_currency IS NULL"))
        self.applied.append(("currency_assumed", "t_currency IS NULL"))

    # --- rules of the tables

    def _rules(self) -> None:
        """Refunds and zero amounts of orders."""
        if self.shape.name != "orders":
            return
        status = self.second["status"]
        refund = f"v_amount < 0 AND ({status}) IN ('placed', 'paid')"
        self._give("status", f"CASE WHEN {refund} THEN 'refunded' ELSE {status} END")
        self.applied.append(("negative_is_refund", "v_amount < 0"))
        self.applied.append(("zero_amount", "v_amount = 0"))


SQL_TYPES = {
    "string": "VARCHAR",
    "timestamp": "TIMESTAMP",
    "money": "DECIMAL(18,4)",
    "int": "BIGINT",
    "float": "DOUBLE",
    "bool": "BOOLEAN",
    "json": "VARCHAR",
}
