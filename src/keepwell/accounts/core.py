"""Which role may do what, and how far: pure rules."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from keepwell.accounts.contracts import Permission, Reach, Role

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
    },
    Role.SERVICE_AGENT: {
        Permission.VIEW_CUSTOMERS: Reach.ALL,
        Permission.CHANGE_CUSTOMERS: Reach.ALL,
        Permission.UNMASK_CONTACTS: Reach.ALL,
        Permission.CHANGE_CONSENTS: Reach.ALL,
        Permission.VIEW_TASKS: Reach.OWN,
        Permission.CHANGE_TASKS: Reach.OWN,
        Permission.VIEW_FIGURES: Reach.OWN,
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
    },
    Role.FINANCE: {
        Permission.VIEW_CUSTOMERS: Reach.ALL,
        Permission.VIEW_PLANS: Reach.ALL,
        Permission.APPROVE: Reach.ALL,
        Permission.VIEW_FIGURES: Reach.ALL,
        Permission.VIEW_SETTINGS: Reach.ALL,
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
    },
    Role.READ_ONLY: {
        Permission.VIEW_CUSTOMERS: Reach.ALL,
        Permission.VIEW_SEGMENTS: Reach.ALL,
        Permission.VIEW_PLANS: Reach.ALL,
        Permission.VIEW_FIGURES: Reach.ALL,
        Permission.VIEW_SETTINGS: Reach.ALL,
        Permission.VIEW_DATA: Reach.ALL,
    },
}


def reach_of(roles: Iterable[str], permission: Permission) -> Reach:
    """The widest reach that any of `roles` gives for `permission`."""
    return max((GRANTS[Role(role)].get(permission, Reach.NONE) for role in roles), default=Reach.NONE)
