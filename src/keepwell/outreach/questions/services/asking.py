"""Questions: opened, followed up, answered, and ended by the customer's word and somebody's reason."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from keepwell.outreach.contracts import Notice
from keepwell.outreach.queries import tasks as task_queries
from keepwell.outreach.questions import core
from keepwell.outreach.questions.contracts import Closing, Origin, QuestionError, Status
from keepwell.outreach.questions.models import Question
from keepwell.outreach.questions.queries import routing as rules
from keepwell.outreach.questions.services.inquiring import unask
from keepwell.outreach.questions.services.stepping import (
    check_channel,
    check_customer,
    check_importance,
    check_owner,
    check_team,
    check_topic,
    end_feedback,
    locked,
    take,
    words,
    write,
)
from keepwell.outreach.replying import queries as replying
from keepwell.outreach.services import tasks
from keepwell.outreach.services.notices import tell
from keepwell.outreach.vip import queries as vip

AHEAD_MAX = timedelta(days=365)
# Answer and word may come in one call, and be written down in any order afterwards.
WRITTEN_LATER = timedelta(days=1)


def open_question(
    *,
    customer_id: str,
    text: str,
    actor: str,
    now: datetime,
    origin: str = Origin.CALL,
    channel: str = "",
    topic: str = "",
    importance: str = "normal",
    team_id: int | None = None,
    owner_id: int | None = None,
    due_at: datetime | None = None,
    key: str = "",
) -> int:
    """Open a question; its number. The same `key` again is the question that there is.

    Without `due_at` it is due after the hours of its importance, sooner where the standard of the channel
    that it came on says so. Raises QuestionError for an unknown customer, no words, a time that has passed,
    or a colleague or department that there is not.
    """
    check_customer(customer_id)
    row = Question(
        customer_id=customer_id,
        origin=Origin(origin),
        channel=check_channel(channel),
        key=key or None,
        text=words(text),
        topic=check_topic(topic),
        importance=check_importance(importance),
        team_id=check_team(team_id),
        owner_id=check_owner(owner_id) or at_night(customer_id, now),
        opened_at=now,
        opened_by=actor,
        due_at=check_due(due_at, now) or due_of(importance, channel, now, customer_id=customer_id),
    )
    with transaction.atomic():
        if key:
            found = Question.objects.filter(key=key).values_list("pk", flat=True).first()
            if found is not None:
                return int(found)
        write(row, "open", actor=actor, now=now, channel=channel, data={"origin": row.origin})
        _tell_owner(row, "given", now)
    return int(row.pk)


def due_of(importance: str, channel: str, now: datetime, *, customer_id: str) -> datetime:
    """When an answer is due: by importance, the channel's reply-time standard, and that of VIP customers."""
    standard = replying.standards().get(channel)
    hours = rules.current().routing.hours[check_importance(importance)]
    own = vip.reply_minutes(customer_id, channel)
    said = [one for one in (standard.minutes if standard else None, own) if one is not None]
    return core.due(at=now, hours=hours, standard_minutes=min(said, default=None))


def at_night(customer_id: str, now: datetime) -> int | None:
    """Who is on duty for what a VIP customer asks outside the working hours; None: nobody, or no need."""
    treated = vip.treatment(customer_id, now=now)
    return treated.assignee_id if treated else None


def check_due(due_at: datetime | None, now: datetime) -> datetime | None:
    """The due date; raises QuestionError for one that has passed, or is more than a year away."""
    if due_at is not None and not now < due_at < now + AHEAD_MAX:
        raise QuestionError(_("Please choose a time to come, within a year."))
    return due_at


def note(*, question_id: int, said: str, actor: str, now: datetime, channel: str = "") -> None:
    """Write down a follow-up: what was tried, and what was said on which channel."""
    _step(question_id, "note", actor, now, said=words(said), channel=check_channel(channel))


def answer(*, question_id: int, said: str, channel: str, actor: str, now: datetime) -> None:
    """Write down the answer that the customer got; by the new due date they are to be asked of it."""
    said, channel = words(said), check_channel(channel, needed=True)
    with transaction.atomic():
        row = locked(question_id)
        take(row, "answer")
        row.due_at = now + timedelta(hours=rules.current().routing.ask_after_hours)
        row.escalated_at = None
        relieve(row, actor=actor, now=now)
        unask(row, actor=actor, now=now)
        write(row, "answer", actor=actor, now=now, said=said, channel=channel)
        end_feedback(row, "answer", actor=actor, now=now, channel=channel)


def take_word(
    *,
    question_id: int,
    is_satisfied: bool,
    said: str,
    channel: str,
    heard_at: datetime,
    actor: str,
    now: datetime,
    due_at: datetime | None = None,
) -> None:
    """Write down the customer's own word on the answer, with when and on which channel they said it.

    One who is not satisfied is gone on with: the question is open again with a new due date. Raises
    QuestionError without their words and channel, for a time to come or before the answer, or where no answer
    was given yet.
    """
    said, channel = words(said), check_channel(channel, needed=True)
    with transaction.atomic():
        row = locked(question_id)
        answered = row.thread.filter(action="answer").order_by("-number").first()
        if heard_at > now or answered is None or heard_at < answered.at - WRITTEN_LATER:
            raise QuestionError(_("Say when the customer said it: after the answer, and not in the future."))
        settle(
            row,
            is_satisfied,
            said=said,
            channel=channel,
            heard_at=heard_at,
            actor=actor,
            now=now,
            due_at=due_at,
            by="staff",
        )


