"""What can be done with controls: deal, give a control up, and drop a lot that came to nothing."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from keepwell.customers.identity import queries as identity
from keepwell.outreach.controls import queries
from keepwell.outreach.controls.contracts import CONTROL_SHARE_MAX, Side
from keepwell.outreach.controls.models import Dealt, Lot

FIELDS = 8  # of a row: keeps a statement within what databases take


def deal(
    *, origin: str, share: float, people: Mapping[str, datetime], now: datetime, version: int = 0
) -> dict[str, Side]:
    """The side of each; who is dealt for the first time is kept with time, probability and `version`.

    `people` maps customers to when their days begin. Who was dealt before keeps their side, whatever the
    share is now, also when they are told again. Whom all marketing leaves alone is not dealt, and not named.
    Call it in the transaction of whatever the lot decides. Raises ValueError for a share outside 0 to 0.5.
    """
    if not 0 <= share <= CONTROL_SHARE_MAX:
        raise ValueError(f"share must be from 0 to {CONTROL_SHARE_MAX}: {share}")
    if not share or not people:
        return {}
    with transaction.atomic():
        lot = _lot(origin, share, now)
        found = queries.sides(origin, share, list(people))
        canonical = identity.canonical_ids(people)
        fresh = {canonical.get(one, one): (one, side) for one, side in found.items() if side.is_new}
        rows = [
            Dealt(
                lot=lot,
                customer_id=number,
                is_control=side.is_control,
                probability=side.probability,
                version=version,
                entered_at=people[asked],
                dealt_at=now,
            )
            for number, (asked, side) in sorted(fresh.items())
        ]
        # Who deals the same at once comes to the same sides.
        Dealt.objects.bulk_create(rows, ignore_conflicts=True, batch_size=32_000 // FIELDS)
    return found


def give_up(*, origin: str, now: datetime) -> bool:
    """Keep nobody back any more: what is measured ends now. False where nobody was kept."""
    return bool(Lot.objects.filter(origin=origin, ended_at=None).update(ended_at=now))


def drop(*, origin: str) -> None:
    """Forget the lot that deals now: nobody got anything, so that both sides are one."""
    Lot.objects.filter(origin=origin, ended_at=None).delete()


def _lot(origin: str, share: float, now: datetime) -> Lot:
    row = Lot.objects.filter(origin=origin, ended_at=None).first()
    if row is None:
        number = queries.next_number(origin)
        row, _made = Lot.objects.get_or_create(
            origin=origin, number=number, defaults={"share": share, "began_at": now}
        )
    elif row.share != share:
        row.share = share
        row.save(update_fields=["share"])
    return row
