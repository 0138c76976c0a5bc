"""Who leads whom: told where something waits for too long."""

from __future__ import annotations

from keepwell.accounts import queries as people
from keepwell.accounts.contracts import Permission
from keepwell.customers.access import may_access
from keepwell.outreach import users


def lead_of(*, owner_id: int | None, team_id: int | None, customer_id: str) -> int | None:
    """Who leads the owner, else the department: active, able to do tasks for this customer; or None."""
    workers = users.workers()
    owner = workers.get(owner_id or 0)
    found = {one.team_id: one.leader_id for one in people.teams()}
    for team in (owner.team_id if owner else None, team_id):
        leader = workers.get(found.get(team or 0) or 0)
        is_other = leader is not None and leader.pk != owner_id
        if leader and is_other and may_access(leader, Permission.VIEW_CUSTOMERS, customer_id):
            return int(leader.pk)
    return None
