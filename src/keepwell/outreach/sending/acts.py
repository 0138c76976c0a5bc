"""What people did with messages, kept with each as one number: a bit for each of `PERSONS`.

The receipts say it; counting them for a hundred thousand messages takes many times as long as reading these.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable

from keepwell.foundation.rows import among
from keepwell.outreach.sending.models import PERSONS, Message, ReceiptRow

BITS = {kind: 1 << place for place, kind in enumerate(PERSONS)}


def bits(kinds: Iterable[str]) -> int:
    """The number that says that people did these; what no person does counts for nothing.

    >>> bits(["opened", "complained", "delivered"])
    17
    """
    found = 0
    for kind in kinds:
        found |= BITS.get(kind, 0)
    return found


def told(message_pks: Collection[int]) -> dict[int, int]:
    """The number of each message, counted anew from its receipts; without any it is left out."""
    rows = ReceiptRow.objects.filter(among("message_id", message_pks), by_machine=False, kind__in=PERSONS)
    found: dict[int, int] = defaultdict(int)
    for number, kind in rows.order_by().values_list("message_id", "kind"):
        found[number] |= BITS[kind]
    return dict(found)


def refresh(row: Message) -> None:
    """Keep with a message, which the caller has locked, what its receipts say now."""
    present = told([row.pk]).get(row.pk, 0)
    if present != row.acts:
        row.acts = present
        row.save(update_fields=["acts"])
