"""Whether the customers of tasks may be contacted now."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from keepwell.outreach import core, intents
from keepwell.outreach.models import Task
from keepwell.outreach.policy import queries as policy
from keepwell.outreach.policy.contracts import ContactView, Decision, Verdict


@dataclass(frozen=True)
class Standing:
    """What the policy says of a task now; `begun` is the contact that was claimed for it already."""

    verdict: Verdict
    begun: ContactView | None = None


def standing(task_id: int, *, now: datetime) -> Standing | None:
    """What the policy says of one task; None where it reaches nobody or is over."""
    found = intents.of_tasks(Task.objects.filter(pk=task_id, status__in=core.ACTIVE))
    if not found:
        return None
    intent = found[task_id]
    known = policy.contact(intent.intent_id)
    begun = known is not None and known.decision is Decision.ALLOWED and known.taken_back_at is None
    return Standing(policy.ask(intent, now=now), known if begun else None)


def verdicts(task_ids: Collection[int], *, now: datetime) -> dict[int, Verdict]:
    """What the policy says of tasks that are still to be done, each by itself; others are left out."""
    found = intents.of_tasks(Task.objects.filter(pk__in=set(task_ids), status__in=core.ACTIVE))
    said = policy.ask_many(list({one.intent_id: one for one in found.values()}.values()), now=now)
    return {task_id: said[intent.intent_id] for task_id, intent in found.items()}
