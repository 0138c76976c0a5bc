"""`keepwell export`: scores, customers at risk, a plan, or a segment, as a file."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import click

from keepwell.cli import options
from keepwell.cli.boot import boot
from keepwell.cli.errors import CommandError
from keepwell.cli.output import emit, note, path_text
from keepwell.cli.writers import Column, check_ending, write

REASONS = 3
SCORE_COLUMNS = (
    Column("customer_id"),
    Column("status"),
    Column("risk_level"),
    Column("churn_risk", "number"),
    Column("p_alive", "number"),
    Column("tier"),
    Column("clv", "money"),
    Column("formula_clv", "money"),
    Column("value_at_stake", "money"),
    Column("expected_loss", "money"),
    Column("currency"),
    Column("rfm_segment"),
    Column("r_score", "integer"),
    Column("f_score", "integer"),
    Column("m_score", "integer"),
    Column("life_stage"),
    Column("communication_group"),
    Column("is_core", "flag"),
    Column("orders", "integer"),
    Column("total_amount", "money"),
    Column("average_amount", "money"),
    Column("first_order_at", "time"),
    Column("last_order_at", "time"),
    Column("silence_days", "number"),
    Column("rhythm_days", "number"),
    Column("expected_purchases", "number"),
    Column("hints"),
    *(Column(f"reason_{place}") for place in range(1, REASONS + 1)),
    Column("reason_codes"),
    Column("action"),
    Column("action_cost", "money"),
    Column("action_gain", "money"),
    Column("basis"),
    Column("cycle_id"),
)
PLAN_COLUMNS = (
    Column("position", "integer"),
    Column("customer_id"),
    Column("action"),
    Column("action_name"),
    Column("cost", "money"),
    Column("gain", "money"),
    Column("basis"),
    Column("expected_loss", "money"),
    Column("currency"),
    Column("tier"),
    Column("reason_code"),
    Column("priority", "integer"),
    Column("cycle_id"),
)
SEGMENT_COLUMNS = (
    Column("customer_id"),
    Column("status"),
    Column("tier"),
    Column("risk_level"),
    Column("churn_risk", "number"),
    Column("clv", "money"),
    Column("expected_loss", "money"),
    Column("currency"),
    Column("orders", "integer"),
    Column("last_order_at", "time"),
    Column("action"),
)
OWN = {"hints", "reason_codes", "basis", *(f"reason_{place}" for place in range(1, REASONS + 1))}


@click.command("export", context_settings=options.CONTEXT)
@click.argument("what", type=click.Choice(["scores", "at-risk", "plan", "segment"]))
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    required=True,
    help="The file; its ending names the format: .csv, .xlsx, .parquet or .jsonl.",
)
@click.option("--budget", type=options.Amount(), help="For a plan: the most that it may cost.")
@click.option(
    "--capacity",
    "capacities",
    type=options.Capacity(),
    multiple=True,
    help="For a plan: the most customers for a treatment, e.g. call_back=200.",
)
@click.option("--plan", "plan_id", type=click.IntRange(min=1), help="For a plan: the number of a saved one.")
@click.option("--segment", help="For a segment: its number, its name, or the code of a built-in one.")
@options.language
@options.as_json
@options.home
def export_command(
    what: str,
    out: Path,
    budget: Decimal | None,
    capacities: tuple[tuple[str, int], ...],
    plan_id: int | None,
    segment: str | None,
    language: str | None,
    as_json: bool,
    home: Path,
) -> None:
    """Write scores, customers at risk, a plan, or a segment's members to a file.

    Customers appear by number only, never with names or addresses. Without --budget or --plan, a plan is the
    one saved last. Text is safe to open in a spreadsheet.
    """
    if what != "plan" and (budget is not None or plan_id is not None or capacities):
        raise click.UsageError("--budget, --capacity and --plan are for a plan only")
    if plan_id is not None and (budget is not None or capacities):
        raise click.UsageError("give either --plan or --budget, not both")
    if (what == "segment") != (segment is not None):
        raise click.UsageError("--segment is for a segment, and a segment needs it")
    check_ending(out)
    boot(home, language=language)
    if what == "plan":
        count = write(out, PLAN_COLUMNS, plan_rows(_plan(plan_id, budget, dict(capacities))))
    elif segment is not None:
        count = write(out, SEGMENT_COLUMNS, segment_rows(segment))
    else:
        count = write(out, SCORE_COLUMNS, score_rows(at_risk_only=what == "at-risk"))
    if as_json:
        emit({"what": what, "file": out.resolve(), "rows": count})
    else:
        note(f"{count:,} rows in {path_text(out)}")


def score_rows(*, at_risk_only: bool) -> Iterator[list[Any]]:
    """Current scores as rows of `SCORE_COLUMNS`, the greatest expected loss first."""
    from keepwell.cli.customers import require_cycle
    from keepwell.insight import queries, reasons
    from keepwell.insight.contracts import ScoreFilter
    from keepwell.plays.contracts import BASIS

    require_cycle()
    wanted = ScoreFilter(statuses=("at_risk",)) if at_risk_only else ScoreFilter()
    return (
        _score_row(score, [reasons.text(reason) for reason in score.reasons], BASIS)
        for score in queries.iter_scores(wanted, order_by="-expected_loss")
    )


def segment_rows(named: str) -> Iterator[list[Any]]:
    """A segment's members as rows of `SEGMENT_COLUMNS`, in order of customer number."""
    from itertools import islice

    from keepwell.cli.segment import find
    from keepwell.insight import queries
    from keepwell.insight.segments import queries as segments
    from keepwell.insight.segments import services

    found = find(named)
    services.note_export(segment_id=found.segment_id, kind="command", with_names=False, actor="command")
    ids = segments.member_ids(found.segment_id)
    while chunk := list(islice(ids, 1_000)):
        scores = queries.scores_of(chunk)
        for one in chunk:
            score = scores.get(one)
            yield [one, *(getattr(score, column.name, None) for column in SEGMENT_COLUMNS[1:])]


def _score_row(score: Any, texts: list[str], basis: str) -> list[Any]:
    made = {
        "hints": ", ".join(score.hints),
        "reason_codes": ", ".join(reason.code for reason in score.reasons),
        "basis": basis,
        **{f"reason_{place}": text for place, text in enumerate(texts, start=1)},
    }
    return [
        made.get(column.name) if column.name in OWN else getattr(score, column.name)
        for column in SCORE_COLUMNS
    ]


def _plan(plan_id: int | None, budget: Decimal | None, capacities: dict[str, int]) -> Any:
    from keepwell.cli.plan import make
    from keepwell.plays import queries

    if budget is not None:
        return make(budget, capacities, save=False)
    if plan_id is None:
        newest = queries.plans(limit=1)
        if not newest:
            raise CommandError("there is no saved plan; give --budget", field="budget")
        plan_id = newest[0].plan_id
    found = queries.plan(plan_id)
    if found is None:
        raise CommandError(f"there is no plan {plan_id}", field="plan")
    return found


def plan_rows(plan: Any) -> Iterator[list[Any]]:
    """A plan's lines as rows of `PLAN_COLUMNS`, in the order of service."""
    from keepwell.plays import queries

    names = {treatment.code: treatment.name for treatment in queries.treatments()}
    for position, line in enumerate(plan.lines, start=1):
        yield [
            position,
            line.customer_id,
            line.treatment,
            names.get(line.treatment, line.treatment),
            line.cost,
            line.gain,
            plan.basis,
            line.expected_loss,
            plan.currency,
            line.tier,
            line.reason,
            line.priority,
            plan.cycle_id,
        ]
