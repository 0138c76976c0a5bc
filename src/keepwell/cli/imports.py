"""`keepwell import`: files into facts."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from keepwell.cli import options
from keepwell.cli.boot import boot
from keepwell.cli.errors import DONE, DONE_WITH_REJECTED_ROWS, FAILED
from keepwell.cli.output import emit, note, path_text, progress, table

ACTOR = "command line"
TABLES = (
    "customers", "products", "orders", "order_items", "order_lines", "subscriptions", "interactions",
    "contacts", "tickets", "answers", "ledger", "costs",
)  # fmt: skip


@click.command("import", context_settings=options.CONTEXT)
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="PATH...")
@click.option(
    "--map",
    "mapping",
    type=click.Path(dir_okay=False, path_type=Path),
    help="A file (.json or .toml) that says which column is what.",
)
@click.option("--dry-run", is_flag=True, help="Say what would happen, and store nothing.")
@click.option(
    "--source", default=None, help="Where the files come from, e.g. web-shop.  [default: the format]"
)
@click.option(
    "--table", "table_name", type=click.Choice(TABLES), default=None, help="What the files hold, if unclear."
)
@click.option("--currency", default=None, help="The currency of amounts that say none, e.g. EUR.")
@click.option(
    "--date-order",
    type=click.Choice(["auto", "DMY", "MDY", "YMD"], case_sensitive=False),
    default="auto",
    show_default=True,
    help="How to read dates like 03/04/2025.",
)
@click.option("--time-zone", default="UTC", show_default=True, help="The time zone of times that say none.")
@click.option("--country", default=None, help="The country of phone numbers that say none, e.g. CN.")
@click.option(
    "--unknown-customers",
    type=click.Choice(["create", "reject"]),
    default="create",
    show_default=True,
    help="What to do with facts of customers who are not on record.",
)
@options.language
@options.as_json
@options.home
def import_command(
    paths: tuple[Path, ...],
    mapping: Path | None,
    dry_run: bool,
    source: str | None,
    table_name: str | None,
    currency: str | None,
    date_order: str,
    time_zone: str,
    country: str | None,
    unknown_customers: str,
    language: str | None,
    as_json: bool,
    home: Path,
) -> int:
    """Import files of customers, orders, visits, tickets and more.

    CSV, Excel, Parquet and JSON Lines, also gzipped; columns are found by their names. The same or an
    overlapping file again changes nothing. Rejected rows go to a quarantine file with line, column and
    reason; the exit code is then 3.
    """
    boot(home, language=language)
    report = run(
        paths,
        dry_run=dry_run,
        source=source,
        table=table_name,
        currency=currency,
        date_order=date_order.upper() if date_order.lower() != "auto" else "auto",
        time_zone=time_zone,
        country=country,
        unknown_customers=unknown_customers,
        mapping=mapping,
    )
    if as_json:
        emit(report.to_dict())
    else:
        show(report)
    if report.failed:
        return FAILED
    return DONE_WITH_REJECTED_ROWS if report.rejected else DONE


def run(paths: Sequence[Path], *, mapping: Path | None = None, **said: Any) -> Any:
    """Import the files with progress on stderr; the report."""
    from keepwell.foundation import clock
    from keepwell.intake import services

    content = services.load_mapping(path=mapping) if mapping else None
    with progress() as report:
        return services.import_paths(
            paths=paths, actor=ACTOR, now=clock.now(), mapping=content, progress=report, **said
        )


def show(report: Any) -> None:
    """What was imported, for people."""
    from django.utils.translation import gettext as _

    for file in report.files:
        if file.error:
            note(f"{path_text(Path(file.file))}: {file.error.message}")
        for warning in file.warnings:
            note(f"{path_text(Path(file.file))}: {warning}")
    columns = [
        (_("Table"), "left"),
        (_("Read"), "right"),
        (_("Accepted"), "right"),
        (_("Known already"), "right"),
        (_("Rejected"), "right"),
    ]
    rows = [
        (name, f"{c.read:,}", f"{c.accepted:,}", f"{c.duplicate:,}", f"{c.rejected:,}")
        for name, c in report.tables.items()
    ]
    if rows:
        table(_("What would happen") if report.dry_run else "", columns, rows)
    for text in report.notes:
        note(text)
    if report.quarantine:
        note(_("Rejected rows: %(path)s") % {"path": path_text(Path(report.quarantine))})
