"""Rows of proposals: what the evidence says should change, and what was done about it."""

from __future__ import annotations

from django.db import models


class Proposal(models.Model):
    """One change that the evidence speaks for; figures are counts of groups, nothing of a person.

    `change` is what carrying it out sets, `before` what the rule said when it was found, then what undoing
    brings back, `made` the number of a draft.
    """

    key = models.CharField(max_length=200, unique=True)
    kind = models.CharField(max_length=10)
    subject = models.CharField(max_length=80)
    change = models.JSONField(default=dict)
    evidence = models.JSONField(default=dict)
    before = models.JSONField(default=dict)
    state = models.CharField(max_length=10, default="open", db_index=True)
    made = models.CharField(max_length=20, blank=True, default="")
    found_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)
    decided_by = models.CharField(max_length=150, blank=True, default="")
    reason = models.CharField(max_length=400, blank=True, default="")

    class Meta:
        """The newest first."""

        ordering = ("-found_at", "-pk")

    def __str__(self) -> str:
        return self.key
