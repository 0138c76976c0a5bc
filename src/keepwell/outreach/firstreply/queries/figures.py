"""What first replies did in a period: how soon, who closed what, which answers help, what none speaks of."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from keepwell.outreach.firstreply import core, matching
from keepwell.outreach.firstreply.contracts import (
    AnswerFigures,
    Candidate,
    Cause,
    ChannelFigures,
    Figures,
    Stage,
)
from keepwell.outreach.firstreply.models import Enquiry, EnquiryLine, HouseAnswer
from keepwell.outreach.firstreply.queries import rules
from keepwell.outreach.replying import queries as standards

MACHINE_SECONDS = 30  # the standard of the first reply by machine
UNMATCHED_READ, CANDIDATES, LEAST_CUSTOMERS = 2_000, 30, 3


def figures(*, since: datetime, until: datetime, now: datetime, zone: ZoneInfo) -> Figures:
    """Enquiries that came from `since` until before `until`; what became of them until now."""
    rows = list(
        Enquiry.objects.filter(opened_at__gte=since, opened_at__lt=until).exclude(stage=Stage.DROPPED)
    )
    target = (rules.active() or rules.newest()).rules.target
    limits = {channel: 60 * one.minutes for channel, one in standards.standards().items()}
    by_channel: dict[str, list[Enquiry]] = defaultdict(list)
    for row in rows:
        by_channel[row.channel].append(row)
    found = [_channel(code, listed, limits.get(code), now) for code, listed in by_channel.items()]
    return Figures(
        share=core.share((row.stage, row.routine) for row in rows),
        target=target,
        special=sum(1 for row in rows if not row.routine),
        channels=sorted(found, key=lambda one: (-one.came, one.channel)),
        answers=_answers(rows),
        candidates=candidates(since=since, until=until),
        weeks=core.by_week((row.opened_at.astimezone(zone).date(), row.stage, row.routine) for row in rows),
        causes=Counter(row.cause for row in rows if row.cause),
    )


def _channel(code: str, rows: list[Enquiry], limit: float | None, now: datetime) -> ChannelFigures:
    def since(row: Enquiry, at: datetime) -> float:
        return (at - row.opened_at).total_seconds()

    stages = Counter(row.stage for row in rows)
    open_ = sum(stages[one] for one in (Stage.NEW, Stage.MACHINE, Stage.PERSON))
    waiting = [(now - row.asked_at).total_seconds() for row in rows if row.stage == Stage.PERSON]
    return ChannelFigures(
        channel=code,
        came=len(rows),
        machine=stages[Stage.CLOSED_MACHINE],
        person=stages[Stage.CLOSED_PERSON],
        open=open_,
        by_machine=core.times(
            [since(row, row.replied_at) for row in rows if row.replied_at], limit=MACHINE_SECONDS
        ),
        by_person=core.times(
            [(row.answered_at - row.asked_at).total_seconds() for row in rows if row.answered_at],
            limit=limit,
            waiting=waiting,
        ),
    )


def _answers(rows: list[Enquiry]) -> list[AnswerFigures]:
    """Each answer that was given: by how many enquiries, closed by it, and gone to people after it."""
    given: dict[int, list[Enquiry]] = defaultdict(list)
    for row in rows:
        if row.answer_id is not None:
            given[row.answer_id].append(row)
    titles = dict(HouseAnswer.objects.values_list("pk", "title"))
    found = [
        AnswerFigures(
            answer_id=number,
            title=titles.get(number, ""),
            given=len(listed),
            closed=sum(1 for row in listed if row.stage == Stage.CLOSED_MACHINE),
            not_helped=sum(1 for row in listed if row.cause in (Cause.ASKED, Cause.AGAIN)),
        )
        for number, listed in given.items()
    ]
    return sorted(found, key=lambda one: (-one.given, one.title))


def candidates(*, since: datetime, until: datetime) -> list[Candidate]:
    """Words of messages that no answer fitted, of three customers at least: what to write answers for."""
    rows = EnquiryLine.objects.filter(
        enquiry__opened_at__gte=since,
        enquiry__opened_at__lt=until,
        enquiry__cause=Cause.NO_MATCH,
        enquiry__routine=True,
    )
    texts = rows.order_by("-pk").select_related("enquiry")[:UNMATCHED_READ]
    pairs = ((row.enquiry.customer_id, row.text) for row in texts.iterator(chunk_size=500))
    found = matching.frequent(pairs, least=LEAST_CUSTOMERS, most=CANDIDATES)
    return [Candidate(*one) for one in found]


def by_people(*, since: datetime, until: datetime, limit: int = 40) -> list[dict[str, Any]]:
    """The newest enquiries that a colleague closed: what somebody may call no routine."""
    rows = Enquiry.objects.filter(
        opened_at__gte=since, opened_at__lt=until, stage=Stage.CLOSED_PERSON
    ).order_by("-pk")[:limit]
    names = ("pk", "customer_id", "channel", "cause", "opened_at", "routine")
    return [dict(one) for one in rows.values(*names)]


def lines(*, since: datetime, until: datetime) -> Iterator[tuple[object, ...]]:
    """One line for each enquiry, without names and words; streamed."""
    rows = Enquiry.objects.filter(opened_at__gte=since, opened_at__lt=until).select_related("answer")
    for row in rows.order_by("pk").iterator(chunk_size=2_000):
        yield (
            row.pk, row.customer_id, row.channel, row.stage, row.routine, row.opened_at, row.replied_at,
            row.answer.code if row.answer else "", row.score, row.cause, row.hand_at, row.due_at,
            row.answered_at, row.closed_at, row.way,
        )  # fmt: skip


LINES_HEADER = (
    "enquiry", "customer_id", "channel", "stage", "routine", "opened_at", "machine_replied_at", "answer",
    "score", "cause", "handed_at", "due_at", "person_answered_at", "closed_at", "way",
)  # fmt: skip
