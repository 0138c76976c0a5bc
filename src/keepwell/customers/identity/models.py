"""Rows of identity: which number leads to which person, merges that can be undone, likely duplicates."""

from __future__ import annotations

from django.db import models

from keepwell.foundation.crypto import EncryptedTextField


class Merge(models.Model):
    """One merge. `memo` holds, sealed, everything that its undoing needs."""

    kept_id = models.CharField(max_length=64, db_index=True)
    merged_id = models.CharField(max_length=64, db_index=True)
    at = models.DateTimeField()
    actor = models.CharField(max_length=150)
    reason = models.CharField(max_length=200, blank=True, default="")
    memo = EncryptedTextField(blank=True, default="")
    undone_at = models.DateTimeField(null=True, blank=True)
    undone_by = models.CharField(max_length=150, blank=True, default="")

    class Meta:
        """Newest first."""

        ordering = ("-id",)

    def __str__(self) -> str:
        return f"{self.merged_id} -> {self.kept_id}"


class Alias(models.Model):
    """A number that leads to a person. Never a chain: `canonical_id` is always the surviving record."""

    KINDS = [("merged", "merged"), ("anonymous", "anonymous")]

    alias_id = models.CharField(max_length=64, primary_key=True)
    canonical_id = models.CharField(max_length=64, db_index=True)
    kind = models.CharField(max_length=10, choices=KINDS)
    since = models.DateTimeField()

    class Meta:
        """By number."""

        ordering = ("alias_id",)
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(alias_id=models.F("canonical_id")), name="alias_of_another"
            )
        ]

    def __str__(self) -> str:
        return f"{self.alias_id} -> {self.canonical_id}"


class Candidate(models.Model):
    """Two records that may be one person. `first_id` < `second_id`."""

    STATUSES = [("open", "open"), ("different", "different people")]

    first_id = models.CharField(max_length=64)
    second_id = models.CharField(max_length=64, db_index=True)
    score = models.FloatField()
    reasons = models.JSONField(default=list)
    status = models.CharField(max_length=10, choices=STATUSES, default="open")
    found_at = models.DateTimeField()
    decided_by = models.CharField(max_length=150, blank=True, default="")

    class Meta:
        """The likeliest first."""

        ordering = ("-score", "first_id", "second_id")
        constraints = [models.UniqueConstraint(fields=("first_id", "second_id"), name="one_candidate")]
        indexes = [models.Index(fields=("status", "-score"), name="identity_open_score")]

    def __str__(self) -> str:
        return f"{self.first_id} ? {self.second_id}"
