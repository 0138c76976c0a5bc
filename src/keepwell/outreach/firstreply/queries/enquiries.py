"""What was written in the enquiry that a colleague's task is about."""

from __future__ import annotations

from keepwell.outreach.firstreply.models import EnquiryLine
from keepwell.outreach.sending.contracts import Written


def written(customer_id: str, task_id: int) -> list[Written]:
    """What the customer wrote whom a task is to answer, the newest first; nothing for another task.

    These are somebody's own words: whoever shows them says in the audit who looked.
    """
    rows = EnquiryLine.objects.filter(enquiry__customer_id=customer_id, enquiry__task_id=task_id)
    found = rows.select_related("enquiry").order_by("-at", "-pk")
    return [Written(row.enquiry.channel, row.at, row.text) for row in found if row.text]
