"""What the plan of a case costs, keeps and needs of authority; nothing is written."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db.models import Sum

from keepwell.accounts import queries as accounts
from keepwell.accounts.contracts import ApprovalStatus, ApprovalView, AuthorityKind
from keepwell.plays.winback import core, defaults
from keepwell.plays.winback.contracts import MeasureStatus, Phase, Verdict, Wanted
from keepwell.plays.winback.models import Case
from keepwell.plays.winback.queries import rules as rule_queries

if TYPE_CHECKING:
    from keepwell.accounts.models import User

COMMITTED = (MeasureStatus.RUNNING, MeasureStatus.DONE)


def spent(case: Case) -> Decimal:
    """What is given out already: done, or begun and not called off."""
    rows = case.measures.filter(status__in=COMMITTED)
    return rows.aggregate(total=Sum("cost"))["total"] or Decimal(0)


def planned(case: Case) -> list[Wanted]:
    """The measures that wait to be begun, as they were asked for."""
    rows = case.measures.filter(status=MeasureStatus.PLANNED, phase=Phase.ACTION)
    return [
        Wanted(row.code, row.cost, row.discount, row.until, row.due_at, row.owner_id, row.words)
        for row in rows.order_by("pk")
    ]


def verdict_of(case: Case, wanted: Sequence[Wanted], now: datetime) -> Verdict:
    """What a plan costs and is assumed to keep under the settings of this moment."""
    rules = rule_queries.current()
    done = case.measures.filter(status__in=COMMITTED, phase=Phase.ACTION).values_list("code", flat=True)
    return core.judge(
        wanted,
        frame=rule_queries.frame(case),
        measures=rule_queries.measures(),
        shares=rule_queries.saved_shares(tier=case.tier, cause=case.main_cause, rules=rules),
        spent=spent(case),
        done=list(done),
        rules=rules,
        now=now,
    )


def needed(case: Case) -> dict[AuthorityKind, Decimal]:
    """What the plan takes of authority: all that the case costs, and its highest discount.

    What was spent on the case before counts too: a plan in small parts is no way round the table.
    """
    waiting = planned(case)
    cost = spent(case) + sum((one.cost for one in waiting), Decimal(0))
    discount = max((one.discount for one in waiting), default=Decimal(0))
    found = {AuthorityKind.OFFER_VALUE: cost, AuthorityKind.DISCOUNT: discount}
    return {kind: amount for kind, amount in found.items() if amount > 0}


def lacking(case: Case, user: User) -> dict[AuthorityKind, Decimal]:
    """What of it is beyond `user`, and nobody has approved for this very plan."""
    granted = {one.kind: one.amount for one in requests_of(case) if one.status is ApprovalStatus.APPROVED}
    return {
        kind: amount
        for kind, amount in needed(case).items()
        if not accounts.within_authority(user, kind, amount) and granted.get(kind, Decimal(-1)) < amount
    }


def requests_of(case: Case) -> list[ApprovalView]:
    """The requests for the plan as it is."""
    found = [accounts.approval(number) for number in case.approvals]
    return [one for one in found if one is not None and one.object_id == object_id(case)]


def object_id(case: Case) -> str:
    """How a plan is called in a request: another plan is another thing."""
    return f"{case.pk}.{case.plan_version}"


def usual(code: str, case: Case, *, now: datetime) -> Wanted:
    """A measure as it is usually planned: the usual discount and end of an offer, and what it costs then."""
    discount = Decimal(defaults.MEASURES[code].discount or 0)
    cost = rule_queries.usual_cost(code, discount=discount, average_amount=case.average_amount)
    until = now + timedelta(days=rule_queries.current().offer_days) if discount else None
    return Wanted(code, cost, discount, until)
