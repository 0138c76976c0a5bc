"""What is not kept for ever."""

from __future__ import annotations

from datetime import datetime, timedelta

from keepwell.integrations.models import DeadLetter
from keepwell.integrations.services import delivering, receiving

LETTERS_KEPT = timedelta(days=90)


def tidy(*, now: datetime) -> int:
    """Forget old message ids, settled deliveries and refused messages; returns how many."""
    letters = DeadLetter.objects.filter(received_at__lt=now - LETTERS_KEPT).delete()[0]
    return receiving.tidy(now=now) + delivering.tidy(now=now) + letters
