"""What mailings take and give."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from keepwell.outreach.sending.reached import came_to

KEEP_TRYING_DAYS = 3
KEEP_TRYING_MAX = 30
PRIORITY = 30
NAME_MAX = 120


class Status(StrEnum):
    """Where a mailing is."""

    DRAFT = "draft"
    PREPARING = "preparing"  # messages are being made
    GOING = "going"  # all are made; those that are due go
    DONE = "done"
    STOPPED = "stopped"


class MailingError(ValueError):
    """Something that a mailing refuses: problems by field, each a code for `labels.PROBLEM`."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__(", ".join(f"{name}: {code}" for name, code in problems.items()))
        self.problems = dict(problems)


@dataclass(frozen=True)
class Way:
    """A channel and the text that goes by it; the version is fixed when the mailing is confirmed."""

    channel: str
    template_code: str
    version: int | None = None


@dataclass(frozen=True)
class MailingView:
    """One mailing; `planned`, `left_out` count members whose message was made, or could not be.

    `control` of them are kept as control: no message is made.
    """

    mailing_id: int
    name: str
    segment_id: int
    template_code: str
    template_version: int | None
    channel: str
    purpose: str
    priority: int
    send_at: datetime | None
    keep_trying_days: int
    status: Status
    paused: bool
    revision: int
    audience: int
    planned: int
    left_out: int
    created_at: datetime
    created_by: str
    confirmed_at: datetime | None
    confirmed_by: str
    ended_at: datetime | None
    touchpoint: str = ""
    control_share: float = 0.0  # of those who could get it; 0 where it is no marketing
    control: int = 0
    chosen_share: float = 0.0  # as it was written, whatever the text is for
    others: tuple[Way, ...] = ()
    best_hour: bool = False
    from_manager: bool = False
    role: str = ""  # of the contact person at a company to whom it goes; "": to the customer's own address

    @property
    def ways(self) -> tuple[Way, ...]:
        """Every channel by which it may go, the first that was named first."""
        return (Way(self.channel, self.template_code, self.template_version), *self.others)

    @property
    def origin(self) -> str:
        """How its messages say where they come from."""
        return f"mailing:{self.mailing_id}"


@dataclass(frozen=True)
class Audience:
    """Who would get it at this moment: members, and of those asked about, how many by what would happen.

    `outcomes` maps "allowed", "control", "no_address", "nobody_of_role", the cause of a refusal, or "later:"
    and the cause of a delay to a number; where there are more than `asked` members it is a sample of these.
    `channels` tells channels and why they suit, `getting` those of a channel who would get it now or later;
    `hours` by whose habit the hour is chosen (with the hour where it is not each one's own); `senders` in
    whose name and where answers go, "" for the house; `examples` are some companies with the id of the person
    there who would get it, where it goes by role.
    """

    members: int
    asked: int
    outcomes: Mapping[str, int] = field(default_factory=dict)
    channels: Mapping[tuple[str, str], int] = field(default_factory=dict)
    getting: Mapping[str, int] = field(default_factory=dict)
    hours: Mapping[tuple[str, int | None], int] = field(default_factory=dict)
    senders: Mapping[tuple[str, str], int] = field(default_factory=dict)
    examples: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Progress:
    """What became of the messages: by status, by how far they came, and withheld or failed by reason.

    `channels` maps each channel to its messages by how far they came, "" for those that have not gone.
    """

    statuses: Mapping[str, int]
    standings: Mapping[str, int]
    reasons: Mapping[tuple[str, str], int]
    left_out: Mapping[str, int]
    channels: Mapping[str, Mapping[str, int]] = field(default_factory=dict)

    def came_to(self, standing: str) -> int:
        """How many came at least so far."""
        return sum(self.standings.get(one, 0) for one in came_to(standing))

    def by_channel(self, channel: str, standing: str) -> int:
        """How many of one channel came at least so far; "" counts its messages."""
        found = self.channels.get(channel, {})
        if not standing:
            return sum(found.values())
        return sum(found.get(one, 0) for one in came_to(standing))

    @property
    def messages(self) -> int:
        """How many there are."""
        return sum(self.statuses.values())
