"""The gates of tasks: one's own, the team's, those of customers within reach, the queues of one's teams."""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast

from django.core.exceptions import ObjectDoesNotExist, PermissionDenied
from django.db.models import Q
from django.utils.translation import gettext as _

from keepwell.accounts import access
from keepwell.accounts.access import Account
from keepwell.accounts.contracts import Permission
from keepwell.customers import queries as customers
from keepwell.customers.access import may_access
from keepwell.outreach.models import Task


class NoTaskError(ObjectDoesNotExist):
    """There is no task with this number."""


def scope(user: Account, permission: Permission) -> Q:
    """The tasks that `user` may do this to, as a filter; Q() where it is all of them."""
    owners = access.owners_within(user, permission)
    if owners is None:
        return Q()
    if not owners:
        return Q(pk__in=())
    mine = Q(assignee__in=owners) | Q(customer_id__in=customers.owned_by(owners))
    mine |= Q(customer_id="", created_by=user.get_username())
    teams = team_ids(user)
    return mine | Q(assignee=None, team__in=teams) if teams else mine


def team_ids(user: Account) -> list[int]:
    """The teams whose queue `user` works on: one's own and those one leads."""
    own = getattr(user, "team_id", None)
    led = cast("list[int]", list(user.leads.values_list("pk", flat=True)))  # type: ignore[union-attr]
    return sorted({*led, *([own] if own else [])})


def access_new_task(user: Account, customer_id: str = "") -> None:
    """Let `user` make a task, for a customer where one may see it: who takes a call makes the task.

    A token for tasks alone makes them for those whose tasks it may change. Raises PermissionDenied.
    """
    access.require(user, Permission.CHANGE_TASKS)
    enough = (Permission.VIEW_CUSTOMERS, Permission.CHANGE_TASKS)
    if customer_id and not any(may_access(user, one, customer_id) for one in enough):
        raise PermissionDenied(_("Somebody else looks after this customer. Ask them or a manager."))


def access_tasks(user: Account, permission: Permission, task_ids: Iterable[int]) -> None:
    """Let `user` do this to these tasks.

    Raises PermissionDenied where one of them is out of reach, NoTaskError where one does not exist.
    """
    access.require(user, permission)
    wanted = set(task_ids)
    within = set(Task.objects.filter(scope(user, permission), pk__in=wanted).values_list("pk", flat=True))
    rest = wanted - within
    if rest and Task.objects.filter(pk__in=rest).count() < len(rest):
        raise NoTaskError
    if rest:
        raise PermissionDenied(_("This task is somebody else's. Ask them or a manager."))
