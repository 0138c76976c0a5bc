"""Plan the measures of a case within its limit; ask for approval above one's authority."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from keepwell.accounts import services as account_services
from keepwell.accounts.contracts import ApprovalStatus, ApprovalView
from keepwell.outreach import users
from keepwell.plays.winback.contracts import CaseError, MeasureStatus, Phase, Status, Verdict, Wanted
from keepwell.plays.winback.labels import PROBLEM
from keepwell.plays.winback.models import Case, Measure
from keepwell.plays.winback.queries.plans import lacking, object_id, requests_of, verdict_of
from keepwell.plays.winback.services.stepping import locked, require, take, text, write

if TYPE_CHECKING:
    from keepwell.accounts.models import User

OBJECT = "winback_case"


def plan(*, case_id: int, wanted: Sequence[Wanted], actor: str, now: datetime) -> Verdict:
    """Make the plan of these measures in place of what was planned; an earlier approval holds no longer.

    Raises CaseError where it cannot be had: above the limit of the grade, an offer without an end, …
    """
    with transaction.atomic():
        case = locked(case_id)
        require(case, "plan")
        verdict = verdict_of(case, wanted, now)
        if verdict.problems:
            raise CaseError(" ".join(str(PROBLEM[one]) for one in verdict.problems))
        case.measures.filter(status=MeasureStatus.PLANNED, phase=Phase.ACTION).delete()
        for one in wanted:
            _add(case, one)
        case.plan_version, case.approvals, case.expected_gain = case.plan_version + 1, [], verdict.gain
        take(
            case,
            "plan",
            actor=actor,
            now=now,
            data={"measures": ",".join(one.code for one in wanted), "cost": verdict.cost},
        )
    return verdict


def _add(case: Case, one: Wanted) -> Measure:
    if one.owner_id is not None:
        owner = users.get(one.owner_id)
        if owner is None or not owner.is_active:
            raise CaseError(_("This colleague cannot do tasks."))
    return Measure.objects.create(
        case=case,
        code=one.code,
        phase=Phase.ACTION,
        cost=one.cost,
        discount=one.discount,
        until=one.until,
        due_at=one.due_at,
        owner_id=one.owner_id if one.owner_id is not None else case.owner_id,
        words=text(one.words),
    )


def ask(*, case_id: int, user: User, reason: str, now: datetime) -> tuple[int, ...]:
    """Ask for what the plan needs beyond `user`'s authority; the numbers of the requests.

    Raises CaseError where `user` may begin without, or without a reason.
    """
    if not reason.strip():
        raise CaseError(_("Please say why."))
    with transaction.atomic():
        case = locked(case_id)
        require(case, "ask")
        missing = lacking(case, user)
        if not missing:
            raise CaseError(_("You may decide this yourself."))
        made = [
            account_services.ask_approval(
                user=user,
                kind=kind,
                amount=amount,
                object_type=OBJECT,
                object_id=object_id(case),
                reason=reason,
                now=now,
                customer_id=case.customer_id,
                currency=case.currency,
            )
            for kind, amount in missing.items()
        ]
        case.approvals = [one.approval_id for one in made]
        take(case, "ask", actor=user.get_username(), now=now, data={"requests": len(made)}, note=reason)
    return tuple(case.approvals)


def withdraw(*, case_id: int, actor: str, now: datetime) -> None:
    """Take the request back: the plan can be changed again. Raises CaseError where none waits."""
    with transaction.atomic():
        take_back_requests(case_id, now)
        case = locked(case_id)
        if case.status == Status.ANALYSED and case.approvals:
            return  # the requests' own end has moved it
        take(case, "withdraw", actor=actor, now=now)


def take_back_requests(case_id: int, now: datetime) -> None:
    """End the requests that still wait, in the name of who asked; before the case is locked."""
    case = Case.objects.filter(pk=case_id).first()
    for one in requests_of(case) if case else ():
        asker = users.by_username(one.asked_by)
        if one.status is ApprovalStatus.WAITING and asker is not None:
            with suppress(ValidationError):  # decided in this very moment
                account_services.withdraw_approval(user=asker, approval_id=one.approval_id, now=now)


def on_decision(request: ApprovalView, now: datetime) -> None:
    """Carry on a case when its request is decided: all approved, or one refused or taken back."""
    if request.object_type != OBJECT:
        return
    number, _dot, version = request.object_id.partition(".")
    case = Case.objects.select_for_update(of=("self",)).filter(pk=int(number)).first()
    if case is None or case.status != Status.WAITING or str(case.plan_version) != version:
        return
    who = request.decided_by or request.asked_by
    if request.status is ApprovalStatus.APPROVED:
        if all(one.status is ApprovalStatus.APPROVED for one in requests_of(case)):
            take(case, "approve", actor=who, now=now, note=request.decision_reason)
        else:
            write(case, "act", actor=who, now=now, data={"approved": request.kind})
        return
    step = "refuse" if request.status is ApprovalStatus.REFUSED else "withdraw"
    take(case, step, actor=who, now=now, note=request.decision_reason)
    # Afterwards: somebody may be deciding the other one, and would wait for us as we for them.
    transaction.on_commit(lambda: take_back_requests(int(number), now))
