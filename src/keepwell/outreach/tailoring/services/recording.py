"""Keep what was chosen for whom, in the transaction that queues the message."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime

from keepwell.outreach.tailoring.contracts import Choice
from keepwell.outreach.tailoring.models import ChoiceRow

BATCH = 1_000


def keep(*, chosen: Iterable[tuple[str, str, Choice]], now: datetime) -> int:
    """Keep (message, customer, choice) of each; one that is kept already stays as it was."""
    rows = [
        ChoiceRow(
            message_id=message_id,
            customer_id=customer_id,
            touchpoint=choice.touchpoint,
            segment_id=choice.segment_id,
            stage=str(choice.stage),
            why=str(choice.why),
            content=choice.template_code,
            passed=[list(one) for one in choice.passed],
            led=asdict(choice.led) if choice.led else {},
            at=now,
        )
        for message_id, customer_id, choice in chosen
    ]
    ChoiceRow.objects.bulk_create(rows, batch_size=BATCH, ignore_conflicts=True)
    return len(rows)
