"""Cases as lists and as pages."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db.models import Count, F, Min, Q, QuerySet, Sum

from keepwell.accounts.contracts import ApprovalView, AuthorityKind
from keepwell.insight.contracts import Reason
from keepwell.outreach import users
from keepwell.plays.winback import core
from keepwell.plays.winback.contracts import (
    CaseLine,
    CaseView,
    MeasureStatus,
    MeasureView,
    Origin,
    Phase,
    Status,
    StepView,
    Verdict,
    Wanted,
)
from keepwell.plays.winback.models import Case, Measure
from keepwell.plays.winback.queries import plans, rules

if TYPE_CHECKING:
    from keepwell.accounts.models import User

PAGE = 200
COSTED = (MeasureStatus.PLANNED, MeasureStatus.RUNNING, MeasureStatus.DONE)
GOING = (MeasureStatus.PLANNED, MeasureStatus.RUNNING)


@dataclass(frozen=True)
class Desk:
    """The open cases of a list and how many there are in each status."""

    lines: tuple[CaseLine, ...]
    total: int
    counts: dict[Status, int]
    at_stake: Decimal
    currency: str


def desk(
    *,
    within: Q,
    owner_ids: Collection[int] | None = None,
    statuses: Collection[str] = (),
    grades: Collection[str] = (),
    finished: bool = False,
    limit: int = PAGE,
) -> Desk:
    """The cases that a filter (`customers.access.scope`) leaves, the most at stake first.

    `owner_ids` keeps those of these colleagues; `finished` shows the ones that are over, newest first.
    """
    rows = Case.objects.filter(within)
    if owner_ids is not None:
        rows = rows.filter(owner__in=owner_ids)
    if grades:
        rows = rows.filter(grade__in=grades)
    rows = rows.exclude(finished_at=None) if finished else rows.filter(finished_at=None)
    counted = rows.order_by().values_list("status").annotate(Count("pk"))
    counts = {Status(status): count for status, count in counted}
    stake = rows.aggregate(total=Sum("value_at_stake"))["total"] or Decimal(0)
    if statuses:
        rows = rows.filter(status__in=statuses)
    order = ("-finished_at", "-id") if finished else ("-value_at_stake", "id")
    listed = _lines(rows.order_by(*order)[:limit])
    currency = next((one.currency for one in listed if one.currency), "")
    return Desk(listed, rows.count(), counts, stake, currency)


def exist() -> bool:
    """Whether there has ever been a case."""
    return Case.objects.exists()


def usual_plan(case_id: int, codes: Sequence[str], *, now: datetime) -> list[Wanted]:
    """These measures as they are usually planned; unknown ones are left out."""
    row = Case.objects.get(pk=case_id)
    known = rules.measures()
    return [plans.usual(code, row, now=now) for code in codes if code in known]


def of_customer(customer_id: str, *, limit: int = 5) -> tuple[CaseLine, ...]:
    """A customer's cases, the newest first."""
    return _lines(Case.objects.filter(customer_id=customer_id).order_by("-id")[:limit])


def open_case_of(customer_id: str) -> CaseLine | None:
    """The open case of a customer."""
    found = _lines(Case.objects.filter(customer_id=customer_id, finished_at=None))
    return found[0] if found else None


def measure_of_task(task_id: int) -> tuple[int, MeasureView] | None:
    """The case and the measure that a task carries out."""
    row = Measure.objects.filter(task=task_id).first()
    return (row.case_id, _measure(row, {})) if row else None


def _lines(rows: QuerySet[Case]) -> tuple[CaseLine, ...]:
    costed = Q(measures__status__in=COSTED)
    due = Q(measures__status__in=GOING)
    full = list(
        rows.annotate(
            cost=Sum("measures__cost", filter=costed),
            next_at=Min("measures__due_at", filter=due),
        )
    )
    known = users.names(row.owner_id for row in full)
    return tuple(line(row, known, cost=row.cost or Decimal(0), next_at=row.next_at) for row in full)


def line(row: Case, known: dict[int, str], *, cost: Decimal, next_at: datetime | None) -> CaseLine:
    """The line of one case; it is due when its next measure is, at the latest when its window is over."""
    dates = [one for one in (next_at, row.until) if one is not None]
    return CaseLine(
        case_id=row.pk,
        customer_id=row.customer_id,
        status=Status(row.status),
        grade=row.grade,
        way=row.way,
        tier=row.tier,
        causes=tuple(row.causes),
        value_at_stake=row.value_at_stake,
        cost=cost,
        currency=row.currency,
        owner_id=row.owner_id,
        owner_name=known.get(row.owner_id or 0, ""),
        opened_at=row.opened_at,
        due_at=min(dates) if dates and row.finished_at is None else None,
        finished_at=row.finished_at,
        evidence=row.evidence,
    )


