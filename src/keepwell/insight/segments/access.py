"""The gates of segments: whose segment one may see and change."""

from __future__ import annotations

from typing import cast

from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from keepwell.accounts import access
from keepwell.accounts.access import Account
from keepwell.accounts.contracts import Permission
from keepwell.insight.segments.models import Segment


def visible(user: Account) -> QuerySet[Segment]:
    """The segments that `user` may see: own ones, the team's, those shared with all; archived ones too."""
    if not access.may(user, Permission.VIEW_SEGMENTS):
        return Segment.objects.none()
    wanted = Q(shared="all") | Q(author=user.pk)
    team = getattr(user, "team_id", None)
    if team is not None:
        wanted |= Q(shared="team", author__team=cast("int", team))
    return Segment.objects.filter(wanted)


def access_segment(user: Account, permission: Permission, segment_id: int) -> Segment:
    """The segment, if `user` may do this to it; raises PermissionDenied, also where there is none.

    Somebody else's private segment is not told from one that does not exist. What comes with the product is
    not changed.
    """
    access.require(user, permission)
    row = visible(user).select_related("author").filter(pk=segment_id).first()
    if row is None:
        raise PermissionDenied(_("There is no such segment, or it is not shared with you."))
    if permission is Permission.CHANGE_SEGMENTS and row.code is not None:
        raise PermissionDenied(_("This segment comes with Keepwell. Duplicate it and change the copy."))
    return row


def reach(user: Account) -> frozenset[int] | None:
    """The users whose customers `user` sees in a segment; None: everybody's."""
    return access.owners_within(user, Permission.VIEW_CUSTOMERS)
