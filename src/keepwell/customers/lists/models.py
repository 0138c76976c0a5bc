"""Saved views, chosen columns, and the journal from which bulk actions are undone."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class SavedView(models.Model):
    """A list as somebody wants to see it again: filters and order as an address query, and columns."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    list_name = models.CharField(max_length=40)
    name = models.CharField(max_length=80)
    query = models.TextField(blank=True, default="")
    columns = models.JSONField(default=list)
    shared = models.BooleanField(default=False)
    created_at = models.DateTimeField()

    class Meta:
        """A name once per person and list."""

        ordering = ("name", "id")
        constraints = [
            models.UniqueConstraint(fields=("user", "list_name", "name"), name="lists_view_name_once")
        ]
        indexes = [models.Index(fields=("list_name", "shared"), name="lists_view_list")]

    def __str__(self) -> str:
        return self.name


class ColumnChoice(models.Model):
    """The columns that somebody chose for a list."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    list_name = models.CharField(max_length=40)
    columns = models.JSONField(default=list)

    class Meta:
        """One choice per person and list."""

        constraints = [models.UniqueConstraint(fields=("user", "list_name"), name="lists_columns_once")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.list_name}"


class BulkChange(models.Model):
    """What was done to many customers at once, with what is needed to take it back."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=20)
    customers = models.PositiveIntegerField()
    memo = models.JSONField(default=dict)
    done_at = models.DateTimeField()
    undone_at = models.DateTimeField(null=True)

    class Meta:
        """Old ones are dropped by time."""

        indexes = [models.Index(fields=("done_at",), name="lists_bulk_done")]

    def __str__(self) -> str:
        return f"{self.kind} {self.customers}"
