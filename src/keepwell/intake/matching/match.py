"""Guess the table of a file and the place of each of its columns."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from keepwell.intake.errors import IntakeError
from keepwell.intake.matching.names import normal
from keepwell.intake.matching.synonyms import NAMES
from keepwell.intake.shapes import SHAPES, Shape

# The columns by which a table is told from the others, in the order in which ties are broken.
TELLING: dict[str, tuple[tuple[str, ...], ...]] = {
    "order_lines": (("customer_id", "ordered_at", "quantity", "unit_price"),),
    "order_items": (("order_id", "product_id", "quantity", "unit_price"),),
    "subscriptions": (("subscription_id", "customer_id", "started_at", "amount", "period"),),
    "tickets": (("ticket_id", "customer_id", "at"),),
    "answers": (
        ("answer_id", "customer_id", "at"),
        ("customer_id", "at", "metric", "score"),
        ("customer_id", "at", "survey"),
    ),
    "ledger": (("customer_id", "at", "points"),),
    "contacts": (("contact_id", "customer_id", "at", "channel"),),
    "costs": (("at", "kind", "amount"),),
    "interactions": (("customer_id", "at", "type"), ("interaction_id", "customer_id", "at")),
    "orders": (("customer_id", "ordered_at", "amount"),),
    "customers": (
        ("customer_id", "email"),
        ("customer_id", "phone"),
        ("customer_id", "name"),
        ("customer_id", "gender"),
        ("customer_id", "birth_on"),
        ("customer_id", "acquired_at"),
        ("customer_id", "city"),
        ("customer_id", "country"),
        ("customer_id", "first_name"),
        ("customer_id", "tags"),
        ("customer_id", "region"),
        ("customer_id", "acquisition_cost"),
    ),
    "products": (("product_id", "name"), ("product_id", "price"), ("product_id", "category")),
}

SPECIFIC = frozenset({"order_lines", "order_items", "interactions", "contacts", "costs", "ledger"})
"""Tables whose telling columns leave no doubt; the others also need a number of their own."""

REFERENCE = frozenset({"customers", "products"})
"""What is said beside a fact, too: a file of orders with names and addresses is still one of orders."""


@dataclass(frozen=True)
class Match:
    """`mapping`: our column -> position in the file; `constants`: our column -> value for every row."""

    shape: Shape
    mapping: dict[str, int]
    constants: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    profile: str | None = None


def place(columns: Sequence[str], shape: Shape) -> dict[str, int]:
    """Our column -> position, each file column used once, the more telling name first."""
    normals = [normal(name) for name in columns]
    found: dict[str, int] = {}
    taken: set[int] = set()
    candidates: list[tuple[int, int, int, str]] = []
    extra = ("first_name", "last_name") if shape.name == "customers" else ()
    for order, name in enumerate([*(c.name for c in shape.columns), *extra]):
        names = NAMES.get(f"{shape.name}.{name}") or NAMES.get(name) or (normal(name),)
        known = {synonym: rank for rank, synonym in enumerate(names)}
        for position, other in enumerate(normals):
            if other in known:
                rank = -1 if columns[position].strip().casefold() == name else known[other]
                candidates.append((rank, order, position, name))
    for _rank, _order, position, name in sorted(candidates):
        if name not in found and position not in taken:
            found[name] = position
            taken.add(position)
    return found


def guess(columns: Sequence[str], *, file: str) -> Match:
    """The table that the columns fit best; raises IntakeError, saying what is missing, where none does."""
    if _are_items(columns):
        return for_table(columns, "order_items", file=file)
    best: tuple[tuple[bool, bool, int, int], str, dict[str, int]] | None = None
    for order, (name, tells) in enumerate(TELLING.items()):
        mapping = place(columns, SHAPES[name])
        for tell in tells:
            if all(column in mapping for column in tell):
                sure = tell == tells[0] if name in SPECIFIC else f"{name[:-1]}_id" in mapping
                score = ((sure, name not in REFERENCE, len(mapping), -order), name, mapping)
                best = max(best, score, key=lambda s: s[0]) if best else score
                break
    if best is None:
        raise IntakeError(_unmatched(columns), code="columns_unknown", file=file, line=1)
    _score, name, mapping = best
    return finish(columns, SHAPES[name], mapping, file=file)


def _are_items(columns: Sequence[str]) -> bool:
    """Whether these are the columns of `order_items` itself, whose orders come in a file of their own."""
    mapping = place(columns, SHAPES["order_items"])
    return len(mapping) == len(columns) and {"order_id", "line"} <= mapping.keys()


def _unmatched(columns: Sequence[str]) -> str:
    listed = ", ".join(columns[:20])
    return _(
        "no table fits the columns (%(columns)s); name them in a mapping file, "
        "or rename them to those of a table"
    ) % {"columns": listed}


def for_table(columns: Sequence[str], table: str, *, file: str) -> Match:
    """The columns placed in `table`; raises IntakeError for a column that is missing."""
    if table not in SHAPES:
        message = _("unknown table %(table)s; known: %(known)s") % {
            "table": table,
            "known": ", ".join(SHAPES),
        }
        raise IntakeError(message, code="table_unknown", file=file)
    return finish(columns, SHAPES[table], place(columns, SHAPES[table]), file=file)


def finish(
    columns: Sequence[str],
    shape: Shape,
    mapping: Mapping[str, int],
    *,
    file: str,
    constants: Mapping[str, str] | None = None,
    profile: str | None = None,
) -> Match:
    """Check that nothing required is missing and that no used name comes twice."""
    constants = dict(constants or {})
    defaults = dict(shape.defaults)
    notes = []
    for column in shape.columns:
        if not column.required or column.name in mapping or column.name in constants:
            continue
        if column.name not in defaults:
            message = _("%(table)s need a column %(column)s; found: %(found)s") % {
                "table": shape.name,
                "column": column.name,
                "found": ", ".join(columns[:20]),
            }
            raise IntakeError(message, code="column_missing", file=file, line=1)
        constants[column.name] = defaults[column.name]
        notes.append(
            _("no column %(column)s: taken as %(value)s for every row")
            % {"column": column.name, "value": defaults[column.name]}
        )
    repeated = _repeated(columns, mapping)
    if repeated:
        message = _("the column %(column)s comes twice; rename one") % {"column": repeated}
        raise IntakeError(message, code="column_twice", file=file, line=1, column=repeated)
    unused = [name for n, name in enumerate(columns) if n not in mapping.values() and name]
    if unused:
        notes.append(_("columns not used: %(columns)s") % {"columns": ", ".join(unused[:20])})
    return Match(shape, dict(mapping), constants, notes, profile)


def _repeated(columns: Sequence[str], mapping: Mapping[str, int]) -> str | None:
    names = [name.strip() for name in columns]
    for position in mapping.values():
        if names.count(names[position]) > 1:
            return names[position]
    return None


def nearest(name: str, known: Sequence[str]) -> str:
    """A hint for a name that is not known."""
    found = difflib.get_close_matches(name, known, n=1)
    return _("; did you mean %(name)s?") % {"name": found[0]} if found else ""
