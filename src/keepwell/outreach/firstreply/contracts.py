"""What first replies take and give: answers of the house, rules, enquiries, figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

LANGUAGES = ("en", "zh-hans", "zh-hant")
# The channels by which somebody can write and be answered in the same place.
CHANNELS = ("whatsapp", "wechat", "wecom", "sms", "email")
TRIAL_DAYS = 90
TEXT_MAX, TITLE_MAX, LINK_MAX, WORDS_MAX, WORD_MAX = 1_000, 80, 500, 60, 80
MINUTES_MAX = 7 * 24 * 60
GAP = "[["  # marks what the house has still to fill in


class AnswerError(ValueError):
    """An answer that cannot be; problems by field, in the active language."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__("; ".join(problems.values()))
        self.problems = dict(problems)


class RulesError(AnswerError):
    """Rules of the first reply that cannot be; problems by field."""


class NoAnswerError(LookupError):
    """There is no answer of the house with this number."""


class State(StrEnum):
    """Where an answer of the house is. Whoever changes one makes it a draft again."""

    DRAFT = "draft"
    IN_USE = "in_use"
    OFF = "off"


class Stage(StrEnum):
    """Who has an enquiry."""

    NEW = "new"  # just come in
    MACHINE = "machine"  # answered by the house's words; whether it helped is not known yet
    PERSON = "person"  # somebody is to answer
    CLOSED_MACHINE = "closed_machine"  # nobody had to answer
    CLOSED_PERSON = "closed_person"  # somebody answered
    DROPPED = "dropped"  # called off without an answer


OPEN = (Stage.NEW, Stage.MACHINE, Stage.PERSON)


class Cause(StrEnum):
    """Why an enquiry went to a person."""

    NO_MATCH = "no_match"
    ASKED = "asked"  # the customer asked for a person
    AGAIN = "again"  # wrote again after an answer
    LATE = "late"  # came to us too late for a machine to answer
    NOT_SENT = "not_sent"  # the answer could not go


class Act(StrEnum):
    """What is done with what a customer just wrote."""

    ANSWER = "answer"
    PERSON = "person"
    NOTHING = "nothing"


@dataclass(frozen=True)
class AnswerDraft:
    """What somebody writes of an answer: words that it answers to and texts, by language."""

    title: str
    words: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    texts: Mapping[str, str] = field(default_factory=dict)
    link: str = ""
    owner_id: int | None = None
    valid_from: date | None = None
    valid_until: date | None = None


@dataclass(frozen=True)
class AnswerView:
    """An answer of the house as it stands; `matches` what the machine looks for."""

    answer_id: int
    draft: AnswerDraft
    state: State
    owner_name: str
    updated_at: datetime
    updated_by: str
    approved_at: datetime | None
    approved_by: str
    revision: int

    def is_valid(self, day: date) -> bool:
        """Whether it may be given on `day`."""
        draft = self.draft
        begun = draft.valid_from is None or draft.valid_from <= day
        return (
            self.state is State.IN_USE and begun and (draft.valid_until is None or day <= draft.valid_until)
        )


@dataclass(frozen=True)
class Rules:
    """How the first reply works; durations in minutes, `settle_hours` in hours.

    `threshold` is how well a message must match an answer, from 0 to 1. `texts` are the house's own words by
    name (received, answered, progress) and language, `person_words` those by which a customer calls a person.
    """

    channels: tuple[str, ...] = ()
    threshold: float = 0.55
    apart_minutes: int = 10
    settle_hours: int = 24
    due_minutes: int = 240  # where the channel has no standard
    team_id: int | None = None
    owner_id: int | None = None
    target: float = 0.8
    person_words: tuple[str, ...] = ()
    texts: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Example:
    """A message of the trial, and the answer that it would have got; None for a person."""

    channel: str
    text: str
    title: str | None
    score: float


@dataclass(frozen=True)
class Trial:
    """What rules would have done with the messages of the days before."""

    days: int
    came: int
    answered: int
    asked_person: int
    by_answer: Mapping[str, int] = field(default_factory=dict)
    is_cut: bool = False


@dataclass(frozen=True)
class RulesVersion:
    """One version of the rules; `tried` is what its trial said, None where it was not tried."""

    version: int
    rules: Rules
    created_at: datetime | None
    actor: str
    tried_at: datetime | None = None
    tried: Trial | None = None
    is_on: bool = False


@dataclass(frozen=True)
class Times:
    """Waits in seconds until a first reply: how many, the middle one, nine of ten."""

    count: int = 0
    median: float | None = None
    p90: float | None = None
    in_time: int = 0
    judged: int = 0


@dataclass(frozen=True)
class ChannelFigures:
    """Enquiries of one channel: who closed them, and how soon who replied."""

    channel: str
    came: int = 0
    machine: int = 0
    person: int = 0
    open: int = 0
    by_machine: Times = Times()
    by_person: Times = Times()


@dataclass(frozen=True)
class AnswerFigures:
    """How often an answer was given, closed an enquiry, or did not help."""

    answer_id: int
    title: str
    given: int
    closed: int
    not_helped: int


@dataclass(frozen=True)
class Candidate:
    """Words of messages that no answer fits: in how many, of how many customers."""

    words: str
    messages: int
    customers: int


@dataclass(frozen=True)
class Share:
    """Routine enquiries that are over, and how many of them a machine closed.

    >>> Share(812, 1000).value
    0.812
    """

    machine: int
    routine: int

    @property
    def value(self) -> float | None:
        """The share; None where no routine enquiry is over."""
        return self.machine / self.routine if self.routine else None


@dataclass(frozen=True)
class Figures:
    """What first replies did in a period."""

    share: Share
    target: float
    special: int
    channels: Sequence[ChannelFigures]
    answers: Sequence[AnswerFigures]
    candidates: Sequence[Candidate]
    weeks: Sequence[tuple[date, Share]]
    causes: Mapping[str, int]
