"""Which role may do what, how far, and how much it decides alone: pure rules."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal

from keepwell.accounts.contracts import (
    Approvable,
    Authority,
    AuthorityKind,
    Permission,
    Reach,
    Role,
    SecondPerson,
)

EVERYTHING: Mapping[Permission, Reach] = dict.fromkeys(Permission, Reach.ALL)

# Own customers, team's or all: the one table that every gate asks. What is absent is not allowed.
GRANTS: Mapping[Role, Mapping[Permission, Reach]] = {
    Role.ADMINISTRATOR: EVERYTHING,
    Role.RETENTION_MANAGER: {
        permission: Reach.ALL
        for permission in Permission
        if permission
        not in (
            Permission.MANAGE_ACCOUNTS,
            Permission.MANAGE_INTEGRATIONS,
            Permission.ERASE_CUSTOMERS,
            Permission.VIEW_AUDIT,
        )
    },
    Role.ACCOUNT_MANAGER: {
        Permission.VIEW_CUSTOMERS: Reach.OWN,
        Permission.CHANGE_CUSTOMERS: Reach.OWN,
        Permission.UNMASK_CONTACTS: Reach.OWN,
        Permission.CHANGE_CONSENTS: Reach.OWN,
        Permission.VIEW_SENSITIVE_NOTES: Reach.OWN,
        Permission.CHANGE_OWNERS: Reach.OWN,
        Permission.VIEW_TASKS: Reach.OWN,
        Permission.CHANGE_TASKS: Reach.OWN,
        Permission.VIEW_SEGMENTS: Reach.OWN,
        Permission.VIEW_PLANS: Reach.OWN,
        Permission.VIEW_FIGURES: Reach.OWN,
        Permission.VIEW_CONTENT: Reach.ALL,
    },
    Role.SERVICE_AGENT: {
        Permission.VIEW_CUSTOMERS: Reach.ALL,
        Permission.CHANGE_CUSTOMERS: Reach.ALL,
        Permission.UNMASK_CONTACTS: Reach.ALL,
        Permission.CHANGE_CONSENTS: Reach.ALL,
        Permission.VIEW_TASKS: Reach.OWN,
        Permission.CHANGE_TASKS: Reach.OWN,
        Permission.VIEW_FIGURES: Reach.OWN,
        Permission.VIEW_CONTENT: Reach.ALL,
    },
    Role.ANALYST: {
        Permission.VIEW_CUSTOMERS: Reach.ALL,
        Permission.EXPORT_CUSTOMERS: Reach.ALL,
        Permission.VIEW_SEGMENTS: Reach.ALL,
        Permission.CHANGE_SEGMENTS: Reach.ALL,
        Permission.VIEW_PLANS: Reach.ALL,
        Permission.VIEW_FIGURES: Reach.ALL,
        Permission.VIEW_SETTINGS: Reach.ALL,
        Permission.VIEW_DATA: Reach.ALL,
        Permission.VIEW_CONTENT: Reach.ALL,
    },
    Role.FINANCE: {
        Permission.VIEW_CUSTOMERS: Reach.ALL,
        Permission.VIEW_PLANS: Reach.ALL,
        Permission.APPROVE: Reach.ALL,
        Permission.VIEW_FIGURES: Reach.ALL,
        Permission.VIEW_SETTINGS: Reach.ALL,
        Permission.VIEW_CONTENT: Reach.ALL,
    },
    Role.QUALITY_CONTROL: {
        Permission.VIEW_CUSTOMERS: Reach.ALL,
        Permission.VIEW_SENSITIVE_NOTES: Reach.ALL,
        Permission.VIEW_TASKS: Reach.ALL,
        Permission.VIEW_SEGMENTS: Reach.ALL,
        Permission.VIEW_FIGURES: Reach.ALL,
        Permission.VIEW_SETTINGS: Reach.ALL,
        Permission.VIEW_DATA: Reach.ALL,
        Permission.CHANGE_STANDARDS: Reach.ALL,
        Permission.VIEW_CONTENT: Reach.ALL,
        Permission.APPROVE_CONTENT: Reach.ALL,
    },
    Role.AUDITOR: {
        Permission.VIEW_CUSTOMERS: Reach.ALL,
        Permission.VIEW_TASKS: Reach.ALL,
        Permission.VIEW_SEGMENTS: Reach.ALL,
        Permission.VIEW_PLANS: Reach.ALL,
        Permission.VIEW_FIGURES: Reach.ALL,
        Permission.VIEW_SETTINGS: Reach.ALL,
        Permission.VIEW_DATA: Reach.ALL,
        Permission.VIEW_AUDIT: Reach.ALL,
        Permission.VIEW_CONTENT: Reach.ALL,
    },
    Role.READ_ONLY: {
        Permission.VIEW_CUSTOMERS: Reach.ALL,
        Permission.VIEW_SEGMENTS: Reach.ALL,
        Permission.VIEW_PLANS: Reach.ALL,
        Permission.VIEW_FIGURES: Reach.ALL,
        Permission.VIEW_SETTINGS: Reach.ALL,
        Permission.VIEW_DATA: Reach.ALL,
        Permission.VIEW_CONTENT: Reach.ALL,
    },
}


def reach_of(roles: Iterable[str], permission: Permission) -> Reach:
    """The widest reach that any of `roles` gives for `permission`."""
    return max((GRANTS[Role(role)].get(permission, Reach.NONE) for role in roles), default=Reach.NONE)


# Who approves what, and whether that is somebody else than the writer. A mailing's text has been approved
# before, so that its writer may send it unless the shop says otherwise.
APPROVED_BY: Mapping[Approvable, Permission] = {
    Approvable.TEXT: Permission.APPROVE_CONTENT,
    Approvable.JOURNEY: Permission.SAVE_PLANS,
    Approvable.MAILING: Permission.SAVE_PLANS,
    Approvable.PLAY: Permission.APPROVE,
}
DEFAULT_SECOND_PERSON: Mapping[Approvable, SecondPerson] = {
    Approvable.TEXT: SecondPerson.WHERE_POSSIBLE,
    Approvable.JOURNEY: SecondPerson.WHERE_POSSIBLE,
    Approvable.MAILING: SecondPerson.NEVER,
    Approvable.PLAY: SecondPerson.WHERE_POSSIBLE,
}


def price_change_share(list_price: Decimal, price: Decimal) -> Decimal:
    """By which share of the list price a price departs from it; raises ValueError without a list price."""
    if list_price <= 0:
        raise ValueError("a list price is needed")
    return (price - list_price) / list_price


# How much a role decides alone, and who decides above; None is without limit. Shares are fractions of one.
# The price concession of the front line is 5 %; the amounts are coarse and meant to be set.
DEFAULT_AUTHORITY: Mapping[AuthorityKind, Mapping[Role, tuple[Decimal | None, Role | None]]] = {
    AuthorityKind.PRICE_CONCESSION: {
        Role.SERVICE_AGENT: (Decimal("0.05"), Role.RETENTION_MANAGER),
        Role.ACCOUNT_MANAGER: (Decimal("0.05"), Role.RETENTION_MANAGER),
        Role.RETENTION_MANAGER: (Decimal("0.15"), Role.FINANCE),
        Role.FINANCE: (Decimal("0.3"), Role.ADMINISTRATOR),
        Role.ADMINISTRATOR: (None, None),
    },
    AuthorityKind.DISCOUNT: {
        Role.SERVICE_AGENT: (Decimal("0.05"), Role.RETENTION_MANAGER),
        Role.ACCOUNT_MANAGER: (Decimal("0.1"), Role.RETENTION_MANAGER),
        Role.RETENTION_MANAGER: (Decimal("0.2"), Role.FINANCE),
        Role.FINANCE: (Decimal("0.5"), Role.ADMINISTRATOR),
        Role.ADMINISTRATOR: (None, None),
    },
    AuthorityKind.COMPENSATION: {
        Role.SERVICE_AGENT: (Decimal(50), Role.RETENTION_MANAGER),
        Role.ACCOUNT_MANAGER: (Decimal(200), Role.RETENTION_MANAGER),
        Role.RETENTION_MANAGER: (Decimal(1_000), Role.FINANCE),
        Role.FINANCE: (Decimal(10_000), Role.ADMINISTRATOR),
        Role.ADMINISTRATOR: (None, None),
    },
    AuthorityKind.COMPENSATION_SHARE: {
        Role.SERVICE_AGENT: (Decimal("0.2"), Role.RETENTION_MANAGER),
        Role.ACCOUNT_MANAGER: (Decimal("0.2"), Role.RETENTION_MANAGER),
        Role.RETENTION_MANAGER: (Decimal("0.5"), Role.FINANCE),
        Role.FINANCE: (Decimal(1), Role.ADMINISTRATOR),
        Role.ADMINISTRATOR: (None, None),
    },
    # What is said in public binds: nobody at the front line does it alone until a limit is set.
    AuthorityKind.PUBLIC_COMPENSATION: {
        Role.RETENTION_MANAGER: (Decimal(1_000), Role.FINANCE),
        Role.FINANCE: (Decimal(10_000), Role.ADMINISTRATOR),
        Role.ADMINISTRATOR: (None, None),
    },
    AuthorityKind.OFFER_VALUE: {
        Role.SERVICE_AGENT: (Decimal(20), Role.RETENTION_MANAGER),
        Role.ACCOUNT_MANAGER: (Decimal(100), Role.RETENTION_MANAGER),
        Role.RETENTION_MANAGER: (Decimal(1_000), Role.FINANCE),
        Role.FINANCE: (Decimal(10_000), Role.ADMINISTRATOR),
        Role.ADMINISTRATOR: (None, None),
    },
}
NOTHING = (Decimal(0), Role.RETENTION_MANAGER)


def default_authority(role: Role, kind: AuthorityKind) -> Authority:
    """What the table that Keepwell comes with says; roles that are not in it decide nothing alone."""
    limit, approver = DEFAULT_AUTHORITY[kind].get(role, NOTHING)
    return Authority(role, kind, limit, approver)


def widest(authorities: Iterable[Authority]) -> Authority | None:
    """The one that allows most; without limit is more than any."""
    found = list(authorities)
    if not found:
        return None
    return max(found, key=lambda one: (one.limit is None, one.limit or Decimal(0)))


def is_within(authority: Authority | None, amount: Decimal) -> bool:
    """Whether `amount` may be decided alone, whichever its direction; the limit itself may be."""
    return authority is not None and (authority.limit is None or abs(amount) <= authority.limit)
