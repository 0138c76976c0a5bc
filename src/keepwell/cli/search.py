"""`keepwell search`: find customers by what one knows of them; make the index anew."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from keepwell.cli import options
from keepwell.cli.boot import boot
from keepwell.cli.output import emit, note, table


@click.command("search", context_settings=options.CONTEXT)
@click.argument("text", required=False, default="")
@click.option("--limit", type=click.IntRange(1, 500), default=20, show_default=True, help="At most so many.")
@click.option("--rebuild", is_flag=True, help="Make the index of names and contacts anew, and the orders'.")
@click.option("--refresh", "is_refresh", is_flag=True, hidden=True, help="Take in what changed.")
@options.language
@options.as_json
@options.home
def search_command(
    text: str, limit: int, rebuild: bool, is_refresh: bool, language: str | None, as_json: bool, home: Path
) -> None:
    """Find customers by name, pinyin, phone, e-mail, customer number or order number."""
    boot(home, language=language)
    if rebuild:
        make_anew()
    if is_refresh:
        refresh()
        return
    found = find(text, limit)
    if as_json:
        emit(found)
    elif text:
        columns = [("Customer number", "left"), ("Name", "left"), ("Order", "left")]
        table("", columns, [(one["customer_id"], one["name"], one["order_id"]) for one in found])


def make_anew() -> None:
    """Make the index and the order numbers anew, saying how far it is on stderr."""
    from keepwell.customers.search import services
    from keepwell.foundation import clock

    count = services.rebuild(now=clock.now(), progress=lambda done: note(f"{done:,} customers"))
    orders = services.build_orders()
    note(f"Indexed {count:,} customers, {orders:,} orders.")


def refresh() -> int:
    """Take in the records and orders that changed; returns how many there were."""
    from keepwell.customers.search import services
    from keepwell.foundation import clock

    return services.refresh(now=clock.now(), limit=1_000_000) + services.build_orders()


def find(text: str, limit: int) -> list[dict[str, Any]]:
    """What is found, as JSON."""
    from keepwell.customers.search import queries

    return [
        {"customer_id": hit.customer_id, "name": hit.name, "order_id": hit.order_id, "fit": hit.fit}
        for hit in queries.find(text, limit=limit)
    ]
