"""What every channel states of itself, takes and answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

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
    HANDED = "handed"  # a member of staff has it and must confirm
    REFUSED = "refused"  # this one will never go
    LATER = "later"  # the provider asks to come again; it has not taken it
    UNKNOWN = "unknown"  # it may have been taken: never repeated without asking


class Refusal(StrEnum):
    """What a refusal means for what comes next."""

    FIX = "fix"  # the text or a setting must be changed
    NEVER_AGAIN = "never_again"  # this address does not take messages
    SLOW_DOWN = "slow_down"  # this person, or everybody, for a while
    STOP = "stop"  # the whole account until a person sees to it: credentials, money, quota


class Receipts(StrEnum):
    """Where the truth about delivery comes from."""

    NONE = "none"
    WEBHOOK = "webhook"
    PULLED = "pulled"
    OUTCOME_FORM = "outcome_form"


class HeardKind(StrEnum):
    """What a customer did of their own accord on a channel."""

    MESSAGE = "message"  # wrote to us
    FOLLOW = "follow"  # follows the account
    MENU = "menu"  # chose something from its menu
    SCAN = "scan"  # scanned its code
    STOP = "stop"  # asked us to stop
    LEFT = "left"  # cannot be reached any more: unfollowed, removed us


@dataclass(frozen=True)
class WindowRule:
    """A window that the customer opens by `opened_by`: `minutes` long, for at most `most` messages.

    Without `most` any number goes. Whoever does the same again opens it anew, with all its places.
    """

    opened_by: HeardKind
    minutes: int
    most: int | None = None


@dataclass(frozen=True)
class ChannelContract:
    """What a channel promises and asks; the policy, plans and statuses heed it.

    `address` is the kind of contact point that it needs, `address_else` one that serves where it is missing.
    `caps` are its own limits beside the rules'. `repeatable`: whether an attempt of unknown fate may simply
    be repeated. `templates_only`: nothing but texts that the provider approved; their variables have names,
    or numbers from 1 on where `numbered_values`, and addresses that are `is_abroad` take others than those at
    home. A windowed channel takes free words only in one of its `windows`; outside them an approved template
    goes for `template_purposes` alone. `tells_reading`: its receipts say whether a message was opened, with
    no picture of ours in it.
    """

    code: str
    mode: Mode
    address: str
    templates_only: bool = False
    numbered_values: bool = False
    is_abroad: Callable[[str], bool] = lambda _address: False
    repeatable: bool = False
    receipts: Receipts = Receipts.NONE
    text_max: int | None = None
    caps: tuple[Cap, ...] = ()
    address_else: str = ""
    windows: tuple[WindowRule, ...] = ()
    template_purposes: tuple[str, ...] = ()
    tells_reading: bool = False


@dataclass(frozen=True)
class Envelope:
    """One message, ready to go: what the customer sees, where it goes, and how it is called.

    `message_id` is the same for the same message, whatever happens on the way. `template` is the provider's
    own number of an approved template where the channel takes nothing else, `category` what it was approved
    for, `values` what is put into it by the provider's names; `member` is the colleague through whom it
    goes, by the provider's name of them. `sender_name` stands in the From line of an e-mail instead of the
    account's own; the address stays the account's.
    """

    message_id: str
    to: str
    purpose: str = ""
    subject: str = ""
    text: str = ""
    html: str = ""
    language: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    template: str = ""
    category: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    member: str = ""
    sender_name: str = ""


@dataclass(frozen=True)
class Reply:
    """The provider's answer. `detail` may name an address: it is kept sealed.

    `wait_minutes`: how long the provider wants to be left alone about this message at least, for LATER.
    """

    fate: Fate
    code: str = ""
    detail: str = ""
    refusal: Refusal | None = None
    provider_ref: str = ""
    wait_minutes: int = 0


class ChannelDownError(Exception):
    """The provider cannot be reached, or asks everybody to wait; nothing of the message was taken."""


class AccountStoppedError(ChannelDownError):
    """The provider does not let us in until a person sees to it: credentials, money; nothing was taken."""


class Session(Protocol):
    """An open connection to a provider."""

    def send(self, envelope: Envelope, *, committing: Callable[[], None]) -> Reply:
        """Hand one message over.

        Calls `committing` at the last moment at which it is certain that the provider has not taken it.
        Raises ChannelDownError where nothing of it can have been taken: before that moment, where no
        connection came about after it, or where the provider itself says that it took nothing. Any other
        trouble after it is a reply of unknown fate.
        """

    def close(self) -> None:
        """End it; never raises."""


class ReceiptKind(StrEnum):
    """What a provider tells of a message afterwards."""

    ACCEPTED = "accepted"  # it had taken it
    DELIVERED = "delivered"
    FAILED = "failed"  # it did not arrive; `refusal` says what that means for the address
    COMPLAINED = "complained"  # the customer called it spam
    UNSUBSCRIBED = "unsubscribed"
    OPENED = "opened"
    CLICKED = "clicked"
    REPLIED = "replied"


@dataclass(frozen=True)
class Receipt:
    """One thing that a provider tells of one message, named by our id or the provider's.

    `key` is the provider's number of the event, the same when it is told twice; without one the same kind of
    the same message counts once. `by_machine`: an open or click of a scanner, not of a person. `link` is the
    address that was clicked, `detail` the provider's words (they may name a person: kept sealed).
    `address` is who answered, where the provider names no message: the newest one to that address is meant.
    """

    kind: ReceiptKind
    at: datetime
    message_id: str = ""
    provider_ref: str = ""
    key: str = ""
    code: str = ""
    detail: str = ""
    refusal: Refusal | None = None
    by_machine: bool = False
    link: str = ""
    address: str = ""


@dataclass(frozen=True)
class Heard:
    """Something that a customer did on a channel, told once by its `key`: `text` is what they wrote.

    `address` is theirs, of the kind that the channel's contract names.
    """

    kind: HeardKind
    address: str
    at: datetime
    key: str
    text: str = ""


@dataclass(frozen=True)
class Asked:
    """A message that the provider is asked about; `provider_ref` is empty where its answer never came."""

    message_id: str
    provider_ref: str
    to: str
    sent_at: datetime


@dataclass(frozen=True)
class Inbound:
    """A request that a provider makes of us; header names in small letters, the body untouched.

    `url` is the full address as the provider called it, for signatures that cover it.
    """

    method: str
    url: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Answer:
    """What the provider is answered."""

    status: int = 200
    body: bytes = b""
    content_type: str = "text/plain"


@dataclass(frozen=True)
class Received:
    """What an inbound request said, and how to answer it once that is kept."""

    receipts: Sequence[Receipt] = ()
    answer: Answer = field(default_factory=Answer)
    heard: Sequence[Heard] = ()


class SignatureError(Exception):
    """An inbound request that did not come from the provider; says which check failed, never a secret."""


class SettingsError(ValueError):
    """Settings of an account that cannot be; by field, each with a code of `labels.SETTINGS_PROBLEM`."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__(", ".join(f"{name}: {code}" for name, code in problems.items()))
        self.problems = dict(problems)


