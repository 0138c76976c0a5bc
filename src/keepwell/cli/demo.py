"""`keepwell demo`: a simulated shop, from its files to whom to save first."""

from __future__ import annotations

import json
import os
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import click

from keepwell.cli import cycle, imports, options
from keepwell.cli.boot import boot
from keepwell.cli.customers import at_risk, score_document, show_at_risk
from keepwell.cli.errors import CommandError
from keepwell.cli.output import emit, note
from keepwell.cli.serve import PORT, check_address
from keepwell.cli.simulate import CUSTOMERS, simulate

TOP = 10
MARK = "demo.json"


@click.command("demo", context_settings=options.CONTEXT)
@click.option(
    "--customers",
    type=click.IntRange(20, 1_000_000),
    default=CUSTOMERS,
    show_default=True,
    help="How many customers the shop has.",
)
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Of all chance.")
@click.option("--no-serve", is_flag=True, help="End after printing; do not serve the web app.")
@click.option(
    "--port", type=click.IntRange(1, 65535), default=PORT, show_default=True, help="Of the web app."
)
@options.language
@options.as_json
@options.home
def demo_command(
    customers: int, seed: int, no_serve: bool, port: int, language: str | None, as_json: bool, home: Path
) -> None:
    """Try Keepwell on a simulated shop.

    Simulates it, finds out who is leaving, prints whom to save first, and opens the web app.
    Run again on the same home, it uses what is there.
    """
    if not no_serve:
        check_address("127.0.0.1", port, expose=False)
    boot(home, language=language)
    shop = prepare(customers=customers, seed=seed)
    scores = at_risk(TOP)
    if as_json:
        emit({"shop": shop, "at_risk": [score_document(score) for score in scores]})
    else:
        _show(scores)
    if not no_serve:
        _serve(port, home)


def prepare(*, customers: int, seed: int) -> dict[str, Any]:
    """Make the shop and judge its customers, or find that this was done; every part can be done again.

    Raises CommandError where the home holds data that is not the demo's.
    """
    from keepwell.foundation.home import Home

    folder = Home.current().root / "demo"
    asked = {"customers": customers, "seed": seed}
    shop = _mark(folder)
    if shop is None:
        _refuse_other_data()
        folder.mkdir(exist_ok=True, mode=0o700)
        _write_mark(folder, {**asked, "imported": False})
        shop = _mark(folder) or {}
    elif {name: shop[name] for name in asked} != asked:
        note(f"This home holds a shop of {shop['customers']:,} customers (seed {shop['seed']}): using it.")
    if not shop["imported"]:
        shop = _make(folder, shop)
    _judge(datetime.fromisoformat(shop["as_of"]))
    _open_cases()
    return shop


def _mark(folder: Path) -> dict[str, Any] | None:
    path = folder / MARK
    return json.loads(path.read_text()) if path.exists() else None


def _write_mark(folder: Path, shop: dict[str, Any]) -> None:
    temporary = folder / f".{MARK}.tmp"
    temporary.write_text(json.dumps(shop))
    temporary.replace(folder / MARK)


def _refuse_other_data() -> None:
    from keepwell.history import queries

    if any(queries.counts().values()):
        raise CommandError(
            "this home holds data of its own; give the demo another one: --home demo-shop", field="home"
        )


def _make(folder: Path, shop: dict[str, Any]) -> dict[str, Any]:
    """Simulate and import; the same again changes nothing."""
    note(f"Simulating a shop of {shop['customers']:,} customers …")
    market, data = simulate(customers=shop["customers"], seed=shop["seed"])
    files = data.write(folder, "csv")
    note("Importing its files …")
    report = imports.run(files, source="demo")
    for file in report.files:
        if file.error:
            raise CommandError(f"{Path(file.file).name}: {file.error.message}")
    _agree(folder, data.tables["customers"], shop["seed"])
    as_of = datetime.combine(market.end, datetime.min.time(), tzinfo=UTC) - timedelta(microseconds=1)
    shop = {**shop, "imported": True, "as_of": as_of.isoformat(), "rejected": report.rejected}
    _write_mark(folder, shop)
    return shop


def _agree(folder: Path, customers: Any, seed: int) -> None:
    """What the customers agreed to when they joined, as a file like a shop's own."""
    from pyarrow.csv import write_csv

    from keepwell.customers.privacy import services
    from keepwell.science.simulate import consents

    path = folder / "consents.csv"
    write_csv(consents(customers, seed=seed), path)
    with path.open(encoding="utf-8", newline="") as file:
        services.import_consents(file=file, actor="keepwell", name=path.name)


def _judge(as_of: datetime) -> None:
    from keepwell.insight import queries

    current = queries.current_cycle()
    if current is None or current.as_of < as_of:
        note("Working out who is leaving, why, and what to do …")
        cycle.run(as_of)


def _open_cases() -> None:
    from keepwell.cli import demo_cases
    from keepwell.foundation import clock

    demo_cases.make(clock.now())


def _show(scores: list[Any]) -> None:
    from django.utils.translation import gettext as _

    from keepwell.insight import queries

    current = queries.current_cycle()
    if current is not None:
        cycle.show(current)
    click.echo()
    click.echo(_("The %(count)s customers to save first") % {"count": len(scores)})
    show_at_risk(scores)


def _serve(port: int, home: Path) -> None:
    """Become `keepwell serve`: what the lake's and the engine's threads hold does not survive its forks."""
    sys.stdout.flush()
    sys.stderr.flush()
    arguments = [
        sys.executable,
        "-m",
        "keepwell",
        "serve",
        "--open",
        "--port",
        str(port),
        "--home",
        str(home),
    ]
    # The simulated present stands still: a nightly cycle would find everybody gone.
    os.execve(sys.executable, arguments, {**os.environ, "KEEPWELL_CYCLE_HOUR": "off"})  # noqa: S606 - our own program
