"""What groups of customers take and give."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

CHANNEL = "wecom"


class ChatError(ValueError):
    """Something that cannot be done; `code` is put into words by `labels.PROBLEM`."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class State(StrEnum):
    """What became of a message to one group."""

    WAITING = "waiting"
    WITHHELD = "withheld"  # the contact policy was against it
    HANDING = "handing"  # on its way to WeCom
    HANDED = "handed"  # the owner of the group has it and must confirm
    SENT = "sent"
    FAILED = "failed"
    UNKNOWN = "unknown"  # it may have been taken: never repeated without asking
    STOPPED = "stopped"


# What may still go out, or has; the same text is not made twice beside it.
TAKEN = (State.HANDING, State.HANDED, State.SENT, State.UNKNOWN)


@dataclass(frozen=True)
class Assessment:
    """What the contact policy has to say of a message to a group at a moment.

    `barred`: members who are left alone (a severe complaint or another hold, a stop, or this consent
    withdrawn): as long as there is one, the group is not written to. `held_out` are kept aside from
    marketing to compare with, `not_asked` never said whether they want it: they read it with the group, and
    are counted. `until`: not before then. `cause` is "" where it may go now.
    """

    cause: str = ""
    until: datetime | None = None
    barred: int = 0
    held_out: int = 0
    not_asked: int = 0
    known: int = 0

    @property
    def figures(self) -> dict[str, int]:
        """What is kept beside a delivery."""
        return {
            "known": self.known,
            "barred": self.barred,
            "held_out": self.held_out,
            "not_asked": self.not_asked,
        }


@dataclass(frozen=True)
class GroupView:
    """One group: `members` are all people in it, `known` those who are customers here.

    `owner` is WeCom's user ID, `owner_name` our name of that colleague where it is known. `tiers` and
    `stages` count its customers.
    """

    group_id: int
    chat_id: str
    name: str
    owner: str
    owner_name: str
    owner_left: bool
    members: int
    strangers: int
    known: int
    started_at: datetime | None
    read_at: datetime
    gone_at: datetime | None
    last_at: datetime | None = None
    tiers: Mapping[str, int] = field(default_factory=dict)
    stages: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Totals:
    """Groups, all people in them, and places of customers: who is in two groups has two."""

    groups: int
    people: int
    customers: int


@dataclass(frozen=True)
class DeliveryView:
    """What became of a message to one group."""

    group_id: int
    group_name: str
    state: State
    reason: str
    due_at: datetime
    finished_at: datetime | None
    figures: Mapping[str, int]


@dataclass(frozen=True)
class PostView:
    """One text to chosen groups."""

    post_id: int
    template_code: str
    language: str
    purpose: str
    text: str
    created_at: datetime
    created_by: str
    stopped_at: datetime | None
    deliveries: tuple[DeliveryView, ...]

    @property
    def is_open(self) -> bool:
        """Whether something of it waits."""
        return any(one.state is State.WAITING for one in self.deliveries)


@dataclass(frozen=True)
class Refreshed:
    """What reading found: groups, those new, those that are gone, customers in them."""

    groups: int = 0
    new: int = 0
    gone: int = 0
    known: int = 0


@dataclass(frozen=True)
class Worked:
    """What a round did, by group."""

    handed: int = 0
    withheld: int = 0
    later: int = 0
    failed: int = 0
    unknown: int = 0
    settled: int = 0
