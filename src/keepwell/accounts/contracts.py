"""What the room takes and gives: roles, permissions and how far they reach."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import IntEnum, StrEnum


class Role(StrEnum):
    """What somebody does in the company; a user may hold several."""

    ADMINISTRATOR = "administrator"
    RETENTION_MANAGER = "retention_manager"
    ACCOUNT_MANAGER = "account_manager"
    SERVICE_AGENT = "service_agent"
    ANALYST = "analyst"
    FINANCE = "finance"
    QUALITY_CONTROL = "quality_control"
    AUDITOR = "auditor"
    READ_ONLY = "read_only"


class Permission(StrEnum):
    """What can be allowed; each gate asks for exactly one of these."""

    VIEW_CUSTOMERS = "customers.view"
    CHANGE_CUSTOMERS = "customers.change"
    UNMASK_CONTACTS = "customers.unmask"
    EXPORT_CUSTOMERS = "customers.export"
    MERGE_CUSTOMERS = "customers.merge"
    ERASE_CUSTOMERS = "customers.erase"
    CHANGE_CONSENTS = "consents.change"
    CHANGE_OWNERS = "owners.change"
    VIEW_SENSITIVE_NOTES = "notes.view_sensitive"
    VIEW_TASKS = "tasks.view"
    CHANGE_TASKS = "tasks.change"
    VIEW_SEGMENTS = "segments.view"
    CHANGE_SEGMENTS = "segments.change"
    VIEW_CONTENT = "content.view"
    CHANGE_CONTENT = "content.change"
    APPROVE_CONTENT = "content.approve"
    VIEW_PLANS = "plans.view"
    SAVE_PLANS = "plans.save"
    APPROVE = "approvals.decide"
    VIEW_FIGURES = "figures.view"
    VIEW_SETTINGS = "settings.view"
    CHANGE_SETTINGS = "settings.change"
    VIEW_DATA = "data.view"
    IMPORT_DATA = "data.import"
    CHANGE_STANDARDS = "standards.change"
    VIEW_AUDIT = "audit.view"
    MANAGE_ACCOUNTS = "accounts.manage"
    MANAGE_INTEGRATIONS = "integrations.manage"
    SEND_EVENTS = "events.send"


class Reach(IntEnum):
    """Whose customers a permission covers; a wider reach includes the narrower."""

    NONE = 0
    OWN = 1
    TEAM = 2
    ALL = 3


class AuthorityKind(StrEnum):
    """What the authority table limits. Shares are fractions of one; amounts are in the shop's currency."""

    PRICE_CONCESSION = "price_concession"  # share by which a price is moved, up or down
    DISCOUNT = "discount"  # share off an offer
    COMPENSATION = "compensation"  # amount paid or credited for a complaint
    COMPENSATION_SHARE = "compensation_share"  # the same as share of the original price
    PUBLIC_COMPENSATION = "public_compensation"  # amount promised in public, on social media
    OFFER_VALUE = "offer_value"  # amount that a treatment costs for one customer


class Approvable(StrEnum):
    """What somebody else than its writer may have to approve before it counts."""

    TEXT = "text"
    JOURNEY = "journey"
    MAILING = "mailing"
    PLAY = "play"


class SecondPerson(StrEnum):
    """Whether somebody else than the writer must approve."""

    ALWAYS = "always"
    WHERE_POSSIBLE = "where_possible"  # where somebody else is there who may
    NEVER = "never"


SHARES = frozenset({AuthorityKind.PRICE_CONCESSION, AuthorityKind.DISCOUNT, AuthorityKind.COMPENSATION_SHARE})


class ApprovalStatus(StrEnum):
    """Where a request for approval is."""

    WAITING = "waiting"
    APPROVED = "approved"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True)
class Authority:
    """How much may be decided alone; `limit` None is without limit; `approver` decides above it."""

    role: Role
    kind: AuthorityKind
    limit: Decimal | None
    approver: Role | None


@dataclass(frozen=True)
class ApprovalView:
    """A request for approval."""

    approval_id: int
    kind: AuthorityKind
    amount: Decimal
    currency: str
    object_type: str
    object_id: str
    customer_id: str
    reason: str
    approver: Role | None
    asked_by: str
    asked_at: datetime
    status: ApprovalStatus
    decided_by: str | None
    decided_at: datetime | None
    decision_reason: str


@dataclass(frozen=True)
class TokenView:
    """An API token without its secret."""

    token_id: int
    username: str
    name: str
    hint: str
    scopes: frozenset[Permission]
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    revoked_at: datetime | None

    def is_valid(self, now: datetime) -> bool:
        """Whether it still opens anything."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)


@dataclass(frozen=True)
class NewToken:
    """A token just made: the only time that its secret is known."""

    token: TokenView
    secret: str


@dataclass(frozen=True)
class UserView:
    """Somebody who signs in."""

    user_id: int
    username: str
    name: str
    first_name: str
    last_name: str
    email: str
    roles: tuple[Role, ...]
    team_id: int | None
    team: str
    language: str
    time_zone: str
    is_active: bool
    has_password: bool
    has_second_factor: bool
    last_login_at: datetime | None
    acknowledged_at: datetime | None


@dataclass(frozen=True)
class TeamView:
    """A team, its leader and its members."""

    team_id: int
    name: str
    leader_id: int | None
    leader: str
    members: tuple[str, ...]


@dataclass(frozen=True)
class CardView:
    """What customers see of a colleague; `positions` by language."""

    user_id: int
    display_name: str = ""
    email: str = ""
    phone: str = ""
    signature: str = ""
    positions: Mapping[str, str] = field(default_factory=dict)
    away_from: date | None = None
    away_until: date | None = None
    substitute_id: int | None = None

    def is_away(self, on: date) -> bool:
        """Whether somebody else writes on this day."""
        return self.away_until is not None and (self.away_from or on) <= on <= self.away_until

    def position(self, language: str) -> str:
        """What they are, in a language; in the English one where it is not said in that."""
        return self.positions.get(language) or self.positions.get("en", "")
