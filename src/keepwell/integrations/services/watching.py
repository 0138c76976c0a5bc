"""Events that are found by looking: finished cycles and imports."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice

from django.db import transaction

from keepwell.insight import queries as insight
from keepwell.insight.contracts import CycleView, ScoreFilter
from keepwell.intake import queries as intake
from keepwell.integrations import queries
from keepwell.integrations.contracts import EventType
from keepwell.integrations.models import Watermark
from keepwell.integrations.webhooks import events
from keepwell.integrations.webhooks.events import Event

CYCLE = "cycle"
CHUNK = 1_000
IMPORTS_BACK = timedelta(days=1)


def watch(*, now: datetime) -> int:
    """Tell of who is newly at risk since the cycle told of before, and of imports that ended.

    Each once; safe to be cut off anywhere. Returns the deliveries made.
    """
    wanted = queries.event_types_wanted()
    made = _at_risk(now, asked=EventType.SCORE_AT_RISK in wanted)
    if EventType.IMPORT_FINISHED in wanted:
        made += events.publish(_imports(now), now=now)
    return made


def _at_risk(now: datetime, *, asked: bool) -> int:
    cycle = insight.current_cycle()
    told = Watermark.objects.filter(pk=CYCLE).values_list("value", flat=True).first()
    if cycle is None or told == cycle.cycle_id:
        return 0
    made = 0
    if asked and told is not None:
        found = _newly_at_risk(cycle)
        while chunk := list(islice(found, CHUNK)):
            with transaction.atomic():
                made += events.publish(chunk, now=now)
    Watermark.objects.update_or_create(pk=CYCLE, defaults={"value": cycle.cycle_id})
    return made


def _newly_at_risk(cycle: CycleView) -> Iterator[Event]:
    for score in insight.iter_scores(ScoreFilter(statuses=("at_risk",)), order_by="customer_id"):
        if score.previous_status == "at_risk" or score.cycle_id != cycle.cycle_id:
            continue
        data = {
            "customer_id": score.customer_id,
            "cycle_id": score.cycle_id,
            "churn_risk": score.churn_risk,
            "risk_level": score.risk_level,
            "tier": score.tier,
            "expected_loss": score.expected_loss,
            "currency": score.currency,
            "reasons": [reason.code for reason in score.reasons],
            "action": score.action,
        }
        key = f"{score.cycle_id}\0{score.customer_id}"
        yield Event(EventType.SCORE_AT_RISK, key, score.customer_id, cycle.as_of, data)


def _imports(now: datetime) -> Iterator[Event]:
    for one in intake.recent_imports():
        ended = one.finished_at
        if ended is None or one.status not in ("done", "failed") or ended < now - IMPORTS_BACK:
            continue
        data = {
            "import_id": one.batch_id,
            "status": one.status,
            "source": one.source,
            "tables": {name: dict(counts) for name, counts in one.counts.items()},
        }
        yield Event(EventType.IMPORT_FINISHED, one.batch_id, "", ended, data, known_at=ended)
