"""Find what workers left behind that died, and say what became of each of their messages."""

from __future__ import annotations

from datetime import datetime

from keepwell.outreach.sending import journal
from keepwell.outreach.sending.contracts import Status
from keepwell.outreach.sending.models import Message
from keepwell.outreach.sending.services.recording import record


def recover(*, now: datetime) -> int:
    """Settle the messages of every dead worker of this machine; how many there were.

    Taken ones count as sent, never begun ones go back into the queue, and what may have been taken is of
    unknown fate: it is not repeated.
    """
    held = Message.objects.filter(status=Status.SENDING).values_list("lease", flat=True)
    found = 0
    for lease in sorted({*held.distinct(), *journal.leases()}):
        if not lease.startswith(journal.machine()):
            continue
        with journal.left_behind(lease) as left:
            if left is None:
                continue
            rows = list(Message.objects.filter(status=Status.SENDING, lease=lease))
            fates = {row.message_id: left.fate_of(row.message_id) for row in rows}
            replies = {name: reply for name, reply in fates.items() if reply is not None}
            record(rows, replies, lease=lease, now=now)
            found += len(rows)
    return found
