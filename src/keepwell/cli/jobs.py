"""`keepwell jobs`: do what was asked for in the browser, then end. The worker starts it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import click

from keepwell.cli import options
from keepwell.cli.boot import boot
from keepwell.cli.output import note


@click.command("jobs", context_settings=options.CONTEXT)
@options.home
def jobs_command(home: Path) -> None:
    """Do the imports, cycles and dry runs that were asked for in the browser, one after another.

    `keepwell serve` and `keepwell work` start it by themselves whenever there is something to do.
    """
    boot(home)
    note(f"Jobs done: {run_all()}")


def run_all() -> int:
    """Do every job that waits; returns how many there were."""
    from keepwell.foundation import clock
    from keepwell.intake.jobs import services
    from keepwell.outreach.journeys import services as journeys

    done = 0
    # What is quick goes first: somebody looks at the page of a dry run.
    while journeys.run_next_trial(now=clock.now()) or services.run_next(now=clock.now(), run_cycle=run_cycle):
        done += 1
    return done


def run_cycle(actor: str, progress: Callable[[str, float, int], None]) -> None:
    """Run a cycle for somebody, carrying on an unfinished one."""
    from keepwell.insight import services

    services.run_cycle(actor=actor, progress=progress)


def are_waiting() -> bool:
    """Whether anything was asked for, or left behind by a worker that ended."""
    from keepwell.foundation import clock
    from keepwell.intake.jobs import queries
    from keepwell.outreach.journeys import queries as journeys

    now = clock.now()
    return queries.waiting(now) > 0 or journeys.trials_wait(now)
