"""What each role decides alone, and what is asked of its holders."""

from __future__ import annotations

from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from keepwell.accounts import queries
from keepwell.accounts.contracts import SHARES, Approvable, Authority, AuthorityKind, Role, SecondPerson
from keepwell.accounts.models import AuthorityLimit, RolePolicy, SecondPersonRule
from keepwell.foundation.audit import services as audit


def set_authority(
    *,
    role: Role | str,
    kind: AuthorityKind | str,
    limit: Decimal | None,
    approver: Role | str | None,
    actor: str,
) -> Authority:
    """Say how much a role decides alone (None: without limit) and which role decides above.

    Shares are fractions of one. Raises ValidationError for a negative limit, a share above one, and a role
    that would approve its own requests.
    """
    who, what = Role(role), AuthorityKind(kind)
    above = Role(approver) if approver else None
    if limit is not None and (not limit.is_finite() or limit < 0 or limit >= Decimal(10) ** 14):
        raise ValidationError({"limit": [_("Please type an amount of zero or more.")]})
    if limit is not None and what in SHARES and limit > 1:
        raise ValidationError({"limit": [_("A share is at most 100%.")]})
    if above is who:
        raise ValidationError({"approver": [_("Another role must decide above the limit.")]})
    if limit is not None and above is None:
        raise ValidationError({"approver": [_("Say who decides above the limit.")]})
    found = Authority(who, what, limit, above if limit is not None else None)
    with transaction.atomic():
        before = queries.authority_table()[(who, what)]
        if before == found:
            return found
        AuthorityLimit.objects.update_or_create(
            role=who, kind=what, defaults={"limit": limit, "approver": found.approver or ""}
        )
        audit.log(
            actor=actor,
            action="authority.set",
            object_type="authority",
            object_id=f"{who}:{what}",
            details={
                "before": None if before.limit is None else str(before.limit),
                "after": None if limit is None else str(limit),
                "approver": found.approver,
            },
        )
    return found


def set_second_factor(*, role: Role | str, required: bool, actor: str) -> None:
    """Ask everybody who holds a role for a second factor, or no longer."""
    who = Role(role)
    with transaction.atomic():
        policy, _made = RolePolicy.objects.select_for_update().get_or_create(role=who)
        if policy.second_factor == required:
            return
        policy.second_factor = required
        policy.save(update_fields=["second_factor"])
        audit.log(
            actor=actor,
            action="role.set_second_factor",
            object_type="role",
            object_id=who,
            details={"required": required},
        )


def set_second_person(*, kind: Approvable | str, rule: SecondPerson | str, actor: str) -> None:
    """Say whether somebody else than the writer must approve this kind of work; audited."""
    what, wanted = Approvable(kind), SecondPerson(rule)
    with transaction.atomic():
        before = queries.second_person_table()[what]
        if before is wanted:
            return
        SecondPersonRule.objects.update_or_create(kind=what, defaults={"rule": wanted})
        audit.log(
            actor=actor,
            action="second_person.set",
            object_type="second_person",
            object_id=what,
            details={"before": before, "after": wanted},
        )
