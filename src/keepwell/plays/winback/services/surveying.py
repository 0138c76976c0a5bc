"""What customers answer by themselves (CAU-02): kept, told as facts, and carried into their case."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from keepwell.accounts import queries as people
from keepwell.customers import queries as customers
from keepwell.customers.identity import queries as identity
from keepwell.history import services as history
from keepwell.outreach.contracts import Channel, Kind, Response, TaskError
from keepwell.outreach.questions import services as questions
from keepwell.outreach.questions.contracts import Inbound, Origin
from keepwell.outreach.sending import queries as messages
from keepwell.outreach.sending.services import noting
from keepwell.outreach.services import tasks
from keepwell.plays.winback import facts
from keepwell.plays.winback.contracts import Answers, AnswerView, Asked, Status, Survey
from keepwell.plays.winback.models import Case, SurveyAnswer
from keepwell.plays.winback.queries import answers as queries
from keepwell.plays.winback.services.analysing import analyse
from keepwell.plays.winback.services.stepping import locked, locked_tasks, write

ACTOR = "customer"
CAUSES_MAX = 3
SAID_MAX = 2_000
SATISFACTION = range(1, 6)
RECOMMEND = range(11)
# Somebody this discontent is called, whether they ask for it or not.
DISCONTENT = 2
CALL_WITHIN = timedelta(days=1)
# Where a case may take over what the customer says; later somebody has planned by what they know.
TAKEN_OVER = (Status.OPENED, Status.ANALYSED)
LESS_SURE = ("", Asked.REASONS, Asked.SURVEY)


Listener = Callable[[str, Survey, Answers, datetime], None]
LISTENERS: list[Listener] = []


def on_answer(listener: Listener) -> None:
    """Tell `listener` of each new or changed answer: message, survey, answers, when; in its transaction."""
    if listener not in LISTENERS:
        LISTENERS.append(listener)


def answer(*, message_id: str, survey: Survey, given: Answers, now: datetime) -> AnswerView | None:
    """Keep what the customer of a message answers; again changes the answer. None where they are gone.

    Satisfaction, recommendation and causes become facts by their codes; words stay sealed. The causes go into
    an open case, unless somebody knows better from talking with them. Who is discontent, or asks for it, is
    called: a task of whoever looks after them.

    Raises ValueError for a number outside its scale, a cause that is not offered, more than three of them,
    words of more than 2,000 characters, or no answer at all.
    """
    _check(survey, given)
    with transaction.atomic():
        found = messages.message(message_id)
        customer_id = identity.canonical_ids([found.customer_id]).get(found.customer_id) if found else None
        customer_id = customer_id or (found.customer_id if found else "")
        if found is None or customers.get(customer_id) is None:
            return None
        case = _case_of(customer_id)
        row, is_new = SurveyAnswer.objects.select_for_update().get_or_create(
            message_id=message_id,
            survey=survey,
            defaults={"customer_id": customer_id, "answered_at": now, "changed_at": now},
        )
        before = None if is_new else queries.answer_view(row).answers
        if before == given:
            return queries.answer_view(row)
        row.satisfaction, row.recommend, row.causes = given.satisfaction, given.recommend, list(given.causes)
        row.said, row.call_back, row.changed_at = given.said, given.call_back, now
        row.case = case or row.case
        row.save()
        _tell(row, before, now)
        noting.note_answered(message_id=message_id, at=now)
        questions.survey_answered(
            message_id=message_id,
            satisfaction=given.satisfaction,
            inbound=inbound(row, found.channel),
            now=now,
        )
        if case is not None:
            _into_case(case, row, now)
        for listener in LISTENERS:
            listener(message_id, survey, given, now)
        if given.call_back or (given.satisfaction is not None and given.satisfaction <= DISCONTENT):
            _call(row, case, now)
        return queries.answer_view(row)


def inbound(row: SurveyAnswer, channel: str) -> Inbound:
    """An answer as feedback for a department: its main cause is the topic."""
    return Inbound(
        key=f"survey-{row.pk}",
        origin=Origin.SURVEY,
        customer_id=row.customer_id,
        at=row.answered_at,
        channel=channel,
        topic=next(iter(row.causes), ""),
        text=row.said,
        score=row.satisfaction,
    )


def inbound_between(since: datetime, until: datetime, most: int) -> Iterator[Inbound]:
    """Answers with words, the newest first: what a trial of routing reads."""
    rows = SurveyAnswer.objects.filter(answered_at__gte=since, answered_at__lt=until)
    listed = [row for row in rows.order_by("-answered_at", "-pk")[:most] if row.said]
    channels = messages.channels(row.message_id for row in listed)
    return (inbound(row, channels.get(row.message_id, "")) for row in listed)


def _check(survey: Survey, given: Answers) -> None:
    if not given:
        raise ValueError("answers: nothing was answered")
    if given.satisfaction is not None and given.satisfaction not in SATISFACTION:
        raise ValueError("satisfaction: from 1 to 5")
    if given.recommend is not None and given.recommend not in RECOMMEND:
        raise ValueError("recommend: from 0 to 10")
    if len(given.said) > SAID_MAX:
        raise ValueError(f"said: at most {SAID_MAX} characters")
    if len(given.causes) > CAUSES_MAX or len(set(given.causes)) < len(given.causes):
        raise ValueError(f"causes: at most {CAUSES_MAX}, each once")
    if given.causes and (survey is not Survey.LOSS or not set(given.causes) <= set(queries.offered_causes())):
        raise ValueError("causes: not among those offered")


def _case_of(customer_id: str) -> Case | None:
    """The open case of a customer, locked after its tasks."""
    number = (
        Case.objects.filter(customer_id=customer_id, finished_at=None).values_list("pk", flat=True).first()
    )
    if number is None:
        return None
    locked_tasks(number)
    case = locked(number)
    return case if case.finished_at is None else None


def _tell(row: SurveyAnswer, before: Answers | None, now: datetime) -> None:
    """The answers as facts; a cause that is no longer named is told again with 0."""
    named = dict.fromkeys(before.causes if before else (), 0.0) | dict.fromkeys(row.causes, 1.0)
    scores: list[tuple[str, str, float | None]] = [
        ("other", f"cause:{one}", score) for one, score in named.items()
    ]
    if row.satisfaction is not None or (before and before.satisfaction is not None):
        scores.append(("csat", "satisfaction", row.satisfaction))
    if row.recommend is not None or (before and before.recommend is not None):
        scores.append(("nps", "recommendation", row.recommend))
    told: list[tuple[str, Mapping[str, Any]]] = [
        (
            "answers",
            {
                "answer_id": f"survey-{row.pk}-{topic}",
                "customer_id": row.customer_id,
                "at": now,
                "survey": row.survey,
                "metric": metric,
                "score": score,
                "topic": topic,
            },
        )
        for metric, topic, score in scores
    ]
    history.record_many(facts=told, source=facts.SOURCE)


def _into_case(case: Case, row: SurveyAnswer, now: datetime) -> None:
    data = {"survey": row.survey, "causes": ",".join(row.causes), "satisfaction": row.satisfaction or ""}
    write(case, "answer", actor=ACTOR, now=now, data=data)
    if row.causes and case.status in TAKEN_OVER and case.asked in LESS_SURE:
        analyse(
            case_id=case.pk,
            causes=row.causes,
            asked=Asked.SURVEY,
            actor=ACTOR,
            now=now,
            said=row.said or case.said,
            competitor=case.competitor,
            competitor_reason=case.competitor_reason,
            is_told=True,
        )


def _call(row: SurveyAnswer, case: Case | None, now: datetime) -> None:
    owner = case.owner_id if case else customers.owner_of(row.customer_id)
    reader = people.user(owner) if owner is not None else None
    with translation.override((reader.language if reader else "") or settings.LANGUAGE_CODE):
        title = _("Asks to be called back") if row.call_back else _("Is discontent, as answered")
    for assignee in dict.fromkeys((owner, None)):
        # Who looked after the customer may do no tasks any more: it waits for somebody, the answer is kept.
        with suppress(TaskError):
            tasks.create(
                kind=Kind.CALL,
                channel=Channel.PHONE,
                customer_id=row.customer_id,
                title=title,
                response=Response.SOLVE_PROBLEM,
                assignee_id=assignee,
                due_at=now + CALL_WITHIN,
                idempotency_key=f"survey:{row.pk}",
                actor=ACTOR,
                now=now,
            )
            return
