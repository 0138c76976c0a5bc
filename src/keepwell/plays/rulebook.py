"""The present settings of the room as the values that decisions take."""

from __future__ import annotations

from decimal import Decimal

import numpy as np

from keepwell.outreach.policy import queries as policy
from keepwell.plays import core, defaults
from keepwell.plays.inputs import hint_bit
from keepwell.plays.models import Assumption, GradeLimit, Playbook, Treatment


def unit_cost(treatment: Treatment, currency: str) -> Decimal:
    """What one treatment costs in `currency`; a default cost follows the currency's price level."""
    if treatment.cost_is_default:
        return defaults.in_currency(treatment.unit_cost, currency)
    return treatment.unit_cost


def max_cost(limit: GradeLimit, currency: str) -> Decimal | None:
    """The absolute limit of a grade in `currency`."""
    if limit.cost_is_default and limit.max_cost is not None:
        return defaults.in_currency(limit.max_cost, currency)
    return limit.max_cost


def current_assumptions() -> list[Assumption]:
    """The newest version of every cell, by treatment, tier and reason group."""
    newest: dict[tuple[int, str, str], Assumption] = {}
    for row in Assumption.objects.select_related("treatment").order_by("version", "id"):
        newest[row.treatment_id, row.tier, row.reason_group] = row
    order = {tier: place for place, tier in enumerate(core.TIERS)}
    groups = {group: place for place, group in enumerate(core.REASON_GROUPS)}
    return sorted(
        (row for row in newest.values() if row.tier in order and row.reason_group in groups),
        key=lambda row: (row.treatment_id, order[row.tier], groups[row.reason_group]),
    )


def current_rulebook(currency: str) -> core.Rulebook:
    """Treatments in use, assumptions and limits, with money in `currency`."""
    playbook = Playbook.objects.get(pk=1)
    treatments = list(Treatment.objects.filter(active=True).order_by("id"))
    place = {treatment.pk: row for row, treatment in enumerate(treatments)}
    saved = np.zeros((len(treatments), len(core.TIERS), len(core.REASON_GROUPS)))
    for cell in current_assumptions():
        if cell.treatment_id in place:
            tier, group = core.TIERS.index(cell.tier), core.REASON_GROUPS.index(cell.reason_group)
            saved[place[cell.treatment_id], tier, group] = cell.saved_share
    limits = {limit.tier: limit for limit in GradeLimit.objects.all()}
    most = [max_cost(limits[tier], currency) for tier in core.TIERS]
    return core.Rulebook(
        version=playbook.version,
        treatments=tuple(_rule(treatment, currency) for treatment in treatments),
        saved_share=saved,
        max_cost=np.array([np.inf if cost is None else float(cost) for cost in most]),
        max_value_share=np.array([limits[tier].max_value_share for tier in core.TIERS]),
        low_cost_only=np.array([limits[tier].low_cost_only for tier in core.TIERS], dtype=bool),
        lost_share_factor=playbook.lost_share_factor,
        lost_max_silence_days=float(playbook.lost_max_silence_days),
        aside_share=policy.holdout().share,
    )


def _rule(treatment: Treatment, currency: str) -> core.TreatmentRule:
    return core.TreatmentRule(
        code=treatment.code,
        unit_cost=float(unit_cost(treatment, currency)),
        order_cost_share=treatment.order_cost_share,
        low_cost=treatment.low_cost,
        hint_bit=hint_bit(treatment.requires_hint),
        capacity=treatment.capacity,
        return_days=treatment.return_days,
        purpose=defaults.purpose(treatment.code),
    )
