"""`keepwell init`: make a home folder."""

from __future__ import annotations

from pathlib import Path

import click

from keepwell.cli import options
from keepwell.cli.boot import boot
from keepwell.cli.output import emit, note


@click.command("init", context_settings=options.CONTEXT)
@options.home
@options.as_json
def init_command(home: Path, as_json: bool) -> None:
    """Make the home folder, its key ring and its database.

    Other commands do this by themselves when needed. Running it again changes nothing.
    """
    boot(home)
    from keepwell.foundation.home import Home
    from keepwell.foundation.keys import load_ring

    place = Home.current()
    load_ring(place.keys_path)
    if as_json:
        emit({"home": place.root, "keys": place.keys_path, "state": place.state_path})
    else:
        note(f"Ready: {place.root}")
        note(f"Keep a copy of {place.keys_path} in a safe place: without it contact data cannot be read.")
