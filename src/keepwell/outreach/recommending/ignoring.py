"""What was recommended in vain: shown again and again, never clicked, never bought."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator
from datetime import datetime, timedelta

# Shown so often in so many days without a click, a product is not shown again for now.
VAIN_TIMES, VAIN_DAYS = 3, 60
CHUNK = 1_000


def shown_in_vain(customer_ids: Collection[str], at: datetime) -> Iterator[tuple[str, str]]:
    """Pairs of customer and product that went out three times or more in 60 days before `at`, unclicked.

    A purchase needs no look: what somebody has is shown again only where it is bought again, in its time.
    """
    from keepwell.outreach.recommending import reading
    from keepwell.outreach.sending.contracts import Status
    from keepwell.outreach.sending.models import MessageProduct

    listed = sorted(customer_ids)
    for start in range(0, len(listed), CHUNK):
        rows = reading.placed(
            MessageProduct.objects.filter(
                message__customer_id__in=listed[start : start + CHUNK],
                message__status=Status.SENT,
                message__finished_at__gt=at - timedelta(days=VAIN_DAYS),
                message__finished_at__lte=at,
            )
        )
        shown: dict[tuple[str, str], list[reading.Placed]] = defaultdict(list)
        for one in rows:
            shown[one.customer_id, one.product_id].append(one)
        often = {pair: found for pair, found in shown.items() if len(found) >= VAIN_TIMES}
        pressed = reading.clicked([one for found in often.values() for one in found])
        yield from (pair for pair, found in often.items() if not any(one.pk in pressed for one in found))
