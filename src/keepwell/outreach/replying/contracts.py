"""What reply times take and give."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

# The channels that customers ask by.
CHANNELS = ("phone", "email", "sms", "wecom", "wechat", "whatsapp", "chat", "web", "app", "store")
MINUTES_MAX = 60 * 24 * 30
SPANS = (30, 90, 365)


# So many reactions make a habit; one or two are chance.
HABIT_LEAST = 4
GROUP_LEAST = 30


class HourOf(StrEnum):
    """Whose habit an hour is."""

    OWN = "own"
    GROUP = "group"  # of those in the same country
    SHOP = "shop"
    NONE = "none"


@dataclass(frozen=True)
class Favourite:
    """The hours of their own clock at which a customer is most likely to react, the best first; or none."""

    hours: tuple[int, ...] = ()
    of: HourOf = HourOf.NONE
    reactions: int = 0


class StandardError(ValueError):
    """A standard that cannot be; says why in words."""


@dataclass(frozen=True)
class Standard:
    """A first answer within `minutes`."""

    channel: str
    minutes: int
    is_public: bool
    updated_at: datetime
    updated_by: str


@dataclass(frozen=True)
class ReplyTimes:
    """First answers on one channel: of `asked` in the span, `answered` until now.

    `median_minutes` and `p90_minutes` are of those answered. `within` were answered in time, of `judged`:
    those answered, and those whose time is over. `late_now` wait for longer than the standard. Without a
    standard the last three are None.
    """

    channel: str
    asked: int = 0
    answered: int = 0
    median_minutes: float | None = None
    p90_minutes: float | None = None
    judged: int | None = None
    within: int | None = None
    late_now: int | None = None

    @property
    def share(self) -> float | None:
        """The share that was answered in time; None without any, or without a standard."""
        return self.within / self.judged if self.judged and self.within is not None else None
