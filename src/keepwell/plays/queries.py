"""What can be asked of plays; no writes."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from keepwell.insight import queries as insight
from keepwell.insight.contracts import CycleView
from keepwell.plays import core, defaults, planning
from keepwell.plays.contracts import (
    ActionTotal,
    AssumptionRow,
    GradeLimitView,
    PlanLine,
    PlanLinePage,
    PlanResult,
    PlanSummary,
    TreatmentView,
    WinBackRuleView,
)
from keepwell.plays.models import GradeLimit, Plan, Playbook, Treatment
from keepwell.plays.models import PlanLine as PlanLineRow
from keepwell.plays.rulebook import current_assumptions, current_rulebook, max_cost, unit_cost

PAGE_SIZE_MAX = 1_000


def treatments(*, active_only: bool = False) -> tuple[TreatmentView, ...]:
    """What can be done, in the order of its making; names in the active language."""
    currency = _currency()
    rows = Treatment.objects.filter(active=True) if active_only else Treatment.objects.all()
    return tuple(treatment_view(row, currency) for row in rows.order_by("id"))


def treatment(code: str) -> TreatmentView | None:
    """One treatment, or None."""
    row = Treatment.objects.filter(code=code).first()
    return treatment_view(row, _currency()) if row else None


def treatment_view(row: Treatment, currency: str) -> TreatmentView:
    """The view of one row."""
    brought = defaults.TREATMENTS.get(row.code)
    return TreatmentView(
        code=row.code,
        name=row.name or (str(brought.name) if brought else row.code),
        description=row.description or (str(brought.description) if brought else ""),
        channel=row.channel,
        unit_cost=unit_cost(row, currency),
        order_cost_share=row.order_cost_share,
        capacity=row.capacity,
        active=row.active,
        low_cost=row.low_cost,
        return_days=row.return_days,
        requires_hint=row.requires_hint,
        is_own=row.is_own,
        default_cost=row.cost_is_default,
    )


def assumptions() -> tuple[AssumptionRow, ...]:
    """The assumption that counts for every treatment, tier and reason group."""
    return tuple(
        AssumptionRow(
            treatment=row.treatment.code,
            tier=row.tier,
            reason_group=row.reason_group,
            saved_share=row.saved_share,
            version=row.version,
            changed_by=row.changed_by,
            changed_at=row.changed_at,
        )
        for row in current_assumptions()
    )


def reason_groups() -> dict[str, str]:
    """The groups of causes with their names in the active language."""
    return {code: str(defaults.REASON_GROUP_NAMES[code]) for code in core.REASON_GROUPS}


def reason_group(reason: str) -> str:
    """The group of causes that a reason belongs to; that of other causes for one that is not known."""
    return core.REASON_GROUPS[core.group_index(reason)]


def grade_limits() -> tuple[GradeLimitView, ...]:
    """What may be spent on one customer of each tier, high first."""
    currency = _currency()
    rows = {row.tier: row for row in GradeLimit.objects.all()}
    return tuple(
        GradeLimitView(
            tier=tier,
            max_cost=max_cost(rows[tier], currency),
            max_value_share=rows[tier].max_value_share,
            low_cost_only=rows[tier].low_cost_only,
            default_cost=rows[tier].cost_is_default,
        )
        for tier in core.TIERS
    )


def win_back_rule() -> WinBackRuleView:
    """How customers count who are lost already."""
    row = Playbook.objects.get(pk=1)
    return WinBackRuleView(row.lost_share_factor, row.lost_max_silence_days)


def playbook_version() -> int:
    """The version of all settings together; every change makes a new one."""
    return int(Playbook.objects.values_list("version", flat=True).get(pk=1))


def preview_plan(budget: Decimal, capacities: Mapping[str, int | None] | None = None) -> PlanResult:
    """The best plan for the current cycle under `budget`; writes nothing.

    `capacities` replace those of the treatments that they name; None = no limit.

    Raises ValidationError naming `budget`, `capacities` or `cycle`.
    """
    limit = checked_budget(budget)
    cycle = _cycle()
    book = current_rulebook(cycle.currency)
    limits = checked_capacities(book, capacities)
    try:
        return planning.compute(
            cycle_id=cycle.cycle_id, currency=cycle.currency, budget=limit, capacities=limits, book=book
        )
    except FileNotFoundError as error:
        raise ValidationError(
            {"cycle": _("The plan inputs of the current cycle are missing. Please run a cycle.")}
        ) from error


def checked_budget(budget: Decimal) -> Decimal:
    """The budget with the four decimals of money; raises ValidationError naming `budget`."""
    if not budget.is_finite() or budget < 0:
        raise ValidationError({"budget": _("The budget must not be negative.")})
    if budget >= Decimal(10) ** 14:
        raise ValidationError({"budget": _("The budget is too large.")})
    return budget.quantize(planning.QUANTUM)


def checked_capacities(book: core.Rulebook, given: Mapping[str, int | None] | None) -> dict[str, int]:
    """The limits that count: the treatments' own, replaced by `given`; raises ValidationError."""
    limits = {rule.code: rule.capacity for rule in book.treatments}
    for code, limit in (given or {}).items():
        if code not in limits:
            raise ValidationError(
                {
                    "capacities": _("There is no active treatment “%(code)s”. There are: %(codes)s.")
                    % {"code": code, "codes": ", ".join(limits)}
                }
            )
        if limit is not None and limit < 0:
            raise ValidationError({"capacities": _("A capacity must not be negative.")})
        limits[code] = limit
    return {code: limit for code, limit in limits.items() if limit is not None}


