"""What privacy takes and gives: channels, purposes, verdicts, requests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

# What a wording says, and in which languages.
LANGUAGES = ("en", "zh-hans", "zh-hant")
PARTS = ("purpose", "scope", "use")
# What facts of erased and of anonymised people go under: nothing leads back from it.
ERASED_PREFIX = "e_"
ANONYMISED_PREFIX = "x_"


class PrivacyError(ValueError):
    """Something that privacy does not allow or does not know; the message is for people."""


@dataclass(frozen=True)
class PersonAddress:
    """The e-mail address of somebody at a company; `mark` is the person's of `customers.PersonOfRole`."""

    value: str
    mark: str
    changed_at: datetime


class Channel(StrEnum):
    """A way to reach somebody that consent is asked for."""

    EMAIL = "email"
    SMS = "sms"
    PHONE = "phone"
    WECOM = "wecom"
    WHATSAPP = "whatsapp"
    WECHAT = "wechat"
    POST = "post"
    WEB = "web"
    ADS = "ads"  # a digest of the address is given to a platform for advertising


class Purpose(StrEnum):
    """What somebody is contacted, or their data used, for."""

    MARKETING = "marketing"
    SERVICE = "service"
    PROFILING = "profiling"
    SURVEY = "survey"


class HoldKind(StrEnum):
    """Why somebody is left alone. A complaint or dispute silences all but service, the others everything."""

    STOP = "stop"
    COMPLAINT = "complaint"
    DISPUTE = "dispute"
    LEGAL = "legal"
    DECEASED = "deceased"


SILENCES_ALL = frozenset({HoldKind.STOP, HoldKind.LEGAL, HoldKind.DECEASED})


class Reason(StrEnum):
    """Why somebody may or may not be contacted."""

    GIVEN = "given"
    UNKNOWN_CUSTOMER = "unknown_customer"
    STOPPED = "stopped"
    ON_HOLD = "on_hold"
    NOT_ASKED = "not_asked"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True)
class Verdict:
    """Whether a customer may be contacted by a channel for a purpose, and why; `since` where it is known."""

    allowed: bool
    reason: Reason
    since: datetime | None = None
    hold: HoldKind | None = None
    wording: str = ""

    def __bool__(self) -> bool:
        return self.allowed


@dataclass(frozen=True)
class ConsentRow:
    """One line of an import: what somebody said, when, where, and which wording they were shown."""

    customer_id: str
    channel: str
    purpose: str
    given: bool
    at: datetime
    source: str
    wording: str = ""


@dataclass(frozen=True)
class ConsentView:
    """The present state for one channel and purpose."""

    channel: str
    purpose: str
    given: bool
    at: datetime
    source: str
    wording: str


@dataclass(frozen=True)
class ConsentChange:
    """One entry of the history. `action` is given, withdrawn, narrowed (by a merge) or restored."""

    channel: str
    purpose: str
    action: str
    at: datetime
    source: str
    wording: str
    actor: str


@dataclass(frozen=True)
class HoldView:
    """One hold; `is_active` at the time of asking."""

    hold_id: int
    kind: HoldKind
    reason: str
    placed_at: datetime
    placed_by: str
    until: datetime | None
    lifted_at: datetime | None
    is_active: bool


@dataclass(frozen=True)
class ImportedConsents:
    """What became of a file of consents; `rejected` names line, column and what is wrong."""

    read: int
    changed: int
    unchanged: int
    rejected: tuple[tuple[int, str, str], ...]


@dataclass(frozen=True)
class WordingView:
    """What customers are told, in one version: texts by language, each with purpose, scope and use."""

    code: str
    version: int
    purpose: str
    texts: Mapping[str, Mapping[str, str]]
    created_at: datetime | None = None
    created_by: str = ""

    @property
    def name(self) -> str:
        """How consents name it: `code/version`."""
        return f"{self.code}/{self.version}"


@dataclass(frozen=True)
class Unmasked:
    """A contact value in plain, to be shown for `seconds`."""

    contact_point_id: int
    kind: str
    value: str
    seconds: int


@dataclass(frozen=True)
class MaskedPoint:
    """A contact value that can be asked for."""

    contact_point_id: int
    kind: str
    masked: str
    source: str
    updated_at: datetime


class Right(StrEnum):
    """What can be asked for by the person whose data it is."""

    ANONYMISE = "anonymise"
    ERASE = "erase"


@dataclass(frozen=True)
class Subject:
    """Somebody who is being erased or anonymised, as erasers see them.

    `customer_ids` are all numbers of the person; what stays goes under `pseudonym`. `mentions(text)` says
    whether text names the person: by number, name, e-mail address or phone number, however written.
    """

    right: Right
    customer_ids: tuple[str, ...]
    pseudonym: str
    identifiers: Mapping[str, tuple[str, ...]]
    matcher: Any = field(repr=False)

    def mentions(self, text: str) -> bool:
        """Whether `text` names the person."""
        return bool(self.matcher.search(text))


@dataclass(frozen=True)
class RequestView:
    """A request to erase or anonymise: its progress, and its certificate once done."""

    request_id: int
    right: Right
    customer_id: str
    status: str
    steps: tuple[Mapping[str, Any], ...]
    requested_at: datetime
    requested_by: str
    finished_at: datetime | None
    error: str
    certificate: Mapping[str, Any] | None


@dataclass(frozen=True)
class RetentionRule:
    """How long one kind of data is kept; None keeps it."""

    kind: str
    label: Any
    help: Any
    days: int | None
    default_days: int | None
    minimum_days: int
