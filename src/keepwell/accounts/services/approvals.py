"""Asking for more than one may decide alone, and deciding it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from keepwell.accounts import access, queries
from keepwell.accounts.contracts import ApprovalStatus, ApprovalView, AuthorityKind, Permission
from keepwell.accounts.models import ApprovalRequest, User
from keepwell.accounts.queries.authority import approval_view
from keepwell.foundation.audit import services as audit

Listener = Callable[[ApprovalView, datetime], None]
_listeners: list[Listener] = []


def on_decision(listener: Listener) -> None:
    """Call `listener(request, now)` inside the transaction in which a request is decided or taken back.

    For rooms above that wait for it; register in AppConfig.ready.
    """
    if listener not in _listeners:
        _listeners.append(listener)


def _tell_listeners(found: ApprovalRequest, now: datetime) -> None:
    for listener in _listeners:
        listener(approval_view(found), now)


def ask_approval(
    *,
    user: User,
    kind: AuthorityKind | str,
    amount: Decimal,
    object_type: str,
    object_id: str,
    reason: str,
    now: datetime,
    customer_id: str = "",
    currency: str = "",
) -> ApprovalView:
    """Ask somebody to decide what is beyond one's own authority (a share as fraction of one, or an amount).

    The same thing asked again while it waits gives the request that waits, if the amount is the same. Raises
    ValidationError where one may decide it alone, without a reason, and where another amount waits already.
    """
    what = AuthorityKind(kind)
    own = queries.authority(user, what)
    if queries.within_authority(user, what, amount):
        raise ValidationError({"amount": [_("You may decide this yourself.")]})
    if not reason.strip():
        raise ValidationError({"reason": [_("Please say why.")]})
    with transaction.atomic():
        waiting = (
            ApprovalRequest.objects.select_for_update(of=("self",))
            .select_related("asked_by", "decided_by")
            .filter(kind=what, object_type=object_type, object_id=object_id, status=ApprovalStatus.WAITING)
            .first()
        )
        if waiting is not None:
            if (waiting.amount, waiting.asked_by_id) == (amount, user.pk):
                return approval_view(waiting)
            raise ValidationError(_("Another request for this is waiting already."))
        made = ApprovalRequest.objects.create(
            kind=what,
            amount=amount,
            currency=currency,
            object_type=object_type,
            object_id=object_id,
            customer_id=customer_id,
            reason=reason.strip(),
            approver=own.approver or "",
            asked_by=user,
            asked_at=now,
        )
        _log(made, "approval.ask", user, now, amount=str(amount), kind=what)
    return approval_view(made)


def decide(*, user: User, approval_id: int, approve: bool, reason: str, now: datetime) -> ApprovalView:
    """Approve or refuse a request that waits.

    Raises PermissionDenied without the permission, for one's own request and for more than one's own
    authority; ValidationError without a reason and where it is decided already.
    """
    access.require(user, Permission.APPROVE)
    if not reason.strip():
        raise ValidationError({"reason": [_("Please say why.")]})
    with transaction.atomic():
        found = _waiting(approval_id)
        if found.asked_by_id == user.pk:
            raise PermissionDenied(_("Nobody decides their own request."))
        if not queries.within_authority(user, found.kind, found.amount):
            raise PermissionDenied(_("This is more than you may decide. Ask who has a wider authority."))
        found.status = ApprovalStatus.APPROVED if approve else ApprovalStatus.REFUSED
        found.decided_by, found.decided_at, found.decision_reason = user, now, reason.strip()
        found.save(update_fields=["status", "decided_by", "decided_at", "decision_reason"])
        _log(found, f"approval.{found.status}", user, now)
        _tell_listeners(found, now)
    return approval_view(found)


def withdraw_approval(*, user: User, approval_id: int, now: datetime) -> ApprovalView:
    """Take back one's own request; raises PermissionDenied for somebody else's."""
    with transaction.atomic():
        found = _waiting(approval_id)
        if found.asked_by_id != user.pk:
            raise PermissionDenied(_("Only who asked can take a request back."))
        found.status, found.decided_at = ApprovalStatus.WITHDRAWN, now
        found.save(update_fields=["status", "decided_at"])
        _log(found, "approval.withdraw", user, now)
        _tell_listeners(found, now)
    return approval_view(found)


def _waiting(approval_id: int) -> ApprovalRequest:
    rows = ApprovalRequest.objects.select_for_update(of=("self",)).select_related("asked_by", "decided_by")
    found = rows.get(pk=approval_id)
    if found.status != ApprovalStatus.WAITING:
        raise ValidationError(_("This request is decided already."))
    return found


def _log(found: ApprovalRequest, action: str, user: User, now: datetime, **details: str) -> None:
    about = {"object": f"{found.object_type}:{found.object_id}", **details}
    audit.log(
        actor=user.username,
        action=action,
        object_type="approval",
        object_id=str(found.pk),
        details=about,
        at=now,
    )
