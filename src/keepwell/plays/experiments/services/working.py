"""The worker's round."""

from __future__ import annotations

from datetime import datetime

from keepwell.plays.experiments.services import going, starting
from keepwell.plays.experiments.services.dispatching import Dispatched, dispatch
from keepwell.plays.experiments.services.following import follow


def work(*, now: datetime) -> dict[str, int]:
    """Deal out, contact, follow, end what is over; idempotent."""
    started = starting.work(now=now)
    ended = going.end_due(now=now)
    done: Dispatched = dispatch(now=now)
    return {
        "started": started,
        "ended": ended,
        "queued": done.queued,
        "withheld": done.withheld,
        "failed": done.failed,
        "moved": follow(now=now),
    }
