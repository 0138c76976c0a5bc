"""What pace and strategies take and give."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

STAGES = ("new", "growth", "mature", "decline")


class Level(StrEnum):
    """How often somebody gets marketing by e-mail, beside what is usual."""

    FASTER = "faster"
    NORMAL = "normal"
    SLOWER = "slower"
    PAUSE = "pause"


class Form(StrEnum):
    """In which form."""

    USUAL = ""
    SHORT = "short"  # reads, but does nothing: a short text
    OTHER = "other"  # reads nothing here, answers elsewhere: another channel


class Why(StrEnum):
    """What a pace comes from."""

    USUAL = "usual"
    FEW = "few"  # too few messages, or the shop knows no rate of its own
    FAREWELL = "farewell"
    SILENCE = "silence"
    EAGER = "eager"
    NOT_FOLLOWED = "not_followed"


@dataclass(frozen=True)
class Reactions:
    """What a customer made of the marketing e-mails of the last 180 days.

    `messages` reached them. A sign is an opening or a click that a person made, or an answer: `signs`
    messages have one, `silent` came after the last of them over `silent_days`. `opened` messages were opened
    or more, `clicked` clicked or answered; `recent` and `recent_clicked` are those of the last 90 days.
    `farewell_days`: so long ago one made them unsubscribe or complain. `other`: a channel on which they
    answered meanwhile.
    """

    messages: int = 0
    signs: int = 0
    silent: int = 0
    silent_days: float = 0.0
    opened: int = 0
    clicked: int = 0
    recent: int = 0
    recent_clicked: int = 0
    farewell_days: float | None = None
    other: str = ""


@dataclass(frozen=True)
class Shop:
    """The same of all customers: the share of messages with a sign, with a click; clicks per opened."""

    messages: int = 0
    sign_share: float = 0.0
    click_share: float = 0.0
    clicks_of_opened: float = 0.0


@dataclass(frozen=True)
class Pace:
    """A customer's pace with what it comes from; `figures` are those that it was decided by."""

    level: Level = Level.NORMAL
    form: Form = Form.USUAL
    channel: str = ""  # the other one, where the form is another channel
    why: Why = Why.USUAL
    figures: Mapping[str, Any] = field(default_factory=dict)
    made_at: datetime | None = None


@dataclass(frozen=True)
class Counts:
    """How many customers are at each pace and form but the usual one, when it was told last."""

    levels: Mapping[str, int]
    forms: Mapping[str, int]
    shop: Shop
    made_at: datetime | None


@dataclass(frozen=True)
class Strategy:
    """How the customers of one stage of life are spoken to.

    At most `most` marketing contacts in `days` days, for which the contact policy sees where `is_binding`.
    While it is `in_force`, that limit counts too, marketing goes by its `channels` in their order, and texts
    in its `tone` are taken for whom no tone of their own is known.
    """

    stage: str
    goal: str
    channels: tuple[str, ...]
    most: int
    days: int
    is_binding: bool
    content: str
    contents: tuple[str, ...]
    offers: str
    journeys: tuple[str, ...]
    owner_id: int | None
    updated_at: datetime | None
    updated_by: str
    in_force: bool = False
    tone: str = ""


@dataclass(frozen=True)
class Received:
    """What the customers of a stage got in a span of days; `over` of them more marketing than the limit."""

    customers: int = 0
    contacts: int = 0
    channels: Mapping[str, int] = field(default_factory=dict)
    over: int = 0


class StrategyError(ValueError):
    """Values that no strategy can have: what is wrong by field, in words."""

    def __init__(self, wrong: Mapping[str, str]) -> None:
        super().__init__("; ".join(f"{name}: {text}" for name, text in wrong.items()))
        self.wrong = dict(wrong)
