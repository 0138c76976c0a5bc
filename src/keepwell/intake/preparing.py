"""Stages one unit: every table checked, derived and free of twins, ready to be committed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from pathlib import Path

import duckdb
from django.utils.translation import gettext as _

from keepwell.customers import queries as customers
from keepwell.history.schemas import FACT_TABLES
from keepwell.intake import finish, lines, olist
from keepwell.intake.contracts import FileReport, Options, TableCounts
from keepwell.intake.quarantine import Quarantine
from keepwell.intake.rules.query import Decisions
from keepwell.intake.staging import Staged, Stager
from keepwell.intake.units import Part, Unit, settings_currency


@dataclass
class Prepared:
    """What is staged: `tables` maps a fact table to its files; `counts` hold what is known before commit."""

    folder: Path
    tables: dict[str, list[Path]] = field(default_factory=dict)
    customers: list[Staged] = field(default_factory=list)
    people: list[tuple[Path, str]] = field(default_factory=list)
    contacts: list[Path] = field(default_factory=list)
    counts: dict[str, TableCounts] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    date_order: str = "YMD"

    def table(self, name: str) -> TableCounts:
        """The counts of one table, made at first use."""
        return self.counts.setdefault(name, TableCounts())


def prepare(
    unit: Unit,
    *,
    connection: duckdb.DuckDBPyConnection,
    folder: Path,
    quarantine: Quarantine,
    options: Options,
    now: datetime,
    progress: Callable[[int], None] | None = None,
) -> Prepared:
    """Stage all tables of `unit` in `folder`; raises IntakeError where one of its files cannot be read."""
    stager = Stager(connection, folder, quarantine, options, now, progress)
    prepared = Prepared(folder)
    staged = []
    for part in unit.parts:
        default_order = part.profile.date_order if part.profile else None
        decisions = _decisions(part, options)
        done = stager.stage(part.source, part.match, decisions, part.report, default_order=default_order)
        prepared.contacts += [done.contacts] if done.contacts else []
        prepared.date_order = part.report.date_order or prepared.date_order
        staged.append((part, done))
    if unit.profile is not None and unit.profile.joins:
        _join(unit, [done for _part, done in staged], prepared, connection, quarantine, now)
        return prepared
    for part, done in staged:
        _finish(part, done, prepared, connection, quarantine, options, now)
    return prepared


def _decisions(part: Part, options: Options) -> Decisions:
    profile = part.profile
    currency = options.currency or (profile.currency if profile else None) or settings_currency() or "XXX"
    return Decisions(
        date_order=options.date_order if options.date_order != "auto" else "YMD",
        time_zone=options.time_zone,
        currency=currency.upper(),
        source=part.report.source,
        cancelled_prefix=profile.cancelled_prefix if profile else None,
    )


def _finish(
    part: Part,
    staged: Staged,
    prepared: Prepared,
    connection: duckdb.DuckDBPyConnection,
    quarantine: Quarantine,
    options: Options,
    now: datetime,
) -> None:
    name = staged.shape.name
    report = part.report
    if name.endswith("order_lines"):
        _lines(part, staged, prepared, connection, quarantine, options, now)
        return
    counts = prepared.table(name)
    counts.read += report.rows
    if name == "customers":
        prepared.customers.append(staged)
        counts.rejected += report.rejected
        return
    _only_known(staged, connection, quarantine, options)
    if name in FACT_TABLES:
        if any(column not in part.match.mapping for column in staged.shape.generated):
            finish.generate_keys(connection, staged)
        duplicates, _conflicts = finish.drop_twins(connection, staged, quarantine)
        counts.duplicate += duplicates
        if staged.rows:
            prepared.tables.setdefault(name, []).append(staged.path)
        _currencies(connection, part.report, name, staged.path)
    counts.rejected += report.rejected


def _only_known(
    staged: Staged, connection: duckdb.DuckDBPyConnection, quarantine: Quarantine, options: Options
) -> None:
    if options.unknown_customers == "reject" and staged.shape.has("customer_id"):
        ids = finish.customer_ids(connection, [staged.path])
        unknown: set[str] = set()
        while some := set(islice(ids, 50_000)):
            unknown |= some - customers.existing(some)
        finish.drop_unknown_customers(connection, staged, unknown, quarantine)


def _lines(
    part: Part,
    staged: Staged,
    prepared: Prepared,
    connection: duckdb.DuckDBPyConnection,
    quarantine: Quarantine,
    options: Options,
    now: datetime,
) -> None:
    """Order lines: `order_items` counts lines, `orders` the orders that they make."""
    _only_known(staged, connection, quarantine, options)
    decisions = _decisions(part, options)
    lines.lay_out(connection, staged, decisions)
    lines.reject_incomplete(connection, staged, quarantine)
    paths = lines.write_facts(connection, staged, decisions, prepared.folder, now)
    said = prepared.folder / f"{staged.path.stem}-people.parquet"
    if lines.write_people(connection, said):
        prepared.people.append((said, part.report.source))
    lines.drop_tables(connection)
    prepared.table("order_items").read += part.report.rows
    prepared.table("order_items").rejected += part.report.rejected
    prepared.table("orders").read += olist.count(connection, paths["orders"])
    for table, path in paths.items():
        if olist.count(connection, path):
            prepared.tables.setdefault(table, []).append(path)
    _currencies(connection, part.report, "orders", paths["orders"])


def _join(
    unit: Unit,
    staged: list[Staged],
    prepared: Prepared,
    connection: duckdb.DuckDBPyConnection,
    quarantine: Quarantine,
    now: datetime,
) -> None:
    """Files that belong together."""
    olist.load(connection, staged)
    strays = olist.reject_strays(connection, staged, quarantine)
    paths = olist.write_facts(connection, prepared.folder, now)
    said = prepared.folder / "olist-people.parquet"
    made = olist.write_people(connection, said)
    prepared.people.append((said, unit.parts[0].report.source))
    tables = {"olist_orders": "orders", "olist_items": "order_items", "olist_customers": "customers"}
    for done in staged:
        kind = prepared.table(tables.get(done.shape.name, "payments"))
        kind.read += done.report.rows
        kind.rejected += done.report.rejected
        if done.shape.name == "olist_payments":
            kind.accepted += done.rows  # they are part of their orders' amounts, no facts of their own
    for table, path in paths.items():
        rows = olist.count(connection, path)
        counts = prepared.table(table)
        counts.duplicate += counts.read - counts.rejected - rows
        if rows:
            prepared.tables[table] = [path]
    people = prepared.table("customers")
    people.duplicate += people.read - people.rejected - made
    if strays:
        prepared.notes.append(_("rows that refer to rows of no file were rejected"))


def _currencies(connection: duckdb.DuckDBPyConnection, report: FileReport, table: str, path: Path) -> None:
    """How many rows have which currency; more than one is said aloud."""
    if not any(c.name == "currency" for c in FACT_TABLES[table].columns):
        return
    found = connection.execute(
        f"SELECT currency, count(*) FROM {finish.parquet(path)} GROUP BY 1 ORDER BY 2 DESC, 1"  # noqa: S608
    ).fetchall()
    report.currencies = {code or "": count for code, count in found}
    if len(found) > 1:
        listed = ", ".join(f"{code} {count}" for code, count in found)
        report.warnings.append(_("several currencies, each kept as it is: %(list)s") % {"list": listed})
    if any(code == "XXX" for code, _count in found):
        report.warnings.append(_("no currency is named: XXX (none) is recorded; pass --currency to name it"))
