"""What the worker does: passes on what waits, and tells whoever leads of what is overdue."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from keepwell.accounts import queries as people
from keepwell.outreach import leads, users
from keepwell.outreach.contracts import Kind, Notice
from keepwell.outreach.groups import services as groups
from keepwell.outreach.questions import core
from keepwell.outreach.questions.contracts import Inbound, Origin, Routing, RoutingVersion, State
from keepwell.outreach.questions.models import GOING_ON, Feedback, Question
from keepwell.outreach.questions.queries import routing as rules
from keepwell.outreach.questions.services import asking, passing
from keepwell.outreach.questions.services.notices import tell_passed
from keepwell.outreach.questions.services.routing import heeded
from keepwell.outreach.questions.services.stepping import write, write_feedback
from keepwell.outreach.services import tasks
from keepwell.outreach.services.notices import tell

ACTOR = "keepwell"
AT_ONCE = 200
WRITTEN = (Origin.MESSAGE, Origin.EMAIL)
CLOCKS_APART = timedelta(minutes=5)


def work(*, now: datetime) -> dict[str, int]:
    """Pass on what waits and escalate what is overdue; each is done once, whoever dies in between."""
    return {"passed": pass_on(now=now), "escalated": escalate(now=now)}


def pass_on(*, now: datetime, limit: int = AT_ONCE) -> int:
    """Give what waits to its department, each in its own transaction; how many. Nothing while off."""
    version = rules.active()
    if version is None:
        return 0
    waiting = list(Feedback.objects.filter(state=State.WAITING).order_by("pk")[:limit])
    # Rules are asked before any row is locked: what customers bought is read from the lake.
    known = heeded(version.routing, [(one.customer_id, _inbound(one)) for one in waiting])
    there = (frozenset(users.teams()), frozenset(users.workers())) if waiting else (frozenset(), frozenset())
    done = 0
    for row, one in zip(waiting, known, strict=True):
        place = core.first(version.routing.rules, one)
        done += _pass(row.pk, version, place, _whose(version.routing, place, *there), now)
    return done


def is_somebodys(customer_id: str, at: datetime) -> bool:
    """Whether what a customer wrote at that instant is a department's already, or will be in a moment.

    Clocks of providers that go a little before ours make no difference.
    """
    mine = Feedback.objects.filter(customer_id=customer_id, origin__in=WRITTEN)
    written = mine.filter(at__gte=at, at__lt=at + CLOCKS_APART)
    row = written.exclude(state=State.NOBODY).first()
    if row is None:
        return False
    version = rules.active()
    if row.state != State.WAITING or version is None:
        return row.state != State.WAITING
    (one,) = heeded(version.routing, [(row.customer_id, _inbound(row))])
    there = frozenset(users.teams()), frozenset(users.workers())
    return any(
        who is not None for who in _whose(version.routing, core.first(version.routing.rules, one), *there)
    )


def _inbound(row: Feedback) -> Inbound:
    return Inbound(row.key, row.origin, row.customer_id, row.at, row.channel, row.topic, row.text)


def _pass(
    feedback_id: int,
    version: RoutingVersion,
    place: int | None,
    whose: tuple[int | None, int | None],
    now: datetime,
) -> bool:
    with transaction.atomic():
        waiting = Feedback.objects.select_for_update(of=("self",)).filter(pk=feedback_id, state=State.WAITING)
        row = waiting.first()
        if row is None:
            return False  # another worker was faster
        rule = version.routing.rules[place] if place is not None else None
        row.version, row.rule = version.version, rule.name if rule else ""
        row.team_id, row.owner_id = whose
        if row.team_id is None and row.owner_id is None:
            row.state = State.NOBODY
            write_feedback(row, "pass", actor=ACTOR, now=now)
            return False
        row.importance = rule.importance if rule else row.importance
        row.state, row.passed_at = State.PASSED, now
        row.due_at = asking.due_of(row.importance, row.channel, now, customer_id=row.customer_id)
        write_feedback(row, "pass", actor=ACTOR, now=now)
        if rule is not None and rule.follow_up:
            passing.follow_up_locked(row, actor=ACTOR, now=now)
        tell_passed(row, tells_groups=rule is not None and rule.tell, now=now)
        return True


def _whose(
    routing: Routing, place: int | None, teams: frozenset[int], workers: frozenset[int]
) -> tuple[int | None, int | None]:
    """Department and owner as the rule says; those who are there no more are left out."""
    rule = routing.rules[place] if place is not None else None
    team = rule.team_id if rule else routing.fallback_team_id
    owner = rule.owner_id if rule else routing.fallback_owner_id
    return team if team in teams else None, owner if owner in workers else None


def escalate(*, now: datetime, limit: int = AT_ONCE) -> int:
    """Tell the owner's lead of each overdue question, once for each due date; how many."""
    overdue = Question.objects.filter(GOING_ON, due_at__lt=now, escalated_at=None)
    numbers = list(overdue.order_by("due_at", "pk").values_list("pk", flat=True)[:limit])
    return sum(_escalate(number, now) for number in numbers)


def _escalate(question_id: int, now: datetime) -> bool:
    with transaction.atomic():
        row = (
            Question.objects.select_for_update(of=("self",))
            .filter(GOING_ON, pk=question_id, due_at__lt=now, escalated_at=None)
            .first()
        )
        if row is None or row.due_at is None:
            return False
        lead = leads.lead_of(owner_id=row.owner_id, team_id=row.team_id, customer_id=row.customer_id)
        row.escalated_at = now
        key = f"question:{row.pk}:overdue:{row.due_at.isoformat()}"
        reader = people.user(lead) if lead is not None else None
        with translation.override((reader.language if reader else "") or settings.LANGUAGE_CODE):
            title = _("Question %(number)s of a customer is overdue: see to it") % {"number": row.pk}
        task = tasks.create(
            asked=True,
            kind=Kind.OTHER,
            customer_id=row.customer_id,
            title=title,
            assignee_id=lead,
            team_id=row.team_id,
            due_at=now,
            idempotency_key=key,
            actor=ACTOR,
            now=now,
            tell=False,
        )
        data = {"lead": str(lead or "")}
        write(row, "escalate", actor=ACTOR, now=now, task_id=task.task_id, data=data)
        notice = {"what": "overdue", "question": row.pk, "customer": row.customer_id}
        if lead is not None:
            tell(user_id=lead, kind=Notice.QUESTION, key=key, data=notice, now=now)
        else:
            groups.tell(kind=Notice.QUESTION, key=key, data=notice, user_id=None, now=now)
    return True
