"""Tasks as the contact policy sees them: one conversation with a customer is one contact."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from keepwell.outreach import core
from keepwell.outreach.contracts import Kind
from keepwell.outreach.models import Task
from keepwell.outreach.policy import services as policy
from keepwell.outreach.policy.contracts import Intent

CHAIN_MAX = 50  # follow-ups of follow-ups; more are another conversation


def reaches(task: Task) -> bool:
    """Whether a customer is contacted by doing the task."""
    return bool(task.customer_id) and Kind(task.kind) in core.REACHING


def of_tasks(tasks: Iterable[Task]) -> dict[int, Intent]:
    """The intent of each task that reaches a customer, by task.

    Further tries and follow-ups carry the number of the task that began the conversation, so that a
    customer who was not reached, or who asked to be called back, is not one who has heard from us too often.
    """
    wanted = [task for task in tasks if reaches(task)]
    roots = _roots(wanted)
    return {
        task.pk: Intent(
            intent_id=f"task-{roots[task.pk]}",
            customer_id=task.customer_id,
            channel=task.channel or "phone",
            purpose=core.purpose(task.response, task.treatment),
            origin=f"task:{task.pk}",
            caring=task.treatment in (core.CARE, core.CARE_SERVICE),
        )
        for task in wanted
    }


def take_back(task: Task, *, decided_at: datetime, now: datetime) -> None:
    """Say that what was counted for `task` at `decided_at` did not take place."""
    mine = [intent.intent_id for intent in of_tasks([task]).values()]
    policy.take_back(intent_ids=mine, decided_at=decided_at, now=now)


def _roots(tasks: Iterable[Task]) -> dict[int, int]:
    """The task that began the conversation, by task."""
    roots = {task.pk: task.pk for task in tasks}
    open_ends = {task.pk: task.follows_id for task in tasks if task.follows_id}
    for _step in range(CHAIN_MAX):
        if not open_ends:
            break
        before = dict(Task.objects.filter(pk__in=set(open_ends.values())).values_list("pk", "follows_id"))
        roots.update(open_ends)
        open_ends = {
            pk: follows for pk, place in open_ends.items() if (follows := before.get(place)) is not None
        }
    return roots
