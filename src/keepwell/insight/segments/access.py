"""The gates of segments: whose segment one may see and change."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, cast

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


def access_named(user: Account, definition: Mapping[str, Any], before: Mapping[str, Any] | None) -> None:
    """Let `user` ask for the segments that `definition` newly names; what it named `before` stays.

    Raises PermissionDenied where `user` may not see one of them, also where there is none.
    """
    wanted = set(_named(definition)) - set(_named(before))
    if wanted and visible(user).filter(pk__in=wanted).count() < len(wanted):
        raise PermissionDenied(_("There is no such segment, or it is not shared with you."))


def _named(said: object) -> Iterable[int]:
    if isinstance(said, Mapping):
        if isinstance(said.get("segment"), int):
            yield said["segment"]
        said = list(said.values())
    if isinstance(said, list | tuple):
        for part in said:
            yield from _named(part)


def reach(user: Account) -> frozenset[int] | None:
    """The users whose customers `user` sees in a segment; None: everybody's."""
    return access.owners_within(user, Permission.VIEW_CUSTOMERS)
