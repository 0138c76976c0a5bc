"""Rows of VIP care: the rules, and who is on duty when."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class VipRulesRow(models.Model):
    """The rules that count; one row."""

    values = models.JSONField()
    updated_at = models.DateTimeField()
    updated_by = models.CharField(max_length=150)

    def __str__(self) -> str:
        return "VIP rules"


class DutyShift(models.Model):
    """A colleague's time on duty."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(db_index=True)
    made_at = models.DateTimeField()
    made_by = models.CharField(max_length=150)

    class Meta:
        """In the order of time."""

        ordering = ("starts_at", "id")

    def __str__(self) -> str:
        return f"duty {self.starts_at}"
