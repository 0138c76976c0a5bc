"""Take people off lists: what the platform has is noted as a removal, the rest is forgotten."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import orjson

from keepwell.foundation.rows import among
from keepwell.outreach.advertising.models import Audience, AudienceMember, Removal

KEPT = timedelta(days=30)  # what was handed out may be asked for again for so long


def take_off(rows: Sequence[AudienceMember], *, now: datetime) -> int:
    """Delete these places within the caller's transaction; how many removals are due from it."""
    due = [
        Removal(audience_id=row.audience_id, digests=row.digests, since=now)
        for row in rows
        if row.handed_at is not None
    ]
    Removal.objects.bulk_create(due, batch_size=1_000)
    AudienceMember.objects.filter(among("pk", [row.pk for row in rows])).delete()
    return len(due)


def settle(audience: Audience, *, now: datetime) -> dict[int, dict[str, str]]:
    """What the platform is to take out, by the number of the removal, within the caller's transaction.

    Who came back before the file of removals was taken is still there: they are on the list as handed over,
    so that they can be taken out again. An address that somebody shares who stays is not taken out.
    """
    removals = {one.pk: one for one in Removal.objects.filter(audience=audience)}
    if not removals:
        return {}
    members = list(AudienceMember.objects.filter(audience=audience))
    back = {one.digests: one for one in members if one.handed_at is None}
    handed: dict[datetime, list[int]] = {}
    gone = []
    for pk, one in removals.items():
        member = back.get(one.digests)
        if member is None:
            continue
        gone.append(pk)
        if one.handed_at is None:
            member.handed_at = one.since
            handed.setdefault(one.since, []).append(member.pk)
    for since, pks in handed.items():
        AudienceMember.objects.filter(among("pk", pks)).update(handed_at=since)
    stay = {value for one in members if one.handed_at is not None for value in parsed(one.digests).items()}
    found = {}
    for pk, one in removals.items():
        left = dict(value for value in parsed(one.digests).items() if value not in stay)
        if left and pk not in gone:
            found[pk] = left
    Removal.objects.filter(among("pk", [pk for pk in removals if pk not in found])).delete()
    return found


def forget_old(*, now: datetime) -> int:
    """Delete removals of all lists whose file was taken a month ago, of lists put away all; how many."""
    handed = Removal.objects.exclude(handed_at=None)
    old, _each = handed.filter(handed_at__lt=now - KEPT).delete()
    away, _each = handed.exclude(audience__archived_at=None).delete()
    return int(old + away)


def parsed(digests: str) -> Mapping[str, str]:
    """Digests by kind of address, as a row keeps them."""
    found: dict[str, str] = orjson.loads(digests)
    return found
