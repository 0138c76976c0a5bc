"""`keepwell at-risk` and `keepwell customer`: who is leaving, and one customer in full."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from pathlib import Path
from typing import Any

import click

from keepwell.cli import options
from keepwell.cli.boot import boot
from keepwell.cli.errors import CommandError
from keepwell.cli.output import day, emit, money, note, pairs, table

TIMELINE_FACTS = 10


@click.command("at-risk", context_settings=options.CONTEXT)
@click.option("--top", type=click.IntRange(min=1), default=20, show_default=True, help="How many to list.")
@options.language
@options.as_json
@options.home
def at_risk_command(top: int, language: str | None, as_json: bool, home: Path) -> None:
    """List the customers about to leave.

    The greatest expected loss comes first, each with the reasons and the recommended action. Gains are
    assumptions that you can edit.
    """
    boot(home, language=language)
    scores = at_risk(top)
    if as_json:
        emit([score_document(score) for score in scores])
    else:
        show_at_risk(scores)


def at_risk(top: int) -> list[Any]:
    """The scores of the `top` customers about to leave with the greatest expected loss."""
    from keepwell.insight import queries
    from keepwell.insight.contracts import ScoreFilter

    require_cycle()
    return list(
        islice(queries.iter_scores(ScoreFilter(statuses=("at_risk",)), order_by="-expected_loss"), top)
    )


def require_cycle() -> Any:
    """The current cycle; raises CommandError before the first."""
    from keepwell.insight import queries

    cycle = queries.current_cycle()
    if cycle is None:
        raise CommandError("there is no finished cycle yet; run: keepwell cycle", field="cycle")
    return cycle


def score_document(score: Any) -> dict[str, Any]:
    """A score as JSON: figures as numbers, reasons in words, no name."""
    from keepwell.insight import reasons
    from keepwell.plays.contracts import BASIS

    return {
        "customer_id": score.customer_id,
        "status": score.status,
        "risk_level": score.risk_level,
        "churn_risk": score.churn_risk,
        "p_alive": score.p_alive,
        "clv": score.clv,
        "value_at_stake": score.value_at_stake,
        "expected_loss": score.expected_loss,
        "currency": score.currency,
        "tier": score.tier,
        "segment": score.rfm_segment,
        "life_stage": score.life_stage,
        "communication_group": score.communication_group,
        "orders": score.orders,
        "total_amount": score.total_amount,
        "first_order_at": score.first_order_at,
        "last_order_at": score.last_order_at,
        "silence_days": score.silence_days,
        "rhythm_days": score.rhythm_days,
        "reasons": [reasons.text(reason) for reason in score.reasons],
        "reason_codes": [reason.code for reason in score.reasons],
        "hints": list(score.hints),
        "action": score.action,
        "action_cost": score.action_cost,
        "action_gain": score.action_gain,
        "basis": BASIS,
    }


def show_at_risk(scores: Iterable[Any]) -> None:
    """A table for people, names included."""
    from django.utils.translation import gettext as _

    from keepwell.customers import queries as customers
    from keepwell.insight import reasons
    from keepwell.insight.labels import TIER
    from keepwell.plays import queries as plays

    listed = list(scores)
    if not listed:
        note(_("Nobody is about to leave."))
        return
    names = customers.names(score.customer_id for score in listed)
    treatments = {treatment.code: treatment.name for treatment in plays.treatments()}
    rows = [
        (
            place,
            score.customer_id,
            names.get(score.customer_id, ""),
            f"{score.churn_risk:.0%}",
            money(score.expected_loss, score.currency),
            TIER.get(score.tier, score.tier),
            "\n".join(reasons.text(reason) for reason in score.reasons),
            f"{treatments.get(score.action, score.action)}\n{money(score.action_cost, score.currency)}"
            if score.action
            else "–",
        )
        for place, score in enumerate(listed, start=1)
    ]
    columns = [
        ("", "right"),
        (_("Customer"), "left"),
        (_("Name"), "left"),
        (_("Risk"), "right"),
        (_("Expected loss"), "right"),
        (_("Value"), "left"),
        (_("Reasons"), "wrap"),
        (_("What to do"), "left"),
    ]
    table(
        "",
        [column for place, column in enumerate(columns) if place != 2 or names],
        [[cell for place, cell in enumerate(row) if place != 2 or names] for row in rows],
    )
    note(_("Actions come from assumptions that you can edit, not from evidence."))


@click.command("customer", context_settings=options.CONTEXT)
@click.argument("customer_id", metavar="ID")
@options.language
@options.as_json
@options.home
def customer_command(customer_id: str, language: str | None, as_json: bool, home: Path) -> None:
    """Show one customer: value, risk, reasons, history.

    ID is the customer number of your shop; an e-mail address or phone number finds its owner, too.
    """
    boot(home, language=language)
    found = resolve(customer_id)
    record, score, facts = _everything(found)
    if record is None and score is None:
        raise CommandError(f"there is no customer {customer_id!r}", field="id")
    if as_json:
        emit(
            {
                "customer_id": found,
                "customer": record,
                "score": score_document(score) if score else None,
                "timeline": facts,
            }
        )
    else:
        _show_customer(found, record, score, facts)


def resolve(text: str) -> str:
    """The customer number that `text` is, or whose contact point it is."""
    from keepwell.customers import queries
    from keepwell.customers.identity import queries as identity

    if queries.existing([text]):
        return text
    if (surviving := identity.canonical_id(text)) != text:
        return surviving
    for kind in ("email", "phone"):
        try:
            owners = queries.find_by_contact(kind=kind, value=text)
        except ValueError:
            continue
        if len(owners) > 1:
            raise CommandError(f"{len(owners)} customers share this contact: {', '.join(owners)}", field="id")
        if owners:
            return owners[0]
    return text


def _everything(customer_id: str) -> tuple[Any, Any, list[Any]]:
    from keepwell.customers import queries as customers
    from keepwell.customers.identity import queries as identity
    from keepwell.insight import queries as insight

    return (
        customers.get(customer_id),
        insight.score(customer_id),
        identity.timeline(customer_id, limit=TIMELINE_FACTS),
    )


def _show_customer(customer_id: str, record: Any, score: Any, facts: list[Any]) -> None:
    from django.utils.translation import gettext as _

    from keepwell.insight import reasons
    from keepwell.insight.labels import RISK_LEVEL, STATUS, TIER

    rows: list[tuple[str, Any]] = [(_("Customer"), customer_id)]
    if record is not None:
        rows += [(_("Name"), record.name or "–")]
        rows += [(point.kind, point.masked) for point in record.contact_points]
    if score is not None:
        currency = score.currency
        rows += [
            (_("Status"), f"{STATUS[score.status]} ({RISK_LEVEL[score.risk_level]}, {score.churn_risk:.0%})"),
            (_("Value"), f"{TIER[score.tier]}, {money(score.clv, currency)}"),
            (_("Expected loss"), money(score.expected_loss, currency)),
            (
                _("Orders"),
                f"{score.orders:,}, {money(score.total_amount, currency)}, "
                f"{day(score.first_order_at)} – {day(score.last_order_at)}",
            ),
        ]
        rows += [(_("Reason"), reasons.text(reason)) for reason in score.reasons]
        rows += [(_("What to do"), _action(score))] if score.action else []
    pairs(rows)
    if facts:
        columns = [(_("When"), "left"), (_("What"), "left"), ("", "wrap")]
        lines = [(f"{fact.at:%Y-%m-%d %H:%M}", fact.table, _details(fact)) for fact in facts]
        table(_("What happened last"), columns, lines)


def _action(score: Any) -> str:
    from django.utils.translation import gettext as _

    from keepwell.plays import queries as plays

    treatment = plays.treatment(score.action)
    return _("%(action)s for %(cost)s; assumed to save %(gain)s") % {
        "action": treatment.name if treatment else score.action,
        "cost": money(score.action_cost, score.currency),
        "gain": money(score.action_gain, score.currency),
    }


HIDDEN = {"source", "recorded_at", "live", "revises", "customer_id", "propensity", "properties"}


def _details(fact: Any) -> str:
    """What a fact says beside its key and its time."""
    from keepwell.history.schemas import FACT_TABLES

    schema = FACT_TABLES[fact.table]
    hidden = HIDDEN | set(schema.key) | {schema.time}
    said = ((name, value) for name, value in fact.data.items() if name not in hidden)
    return ", ".join(f"{name} {value}" for name, value in said if value not in (None, ""))
