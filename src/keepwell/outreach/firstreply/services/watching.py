"""While enquiries are open: did the machine's words go, did somebody answer, who waits for too long."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from keepwell.customers.identity import queries as identity
from keepwell.outreach.firstreply import core
from keepwell.outreach.firstreply.contracts import Cause, Rules, Stage
from keepwell.outreach.firstreply.models import Enquiry
from keepwell.outreach.firstreply.queries import rules as queries
from keepwell.outreach.firstreply.services import closing, handing
from keepwell.outreach.firstreply.services.replying import ACTOR, draft
from keepwell.outreach.queries import tasks as task_queries
from keepwell.outreach.questions.contracts import State
from keepwell.outreach.questions.queries import feedback
from keepwell.outreach.sending import queries as sending
from keepwell.outreach.sending.services import queueing

AT_ONCE = 200
PROGRESS_USEFUL = timedelta(hours=12)


def watch(*, now: datetime) -> dict[str, int]:
    """What became of open enquiries, and who waits for too long; how many of each. Nothing is done twice."""
    rules = (queries.active() or queries.newest()).rules
    return {
        "went": _each(_words_out(), lambda row: note_words(row, rules, now)),
        "settled": _each(_quiet(rules, now), lambda row: settle(row, rules, now)),
        "answered": _each(_with_people(), lambda row: closing.note_answer(row, rules, now)),
        "warned": _each(_nearly_late(now), lambda row: warn(row, now)),
        "late": _each(_late(now), lambda row: escalate(row, rules, now)),
    }


def _each(numbers: Iterable[int], do: Callable[[Enquiry], bool]) -> int:
    done = 0
    for number in numbers:
        with transaction.atomic():
            row = Enquiry.objects.select_for_update(of=("self",)).filter(pk=number).first()
            if row is not None and do(row):
                row.save()
                done += 1
    return done


def _words_out() -> list[int]:
    """Enquiries whose first words went, or never will; the queue is asked for all of them at once."""
    rows = Enquiry.objects.filter(replied_at=None, machine_at__isnull=False)
    rows = rows.exclude(message_key="").order_by("-pk")[:AT_ONCE]
    names = {queueing.message_id(row.message_key): row.pk for row in rows}
    over = set(sending.went_at(names)) | sending.never_went(names)
    return [number for name, number in names.items() if name in over]


def note_words(row: Enquiry, rules: Rules, now: datetime) -> bool:
    """Keep when the machine's first words went; people get the enquiry where they never will."""
    name = queueing.message_id(row.message_key)
    went = sending.went_at([name]).get(name)
    if went is not None:
        row.replied_at = went
        return True
    if name not in sending.never_went([name]):
        return False
    row.message_key = ""
    if row.stage == Stage.MACHINE:
        lines = list(row.lines.filter(act="answer").order_by("pk"))
        handing.hand_over(row, lines, Cause.NOT_SENT, rules, now)
    return True


def _quiet(rules: Rules, now: datetime) -> list[int]:
    until = now - timedelta(hours=rules.settle_hours)
    rows = Enquiry.objects.filter(stage=Stage.MACHINE, replied_at__isnull=False, last_at__lt=until)
    return _numbers(rows.filter(replied_at__lt=until))


def settle(row: Enquiry, rules: Rules, now: datetime) -> bool:
    """Close what the machine answered and the customer asked nothing more about."""
    until = now - timedelta(hours=rules.settle_hours)
    if row.stage != Stage.MACHINE or row.last_at >= until or row.lines.filter(done_at=None).exists():
        return False
    row.stage, row.closed_at = Stage.CLOSED_MACHINE, now
    return True


def _with_people() -> list[int]:
    """Open work of people that is over now, or is nobody's; asked for in parts, each at once."""
    found: list[int] = []
    last = 0
    while rows := list(Enquiry.objects.filter(stage=Stage.PERSON, pk__gt=last).order_by("pk")[: 5 * AT_ONCE]):
        last = rows[-1].pk
        told = task_queries.several([row.task_id for row in rows if row.task_id is not None])
        dealt = feedback.dealt_with([row.feedback_key for row in rows if row.feedback_key])
        for row in rows:
            if row.task_id is not None:
                task = told.get(row.task_id)
                is_over = task is None or not task.is_active
            else:
                one = dealt.get(row.feedback_key)
                is_over = (
                    one is None or one.answered_at is not None or one.is_over or one.state is State.NOBODY
                )
            if is_over:
                found.append(row.pk)
    return found


def answered(*, customer_id: str, channel: str, at: datetime, actor: str, now: datetime) -> int:
    """Say that somebody answered a customer on a channel, as a letter shows; how many enquiries that closes.

    In the caller's transaction. The task that was made for it is done with it.
    """
    number = identity.canonical_ids([customer_id]).get(customer_id, customer_id)
    rows = Enquiry.objects.select_for_update(of=("self",)).filter(
        customer_id=number, channel=channel, stage=Stage.PERSON, asked_at__lte=at
    )
    done = 0
    for row in rows:
        handing.call_off(row, actor=actor, now=now)
        closing.close(row, at)
        row.save()
        done += 1
    return done


def _nearly_late(now: datetime) -> list[int]:
    rows = Enquiry.objects.filter(stage=Stage.PERSON, warned_at=None, late_at=None)
    waiting = rows.filter(due_at__gte=now).order_by("due_at").values_list("pk", "asked_at", "due_at")
    return [
        pk for pk, asked, due in waiting[: 5 * AT_ONCE] if due is not None and core.warn_at(asked, due) <= now
    ]


def warn(row: Enquiry, now: datetime) -> bool:
    """Remind whoever has it before the standard is passed, once."""
    if row.stage != Stage.PERSON or row.warned_at is not None:
        return False
    row.warned_at = now
    handing.warn(row, now)
    return True


def _late(now: datetime) -> list[int]:
    return _numbers(Enquiry.objects.filter(Q(stage=Stage.PERSON), late_at=None, due_at__lt=now))


def escalate(row: Enquiry, rules: Rules, now: datetime) -> bool:
    """Once the standard is passed: tell the lead, and the customer that they are not forgotten; once each."""
    if row.stage != Stage.PERSON or row.late_at is not None:
        return False
    row.late_at = now
    handing.escalate(row, now)
    text = core.said(rules.texts["progress"], row.language)[1]
    active = queries.active()
    is_on = active is not None and row.channel in active.rules.channels
    if text and is_on and core.may_reply(row.machine_at, now, rules.apart_minutes):
        row.machine_at = now
        # Not in the middle of the night: nobody waits for this word.
        words = draft(row, closing.progress_key(row), text, now, useful=PROGRESS_USEFUL, urgent=False)
        queueing.queue(drafts=[words], actor=ACTOR, now=now)
    return True


def _numbers(rows: object) -> list[int]:
    return list(rows.order_by("pk").values_list("pk", flat=True)[:AT_ONCE])  # type: ignore[attr-defined]
