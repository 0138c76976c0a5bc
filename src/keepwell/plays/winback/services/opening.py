"""Open a case, grade it, give it to somebody."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from keepwell.accounts import access as accounts
from keepwell.accounts.contracts import Permission
from keepwell.customers import access as customer_access
from keepwell.customers import queries as customers
from keepwell.insight import queries as insight
from keepwell.insight.contracts import ScoreView
from keepwell.outreach import users
from keepwell.outreach.policy import queries as policy
from keepwell.plays.winback import core
from keepwell.plays.winback.contracts import CaseError, Origin
from keepwell.plays.winback.models import Case
from keepwell.plays.winback.queries import rules as rule_queries
from keepwell.plays.winback.services.stepping import locked, require, write

TOP_REASONS = 3


def open_case(
    *,
    customer_id: str,
    origin: str,
    actor: str,
    now: datetime,
    alert_id: int | None = None,
    owner_id: int | None = None,
) -> int:
    """Open a case for a customer and grade it; its number. One who has an open case keeps that one.

    Raises CaseError where there is no such customer, or no cycle has rated them.
    """
    if not customers.existing([customer_id]):
        raise CaseError(_("There is no customer with this number."))
    score = insight.score(customer_id)
    if score is None:
        raise CaseError(_("No cycle has rated this customer yet: there is no value to weigh a cost against."))
    found = _open_one(customer_id)
    if found is not None:
        return found
    case = Case(
        customer_id=customer_id,
        origin=Origin(origin),
        alert_id=alert_id,
        owner_id=owner_id if owner_id is not None else customers.owner_of(customer_id),
        opened_at=now,
        opened_by=actor,
    )
    measure_up(case, score)
    try:
        with transaction.atomic():
            write(case, "open", actor=actor, now=now, data={"origin": case.origin, "grade": case.grade})
    except IntegrityError:
        # Somebody was faster: theirs is the case.
        raced = _open_one(customer_id)
        if raced is None:
            raise
        return raced
    return int(case.pk)


def _open_one(customer_id: str) -> int | None:
    rows = Case.objects.filter(customer_id=customer_id, finished_at=None)
    return rows.values_list("pk", flat=True).first()


def measure_up(case: Case, score: ScoreView) -> None:
    """Write down what the customer is worth now, and the grade that follows."""
    rules = rule_queries.current()
    figures: dict[str, Any] = {
        "tier": score.tier,
        "risk_level": score.risk_level,
        "customer_status": score.status,
        "churn_risk": score.churn_risk,
        "value_at_stake": score.value_at_stake,
        "expected_loss": score.expected_loss,
        "average_amount": score.average_amount,
        "currency": score.currency,
        "kept_aside": score.customer_id in policy.held_out([score.customer_id]),
        "rules_version": rules.version,
        "reasons": [
            {"code": one.code, "figures": dict(one.figures), "weight": one.weight}
            for one in score.reasons[:TOP_REASONS]
        ],
    }
    for name, value in figures.items():
        setattr(case, name, value)
    risk = "lost" if score.status == "lost" else score.risk_level
    case.grade = core.grade(rules, tier=score.tier, risk_level=risk, causes=case.causes)
    case.way = rules.grade(case.grade).way


def assign(*, case_id: int, owner_id: int, actor: str, now: datetime) -> None:
    """Give a case to a colleague; raises CaseError for one who cannot do tasks or see the customer."""
    user = users.get(owner_id)
    if user is None or not user.is_active or not accounts.may(user, Permission.CHANGE_TASKS):
        raise CaseError(_("This colleague cannot do tasks."))
    with transaction.atomic():
        case = locked(case_id)
        require(case, "assign")
        if not customer_access.may_access(user, Permission.VIEW_CUSTOMERS, case.customer_id):
            raise CaseError(
                _("%(name)s may not see customer %(customer)s. Hand the customer over instead.")
                % {"name": users.name_of(user), "customer": case.customer_id}
            )
        if case.owner_id == owner_id:
            return
        case.owner_id = owner_id
        write(case, "assign", actor=actor, now=now, data={"owner": owner_id})
