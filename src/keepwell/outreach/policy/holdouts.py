"""Who is kept aside from all marketing."""

from __future__ import annotations

from collections.abc import Collection

from keepwell.customers.identity import queries as identity
from keepwell.outreach.policy.contracts import HOLDOUT_SHARE, Holdout
from keepwell.outreach.policy.models import HoldoutPeriod
from keepwell.science.experiment import in_holdout

# What a holdout is kept from. Service goes on, and satisfaction must be asked of both to be compared.
BOUND = ("marketing",)


def present() -> Holdout:
    """The holdout that counts now; the usual one, which has not begun, before any."""
    newest = HoldoutPeriod.objects.first()
    return view(newest) if newest else Holdout(HOLDOUT_SHARE)


def view(row: HoldoutPeriod) -> Holdout:
    """The contract of a row."""
    return Holdout(row.share, row.started_at, row.ended_at, row.reason, row.actor)


def members(customer_ids: Collection[str]) -> set[str]:
    """Those of `customer_ids` who are kept aside now; who was merged goes with the surviving record."""
    share = present().share
    asked = list(customer_ids)
    if not asked or not share:
        return set()
    canonical = identity.canonical_ids(asked)
    chosen = in_holdout([canonical.get(number, number) for number in asked], share)
    return {number for number, aside in zip(asked, chosen, strict=True) if aside}
