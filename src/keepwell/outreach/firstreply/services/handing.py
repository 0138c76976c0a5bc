"""To people: one piece of work for each enquiry, with the department that routing names or with the owner."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from keepwell.customers import queries as customers
from keepwell.customers.labels import CHANNEL
from keepwell.outreach import core as outreach
from keepwell.outreach import leads, users
from keepwell.outreach.contracts import Kind, Notice, Outcome, Response
from keepwell.outreach.firstreply import core, texts, ways
from keepwell.outreach.firstreply.contracts import Cause, Rules, Stage
from keepwell.outreach.firstreply.models import Enquiry, EnquiryLine
from keepwell.outreach.groups import services as groups
from keepwell.outreach.queries import tasks as task_queries
from keepwell.outreach.questions import services as questions
from keepwell.outreach.questions.contracts import Inbound, State
from keepwell.outreach.questions.queries import feedback, routing
from keepwell.outreach.replying import queries as standards
from keepwell.outreach.services import tasks
from keepwell.outreach.services.notices import tell
from keepwell.outreach.vip import queries as vip

ACTOR = "keepwell"


def hand_over(row: Enquiry, lines: Sequence[EnquiryLine], cause: Cause, rules: Rules, now: datetime) -> None:
    """Give an enquiry to people, in the caller's transaction, who keeps the row.

    Where rules of routing are on they say which department gets it; else, or where it is nobody's by them, it
    is a task of whoever looks after the customer. Due by the reply-time standard of the channel, or that of
    VIP customers where they are one and it is sooner.
    """
    standard, own = standards.standards().get(row.channel), vip.reply_minutes(row.customer_id, row.channel)
    usual = standard.minutes if standard else rules.due_minutes
    row.stage, row.cause, row.hand_at = Stage.PERSON, cause, now
    row.due_at = core.due_at(row.asked_at, min(usual, own or usual), rules.due_minutes)
    row.way = ways.service_channel(row.customer_id, row.channel, now=now)
    row.warned_at = row.late_at = None
    if routing.is_on() and lines:
        first = lines[0]
        text = "\n".join(line.text for line in lines)
        inbound = Inbound(first.key, first.origin, row.customer_id, first.at, row.channel, "", text)
        questions.keep(inbound=[inbound], now=now)
        row.feedback_key = first.key
    else:
        make_task(row, rules, now)


def make_task(row: Enquiry, rules: Rules, now: datetime) -> None:
    """The task of whoever looks after the customer, else of whom the rules name; once for each enquiry."""
    workers = users.workers()
    owner = customers.owners_of([row.customer_id]).get(row.customer_id)
    assignee = next((one for one in (owner, rules.owner_id) if one in workers), None)
    language = str(getattr(workers.get(assignee or 0), "language", "")) or settings.LANGUAGE_CODE
    with translation.override(language):
        way = str(CHANNEL.get(row.way, row.way))
    title = texts.TASK_TITLES.get(language, texts.TASK_TITLES["en"]).format(way=way)
    usable = outreach.channels(Kind.FOLLOW_UP)
    made = tasks.create(
        kind=Kind.FOLLOW_UP,
        customer_id=row.customer_id,
        channel=row.way if row.way in usable else "",
        title=title,
        response=Response.SOLVE_PROBLEM,
        due_at=row.due_at,
        assignee_id=assignee,
        team_id=rules.team_id,
        idempotency_key=f"enquiry:{row.pk}",
        asked=True,
        actor=ACTOR,
        now=now,
    )
    row.task_id, row.feedback_key = made.task_id, ""
    row.due_at = made.due_at or row.due_at  # sooner for a VIP customer


def call_off(row: Enquiry, *, actor: str, now: datetime) -> None:
    """Say that the work is done that people had with an enquiry: its answer has gone another way."""
    if row.task_id is not None:
        task = task_queries.get(row.task_id)
        if task is not None and task.is_active:
            tasks.complete(task_ids=[row.task_id], outcome=Outcome.DONE, actor=actor, now=now)
        return
    dealt = feedback.dealt_with([row.feedback_key]).get(row.feedback_key)
    if dealt is not None and dealt.state in (State.PASSED, State.ACCEPTED):
        said = _("Answered in a letter, which is on the customer’s record.")
        questions.answer_feedback(
            feedback_id=dealt.feedback_id, said=said, channel=row.channel, actor=actor, now=now
        )


def whose(row: Enquiry) -> tuple[int | None, int | None]:
    """The colleague and the department that have an enquiry."""
    if row.task_id is not None:
        task = task_queries.get(row.task_id)
        return (task.assignee_id, task.team_id) if task else (None, None)
    dealt = feedback.dealt_with([row.feedback_key]).get(row.feedback_key)
    return (dealt.owner_id, dealt.team_id) if dealt else (None, None)


def tell_more(row: Enquiry, line: EnquiryLine, now: datetime) -> None:
    """Tell whoever has an enquiry that the customer wrote again."""
    _tell(row, whose(row)[0], "more", f"enquiry:{row.pk}:line:{line.pk}", now)


def warn(row: Enquiry, now: datetime) -> None:
    """Tell whoever has it that the time is nearly over."""
    _tell(row, whose(row)[0], "soon", f"enquiry:{row.pk}:soon", now)


def escalate(row: Enquiry, now: datetime) -> None:
    """Tell whoever leads those who have it that the standard is passed."""
    owner, team = whose(row)
    lead = leads.lead_of(owner_id=owner, team_id=team, customer_id=row.customer_id)
    _tell(row, lead, "late", f"enquiry:{row.pk}:late", now)


def _tell(row: Enquiry, user_id: int | None, what: str, key: str, now: datetime) -> None:
    data = {"what": what, "customer": row.customer_id}
    if row.task_id is not None:
        data["task"] = str(row.task_id)
    elif dealt := feedback.dealt_with([row.feedback_key]).get(row.feedback_key):
        data["feedback"] = str(dealt.feedback_id)
    if user_id is not None:
        tell(user_id=user_id, kind=Notice.QUESTION, key=key, data=data, now=now)
    else:
        groups.tell(kind=Notice.QUESTION, key=key, data=data, user_id=None, now=now)
