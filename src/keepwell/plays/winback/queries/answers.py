"""What customers answered behind messages, and what they are offered as causes."""

from __future__ import annotations

from keepwell.customers.identity import queries as identity
from keepwell.plays.winback import defaults
from keepwell.plays.winback.contracts import Answers, AnswerView, Survey
from keepwell.plays.winback.models import SurveyAnswer
from keepwell.plays.winback.queries import rules


def offered_causes() -> list[str]:
    """Causes that a customer can choose: those in use that are theirs to say, in the order of the rules.

    Of Keepwell's own list only what has words for customers; what the shop has added is shown by its name.
    """
    found = []
    for rule in rules.current().causes:
        is_own = rule.code not in defaults.CODES
        if rule.active and (rule.code in defaults.SAID_BY_CUSTOMERS or (is_own and rule.name)):
            found.append(rule.code)
    return found


def answers(message_id: str, survey: Survey) -> AnswerView | None:
    """What was answered behind a message."""
    row = SurveyAnswer.objects.filter(message_id=message_id, survey=survey).first()
    return answer_view(row) if row else None


def of_customer(customer_id: str, *, limit: int = 20) -> list[AnswerView]:
    """A customer's answers, the newest first; those of merged records too."""
    rows = SurveyAnswer.objects.filter(customer_id__in=identity.fact_ids(customer_id))
    return [answer_view(row) for row in rows[:limit]]


def answer_view(row: SurveyAnswer) -> AnswerView:
    """The row as a value."""
    return AnswerView(
        survey=Survey(row.survey),
        answers=Answers(row.satisfaction, row.recommend, tuple(row.causes), row.said, row.call_back),
        case_id=row.case_id,
        answered_at=row.answered_at,
        changed_at=row.changed_at,
    )
