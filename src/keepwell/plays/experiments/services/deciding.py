"""Submit, approve, refuse: whether a play's writer may approve it is said in the settings."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from keepwell.accounts import access
from keepwell.accounts import queries as accounts
from keepwell.accounts.contracts import Approvable, AuthorityKind, Permission
from keepwell.plays.experiments.contracts import PlayError, PlayView
from keepwell.plays.experiments.models import Play
from keepwell.plays.experiments.services.drafting import locked, log, viewed
from keepwell.plays.experiments.ways import dearest

if TYPE_CHECKING:
    from keepwell.accounts.models import User


def submit(*, play_id: int, actor: str, now: datetime) -> PlayView:
    """Ask for approval; raises PlayError where it cannot be asked for now."""
    with transaction.atomic():
        row = locked(play_id, "submit")
        row.submitted_at, row.submitted_by, row.refusal = now, actor, ""
        row.save()
        log("play.submit", row, {}, actor, now)
    return viewed(play_id)


def withdraw(*, play_id: int, actor: str, now: datetime) -> PlayView:
    """Take it back into the drafts, approved or not."""
    with transaction.atomic():
        row = locked(play_id, "withdraw")
        row.submitted_at, row.submitted_by, row.decided_at, row.approved_by = None, "", None, ""
        row.save()
        log("play.withdraw", row, {}, actor, now)
    return viewed(play_id)


def approve(*, play_id: int, user: User, reason: str, now: datetime) -> PlayView:
    """Approve it; raises PermissionDenied (see `require_decider`), and PlayError without a reason."""
    return _decide(play_id, "approve", user, reason, now)


def refuse(*, play_id: int, user: User, reason: str, now: datetime) -> PlayView:
    """Refuse it: it is a draft again, with the reason."""
    return _decide(play_id, "refuse", user, reason, now)


def _decide(play_id: int, step: str, user: User, reason: str, now: datetime) -> PlayView:
    if not reason.strip():
        raise PlayError({"reason": "no_reason"})
    with transaction.atomic():
        row = locked(play_id, step)
        require_decider(row, user)
        row.decided_at = now
        if step == "approve":
            row.approved_by = user.get_username()
        else:
            row.refusal = reason.strip()[:300]
        row.save()
        log(f"play.{step}", row, {"reason": reason.strip()[:300]}, user.get_username(), now)
    return viewed(play_id)


def require_decider(row: Play, user: User) -> None:
    """Let pass who may decide on this play; raises PermissionDenied, saying why not.

    Needed: the permission to approve, authority for what one contact costs, for a play without a control the
    permission to change settings, and another writer where the settings ask for that.
    """
    access.require(user, Permission.APPROVE)
    if not row.control_share:
        access.require(user, Permission.CHANGE_SETTINGS)
    if not _within(user, row):
        raise PermissionDenied(_("This is more than you may decide. Ask who has a wider authority."))
    writers = {row.created_by, row.changed_by, row.submitted_by} - {""}
    actor = user.get_username()
    if accounts.needs_another(
        Approvable.PLAY, actor=actor, writers=writers, able=lambda one: _able(one, row)
    ):
        raise PermissionDenied(_("Somebody else must approve this: whoever wrote it does not decide on it."))


def may_decide(play_id: int, user: User) -> bool:
    """Whether `user` may approve or refuse this play."""
    try:
        require_decider(Play.objects.get(pk=play_id), user)
    except PermissionDenied:
        return False
    return True


def _within(user: User, row: Play) -> bool:
    most = max((dearest(one) for one in row.arms.all()), default=Decimal(0))
    return not most or accounts.within_authority(user, AuthorityKind.OFFER_VALUE, most)


def _able(user: User, row: Play) -> bool:
    """Whether somebody with the permission to approve may decide on this very play."""
    return _within(user, row) and (bool(row.control_share) or access.may(user, Permission.CHANGE_SETTINGS))
