"""Tasks of journeys: whose they are, what they say, and which groups of colleagues hear of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.conf import settings

from keepwell.customers import queries as customers
from keepwell.outreach import users
from keepwell.outreach.contracts import TaskView
from keepwell.outreach.groups import services as groups
from keepwell.outreach.groups.contracts import JOURNEY_TASK
from keepwell.outreach.journeys.core.graph import Task


def owners(task: Task, customer_ids: Sequence[str], workers: Mapping[int, Any]) -> Mapping[str, int]:
    """Who is to do it; customers of nobody, and of somebody who cannot, are left to the queue."""
    if task.owner == "owner":
        found = customers.owners_of(customer_ids)
        return {customer: user for customer, user in found.items() if user in workers}
    user = users.by_username(task.owner) if task.owner != "queue" else None
    return dict.fromkeys(customer_ids, user.pk) if user is not None and user.pk in workers else {}


def title(task: Task, language: str) -> str:
    """The words in the language of whoever does it, else in the installation's, else the first."""
    words = dict(task.words)
    return words.get(language) or words.get(settings.LANGUAGE_CODE) or next(iter(words.values()), "")


def tell_groups(made: TaskView, now: datetime) -> None:
    """Groups of colleagues that want to hear of the tasks that journeys make."""
    groups.tell(
        kind=JOURNEY_TASK,
        key=str(made.task_id),
        data={"task": made.task_id, "kind": made.kind, "customer": made.customer_id},
        user_id=made.assignee_id,
        now=now,
    )
