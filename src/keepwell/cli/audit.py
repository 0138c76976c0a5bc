"""`keepwell audit`: the log of who did what."""

from __future__ import annotations

from pathlib import Path

import click

from keepwell.cli import options
from keepwell.cli.boot import boot
from keepwell.cli.errors import CommandError
from keepwell.cli.output import emit, note


@click.group("audit", context_settings=options.CONTEXT)
def audit_command() -> None:
    """Look after the audit log.

    `keepwell audit verify` checks that no entry was changed or removed.
    """


@audit_command.command("verify", context_settings=options.CONTEXT)
@options.as_json
@options.home
def verify_command(as_json: bool, home: Path) -> None:
    """Check the chain of the audit log: that no entry was changed or removed."""
    boot(home)
    from keepwell.foundation.audit import queries, services

    broken, count = services.verify(), queries.count()
    if broken is not None:
        raise CommandError(f"the chain breaks at entry {broken} of {count}", field="audit")
    if as_json:
        emit({"entries": count, "whole": True})
    else:
        note(f"The chain of {count:,} entries is whole.")
