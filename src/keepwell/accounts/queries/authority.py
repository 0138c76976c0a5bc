"""How much somebody decides alone, and what waits for somebody else's decision."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from django.db.models import QuerySet

from keepwell.accounts import access, core
from keepwell.accounts.contracts import (
    ApprovalStatus,
    ApprovalView,
    Authority,
    AuthorityKind,
    Permission,
    Reach,
    Role,
)
from keepwell.accounts.core import price_change_share
from keepwell.accounts.models import ApprovalRequest, AuthorityLimit, User

__all__ = [
    "approval",
    "approval_view",
    "approvals_asked",
    "approvals_decided",
    "approvals_waiting",
    "authority",
    "authority_table",
    "grants",
    "price_change_share",
    "within_authority",
]


def grants(role: Role) -> Mapping[Permission, Reach]:
    """What a role may do and how far; what is absent is not allowed."""
    return core.GRANTS[role]


def authority_table() -> dict[tuple[Role, AuthorityKind], Authority]:
    """How much each role decides alone: what was set, else what Keepwell comes with."""
    table = {(role, kind): core.default_authority(role, kind) for kind in AuthorityKind for role in Role}
    for row in AuthorityLimit.objects.order_by("pk"):
        if row.role in set(Role) and row.kind in set(AuthorityKind):
            role, kind = Role(row.role), AuthorityKind(row.kind)
            table[(role, kind)] = Authority(
                role, kind, row.limit, Role(row.approver) if row.approver else None
            )
    return table


def authority(user: User, kind: AuthorityKind | str) -> Authority:
    """How much `user` decides alone: the widest limit of their roles (None is without limit)."""
    table, wanted = authority_table(), AuthorityKind(kind)
    found = core.widest(table[(Role(role), wanted)] for role in sorted(access.roles(user)))
    return found or core.default_authority(Role.READ_ONLY, wanted)


def within_authority(user: User, kind: AuthorityKind | str, amount: Decimal) -> bool:
    """Whether `user` may decide `amount` alone; shares as fractions of one, whichever their sign."""
    return core.is_within(authority(user, kind), amount)


def approvals_waiting(user: User, *, limit: int = 200) -> list[ApprovalView]:
    """What `user` can decide: not their own requests, and within their own authority; the oldest first."""
    if not access.may(user, Permission.APPROVE):
        return []
    limits = {kind: authority(user, kind) for kind in AuthorityKind}
    waiting = _requests().filter(status=ApprovalStatus.WAITING).exclude(asked_by=user)
    found = []
    for one in map(approval_view, waiting.iterator(chunk_size=500)):
        if core.is_within(limits[one.kind], one.amount):
            found.append(one)
        if len(found) == limit:
            break
    return found


def approvals_asked(user: User, *, limit: int = 50) -> list[ApprovalView]:
    """What `user` asked for, the newest first."""
    return [
        approval_view(one) for one in _requests().filter(asked_by=user).order_by("-asked_at", "-id")[:limit]
    ]


def approvals_decided(*, limit: int = 50) -> list[ApprovalView]:
    """What was decided, the newest first."""
    decided = _requests().exclude(status=ApprovalStatus.WAITING).order_by("-decided_at", "-id")
    return [approval_view(one) for one in decided[:limit]]


def approval(approval_id: int) -> ApprovalView | None:
    """One request."""
    found = _requests().filter(pk=approval_id).first()
    return approval_view(found) if found else None


def _requests() -> QuerySet[ApprovalRequest]:
    return ApprovalRequest.objects.select_related("asked_by", "decided_by")


def approval_view(row: ApprovalRequest) -> ApprovalView:
    """The row as a value."""
    return ApprovalView(
        approval_id=row.pk,
        kind=AuthorityKind(row.kind),
        amount=row.amount,
        currency=row.currency,
        object_type=row.object_type,
        object_id=row.object_id,
        customer_id=row.customer_id,
        reason=row.reason,
        approver=Role(row.approver) if row.approver else None,
        asked_by=row.asked_by.username,
        asked_at=row.asked_at,
        status=ApprovalStatus(row.status),
        decided_by=row.decided_by.username if row.decided_by else None,
        decided_at=row.decided_at,
        decision_reason=row.decision_reason,
    )
