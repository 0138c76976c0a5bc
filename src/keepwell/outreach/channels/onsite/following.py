"""What happens to showings when customers are erased; they go over by themselves when two become one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from keepwell.customers.privacy.services import register_eraser
from keepwell.outreach.channels.onsite.models import Showing

if TYPE_CHECKING:
    from keepwell.customers.privacy.contracts import Subject


def register() -> None:
    """Listen to the room below; called once, when the app is ready."""
    register_eraser("onsite", forget, models=("onsite.Showing",))


def forget(subject: Subject) -> dict[str, int]:
    """Nothing stays of what the person was shown."""
    gone, _rows = Showing.objects.filter(customer_id__in=list(subject.customer_ids)).delete()
    return {"showings": gone}
