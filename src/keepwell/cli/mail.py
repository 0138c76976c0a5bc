"""`keepwell mail`: put e-mails on the records of the customers whom they were exchanged with."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from keepwell.cli import options
from keepwell.cli.boot import boot
from keepwell.cli.errors import DONE, DONE_WITH_REJECTED_ROWS
from keepwell.cli.output import emit, note

if TYPE_CHECKING:
    from keepwell.integrations.contracts import MailReading

ACTOR = "cli"
SAID_EVERY = 1_000
REFUSED_MAX = 1_000  # of these the file and the reason are said
OUTCOMES = {
    "archived": "archived",
    "already_there": "already there",
    "nobodys": "exchanged with nobody known, not kept",
    "told": "told what became of a message, not kept",
    "automatic": "written by no person, not kept",
    "refused": "not readable",
}


@click.command("mail", context_settings=options.CONTEXT)
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@options.as_json
@options.home
def mail_command(paths: tuple[Path, ...], as_json: bool, home: Path) -> int:
    """Archive e-mails on the records of the customers whom they were exchanged with.

    PATH is an .eml file, an mbox file, a Maildir, or a folder of these. Each message is kept once, sealed;
    those of nobody known are left alone. KEEPWELL_MAIL_ADDRESSES says which addresses are the company's.
    Nothing is moved, marked or deleted.
    """
    boot(home)
    counts: Counter[str] = Counter(dict.fromkeys(OUTCOMES, 0))
    refused: list[MailReading] = []
    for reading in readings(paths):
        counts[reading.outcome] += 1
        if reading.outcome == "refused":
            if not as_json:
                note(f"{reading.place}: {reading.reason}")
            if len(refused) < REFUSED_MAX:
                refused.append(reading)
        if not counts.total() % SAID_EVERY:
            note(f"{counts.total():,} messages")
    if as_json:
        emit({**counts, "problems": [{"file": one.place, "reason": one.reason} for one in refused]})
    else:
        for outcome, text in OUTCOMES.items():
            click.echo(f"{counts[outcome]:>9,}  {text}")
    return DONE_WITH_REJECTED_ROWS if counts["refused"] else DONE


def readings(paths: tuple[Path, ...]) -> Iterator[MailReading]:
    """What became of each message."""
    from keepwell.foundation import clock
    from keepwell.integrations.services import mail

    for path in paths:
        yield from mail.archive_path(path=path, actor=ACTOR, now=clock.now())


def take_delivered() -> dict[str, int]:
    """Archive what was delivered to KEEPWELL_MAILDIR, where one is set; how many of which outcome."""
    from django.conf import settings

    from keepwell.foundation import clock
    from keepwell.integrations.services import mail

    if not settings.KEEPWELL_MAILDIR:
        return {}
    done = mail.take_maildir(folder=Path(settings.KEEPWELL_MAILDIR), actor="worker", now=clock.now())
    return {str(outcome): count for outcome, count in done.items()}
