"""The step "segments" of a cycle: a new store, every segment worked out from it."""

from __future__ import annotations

from keepwell.foundation import clock
from keepwell.insight.cycle.work import Work
from keepwell.insight.segments import membership, store
from keepwell.insight.segments.models import Segment

SCORES = "scores.parquet"
PLAN = "plan.parquet"


def run(work: Work) -> tuple[int, str]:
    """Make the store and bring all memberships up to date; returns how many members there are."""
    # What happens from here on is looked at again one by one.
    at = clock.now()
    plan = work.path(PLAN)
    built = store.build(
        at=at,
        cycle_id=work.row.cycle_id,
        as_of=work.as_of if work.row.as_of_given else None,
        scores=work.path(SCORES),
        plan=plan if plan.exists() else None,
        progress=lambda share: work.report(share / 2, 0),
    )
    members = membership.evaluate_all(built=built, cycle_id=work.row.cycle_id, at=work.as_of)
    count = Segment.objects.filter(archived_at=None).count()
    return members, f"{count} segments"
