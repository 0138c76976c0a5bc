"""The words of a journey's messages: chosen and filled in for each of many customers."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from keepwell.outreach.content import services as content
from keepwell.outreach.content.contracts import ContentError, Rendered


def words(
    template_code: str, customer_ids: Collection[str], *, now: datetime
) -> dict[str, Rendered | ContentError]:
    """The words for each customer, or why there are none."""
    found: dict[str, Rendered | ContentError] = {}
    for customer_id in customer_ids:
        try:
            found[customer_id] = content.render(template_code=template_code, customer_id=customer_id, now=now)
        except ContentError as error:
            found[customer_id] = error
    return found
