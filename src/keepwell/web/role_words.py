"""Roles, permissions and limits in words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from keepwell.accounts.contracts import (
    SHARES,
    Approvable,
    AuthorityKind,
    Permission,
    Reach,
    Role,
    SecondPerson,
)
from keepwell.accounts.queries import grants as granted

ROLES: dict[Role, Any] = {
    Role.ADMINISTRATOR: _("Administrator"),
    Role.RETENTION_MANAGER: _("Retention manager"),
    Role.ACCOUNT_MANAGER: _("Account manager"),
    Role.SERVICE_AGENT: _("Service agent"),
    Role.ANALYST: _("Analyst"),
    Role.FINANCE: _("Finance"),
    Role.QUALITY_CONTROL: _("Quality control"),
    Role.AUDITOR: _("Auditor"),
    Role.READ_ONLY: _("Read only"),
}
ROLE_MEANINGS: dict[Role, Any] = {
    Role.ADMINISTRATOR: _("Sees and changes everything; makes accounts, erases people, connects programs."),
    Role.RETENTION_MANAGER: _(
        "Runs the work of keeping customers: rules, plans, segments; for all customers."
    ),
    Role.ACCOUNT_MANAGER: _("Looks after own customers: sees and changes these and nobody else's."),
    Role.SERVICE_AGENT: _("Helps whoever calls: finds and changes any customer, exports nothing."),
    Role.ANALYST: _("Looks at all figures and customers, builds segments, exports; changes no customer."),
    Role.FINANCE: _("Looks at figures and plans, decides on what exceeds others' authority."),
    Role.QUALITY_CONTROL: _("Reads how customers are served, sensitive notes included; keeps the standards."),
    Role.AUDITOR: _("Reads everything and the audit log; changes nothing."),
    Role.READ_ONLY: _("Looks around; changes nothing."),
}
PERMISSIONS: dict[Permission, Any] = {
    Permission.VIEW_CUSTOMERS: _("see customers"),
    Permission.CHANGE_CUSTOMERS: _("change customers"),
    Permission.UNMASK_CONTACTS: _("reveal contact data"),
    Permission.EXPORT_CUSTOMERS: _("export lists of customers"),
    Permission.MERGE_CUSTOMERS: _("merge and split customers"),
    Permission.ERASE_CUSTOMERS: _("erase people"),
    Permission.CHANGE_CONSENTS: _("record consents"),
    Permission.CHANGE_OWNERS: _("hand customers over"),
    Permission.VIEW_SENSITIVE_NOTES: _("read sensitive notes"),
    Permission.VIEW_TASKS: _("see tasks"),
    Permission.CHANGE_TASKS: _("work on tasks"),
    Permission.VIEW_SEGMENTS: _("see segments"),
    Permission.CHANGE_SEGMENTS: _("build segments"),
    Permission.VIEW_CONTENT: _("see templates and the phrase book"),
    Permission.CHANGE_CONTENT: _("write templates"),
    Permission.APPROVE_CONTENT: _("approve and publish templates"),
    Permission.VIEW_PLANS: _("see plans"),
    Permission.SAVE_PLANS: _("save plans"),
    Permission.APPROVE: _("decide on approvals"),
    Permission.VIEW_FIGURES: _("see figures"),
    Permission.VIEW_SETTINGS: _("see settings"),
    Permission.CHANGE_SETTINGS: _("change settings"),
    Permission.VIEW_DATA: _("see imports and data quality"),
    Permission.IMPORT_DATA: _("import data"),
    Permission.CHANGE_STANDARDS: _("keep standards and records"),
    Permission.VIEW_AUDIT: _("read the audit log"),
    Permission.MANAGE_ACCOUNTS: _("manage people and roles"),
    Permission.MANAGE_INTEGRATIONS: _("connect other programs"),
    Permission.SEND_EVENTS: _("send events of a shop or website"),
}
REACHES: dict[Reach, Any] = {
    Reach.OWN: _("own customers, and the team's for its leader"),
    Reach.TEAM: _("the team's customers"),
    Reach.ALL: _("everybody's customers"),
}
KINDS: dict[AuthorityKind, Any] = {
    AuthorityKind.PRICE_CONCESSION: _("Price moved by up to"),
    AuthorityKind.DISCOUNT: _("Discount of up to"),
    AuthorityKind.COMPENSATION: _("Compensation of up to"),
    AuthorityKind.COMPENSATION_SHARE: _("Compensation, share of the price"),
    AuthorityKind.PUBLIC_COMPENSATION: _("Compensation promised in public"),
    AuthorityKind.OFFER_VALUE: _("Offer worth up to"),
}
REQUESTS: dict[AuthorityKind, Any] = {
    AuthorityKind.PRICE_CONCESSION: _("Price change"),
    AuthorityKind.DISCOUNT: _("Discount"),
    AuthorityKind.COMPENSATION: _("Compensation"),
    AuthorityKind.COMPENSATION_SHARE: _("Compensation, share of the price"),
    AuthorityKind.PUBLIC_COMPENSATION: _("Compensation promised in public"),
    AuthorityKind.OFFER_VALUE: _("Offer"),
}
APPROVABLE: dict[Approvable, Any] = {
    Approvable.TEXT: _("Templates"),
    Approvable.JOURNEY: _("Journeys"),
    Approvable.MAILING: _("Mailings"),
    Approvable.PLAY: _("Plays"),
}
SECOND_PERSON: dict[SecondPerson, Any] = {
    SecondPerson.ALWAYS: _("always by somebody else than the writer"),
    SecondPerson.WHERE_POSSIBLE: _("by somebody else, where there is anybody who may"),
    SecondPerson.NEVER: _("by the writer too"),
}
# Where whose customer it is makes no difference.
WITHOUT_CUSTOMERS = frozenset(
    {
        Permission.APPROVE,
        Permission.VIEW_CONTENT,
        Permission.CHANGE_CONTENT,
        Permission.APPROVE_CONTENT,
        Permission.CHANGE_SEGMENTS,
        Permission.VIEW_SEGMENTS,
        Permission.VIEW_SETTINGS,
        Permission.CHANGE_SETTINGS,
        Permission.VIEW_DATA,
        Permission.IMPORT_DATA,
        Permission.CHANGE_STANDARDS,
        Permission.VIEW_AUDIT,
        Permission.MANAGE_ACCOUNTS,
        Permission.MANAGE_INTEGRATIONS,
        Permission.SEND_EVENTS,
    }
)


@dataclass(frozen=True)
class Allowed:
    """What a role may do, grouped by how far."""

    reach: Any
    what: tuple[Any, ...]


def allowed(role: Role) -> list[Allowed]:
    """Everything that `role` may do, in words: for own customers, for everybody's, and what is of neither."""
    grants = granted(role)
    groups: list[Allowed] = []
    for reach in (Reach.OWN, Reach.TEAM, Reach.ALL):
        names = tuple(
            PERMISSIONS[one]
            for one in Permission
            if grants.get(one) == reach and one not in WITHOUT_CUSTOMERS
        )
        if names:
            groups.append(Allowed(REACHES[reach], names))
    others = tuple(PERMISSIONS[one] for one in Permission if one in grants and one in WITHOUT_CUSTOMERS)
    if others:
        groups.append(Allowed(_("besides"), others))
    return groups


def role_names(roles: Iterable[Role]) -> list[Any]:
    """What these roles are called."""
    return [ROLES[role] for role in roles]


def limit_text(kind: AuthorityKind, limit: Decimal | None) -> str:
    """A limit as one types it: a share as percentage, nothing for no limit."""
    if limit is None:
        return ""
    shown = (limit * 100 if kind in SHARES else limit).normalize()
    return f"{shown:f}"


def limit_value(kind: AuthorityKind, text: str) -> Decimal | None:
    """What was typed as a limit; raises decimal.InvalidOperation where it is no number."""
    plain = text.replace(",", "").replace("，", "").replace("%", "").strip()
    if not plain:
        return None
    number = Decimal(plain)
    return number / 100 if kind in SHARES else number
