"""The worker's round."""

from __future__ import annotations

from datetime import datetime

from keepwell.plays.experiments.services import going, starting
from keepwell.plays.experiments.services.dispatching import Dispatched, dispatch
from keepwell.plays.experiments.services.following import follow


def work(*, now: datetime) -> dict[str, int]:
    """Contact, follow, end what is over, deal out; idempotent.

    Dealing out comes last, so that a play that cannot be dealt out holds up none that runs.
    """
    ended = going.end_due(now=now)
    done: Dispatched = dispatch(now=now)
    moved = follow(now=now)
    return {
        "ended": ended,
        "queued": done.queued,
        "withheld": done.withheld,
        "failed": done.failed,
        "moved": moved,
        "started": starting.work(now=now),
    }
