"""What customers answer behind a message: their word on a question, or feedback for a department."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from keepwell.outreach.questions import core
from keepwell.outreach.questions.contracts import Inbound
from keepwell.outreach.questions.models import Entry
from keepwell.outreach.questions.services import asking, incoming
from keepwell.outreach.questions.services.stepping import locked, write

ACTOR = "customer"


def survey_answered(
    *, message_id: str, satisfaction: int | None, inbound: Inbound, now: datetime
) -> int | None:
    """Take an answer behind a message; the number of the question that it speaks of, or None.

    Behind the newest message that asked about a question it is the customer's own word: 4 and 5 are
    satisfied, 1 and 2 are not and the question goes on, closed or not; 3, or words alone, are kept in its
    thread. Behind any other message its words are feedback for a department.
    """
    asked = (
        Entry.objects.filter(message_id=message_id, action="ask").values_list("question", "number").first()
    )
    if asked is None:
        if inbound.text:
            incoming.receive(inbound=[inbound], now=now)
        return None
    question_id, number = asked
    with transaction.atomic():
        incoming.tell([inbound], now)
        row = locked(question_id)
        is_newest = not row.thread.filter(action__in=("ask", "answer"), number__gt=number).exists()
        said = core.verdict(satisfaction) if is_newest else ""
        if said and said != row.status and core.next_status(row.status, said, by_survey=True) is not None:
            asking.settle(
                row,
                said == "satisfied",
                said=inbound.text,
                channel=inbound.channel,
                heard_at=now,
                actor=ACTOR,
                now=now,
                by="survey",
            )
        elif inbound.text or satisfaction is not None:
            mark = {"satisfaction": str(satisfaction)} if satisfaction is not None else {}
            write(row, "said", actor=ACTOR, now=now, said=inbound.text, channel=inbound.channel, data=mark)
    return int(question_id)
