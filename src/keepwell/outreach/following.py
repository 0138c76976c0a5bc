"""What happens to tasks when a customer changes hands, is merged with another, or is erased."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import TYPE_CHECKING, Any

from keepwell.customers import services as customers
from keepwell.customers.identity.services import register_merger
from keepwell.customers.privacy.services import register_eraser
from keepwell.foundation import clock
from keepwell.outreach import core, managers
from keepwell.outreach.contracts import Ending
from keepwell.outreach.models import Alert, Notification, Task
from keepwell.outreach.services.stepping import BULK_MAX, step

if TYPE_CHECKING:
    from keepwell.customers.privacy.contracts import Subject

ACTOR = "keepwell"


def register() -> None:
    """Listen to the room below; called once, when the app is ready."""
    customers.on_owner_change(hand_over)
    managers.register()
    register_eraser("outreach", forget, models=("outreach.Task", "outreach.Alert"))
    register_merger(name="outreach", merge=merge, split=split, models=("outreach.Task", "outreach.Alert"))


def hand_over(customer_ids: Collection[str], old: int | None, new: int | None, at: datetime) -> None:
    """Open tasks of the old owner, and those of nobody, go to the new one; the owner's delegations stay."""
    waiting = Task.objects.filter(customer_id__in=customer_ids, status__in=core.ACTIVE)
    ids = list(waiting.filter(assignee=old).order_by("pk").values_list("pk", flat=True))
    for start in range(0, len(ids), BULK_MAX):
        step(
            action="hand_over",
            task_ids=ids[start : start + BULK_MAX],
            actor=ACTOR,
            now=at,
            changes=lambda _task: {"assignee_id": new},
        )
    Alert.objects.filter(customer_id__in=customer_ids, ended_at=None).update(owner=new)


def forget(subject: Subject) -> dict[str, int]:
    """No task, no word and no notification of the person stays; warnings stay nameless in the statistics."""
    numbers = list(subject.customer_ids)
    gone, _rows = Task.objects.filter(customer_id__in=numbers).delete()
    told, _rows = Notification.objects.filter(data__customer__in=numbers).delete()
    mine = Alert.objects.filter(customer_id__in=numbers)
    mine.filter(ended_at=None).update(ending=Ending.GONE, ended_at=clock.now(), has_task=True)
    kept = mine.update(customer_id=subject.pseudonym, reasons=[])
    return {"tasks": gone, "notifications": told, "alerts": kept}


def merge(kept_id: str, merged_id: str, at: datetime) -> dict[str, Any]:
    """Tasks and warnings go over; where both are warned of, the merged one's episode ends."""
    tasks = _ids(Task.objects.filter(customer_id=merged_id))
    ended: list[int] = []
    open_now = Alert.objects.filter(customer_id=merged_id, ended_at=None)
    if Alert.objects.filter(customer_id=kept_id, ended_at=None).exists():
        ended = _ids(open_now)
        open_now.update(ending=Ending.GONE, ended_at=at)
    alerts = _ids(Alert.objects.filter(customer_id=merged_id))
    Task.objects.filter(pk__in=tasks).update(customer_id=kept_id)
    Alert.objects.filter(pk__in=alerts).update(customer_id=kept_id)
    return {"tasks": tasks, "alerts": alerts, "ended": ended}


def split(kept_id: str, merged_id: str, memo: dict[str, Any], at: datetime) -> None:
    """Give back what went over."""
    Task.objects.filter(pk__in=memo["tasks"], customer_id=kept_id).update(customer_id=merged_id)
    Alert.objects.filter(pk__in=memo["alerts"], customer_id=kept_id).update(customer_id=merged_id)
    Alert.objects.filter(pk__in=memo["ended"]).update(ending=Ending.OPEN, ended_at=None)


def _ids(rows: Any) -> list[int]:
    return list(rows.order_by("pk").values_list("pk", flat=True))