def settle(
    row: Question,
    is_satisfied: bool,
    *,
    said: str,
    channel: str,
    heard_at: datetime,
    actor: str,
    now: datetime,
    by: str,
    due_at: datetime | None = None,
) -> None:
    """Take the customer's word on a locked question; in the caller's transaction."""
    action = "satisfied" if is_satisfied else "unsatisfied"
    take(row, action, by_survey=by == "survey")
    unask(row, actor=actor, now=now)
    if is_satisfied:
        row.satisfied_at = heard_at
    else:
        _go_on(row, now, due_at)
    write(
        row,
        action,
        actor=actor,
        now=now,
        said=said,
        channel=channel,
        happened_at=heard_at,
        data={"by": by, "round": str(row.rounds)},
    )
    if not is_satisfied:
        _tell_owner(row, "unsatisfied", now)


def _go_on(row: Question, now: datetime, due_at: datetime | None) -> None:
    """Another round: a new due date, and whoever leads may be told again."""
    row.due_at = check_due(due_at, now) or due_of(
        row.importance, row.channel, now, customer_id=row.customer_id
    )
    row.escalated_at = row.satisfied_at = row.closed_at = None
    row.reason = ""
    row.rounds += 1


def assign(*, question_id: int, owner_id: int | None, team_id: int | None, actor: str, now: datetime) -> None:
    """Give a question to a colleague, a department, or both."""
    check_owner(owner_id)
    check_team(team_id)
    with transaction.atomic():
        row = locked(question_id)
        take(row, "assign")
        if (row.owner_id, row.team_id) == (owner_id, team_id):
            return
        row.owner_id, row.team_id = owner_id, team_id
        write(
            row,
            "assign",
            actor=actor,
            now=now,
            data={"owner": str(owner_id or ""), "team": str(team_id or "")},
        )
        _tell_owner(row, "given", now)


def plan(*, question_id: int, importance: str, due_at: datetime | None, actor: str, now: datetime) -> None:
    """Say how important it is and when it is due; without a time the standard's."""
    level = check_importance(importance)
    with transaction.atomic():
        row = locked(question_id)
        take(row, "plan")
        row.importance = level
        row.due_at = check_due(due_at, now) or due_of(level, row.channel, now, customer_id=row.customer_id)
        row.escalated_at = None
        write(row, "plan", actor=actor, now=now, data={"importance": level})


def close(*, question_id: int, reason: str, actor: str, now: datetime, said: str = "") -> None:
    """Close a question and say why; "settled" only where the customer has said so.

    Raises QuestionError for no reason, or where the reason is not true.
    """
    if reason not in tuple(Closing):
        raise QuestionError(_("Please say why it is closed."))
    said = words(said, needed=reason == Closing.OTHER)
    with transaction.atomic():
        row = locked(question_id)
        if (reason == Closing.SETTLED) != (row.status == Status.SATISFIED):
            raise QuestionError(
                _("“Settled” is what the customer says: write down their word first.")
                if reason == Closing.SETTLED
                else _("The customer is satisfied: close it as settled.")
            )
        take(row, "close")
        relieve(row, actor=actor, now=now)
        unask(row, actor=actor, now=now)
        row.closed_at, row.reason = now, Closing(reason)
        write(row, "close", actor=actor, now=now, said=said, data={"reason": reason})
        end_feedback(row, "no_action", actor=actor, now=now)


def relieve(row: Question, *, actor: str, now: datetime) -> None:
    """Take back what the lead was asked to see to, where it is not done: somebody has."""
    told = row.thread.filter(task_id__isnull=False).values_list("task_id", flat=True)
    known = task_queries.several([one for one in told if one is not None])
    waiting = [one.task_id for one in known.values() if one.is_active]
    if waiting:
        tasks.cancel(task_ids=waiting, actor=actor, now=now)


def reopen(*, question_id: int, said: str, actor: str, now: datetime, due_at: datetime | None = None) -> None:
    """Take a question up again, with why and a new due date; not that of an erased customer."""
    said = words(said)
    with transaction.atomic():
        row = locked(question_id)
        check_customer(row.customer_id)
        take(row, "reopen")
        _go_on(row, now, due_at)
        write(row, "reopen", actor=actor, now=now, said=said, data={"round": str(row.rounds)})


def _step(question_id: int, action: str, actor: str, now: datetime, *, said: str, channel: str) -> None:
    with transaction.atomic():
        row = locked(question_id)
        take(row, action)
        write(row, action, actor=actor, now=now, said=said, channel=channel)


def _tell_owner(row: Question, what: str, now: datetime) -> None:
    if row.owner_id is None:
        return
    number = row.thread.count()
    tell(
        user_id=row.owner_id,
        kind=Notice.QUESTION,
        key=f"question:{row.pk}:{number}",
        data={"what": what, "question": row.pk, "customer": row.customer_id},
        now=now,
    )
