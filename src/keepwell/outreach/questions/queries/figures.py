"""What departments got and answered, and how questions ended, in a period."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from statistics import median

from keepwell.outreach.questions import core
from keepwell.outreach.questions.contracts import Closing, Figures, QuestionFigures, Status, Stay
from keepwell.outreach.questions.models import FeedbackStep, Question

BEGINS = ("pass", "hand_on", "reopen")
ENDS = ("answer", "no_action", "hand_on")
WAITS = (Status.OPEN, Status.UNSATISFIED)
Step = tuple[int, str, datetime, int | None, datetime | None]


def figures(*, since: datetime, until: datetime, now: datetime) -> Figures:
    """Feedback that departments got, and questions that were opened, from `since` until before `until`.

    What became of them is as of `now`. Two statements, whatever the period.
    """
    fields = ("feedback_id", "action", "at", "team_id", "due_at")
    touched = FeedbackStep.objects.filter(at__gte=since, at__lt=until, action__in=BEGINS)
    steps = FeedbackStep.objects.filter(feedback__in=touched.values("feedback"), at__gte=since)
    found = [
        one
        for one in stays(steps.order_by("feedback_id", "number").values_list(*fields))
        if since <= one.got_at < until
    ]
    return Figures(core.departments(found, now), questions(since=since, until=until, now=now))


def stays(steps: Iterable[Step]) -> list[Stay]:
    """From when until when feedback was with which department, from the steps in their order."""
    done: list[Stay] = []
    here: dict[int, Stay] = {}
    for number, action, at, team_id, due_at in steps:
        if action in ENDS and number in here:
            done.append(_ended(here.pop(number), action, at))
        if action in BEGINS and due_at is not None:
            here[number] = Stay(team_id, at, due_at=due_at)
        elif action == "accept" and number in here:
            was = here[number]
            here[number] = Stay(was.team_id, was.got_at, accepted_at=at, due_at=was.due_at)
    return [*done, *here.values()]


def _ended(one: Stay, action: str, at: datetime) -> Stay:
    return Stay(one.team_id, one.got_at, one.accepted_at, at, action, one.due_at)


def questions(*, since: datetime, until: datetime, now: datetime) -> QuestionFigures:
    """Questions opened in a period, and where they stand now."""
    fields = ("status", "opened_at", "satisfied_at", "due_at", "rounds", "reason")
    rows = list(
        Question.objects.filter(opened_at__gte=since, opened_at__lt=until).order_by().values_list(*fields)
    )
    count: dict[str, int] = defaultdict(int)
    hours = []
    for status, opened_at, satisfied_at, due_at, rounds, reason in rows:
        is_settled = status == Status.SATISFIED or reason == Closing.SETTLED
        count["satisfied"] += is_settled
        count["waiting"] += status in WAITS
        count["answered"] += status == Status.ANSWERED
        count["unsatisfied"] += status == Status.UNSATISFIED
        count["closed_unsettled"] += status == Status.CLOSED and not is_settled
        count["overdue"] += status in core.GOING_ON and due_at is not None and due_at < now
        count["rounds_more"] += rounds > 1
        if is_settled and satisfied_at is not None:
            hours.append((satisfied_at - opened_at).total_seconds() / 3600)
    return QuestionFigures(opened=len(rows), median_hours=median(hours) if hours else None, **count)
