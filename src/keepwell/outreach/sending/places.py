"""Where messages go: the address that a channel needs, or the one that serves in its place."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from keepwell.customers.privacy import services as privacy
from keepwell.outreach.channels.contracts import ChannelContract

ACTOR = "keepwell"


def places(*, customer_ids: Collection[str], contract: ChannelContract, now: datetime) -> dict[str, str]:
    """Addresses by customer, in plain and on record; those without one are left out."""
    found = privacy.addresses_for(customer_ids=customer_ids, kind=contract.address, actor=ACTOR, now=now)
    missing = [one for one in customer_ids if one not in found] if contract.address_else else []
    if missing:
        found |= privacy.addresses_for(customer_ids=missing, kind=contract.address_else, actor=ACTOR, now=now)
    return found
