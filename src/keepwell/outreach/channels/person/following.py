"""What happens to errands when their tasks take a step, and when customers are erased.

When two customers become one they go over by themselves.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from keepwell.customers.privacy.services import register_eraser
from keepwell.outreach.channels.person import services
from keepwell.outreach.channels.person.models import Errand
from keepwell.outreach.services.stepping import on_task_step

if TYPE_CHECKING:
    from keepwell.customers.privacy.contracts import Subject


def register() -> None:
    """Listen to the rooms below; called once, when the app is ready."""
    on_task_step(services.follow)
    register_eraser("person", forget, models=("person.Errand",))


def forget(subject: Subject) -> dict[str, int]:
    """Nothing stays of what was done for the person's messages."""
    gone, _rows = Errand.objects.filter(customer_id__in=list(subject.customer_ids)).delete()
    return {"errands": gone}
