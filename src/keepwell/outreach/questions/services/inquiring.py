"""The message that asks a customer whether it is settled: once for an answer, and only while that is open."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from keepwell.outreach.questions.contracts import QuestionError
from keepwell.outreach.questions.models import Question
from keepwell.outreach.questions.queries import questions
from keepwell.outreach.questions.services.stepping import locked, take, write
from keepwell.outreach.sending.contracts import Draft
from keepwell.outreach.sending.marks import addresses
from keepwell.outreach.sending.recipes import words as worded
from keepwell.outreach.sending.services import queueing

TEMPLATE = "question_settled_email"


def ask_customer(*, question_id: int, actor: str, now: datetime) -> None:
    """Queue an e-mail that asks whether it is settled; the mark behind it is the customer's own word.

    Whether and when it goes the contact policy decides. Raises QuestionError where they have been asked of
    this answer already, where there are no words for them, or no public address that they could answer at.
    """
    if addresses.unreachable():
        raise QuestionError(_("Keepwell has no public address yet: customers could not answer."))
    with transaction.atomic():
        row = locked(question_id)
        take(row, "ask")
        if questions.is_asked(row):
            raise QuestionError(_("The customer has been asked already what they think of this answer."))
        text = worded(TEMPLATE, [row.customer_id], now=now).get(row.customer_id)
        if text is None:
            raise QuestionError(_("There is no published text that this customer could be asked with."))
        key = f"question:{row.pk}:{row.thread.count()}"
        draft = Draft(
            key=key,
            customer_id=row.customer_id,
            channel="email",
            purpose="service",
            recipe=text.recipe,
            language=text.language,
            content=TEMPLATE,
            origin=f"question:{row.pk}",
        )
        queueing.queue(drafts=[draft], actor=actor, now=now)
        write(row, "ask", actor=actor, now=now, channel="email", message_id=queueing.message_id(key))


def unask(row: Question, *, actor: str, now: datetime) -> None:
    """Take back what waits to ask, in the caller's transaction: it is known, or there is another answer."""
    asked = row.thread.filter(action="ask").exclude(message_id="").values_list("message_id", flat=True)
    if names := list(asked):
        queueing.take_back(message_ids=names, actor=actor, now=now)
