"""What every channel states of itself, takes and answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from keepwell.outreach.policy.contracts import Cap


class Mode(StrEnum):
    """What "send" means on a channel."""

    DIRECT = "direct"  # it goes out when it is sent
    WINDOWED = "windowed"  # only in a window that the customer opened
    VIA_MEMBER = "via_member"  # a member of staff must confirm
    TASK = "task"  # a person does it
    NEXT_VISIT = "next_visit"  # shown when the customer comes


class Fate(StrEnum):
    """What became of one attempt."""

    ACCEPTED = "accepted"  # the provider has taken it
    REFUSED = "refused"  # this one will never go
    LATER = "later"  # the provider asks to come again; it has not taken it
    UNKNOWN = "unknown"  # it may have been taken: never repeated without asking


class Refusal(StrEnum):
    """What a refusal means for what comes next."""

    FIX = "fix"  # the text or a setting must be changed
    NEVER_AGAIN = "never_again"  # this address does not take messages
    SLOW_DOWN = "slow_down"
    STOP = "stop"  # the whole channel: credentials, quota, account


class Receipts(StrEnum):
    """Where the truth about delivery comes from."""

    NONE = "none"
    WEBHOOK = "webhook"
    PULLED = "pulled"
    OUTCOME_FORM = "outcome_form"


@dataclass(frozen=True)
class ChannelContract:
    """What a channel promises and asks; the policy, plans and statuses heed it.

    `address` is the kind of contact point that it needs. `caps` are its own limits beside the rules'.
    `repeatable`: whether an attempt of unknown fate may simply be repeated.
    """

    code: str
    mode: Mode
    address: str
    templates_only: bool = False
    repeatable: bool = False
    receipts: Receipts = Receipts.NONE
    text_max: int | None = None
    caps: tuple[Cap, ...] = ()


@dataclass(frozen=True)
class Envelope:
    """One message, ready to go: what the customer sees, where it goes, and how it is called.

    `message_id` is the same for the same message, whatever happens on the way.
    """

    message_id: str
    to: str
    subject: str = ""
    text: str = ""
    html: str = ""
    language: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Reply:
    """The provider's answer. `detail` may name an address: it is kept sealed."""

    fate: Fate
    code: str = ""
    detail: str = ""
    refusal: Refusal | None = None
    provider_ref: str = ""


class ChannelDownError(Exception):
    """The provider cannot be reached, or asks everybody to wait; nothing of the message was taken."""


class Session(Protocol):
    """An open connection to a provider."""

    def send(self, envelope: Envelope, *, committing: Callable[[], None]) -> Reply:
        """Hand one message over.

        Calls `committing` at the last moment at which it is certain that the provider has not taken it.
        Raises ChannelDownError before that moment only; after it, trouble is a reply of unknown fate.
        """

    def close(self) -> None:
        """End it; never raises."""