def get(case_id: int) -> CaseView | None:
    """One case with everything, or None."""
    row = Case.objects.filter(pk=case_id).first()
    if row is None:
        return None
    acts = list(row.measures.order_by("pk"))
    known = users.names([row.owner_id, *(one.owner_id for one in acts)])
    frame = rules.frame(row)
    cost = sum((one.cost for one in acts if one.status in COSTED), Decimal(0))
    dues = [one.due_at for one in acts if one.status in GOING and one.due_at is not None]
    return CaseView(
        line=line(row, known, cost=cost, next_at=min(dues, default=None)),
        origin=Origin(row.origin),
        alert_id=row.alert_id,
        opened_by=row.opened_by,
        rules_version=row.rules_version,
        risk_level=row.risk_level,
        customer_status=row.customer_status,
        churn_risk=row.churn_risk,
        expected_loss=row.expected_loss,
        average_amount=row.average_amount,
        limit=frame.limit,
        low_cost_only=frame.low_cost_only,
        reasons=tuple(Reason(one["code"], one["figures"], one["weight"]) for one in row.reasons),
        asked=row.asked,
        competitor=row.competitor,
        competitor_reason=row.competitor_reason,
        obstacles=tuple(row.obstacles),
        said=row.said,
        interview=json.loads(row.interview) if row.interview else {},
        plan_version=row.plan_version,
        approval_ids=tuple(row.approvals),
        started_at=row.started_at,
        until=row.until,
        won_at=row.won_at,
        won_order_id=row.won_order_id,
        won_amount=row.won_amount,
        satisfaction=row.satisfaction,
        result=row.result,
        lesson=row.lesson,
        kept_aside=row.kept_aside,
        measures=tuple(_measure(one, known) for one in acts),
        steps=tuple(
            StepView(one.at, one.actor, one.action, Status(one.status), one.data, one.note)
            for one in row.steps.order_by("number")
        ),
    )


def _measure(row: Measure, known: dict[int, str]) -> MeasureView:
    return MeasureView(
        measure_id=row.pk,
        code=row.code,
        phase=Phase(row.phase),
        status=MeasureStatus(row.status),
        cost=row.cost,
        discount=row.discount,
        until=row.until,
        due_at=row.due_at,
        owner_id=row.owner_id,
        owner_name=known.get(row.owner_id or 0, ""),
        words=row.words,
        task_id=row.task_id,
        promised_at=row.promised_at,
        finished_at=row.finished_at,
        worked=row.worked,
    )


def preview(case_id: int, wanted: Sequence[Wanted], *, now: datetime) -> Verdict | None:
    """What a plan would cost and keep; writes nothing. None without such a case."""
    row = Case.objects.filter(pk=case_id).first()
    return plans.verdict_of(row, wanted, now) if row else None


def verdict_now(case_id: int, *, now: datetime) -> Verdict:
    """What the plan of a case costs and keeps under the settings of this moment."""
    row = Case.objects.get(pk=case_id)
    return plans.verdict_of(row, plans.planned(row), now)


def lacking(case_id: int, user: User) -> dict[AuthorityKind, Decimal]:
    """What the plan of a case needs beyond `user`'s authority and nobody has approved: kind -> amount."""
    return plans.lacking(Case.objects.get(pk=case_id), user)


def requests(case_id: int) -> list[ApprovalView]:
    """The requests for approval of the plan as it is."""
    return plans.requests_of(Case.objects.get(pk=case_id))


def proposed(found: CaseView) -> tuple[str, ...]:
    """The measures that the causes of a case ask for, in order."""
    known = rules.measures()
    return tuple(one for one in core.proposed(rules.current(), found.line.causes) if one in known)


def due_before(moment: datetime, *, within: Q) -> int:
    """How many open cases should have gone on by then."""
    rows = Case.objects.filter(within, finished_at=None)
    late = Q(measures__status__in=GOING, measures__due_at__lt=moment) | Q(
        until__lt=moment, status=Status.CONTACTING
    )
    return rows.filter(late).distinct().count()


def several(case_ids: Iterable[int]) -> dict[int, CaseLine]:
    """Cases by number."""
    rows = Case.objects.filter(pk__in=set(case_ids)).order_by(F("id").asc())
    return {one.case_id: one for one in _lines(rows)}
