"""`keepwell plan`: who gets what under a budget."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import click

from keepwell.cli import options
from keepwell.cli.boot import boot
from keepwell.cli.output import emit, money, note, pairs, table

ACTOR = "command line"


@click.command("plan", context_settings=options.CONTEXT)
@click.option("--budget", type=options.Amount(), required=True, help="The most that the plan may cost.")
@click.option(
    "--capacity",
    "capacities",
    type=options.Capacity(),
    multiple=True,
    help="The most customers for a treatment, e.g. call_back=200; may be given more than once.",
)
@click.option("--top", type=click.IntRange(min=0), default=20, show_default=True, help="How many to list.")
@click.option("--save", is_flag=True, help="Keep the plan, so that it can be worked through and exported.")
@options.language
@options.as_json
@options.home
def plan_command(
    budget: Decimal,
    capacities: tuple[tuple[str, int], ...],
    top: int,
    save: bool,
    language: str | None,
    as_json: bool,
    home: Path,
) -> None:
    """Decide who gets which treatment under a budget.

    Works on the last cycle. The expected gain is an assumption: the share of the expected loss that each
    treatment is assumed to save; no plan within the same limits gains more than the upper bound.
    """
    boot(home, language=language)
    result = make(budget, dict(capacities), save=save)
    if as_json:
        emit(document(result, top))
    else:
        show(result, top)


def make(budget: Decimal, capacities: dict[str, int], *, save: bool) -> Any:
    """The plan, kept where `save` says so."""
    from keepwell.cli.customers import require_cycle
    from keepwell.plays import queries, services

    require_cycle()
    if save:
        return services.save_plan(budget=budget, capacities=capacities, actor=ACTOR)
    return queries.preview_plan(budget, capacities)


def document(result: Any, top: int) -> dict[str, Any]:
    """The plan as JSON, with its first `top` lines."""
    return {
        "plan_id": result.plan_id,
        "cycle_id": result.cycle_id,
        "currency": result.currency,
        "budget": result.budget,
        "spent": result.spent,
        "expected_gain": result.expected_gain,
        "upper_bound": result.upper_bound,
        "gap": result.gap,
        "basis": result.basis,
        "customers": len(result.lines),
        "considered": result.considered,
        "worthwhile": result.worthwhile,
        "capacities": dict(result.capacities),
        "playbook_version": result.playbook_version,
        "actions": {code: dict(total) for code, total in result.actions.items()},
        "curve": [{"budget": budget, "gain": gain} for budget, gain in result.curve],
        "lines": [line_document(line) for line in result.lines[:top]],
    }


def line_document(line: Any) -> dict[str, Any]:
    """One line of a plan as JSON."""
    return {
        "customer_id": line.customer_id,
        "action": line.treatment,
        "cost": line.cost,
        "gain": line.gain,
        "expected_loss": line.expected_loss,
        "tier": line.tier,
        "reason_code": line.reason,
        "priority": line.priority,
    }


def show(result: Any, top: int) -> None:
    """The plan for people."""
    from django.utils.translation import gettext as _

    from keepwell.plays import queries

    currency = result.currency
    names = {treatment.code: treatment.name for treatment in queries.treatments()}
    pairs(
        [
            (_("Budget"), money(result.budget, currency)),
            (_("Spent"), money(result.spent, currency)),
            (_("Expected gain (assumption)"), money(result.expected_gain, currency)),
            (
                _("At most possible"),
                _("%(bound)s (this plan reaches %(share)s of it)")
                % {"bound": money(result.upper_bound, currency), "share": f"{1 - result.gap:.4%}"},
            ),
            (
                _("Customers"),
                _("%(planned)s in the plan, %(worthwhile)s worth an action, %(considered)s at risk or lost")
                % {
                    "planned": f"{len(result.lines):,}",
                    "worthwhile": f"{result.worthwhile:,}",
                    "considered": f"{result.considered:,}",
                },
            ),
        ]
    )
    columns = [
        (_("Treatment"), "left"),
        (_("Customers"), "right"),
        (_("Cost"), "right"),
        (_("Expected gain (assumption)"), "right"),
        (_("Shows after (days)"), "right"),
    ]
    rows = [
        (
            names.get(code, code),
            f"{total['customers']:,}",
            money(total["cost"], currency),
            money(total["gain"], currency),
            total["return_days"],
        )
        for code, total in result.actions.items()
    ]
    table("", columns, rows)
    _show_lines(result, names, top)
    if result.plan_id:
        note(_("Saved as plan %(plan_id)s.") % {"plan_id": result.plan_id})


def _show_lines(result: Any, names: dict[str, str], top: int) -> None:
    from django.utils.translation import gettext as _

    from keepwell.insight.labels import REASON, TIER

    columns = [
        ("", "right"),
        (_("Customer"), "left"),
        (_("Treatment"), "left"),
        (_("Cost"), "right"),
        (_("Expected gain (assumption)"), "right"),
        (_("Value"), "left"),
        (_("Reason"), "wrap"),
    ]
    rows = [
        (
            place,
            line.customer_id,
            names.get(line.treatment, line.treatment),
            money(line.cost, result.currency),
            money(line.gain, result.currency),
            TIER.get(line.tier, line.tier),
            REASON.get(line.reason, line.reason),
        )
        for place, line in enumerate(result.lines[:top], start=1)
    ]
    if rows:
        table(_("First to serve"), columns, rows)