def plans(limit: int = 20) -> list[PlanSummary]:
    """The newest saved plans first."""
    return [
        PlanSummary(
            plan_id=row.pk,
            cycle_id=row.cycle_id,
            budget=row.budget,
            spent=row.spent,
            expected_gain=row.expected_gain,
            upper_bound=row.upper_bound,
            gap=row.gap,
            currency=row.currency,
            customers=row.customers,
            created_at=row.created_at,
            created_by=row.created_by,
        )
        for row in Plan.objects.order_by("-id")[:limit]
    ]


def plan(plan_id: int) -> PlanResult | None:
    """A saved plan as it was decided, with all its lines, or None."""
    row = Plan.objects.filter(pk=plan_id).first()
    return plan_view(row) if row else None


def plan_view(row: Plan) -> PlanResult:
    """The view of a saved plan."""
    return PlanResult(
        plan_id=row.pk,
        cycle_id=row.cycle_id,
        budget=row.budget,
        spent=row.spent,
        expected_gain=row.expected_gain,
        upper_bound=row.upper_bound,
        gap=row.gap,
        currency=row.currency,
        actions={code: _total(one) for code, one in row.actions.items()},
        lines=[_line(one) for one in row.lines.order_by("position").iterator(chunk_size=5_000)],
        curve=tuple((Decimal(budget), Decimal(gain)) for budget, gain in row.curve),
        capacities=row.capacities,
        playbook_version=row.playbook_version,
        considered=row.considered,
        aside_share=row.aside_share,
        worthwhile=row.worthwhile,
        created_at=row.created_at,
        created_by=row.created_by,
    )


def plan_lines(plan_id: int, *, page: int = 1, page_size: int = 50) -> PlanLinePage:
    """One page of a saved plan's lines in the order of service; raises ValueError for a bad page."""
    if page < 1 or not 1 <= page_size <= PAGE_SIZE_MAX:
        raise ValueError(f"page must be >= 1 and page_size between 1 and {PAGE_SIZE_MAX}")
    rows = PlanLineRow.objects.filter(plan_id=plan_id).order_by("position")
    start = (page - 1) * page_size
    return PlanLinePage(
        rows=tuple(_line(row) for row in rows[start : start + page_size]),
        total=rows.count(),
        page=page,
        page_size=page_size,
    )


def _line(row: PlanLineRow) -> PlanLine:
    return PlanLine(
        customer_id=row.customer_id,
        treatment=row.treatment,
        cost=row.cost,
        gain=row.gain,
        expected_loss=row.expected_loss,
        tier=row.tier,
        reason=row.reason,
        priority=row.priority,
    )


def _total(stored: Mapping[str, Any]) -> ActionTotal:
    return ActionTotal(
        customers=stored["customers"],
        cost=Decimal(stored["cost"]),
        gain=Decimal(stored["gain"]),
        return_days=stored["return_days"],
    )


def _cycle() -> CycleView:
    cycle = insight.current_cycle()
    if cycle is None:
        raise ValidationError({"cycle": _("There is no finished cycle yet. Please run one.")})
    return cycle


def _currency() -> str:
    cycle = insight.current_cycle()
    return cycle.currency if cycle else ""
