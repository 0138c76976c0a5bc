"""`keepwell cycle`: from facts to scores."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import click

from keepwell.cli import options
from keepwell.cli.boot import boot
from keepwell.cli.output import day, emit, note, pairs, progress

ACTOR = "command line"
OLD_DAYS = 60  # orders that old make everybody look silent


@click.command("cycle", context_settings=options.CONTEXT)
@click.option(
    "--as-of",
    type=options.Instant(),
    default=None,
    show_default="now",
    help="Judge by what was known at the end of this day, e.g. 2011-08-31.",
)
@click.option("--fresh", is_flag=True, help="Start anew even where an unfinished cycle could be carried on.")
@options.language
@options.as_json
@options.home
def cycle_command(
    as_of: datetime | None, fresh: bool, language: str | None, as_json: bool, home: Path
) -> None:
    """Work out who is leaving, their value, why, and what to do.

    Run it after every import. A cycle that was interrupted is carried on where it stopped.
    """
    boot(home, language=language)
    cycle = run(as_of, resume=not fresh)
    if as_json:
        emit(document(cycle))
    else:
        show(cycle)


def run(as_of: datetime | None, *, resume: bool = True) -> Any:
    """Run one cycle with progress on stderr."""
    from keepwell.foundation import clock
    from keepwell.insight import services
    from keepwell.outreach.policy import complaints
    from keepwell.outreach.services import alerts

    with progress() as report:
        done = services.run_cycle(as_of=as_of, actor=ACTOR, progress=report, resume=resume)
    # Who complains is left alone before anybody is warned of them.
    complaints.follow(now=clock.now())
    # Whoever is newly at risk becomes a task at once; the worker would do it later otherwise.
    alerts.run(now=clock.now())
    return done


def document(cycle: Any) -> dict[str, Any]:
    """The cycle as JSON."""
    from keepwell.insight import queries

    summary = queries.summary()
    return {
        "cycle_id": cycle.cycle_id,
        "as_of": cycle.as_of,
        "status": cycle.status,
        "currency": cycle.currency,
        "model_version": cycle.model_version,
        "data_version": cycle.data_version,
        "excluded": cycle.excluded,
        "steps": list(cycle.steps),
        "models": cycle.models,
        "customers": summary.customers if summary else 0,
        "by_status": _counts(summary.by_status) if summary else {},
        "by_tier": _counts(summary.by_tier) if summary else {},
        "at_risk": summary.at_risk if summary else None,
        "total_clv": summary.total_clv if summary else 0,
    }


def _counts(counts: Any) -> dict[str, int]:
    return {code: count.customers for code, count in counts.items()}


def show(cycle: Any) -> None:
    """What a person wants to know after a cycle."""
    from django.utils.translation import gettext as _

    from keepwell.cli.output import money
    from keepwell.insight import queries
    from keepwell.insight.labels import STATUS

    summary = queries.summary()
    if summary is None:
        return
    statuses = ", ".join(
        f"{STATUS.get(code, code)} {count.customers:,}" for code, count in summary.by_status.items()
    )
    pairs(
        [
            (_("As of"), day(cycle.as_of)),
            (_("Customers"), f"{summary.customers:,} ({statuses})"),
            (_("At risk"), f"{summary.at_risk.customers:,}"),
            (_("Expected loss of those at risk"), money(summary.at_risk.expected_loss, summary.currency)),
            (_("Expected value of all, 12 months"), money(summary.total_clv, summary.currency)),
        ]
    )
    newest = queries.scores(order_by="-last_order_at", page_size=1).rows
    last = newest[0].last_order_at if newest else None
    if last and (cycle.as_of - last).days > OLD_DAYS:
        note(
            _("Newest order: %(day)s. For old data say --as-of %(day)s, or all have been silent since.")
            % {"day": day(last)}
        )
    for cause, rows in cycle.excluded.items():
        if rows:
            note(_("Left out, %(cause)s: %(rows)s rows") % {"cause": cause, "rows": f"{rows:,}"})
