"""What can be asked of controls; no writes."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

import numpy as np
from django.db.models import Count

from keepwell.customers.identity import queries as identity
from keepwell.outreach.controls import core
from keepwell.outreach.controls.contracts import Counted, LotView, Side, Units
from keepwell.outreach.controls.models import Dealt, Lot
from keepwell.outreach.policy import queries as policy

CHUNK = 20_000


def lots(origin: str = "") -> list[LotView]:
    """The lots of one journey or mailing, or of all; the newest of each first."""
    rows = Lot.objects.filter(origin=origin) if origin else Lot.objects.all()
    return [view(row) for row in rows]


def view(row: Lot) -> LotView:
    """A lot as a value."""
    return LotView(row.pk, row.origin, row.number, row.share, row.began_at, row.ended_at)


def present(origin: str) -> LotView | None:
    """The lot that deals now; None where there is none."""
    row = Lot.objects.filter(origin=origin, ended_at=None).first()
    return view(row) if row else None


def sides(origin: str, share: float, customer_ids: Collection[str]) -> dict[str, Side]:
    """The side of each, as it was dealt or as it would be now with this share; numbers as they were given.

    Whom all marketing leaves alone is on neither side, and not named; with a share of 0 nobody is.
    """
    if not share or not customer_ids:
        return {}
    canonical = identity.canonical_ids(customer_ids)
    persons = {one: canonical.get(one, one) for one in customer_ids}
    lot = present(origin)
    found: dict[str, Side] = {}
    if lot is not None:
        rows = Dealt.objects.filter(lot=lot.lot_id, customer_id__in=set(persons.values()))
        for person, is_control, probability in rows.values_list("customer_id", "is_control", "probability"):
            found[person] = Side(is_control, probability)
    fresh = [one for one in dict.fromkeys(persons.values()) if one not in found]
    aside = policy.held_out(fresh)
    number = lot.number if lot else next_number(origin)
    drawn = core.draw([one for one in fresh if one not in aside], share, salt=core.salt(origin, number))
    found |= {one: Side(*pair, is_new=True) for one, pair in drawn.items()}
    return {asked: found[person] for asked, person in persons.items() if person in found}


def next_number(origin: str) -> int:
    """The number that the next lot of a journey or mailing has."""
    newest = Lot.objects.filter(origin=origin).order_by("-number").values_list("number", flat=True).first()
    return (newest or 0) + 1


def counts(origin: str) -> Counted:
    """How many the newest lot has dealt to each side."""
    newest = Lot.objects.filter(origin=origin).first()
    if newest is None:
        return Counted()
    rows = newest.dealt.order_by().values_list("is_control").annotate(Count("pk"))
    by_side = dict(rows)
    return Counted(by_side.get(False, 0), by_side.get(True, 0))


def units(lot_id: int) -> Units:
    """Everybody dealt in a lot whom a comparison counts."""
    rows = Dealt.objects.filter(lot=lot_id, left_out=False).order_by("customer_id")
    columns = ("customer_id", "is_control", "probability", "entered_at", "version")
    listed = list(rows.values_list(*columns).iterator(chunk_size=CHUNK))
    return Units(
        customer_id=tuple(row[0] for row in listed),
        is_control=np.array([row[1] for row in listed], dtype=bool),
        probability=np.array([row[2] for row in listed], dtype=np.float64),
        entered=np.array([row[3].timestamp() for row in listed], dtype=np.float64),
        version=np.array([row[4] for row in listed], dtype=np.int64),
    )


def any_entered(lot_id: int, *, by: datetime) -> bool:
    """Whether the days of somebody whom a comparison counts had begun by then."""
    return Dealt.objects.filter(lot=lot_id, left_out=False, entered_at__lte=by).exists()


def dealt_since(lot_id: int, at: datetime) -> bool:
    """Whether the lot was drawn for somebody after `at`."""
    return Dealt.objects.filter(lot=lot_id, dealt_at__gt=at).exists()


def entered(customer_ids: Collection[str]) -> list[tuple[str, int, float]]:
    """(customer, lot, second since 1970) of every lot that has dealt one of these."""
    listed, asked = [], sorted(customer_ids)
    for start in range(0, len(asked), CHUNK):
        rows = Dealt.objects.filter(customer_id__in=asked[start : start + CHUNK], left_out=False)
        listed += [
            (one, lot, at.timestamp())
            for one, lot, at in rows.values_list("customer_id", "lot_id", "entered_at")
        ]
    return listed
