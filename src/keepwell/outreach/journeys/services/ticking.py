"""Move whoever is due: in chunks, each in one transaction with all that it does.

A worker that dies leaves a chunk as it was before, messages and tasks included; the next one does it again
under the same names. Two workers take different people (rows are locked, those that are locked are skipped).
"""

from __future__ import annotations

import logging
from collections import Counter, defaultdict, deque
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef

from keepwell.outreach.journeys import facts, rows, versions
from keepwell.outreach.journeys.contracts import RUNNING, Worked
from keepwell.outreach.journeys.core.walking import Walker, walk
from keepwell.outreach.journeys.models import Journey, JourneyVersion, Traveller
from keepwell.outreach.journeys.services.living import Living

log = logging.getLogger("keepwell.journeys")

CHUNK = 5_000
LIMIT = 100_000
STALLED = timedelta(minutes=1)


def tick(*, now: datetime, limit: int = LIMIT, chunk: int = CHUNK) -> Worked:
    """Move up to `limit` due travellers; journeys take turns, chunk by chunk.

    A journey that cannot go on says why and rests for a minute; the others go on.
    """
    # `stalled_until` of a journey that never stalled is null, and not later than now.
    running = Journey.objects.filter(status__in=RUNNING).exclude(stalled_until__gt=now)
    waiting = Traveller.objects.filter(journey=OuterRef("pk"), wake_at__lte=now)
    turns = deque(running.filter(Exists(waiting)).order_by("pk").values_list("pk", flat=True))
    codes = facts.Codes()
    moved = failed = 0
    while turns and moved < limit:
        journey_id = turns.popleft()
        size = min(chunk, limit - moved)
        try:
            done = _chunk(journey_id, size, now, codes)
        except Exception as error:
            log.exception("journey %s cannot go on", journey_id)
            Journey.objects.filter(pk=journey_id).update(
                error=f"{type(error).__name__}: {error}"[:300], stalled_until=now + STALLED
            )
            failed += 1
            continue
        moved += done
        if done:
            turns.append(journey_id)
    return Worked(moved=moved, failed=failed)


def _chunk(journey_id: int, size: int, now: datetime, codes: facts.Codes) -> int:
    with transaction.atomic():
        due = Traveller.objects.filter(journey=journey_id, wake_at__lte=now).order_by("wake_at", "id")
        taken = list(due.select_for_update(skip_locked=True, of=("self",)).values_list(*rows.READ)[:size])
        # Asked with the travellers in hand: whoever pauses or stops a journey waits for those, and what is
        # paused while others have their turn moves nobody.
        if not taken or not Journey.objects.filter(pk=journey_id, status__in=RUNNING).exists():
            return 0
        together: dict[int, list[Walker]] = defaultdict(list)
        for version_id, walker in rows.walkers(taken, now=now):
            together[version_id].append(walker)
        tallies: list[tuple[int, Counter[tuple[str, str]]]] = []
        for version in JourneyVersion.objects.filter(pk__in=together).order_by("pk"):
            definition = versions.definition(version)
            world = Living(journey_id, version.pk, now=now, codes=codes, start=definition.start)
            tallies.append((version.pk, walk(definition, together[version.pk], world)))
        rows.store([walker for group in together.values() for walker in group], now=now)
        rows.count(tallies)
    return len(taken)
