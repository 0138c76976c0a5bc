"""Work the stages of all customers out, and count who is in which cell of every plan."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from keepwell.customers import queries as customers
from keepwell.insight.segments import queries as segments
from keepwell.outreach.tailoring import plans, queries, stages
from keepwell.outreach.tailoring.contracts import Counted, Stage
from keepwell.outreach.tailoring.models import BuyingRow, BuyingRun, PlanGroup


def work(*, now: datetime) -> dict[str, int]:
    """Stages first, then who is in which cell of the plans there are."""
    told = work_out(now=now)
    for touchpoint in PlanGroup.objects.order_by().values_list("touchpoint", flat=True).distinct():
        count(touchpoint=touchpoint, now=now)
    return dict(told.stages)


def work_out(*, now: datetime) -> Counted:
    """Work out anew how far everybody is; only those who are at a stage are kept."""
    for part in stages.every(now=now):
        rows = [BuyingRow(customer_id=one, stage=str(part[one].stage), made_at=now) for one in sorted(part)]
        BuyingRow.objects.bulk_create(
            rows, update_conflicts=True, unique_fields=["customer_id"], update_fields=["stage", "made_at"]
        )
    with transaction.atomic():
        BuyingRow.objects.exclude(made_at=now).delete()
        BuyingRun.objects.update_or_create(pk=1, defaults={"made_at": now})
    return queries.counted()


def count(*, touchpoint: str, now: datetime) -> None:
    """Count the people of each group of a plan by stage; whoever is in two belongs to the first."""
    rows = plans.groups(touchpoint)
    known = dict(BuyingRow.objects.values_list("customer_id", "stage").iterator(chunk_size=20_000))
    taken: set[str] = set()
    for row in rows:
        if row.segment_id is not None:
            mine = set(segments.member_ids(row.segment_id)) - taken
            row.people = _staged(Counter(known[one] for one in mine if one in known), len(mine))
            taken |= mine
        else:
            staged = Counter(stage for one, stage in known.items() if one not in taken)
            row.people = _staged(staged, max(customers.count() - len(taken), 0))
        row.counted_at = now
    PlanGroup.objects.bulk_update(rows, ["people", "counted_at"])


def _staged(counted: Mapping[str, int], size: int) -> dict[str, int]:
    at = {str(stage): counted.get(stage, 0) for stage in Stage if stage is not Stage.NONE}
    return {str(Stage.NONE): max(size - sum(at.values()), 0), **at}
