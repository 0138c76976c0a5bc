"""When a message goes that waits for the hour that suits its customer."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from keepwell.customers import queries as customers
from keepwell.outreach.policy import queries as policy
from keepwell.outreach.policy import zones
from keepwell.outreach.policy.contracts import PROMOTIONAL, Intent
from keepwell.outreach.policy.planning import at_hour
from keepwell.outreach.replying import hours
from keepwell.outreach.replying.contracts import Favourite


@dataclass(frozen=True)
class Timed:
    """When a message goes, and by whose habit; no hour where it is not planned for one."""

    at: datetime
    favourite: Favourite | None = None


def best_times(
    customer_ids: Collection[str],
    *,
    purpose: str,
    start: datetime,
    until: Mapping[str, datetime | None],
    now: datetime,
) -> dict[str, Timed]:
    """When each customer's message goes, within the day after `start` and not after their `until`.

    Never in the quiet hours, whatever the habit. Messages of service are not kept waiting: they go at
    `start`.
    """
    if purpose not in PROMOTIONAL:
        return {one: Timed(start) for one in customer_ids}
    rules, places = policy.rules(), customers.whereabouts(customer_ids)
    known = hours.favourites(customer_ids, now=now)
    intent = Intent("", "", "", purpose)
    return {
        one: Timed(
            at_hour(
                known[one].hours,
                start=start,
                until=until.get(one),
                zones=zones.zones_of(*places.get(one, ("", "")), rules.time_zone),
                rules=rules,
                intent=intent,
            ),
            known[one],
        )
        for one in customer_ids
    }
