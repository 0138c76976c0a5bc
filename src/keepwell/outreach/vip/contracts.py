"""What the care of VIP customers takes and gives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time

HOURS_MAX = 24 * 30
MINUTES_MAX = 60 * 24 * 30
AGE_MIN, AGE_MAX = 40, 120
SHIFT_HOURS_MAX = 24 * 7
ROSTER_DAYS = 7


class VipError(ValueError):
    """Something that cannot be; by field, each with a code of `labels.PROBLEM`."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__(", ".join(f"{name}: {code}" for name, code in problems.items()))
        self.problems = dict(problems)


@dataclass(frozen=True)
class VipRules:
    """How customers of the value `tiers`, or with one of the special `needs`, are treated; only if `active`.

    What they wait for is due within `task_hours`, and answered within the minutes of the channel that they
    asked on. Outside the working hours, on the shop's clock, it goes to whoever is on duty. `phone`, `wecom`
    and `email` are the contact by day and night that they alone are told.

    Whether or not `active`: whoever has one of `guided_needs`, or by their birthday is `guided_age` years old
    or more, is shown large, simple pages that say what to do. No age: nobody by their birthday.
    """

    active: bool = False
    tiers: tuple[str, ...] = ("high",)
    needs: tuple[str, ...] = ("traveller",)
    task_hours: int = 4
    reply_minutes: Mapping[str, int] = field(default_factory=dict)
    work_from: time = time(9)
    work_until: time = time(18)
    work_days: tuple[int, ...] = (0, 1, 2, 3, 4)
    phone: str = ""
    wecom: str = ""
    email: str = ""
    guided_needs: tuple[str, ...] = ("older", "accessibility")
    guided_age: int | None = 65

    @property
    def has_contact(self) -> bool:
        """Whether there is any contact to tell."""
        return bool(self.phone or self.wecom or self.email)


@dataclass(frozen=True)
class ShiftView:
    """Somebody's time on duty."""

    shift_id: int
    user_id: int
    name: str
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True)
class Gap:
    """A time outside the working hours when nobody is on duty."""

    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True)
class Treatment:
    """What the rules make of something that a VIP customer waits for: due by then, done by that colleague."""

    due_at: datetime | None
    assignee_id: int | None
    at_night: bool
