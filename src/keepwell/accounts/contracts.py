"""What the room takes and gives: roles, permissions and how far they reach."""

from __future__ import annotations

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


class Reach(IntEnum):
    """Whose customers a permission covers; a wider reach includes the narrower."""

    NONE = 0
    OWN = 1
    TEAM = 2
    ALL = 3