@dataclass(frozen=True)
class AccountField:
    """Something that an account of a provider needs; `label` and `help` are lazy translations.

    `leads`: it says where secrets are sent, so whoever changes it must know them.
    """

    name: str
    label: Any
    secret: bool = False
    required: bool = True
    help: Any = ""
    default: str = ""
    choices: Sequence[tuple[str, Any]] = ()
    multiline: bool = False
    leads: bool = False


Settings = Mapping[str, str]


@dataclass(frozen=True)
class Provider:
    """One way to send on one channel: what it needs to know, how it is opened, how it tells what became.

    `code` is `channel.name`. `open` connects (ChannelDownError) and is asked once for many messages.
    `receive` checks and reads a request of the provider (SignatureError; ValueError for what it cannot read),
    `pull` asks it what became of messages: with `pulls_lost_only` of those whose answer got lost. `find` asks
    it about one attempt of unknown fate that began at the moment given: a reply that it was taken, a reply
    LATER that it was not, None where nobody can tell. `reports_all`: whether, with these settings, it tells
    of every message that it took, so that silence about one of unknown fate means it was not taken. `check`
    raises SettingsError for settings that cannot work; `probe` shows that the provider lets us in, sending
    nothing, where `open` connects to nobody (ChannelDownError). Each worker opens as many as `connections`,
    and uses each in a thread of its own.
    """

    code: str
    label: Any
    contract: ChannelContract
    fields: Sequence[AccountField]
    open: Callable[[Settings], Session]
    receive: Callable[[Settings, Inbound], Received] | None = None
    pull: Callable[[Settings, Sequence[Asked], datetime], Sequence[Receipt]] | None = None
    find: Callable[[Settings, Envelope, datetime], Reply | None] | None = None
    check: Callable[[Settings], None] | None = None
    pulls_lost_only: bool = False
    probe: Callable[[Settings], None] | None = None
    reports_all: Callable[[Settings], bool] = lambda _settings: False
    connections: int = 1

    @property
    def channel(self) -> str:
        """The channel's code."""
        return self.contract.code
