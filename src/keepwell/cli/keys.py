"""`keepwell keys`: the key ring."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from keepwell.cli import options
from keepwell.cli.boot import boot
from keepwell.cli.output import emit, note, progress


@click.group("keys", context_settings=options.CONTEXT)
def keys_command() -> None:
    """Look after the keys that seal personal data.

    `keepwell keys rotate` makes a new key and seals everything again under it.
    """


@keys_command.command("rotate", context_settings=options.CONTEXT)
@click.option("--index", is_flag=True, help="Renew the key of the blind indexes, too, and make them again.")
@options.as_json
@options.home
def rotate_command(index: bool, as_json: bool, home: Path) -> None:
    """Seal everything under a new key and forget the old one.

    Runs beside the program, in small steps; interrupted, it is carried on by the next call. Keep a backup
    of keys.json from before until you have made a backup after.
    """
    boot(home)
    from keepwell.customers.privacy import services

    with progress() as report:
        done = services.rotate_keys(
            actor="cli", index=index, progress=lambda what, rows: report(what, 0.0, rows)
        )
    if as_json:
        emit(asdict(done))
        return
    note(f"Sealed again under {done.newest}: {done.values:,} values; {done.indexes:,} indexes made again.")
    note(f"Forgotten: {', '.join(done.removed) or 'no key'}.")
    for column, count in done.unreadable.items():
        note(f"{column}: {count:,} values that no key opens were left as they are.")
