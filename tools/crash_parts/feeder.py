"""Records facts without end: new ones, the same again, and corrections, many in one transaction.

Says what it is about to record, and what was committed.
"""

from __future__ import annotations

import random
import time
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from companion import start

FACTS_PER_TRANSACTION = 40
PAUSE_SECONDS = 0.1
START = datetime(2026, 1, 1, tzinfo=UTC)


def main() -> None:
    """Record until told to stop."""
    say, go_on, (seed, prefix) = start()
    from django.db import transaction

    from keepwell.history import services

    rng = random.Random(int(seed))
    number = 0
    while go_on():
        batch = []
        for _ in range(FACTS_PER_TRANSACTION):
            again = number and rng.random() < 0.2
            chosen = rng.randrange(max(0, number - 200), number) if again else number
            number += not again
            batch.append((chosen, rng.choice((1, 1, 1, 2)) if again else 1))
        say(intended=batch)
        with transaction.atomic():
            for chosen, revision in batch:
                services.record(table="orders", fact=_order(prefix, chosen, revision), source="feeder")
        say(committed=batch)
        time.sleep(PAUSE_SECONDS)


def _order(prefix: str, number: int, revision: int) -> dict[str, object]:
    return {
        "order_id": f"{prefix}{number:07d}",
        "customer_id": f"{prefix}c{number % 97}",
        "ordered_at": START + timedelta(minutes=number),
        "amount": Decimal(revision),
        "currency": "CNY",
        "status": "paid",
    }


if __name__ == "__main__":
    main()
