"""Plans and their acts."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import date
from decimal import Decimal

from django.db.models import Count, Q
from django.utils.translation import gettext as _

from keepwell.customers import queries as customers
from keepwell.insight.segments import queries as segments
from keepwell.outreach import users
from keepwell.outreach.policy import queries as policy
from keepwell.plays.care import core
from keepwell.plays.care.contracts import (
    OPEN,
    ActPage,
    ActStatus,
    ActView,
    AssignPreview,
    CareError,
    LineSpec,
    LineView,
    NoPlanError,
    PlanStatus,
    PlanView,
)
from keepwell.plays.care.models import Act, Plan, PlanLine
from keepwell.plays.care.queries import catalogue, money

LIST_MAX = 200
ACTS_SHOWN = 40
IDS_MAX = 1_000


def plan_of(customer_id: str) -> PlanView | None:
    """The plan of a customer that has not ended, or None."""
    row = Plan.objects.filter(customer_id=customer_id, ended_at=None).select_related("owner").first()
    return _plan(row) if row else None


def plan(plan_id: int) -> PlanView:
    """One plan; raises NoPlanError."""
    row = Plan.objects.filter(pk=plan_id).select_related("owner").first()
    if row is None:
        raise NoPlanError(plan_id)
    return _plan(row)


def act(act_id: int) -> ActView:
    """One act; raises NoPlanError."""
    row = Act.objects.filter(pk=act_id).select_related("owner").first()
    if row is None:
        raise NoPlanError(act_id)
    return act_view(row)


def act_of_task(task_id: int) -> ActView | None:
    """The act that a task carries out, or None."""
    row = Act.objects.filter(task=task_id).select_related("owner").first()
    return act_view(row) if row else None


def acts_of(customer_id: str, *, limit: int = ACTS_SHOWN) -> tuple[ActView, ...]:
    """The acts of a customer, the latest day first."""
    rows = Act.objects.filter(customer_id=customer_id).select_related("owner").order_by("-due_on", "-id")
    return tuple(act_view(row) for row in rows[:limit])


def listed(
    *,
    within: Q,
    owner_ids: Collection[int] | None = None,
    act: str = "",
    finished: bool = False,
    limit: int = LIST_MAX,
) -> ActPage:
    """Acts within reach: those to be done by day, or those that are over, the latest first."""
    rows = Act.objects.filter(within)
    if owner_ids is not None:
        rows = rows.filter(owner__in=owner_ids)
    rows = rows.exclude(status__in=OPEN) if finished else rows.filter(status__in=OPEN)
    counts = dict(rows.order_by().values_list("act").annotate(n=Count("pk")))
    if act:
        rows = rows.filter(act=act)
    total = rows.count()
    order = ("-due_on", "-id") if finished else ("due_on", "id")
    shown = tuple(act_view(row) for row in rows.select_related("owner").order_by(*order)[:limit])
    return ActPage(shown, total, counts)


def each(*, within: Q) -> Iterator[ActView]:
    """Every act within reach, streamed; for exports."""
    rows = Act.objects.filter(within).select_related("owner").order_by("due_on", "id")
    for row in rows.iterator(chunk_size=2_000):
        yield act_view(row)


def preview(*, segment_id: int, template: str, owner_ids: Collection[int] | None, most: int) -> AssignPreview:
    """What giving a template to the members of a segment would do; nothing is written.

    `owner_ids`: whose customers may be planned for. Of more than `most` members only their number is told.
    Raises CareError for an unknown template.
    """
    found = catalogue.template(template)
    if found is None:
        raise CareError(_("Please choose a care plan."))
    total = segments.size(segment_id)
    reachable = [] if total > most else list(segments.member_ids(segment_id, owner_ids=owner_ids))
    has_plan = with_plan(reachable)
    free = [one for one in reachable if one not in has_plan]
    aside = policy.held_out(free)
    fresh = [one for one in free if one not in aside]
    return AssignPreview(
        members=total,
        fresh=len(fresh),
        has_plan=len(has_plan),
        held_out=len(aside),
        out_of_reach=total - len(reachable),
        acts_a_year=core.acts_a_year(found.lines) * len(fresh),
        cost_a_year=core.cost_a_year(found.lines) * Decimal(len(fresh)),
        without_birthday=_without_birthday(fresh),
        currency=money.currency(),
    )


def with_plan(customer_ids: Collection[str]) -> set[str]:
    """Those of these customers who have a plan that has not ended."""
    wanted, found = list(customer_ids), set()
    for start in range(0, len(wanted), IDS_MAX):
        rows = Plan.objects.filter(customer_id__in=wanted[start : start + IDS_MAX], ended_at=None)
        found |= set(rows.values_list("customer_id", flat=True))
    return found


def counts(within: Q) -> dict[str, int]:
    """Plans within reach by state."""
    rows = Plan.objects.filter(within, ended_at=None).order_by()
    return dict(rows.values_list("status").annotate(n=Count("pk")))


def overdue(within: Q, today: date) -> int:
    """Acts within reach that should have been done."""
    return Act.objects.filter(within, status__in=OPEN, due_on__lt=today).count()


def _without_birthday(customer_ids: list[str]) -> int:
    return sum(
        len(customers.without_birthday(customer_ids[start : start + IDS_MAX]))
        for start in range(0, len(customer_ids), IDS_MAX)
    )


def _plan(row: Plan) -> PlanView:
    return PlanView(
        plan_id=row.pk,
        customer_id=row.customer_id,
        template=row.template,
        status=PlanStatus(row.status),
        owner_id=row.owner_id,
        owner_name=users.name_of(row.owner) if row.owner else "",
        greetings_paused_until=row.greetings_paused_until,
        started_on=row.started_on,
        made_by=row.made_by,
        lines=tuple(LineView(line.pk, spec_of(line), line.next_on) for line in row.lines.all()),
    )


def spec_of(line: PlanLine) -> LineSpec:
    """What a line says."""
    return LineSpec(
        act=line.act,
        occasion=line.occasion,
        every_weeks=line.every_weeks,
        channel=line.channel,
        budget=line.budget,
        lead_days=line.lead_days,
        by=line.by,
        text_code=line.text_code,
    )


def act_view(row: Act) -> ActView:
    """The contract of a row."""
    return ActView(
        act_id=row.pk,
        customer_id=row.customer_id,
        act=row.act,
        occasion=row.occasion,
        due_on=row.due_on,
        status=ActStatus(row.status),
        owner_id=row.owner_id,
        owner_name=users.name_of(row.owner) if row.owner else "",
        channel=row.channel,
        by=row.by,
        text_code=row.text_code,
        budget=row.budget,
        cost=row.cost,
        currency=row.currency,
        limited=row.limited,
        words=row.words,
        gift=row.gift,
        note=row.note,
        outcome=row.outcome,
        score=row.score,
        task_id=row.task_id,
        finished_at=row.finished_at,
    )
