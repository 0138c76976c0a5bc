"""Calls, visits and messages by hand ask the contact policy like everything else that reaches a customer."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from keepwell.outreach import core, intents
from keepwell.outreach.contracts import Outcome, TaskError
from keepwell.outreach.models import Task
from keepwell.outreach.policy import services as policy
from keepwell.outreach.policy.contracts import Verdict
from keepwell.outreach.services.stepping import step

# Outcomes after which the customer has heard from us, or could have.
TOOK_PLACE = frozenset(core.CONTACT_STATUS) - {Outcome.NOT_NEEDED, Outcome.WRONG_CONTACT}


def begin(*, task_id: int, actor: str, now: datetime) -> Verdict:
    """Ask whether the customer of a task may be contacted at this moment, and if so, count it as begun.

    Raises TaskError where there is no such task, it is over, or it reaches nobody.
    """
    with transaction.atomic():
        task = Task.objects.select_for_update().filter(pk=task_id).first()
        if task is None:
            raise TaskError(_("One of these tasks does not exist any more."))
        found = intents.of_tasks([task])
        if not found:
            raise TaskError(_("Nobody is contacted by this task."))
        verdict = policy.claim(intent=found[task.pk], actor=actor, now=now)
        if verdict:
            step(action="begin", task_ids=[task_id], actor=actor, now=now, changes=lambda _task: {})
    return verdict


def took_place(*, task_ids: Collection[int], actor: str, now: datetime) -> None:
    """Keep that the customers of these tasks were contacted, also where nobody had asked before."""
    found = intents.of_tasks(Task.objects.filter(pk__in=set(task_ids)).order_by("pk"))
    # Two tasks of one conversation are one contact.
    distinct = {intent.intent_id: intent for intent in found.values()}
    policy.note_many(intents=list(distinct.values()), actor=actor, now=now)
