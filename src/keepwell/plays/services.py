"""What plays can do: change settings, save plans. Every change is audited; settings are versioned."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.utils.translation import gettext as _

from keepwell.foundation import clock
from keepwell.foundation.audit import services as audit
from keepwell.insight import queries as insight
from keepwell.insight.labels import HINT
from keepwell.plays import core, planning, queries
from keepwell.plays.contracts import (
    AssumptionRow,
    GradeLimitView,
    PlanResult,
    TreatmentView,
    WinBackRuleView,
)
from keepwell.plays.models import Assumption, GradeLimit, Plan, PlanLine, Playbook, Treatment

LINES_PER_INSERT = 2_000
TREATMENT_FIELDS = (
    "name", "description", "channel", "unit_cost", "order_cost_share", "capacity", "active", "low_cost",
    "return_days", "requires_hint",
)  # fmt: skip


def set_treatment(*, code: str, actor: str, **values: Any) -> TreatmentView:
    """Change a treatment, or add one of your own under a new code.

    `values` are of `TREATMENT_FIELDS`; what is not named stays. A new one needs channel and unit_cost, and
    saves nothing until `set_assumption` says what it saves.

    Raises ValidationError naming the field; nothing changes then.
    """
    for name in values:
        if name not in TREATMENT_FIELDS:
            raise ValidationError({name: _("A treatment has no such setting.")})
    with transaction.atomic():
        book = _locked()
        row = Treatment.objects.filter(code=code).first() or Treatment(code=code)
        before = {name: _plain(getattr(row, name)) for name in values} if row.pk else {}
        for name, value in values.items():
            setattr(row, name, value)
        if "unit_cost" in values:
            row.cost_is_default = False
        if not row.pk and "name" not in values:
            row.name = code
        _check(row)
        if row.requires_hint and row.requires_hint not in HINT:
            raise ValidationError({"requires_hint": _("There is no such hint.")})
        row.save()
        after = {name: _plain(getattr(row, name)) for name in values}
        _record(book, actor, "plays.treatment.set", "treatment", code, before, after)
    cycle = insight.current_cycle()
    return queries.treatment_view(row, cycle.currency if cycle else "")


def set_assumption(
    *, treatment: str, tier: str, reason_group: str, saved_share: float, actor: str
) -> AssumptionRow:
    """Assume that `treatment` saves `saved_share` of the expected loss of customers of a tier and cause.

    Earlier versions stay. Raises ValidationError naming the field; nothing changes then.
    """
    _one_of("tier", tier, core.TIERS)
    _one_of("reason_group", reason_group, core.REASON_GROUPS)
    now = clock.now()
    with transaction.atomic():
        book = _locked()
        what = Treatment.objects.filter(code=treatment).first()
        if what is None:
            raise ValidationError({"treatment": _("There is no such treatment.")})
        cells = Assumption.objects.filter(treatment=what, tier=tier, reason_group=reason_group)
        newest = cells.order_by("-version").first()
        row = Assumption(
            treatment=what,
            tier=tier,
            reason_group=reason_group,
            saved_share=saved_share,
            version=book.version + 1,
            changed_by=actor,
            changed_at=now,
        )
        _check(row)
        row.save()
        _record(
            book,
            actor,
            "plays.assumption.set",
            "assumption",
            f"{treatment}/{tier}/{reason_group}",
            {"saved_share": newest.saved_share if newest else 0.0},
            {"saved_share": row.saved_share},
        )
    return AssumptionRow(treatment, tier, reason_group, row.saved_share, row.version, actor, now)


def set_grade_limit(
    *,
    tier: str,
    actor: str,
    max_cost: Decimal | None,
    max_value_share: float,
    low_cost_only: bool,
) -> GradeLimitView:
    """Limit what may be spent on one customer of a tier; `max_cost` None = only the share limits.

    Raises ValidationError naming the field; nothing changes then.
    """
    _one_of("tier", tier, core.TIERS)
    values = {"max_cost": max_cost, "max_value_share": max_value_share, "low_cost_only": low_cost_only}
    with transaction.atomic():
        book = _locked()
        row = GradeLimit.objects.get(tier=tier)
        before = {name: _plain(getattr(row, name)) for name in values}
        for name, value in values.items():
            setattr(row, name, value)
        row.cost_is_default = False
        _check(row)
        row.save()
        after = {name: _plain(getattr(row, name)) for name in values}
        _record(book, actor, "plays.grade_limit.set", "grade_limit", tier, before, after)
    return next(limit for limit in queries.grade_limits() if limit.tier == tier)


def set_win_back_rule(*, lost_share_factor: float, lost_max_silence_days: int, actor: str) -> WinBackRuleView:
    """Say how customers count who are lost already; raises ValidationError naming the field."""
    with transaction.atomic():
        book = _locked()
        before = {"factor": book.lost_share_factor, "max_silence_days": book.lost_max_silence_days}
        book.lost_share_factor = lost_share_factor
        book.lost_max_silence_days = lost_max_silence_days
        _check(book)
        book.save()
        after = {"factor": lost_share_factor, "max_silence_days": lost_max_silence_days}
        _record(book, actor, "plays.win_back_rule.set", "playbook", "1", before, after)
    return queries.win_back_rule()


def save_plan(
    *, budget: Decimal, capacities: Mapping[str, int | None] | None = None, actor: str
) -> PlanResult:
    """Keep the best plan for the current cycle; the same request again answers with the plan that was kept.

    Raises ValidationError as `preview_plan` does.
    """
    result = queries.preview_plan(budget, capacities)
    name = planning.fingerprint(
        cycle_id=result.cycle_id,
        budget=result.budget,
        capacities=result.capacities,
        playbook_version=result.playbook_version,
        aside_share=result.aside_share,
    )
    now = clock.now()
    with transaction.atomic():
        _locked()  # two retries at once: the second waits here and then finds the first one's plan
        kept = Plan.objects.filter(fingerprint=name).first()
        if kept is None:
            kept = _keep(result, name, actor=actor)
            _insert_lines(kept, result)
            audit.log(
                actor=actor,
                action="plays.plan.save",
                object_type="plan",
                object_id=str(kept.pk),
                details={
                    "cycle_id": kept.cycle_id,
                    "budget": str(kept.budget),
                    "spent": str(kept.spent),
                    "expected_gain": str(kept.expected_gain),
                    "customers": kept.customers,
                    "playbook_version": kept.playbook_version,
                },
                at=now,
            )
    return planning.saved(result, kept.pk, created_at=kept.created_at, created_by=kept.created_by)


def _keep(result: PlanResult, fingerprint: str, *, actor: str) -> Plan:
    return Plan.objects.create(
        fingerprint=fingerprint,
        cycle_id=result.cycle_id,
        playbook_version=result.playbook_version,
        aside_share=result.aside_share,
        currency=result.currency,
        budget=result.budget,
        spent=result.spent,
        expected_gain=result.expected_gain,
        upper_bound=result.upper_bound,
        gap=result.gap,
        capacities=dict(result.capacities),
        actions={
            code: {**total, "cost": str(total["cost"]), "gain": str(total["gain"])}
            for code, total in result.actions.items()
        },
        curve=[[str(budget), str(gain)] for budget, gain in result.curve],
        considered=result.considered,
        worthwhile=result.worthwhile,
        customers=len(result.lines),
        created_at=clock.now(),
        created_by=actor,
    )


def _insert_lines(plan: Plan, result: PlanResult) -> None:
    for start in range(0, len(result.lines), LINES_PER_INSERT):
        PlanLine.objects.bulk_create(
            PlanLine(
                plan=plan,
                position=start + place + 1,
                customer_id=line.customer_id,
                treatment=line.treatment,
                cost=line.cost,
                gain=line.gain,
                expected_loss=line.expected_loss,
                tier=line.tier,
                reason=line.reason,
                priority=line.priority,
            )
            for place, line in enumerate(result.lines[start : start + LINES_PER_INSERT])
        )


def _locked() -> Playbook:
    return Playbook.objects.select_for_update().get(pk=1)


def _check(row: models.Model) -> None:
    """Validate types, choices and ranges of a row; raises ValidationError naming the field."""
    row.full_clean(validate_unique=False, validate_constraints=False)


def _one_of(field: str, value: str, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise ValidationError({field: _("Choose one of: %(choices)s.") % {"choices": ", ".join(allowed)}})


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, Decimal) else value


def _record(
    book: Playbook,
    actor: str,
    action: str,
    object_type: str,
    object_id: str,
    before: Mapping[str, Any],
    after: Mapping[str, Any],
) -> None:
    """Make a new playbook version and the audit entry, in the caller's transaction."""
    book.version += 1
    book.save()
    details = {"before": dict(before), "after": dict(after), "playbook_version": book.version}
    audit.log(actor=actor, action=action, object_type=object_type, object_id=object_id, details=details)
