"""`keepwell simulate`: the tables of a shop whose truth is known."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import click

from keepwell.cli import options
from keepwell.cli.output import emit, note, path_text

CUSTOMERS = 5000


@click.command("simulate", context_settings=options.CONTEXT)
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    required=True,
    help="The folder for the files; made if need be.",
)
@click.option(
    "--customers", type=click.IntRange(1, 10_000_000), default=CUSTOMERS, show_default=True, help="How many."
)
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Of all chance.")
@click.option(
    "--days",
    type=click.IntRange(1, 20_000),
    default=None,
    show_default="three years",
    help="How long a time.",
)
@click.option(
    "--end",
    type=click.DateTime(formats=["%Y-%m-%d"]),
    default=None,
    help="The day before which the time ends; a fixed one by default, so that runs can be compared.",
)
@click.option(
    "--format", "file_format", type=click.Choice(["csv", "parquet"]), default="csv", show_default=True
)
@options.as_json
def simulate_command(
    out: Path,
    customers: int,
    seed: int,
    days: int | None,
    end: datetime | None,
    file_format: str,
    as_json: bool,
) -> None:
    """Simulate a shop and write its tables to a folder.

    What no shop knows, why customers leave and what would keep them, goes to the subfolder "truth". The same
    numbers give the same files.
    """
    market, data = simulate(customers=customers, seed=seed, days=days, end=end)
    files = data.write(out, file_format)
    rows = {name: table.num_rows for name, table in data.tables.items()}
    if as_json:
        emit({"files": [path.resolve() for path in files], "rows": rows, "end": market.end, "seed": seed})
    else:
        for name, count in rows.items():
            note(f"{name}: {count:,}")
        note(f"Written to {path_text(out)}; import with: keepwell import {path_text(out)}/*.{file_format}")


def simulate(
    *, customers: int, seed: int, days: int | None = None, end: datetime | None = None
) -> tuple[Any, Any]:
    """Run a market to its end; the market and its data."""
    from keepwell.science.simulate import Market

    given: dict[str, Any] = {"customers": customers, "seed": seed}
    if days is not None:
        given["days"] = days
    if end is not None:
        given["end"] = end.date()
    market = Market(**given)
    return market, market.run()
