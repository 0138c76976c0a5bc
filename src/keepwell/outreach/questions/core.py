"""Rules of questions and feedback as functions of values: no Django, no clock, no store."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from statistics import median

from keepwell.outreach.questions.contracts import (
    DepartmentFigures,
    Heeded,
    RouteRule,
    State,
    Status,
    Stay,
)

GOING_ON = (Status.OPEN, Status.ANSWERED, Status.UNSATISFIED)
# Where each step leads; what is absent cannot be done. None: the question stays where it is.
STEPS: Mapping[str, Mapping[Status, Status | None]] = {
    "note": dict.fromkeys((*GOING_ON, Status.SATISFIED)),
    "assign": dict.fromkeys(GOING_ON),
    "plan": dict.fromkeys(GOING_ON),
    "answer": dict.fromkeys(GOING_ON, Status.ANSWERED),
    "ask": {Status.ANSWERED: None},
    "said": {Status.ANSWERED: None, Status.SATISFIED: None, Status.UNSATISFIED: None},
    "satisfied": {Status.ANSWERED: Status.SATISFIED},
    "unsatisfied": {Status.ANSWERED: Status.UNSATISFIED, Status.SATISFIED: Status.UNSATISFIED},
    "close": dict.fromkeys((*GOING_ON, Status.SATISFIED), Status.CLOSED),
    "reopen": dict.fromkeys((Status.SATISFIED, Status.CLOSED), Status.OPEN),
}
FEEDBACK_STEPS: Mapping[str, Mapping[State, State | None]] = {
    "accept": {State.PASSED: State.ACCEPTED},
    "hand_on": dict.fromkeys((State.PASSED, State.ACCEPTED, State.NOBODY), State.PASSED),
    "answer": dict.fromkeys((State.PASSED, State.ACCEPTED), State.ANSWERED),
    "no_action": dict.fromkeys((State.PASSED, State.ACCEPTED, State.NOBODY), State.NO_ACTION),
    "reopen": dict.fromkeys((State.ANSWERED, State.NO_ACTION), State.PASSED),
}
CONTENT, DISCONTENT = 4, 2
LATIN = re.compile(r"^[\x00-\u024f]+$")


def next_status(status: str, step: str, *, by_survey: bool = False) -> Status | None:
    """Where a question goes by `step`; None where it cannot take it.

    A customer may change the mark behind one message, so that a survey also leads from one verdict to the
    other; and who is not satisfied after somebody has closed it takes it up again.

    >>> next_status("open", "satisfied"), next_status("answered", "satisfied")
    (None, <Status.SATISFIED: 'satisfied'>)
    """
    now = Status(status)
    if by_survey and step == "satisfied" and now is Status.UNSATISFIED:
        return Status.SATISFIED
    if by_survey and step == "unsatisfied" and now is Status.CLOSED:
        return Status.UNSATISFIED
    if now not in STEPS[step]:
        return None
    return STEPS[step][now] or now


def next_state(state: str, step: str) -> State | None:
    """Where feedback goes by `step`; None where it cannot take it."""
    now = State(state)
    return FEEDBACK_STEPS[step].get(now)


def verdict(satisfaction: int | None) -> str:
    """What a mark from 1 to 5 says of the answer: "satisfied", "unsatisfied", or "" where it says neither."""
    if satisfaction is None:
        return ""
    return "satisfied" if satisfaction >= CONTENT else "unsatisfied" if satisfaction <= DISCONTENT else ""


def due(*, at: datetime, hours: int, standard_minutes: int | None = None) -> datetime:
    """When an answer is due: after the hours of its importance, sooner where the channel has a standard."""
    latest = timedelta(hours=hours)
    if standard_minutes is not None:
        latest = min(latest, timedelta(minutes=standard_minutes))
    return at + latest


def plain(text: str) -> str:
    """Text as words are looked for in it: full width and capitals make no difference."""
    return unicodedata.normalize("NFKC", text).casefold()


def says(text: str, word: str) -> bool:
    """Whether `text` has `word`: where a word begins if it is written with letters, anywhere in Chinese.

    >>> says("Where is my DELIVERY?", "deliver"), says("undelivered", "deliver"), says("快递还没到", "快递")
    (True, False, True)
    """
    wanted = plain(word).strip()
    if not wanted:
        return False
    if LATIN.match(wanted):
        return re.search(rf"(?<!\w){re.escape(wanted)}", plain(text)) is not None
    return wanted in plain(text)


def holds(rule: RouteRule, heeded: Heeded) -> bool:
    """Whether every condition that the rule says holds; a rule without any never does."""
    conditions = [
        not rule.topic or plain(rule.topic) == plain(heeded.topic),
        not rule.channel or rule.channel == heeded.channel,
        not rule.category or plain(rule.category) in {plain(one) for one in heeded.categories},
        rule.tag_id is None or rule.tag_id in heeded.tags,
        not rule.words or any(says(heeded.text, one) for one in rule.words),
    ]
    return has_condition(rule) and all(conditions)


def has_condition(rule: RouteRule) -> bool:
    """Whether the rule says of what it speaks."""
    return bool(rule.topic or rule.words or rule.channel or rule.category or rule.tag_id is not None)


def first(rules: Sequence[RouteRule], heeded: Heeded) -> int | None:
    """The place of the first rule that holds; None where none does."""
    return next((place for place, one in enumerate(rules) if holds(one, heeded)), None)


def departments(stays: Iterable[Stay], now: datetime) -> list[DepartmentFigures]:
    """What each department got and made of it; the one that got most first."""
    by: dict[int | None, list[Stay]] = defaultdict(list)
    for one in stays:
        by[one.team_id].append(one)
    found = [_department(team_id, listed, now) for team_id, listed in by.items()]
    return sorted(found, key=lambda one: (-one.got, one.team_id or 0))


def _department(team_id: int | None, stays: Sequence[Stay], now: datetime) -> DepartmentFigures:
    ends = [one.ended_by for one in stays]
    answered = [one for one in stays if one.ended_by == "answer" and one.ended_at is not None]
    hours = [(one.ended_at - one.got_at).total_seconds() / 3600 for one in answered if one.ended_at]
    in_time = sum(1 for one in answered if one.due_at and one.ended_at and one.ended_at <= one.due_at)
    overdue = sum(1 for one in stays if not one.ended_by and one.due_at is not None and one.due_at < now)
    return DepartmentFigures(
        team_id=team_id,
        got=len(stays),
        answered=len(answered),
        no_action=ends.count("no_action"),
        handed_on=ends.count("hand_on"),
        waiting=ends.count(""),
        overdue=overdue,
        median_hours=median(hours) if hours else None,
        in_time=in_time,
        judged=sum(1 for one in answered if one.due_at) + overdue,
    )
