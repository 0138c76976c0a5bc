"""Answers of the house: all, one, and those that may be given on a day."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from zoneinfo import ZoneInfo

from keepwell.outreach import users
from keepwell.outreach.firstreply.contracts import AnswerDraft, AnswerView, State
from keepwell.outreach.firstreply.matching import Matcher, Phrases
from keepwell.outreach.firstreply.models import HouseAnswer
from keepwell.outreach.policy import queries as policy


def answers() -> list[AnswerView]:
    """Every answer, by title."""
    return _views(HouseAnswer.objects.all())


def codes() -> dict[int, str]:
    """The code of each answer."""
    return dict(HouseAnswer.objects.values_list("pk", "code"))


def get(answer_id: int) -> AnswerView | None:
    """One answer, or None."""
    found = _views(HouseAnswer.objects.filter(pk=answer_id))
    return found[0] if found else None


def today(now: datetime) -> date:
    """The day by the shop's clock: from when until when answers hold is said in its days."""
    return now.astimezone(ZoneInfo(policy.rules().time_zone)).date()


def valid(day: date) -> dict[int, AnswerView]:
    """Those that are in use and valid on `day`, by number."""
    found = _views(HouseAnswer.objects.filter(state=State.IN_USE))
    return {one.answer_id: one for one in found if one.is_valid(day)}


def matcher(found: Iterable[AnswerView]) -> Matcher:
    """What finds the answer that a message asks for."""
    return Matcher(
        [
            Phrases(one.answer_id, tuple(word for words in one.draft.words.values() for word in words))
            for one in found
        ]
    )


def _views(rows: Iterable[HouseAnswer]) -> list[AnswerView]:
    listed = list(rows)
    names = users.names(row.owner_id for row in listed)
    return [
        AnswerView(
            answer_id=row.pk,
            draft=AnswerDraft(
                title=row.title,
                words={one: tuple(words) for one, words in row.words.items()},
                texts=dict(row.texts),
                link=row.link,
                owner_id=row.owner_id,
                valid_from=row.valid_from,
                valid_until=row.valid_until,
            ),
            state=State(row.state),
            owner_name=names.get(row.owner_id or 0, ""),
            updated_at=row.updated_at,
            updated_by=row.updated_by,
            approved_at=row.approved_at,
            approved_by=row.approved_by,
            revision=row.revision,
        )
        for row in listed
    ]
