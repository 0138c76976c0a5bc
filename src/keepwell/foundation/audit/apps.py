"""Django's entry for the audit log."""

from django.apps import AppConfig


class AuditConfig(AppConfig):
    """The audit log."""

    name = "keepwell.foundation.audit"
    label = "audit"
