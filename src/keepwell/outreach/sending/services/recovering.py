"""Find what workers left behind that died, and say what became of each of their messages."""

from __future__ import annotations

from datetime import datetime, timedelta

from keepwell.outreach.sending import journal
from keepwell.outreach.sending.contracts import Status
from keepwell.outreach.sending.models import Message
from keepwell.outreach.sending.services.recording import record

# Longer than any worker holds its messages: a minute, and the last of them timing out several times.
LONGEST = timedelta(hours=6)


def recover(*, now: datetime) -> int:
    """Settle the messages of every worker that has died; how many there were.

    Taken ones count as sent, never begun ones go back into the queue, and what may have been taken is of
    unknown fate: it is not repeated.
    """
    found = 0
    for lease in left(now=now):
        with journal.left_behind(lease) as said:
            if said is None:
                continue
            rows = list(Message.objects.filter(status=Status.SENDING, lease=lease))
            fates = {row.message_id: said.fate_of(row.message_id) for row in rows}
            replies = {name: reply for name, reply in fates.items() if reply is not None}
            record(rows, replies, lease=lease, now=now)
            found += len(rows)
    return found


def left(*, now: datetime) -> list[str]:
    """The leases of workers that have died, as far as can be told from here.

    A journal that lies here says it by its lock, whatever the machine was called that wrote it: containers
    change their names. One that does not lie here belongs to another machine, and nobody works that long.
    """
    here = set(journal.leases())
    held = Message.objects.filter(status=Status.SENDING).order_by()
    elsewhere = held.exclude(lease__in=here).filter(begun_at__lte=now - LONGEST)
    dead = {lease for lease in here if journal.is_dead(lease)}
    return sorted(dead | set(elsewhere.values_list("lease", flat=True).distinct()))
