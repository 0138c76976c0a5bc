"""Imports and the files they took in."""

from __future__ import annotations

from django.db import models


class ImportBatch(models.Model):
    """Files that become visible together. `plan` says what is staged, so that anybody can finish it."""

    STATUSES = [
        ("staging", "staging"),
        ("staged", "staged"),
        ("done", "done"),
        ("failed", "failed"),
        ("abandoned", "abandoned"),
    ]

    batch_id = models.CharField(max_length=64, primary_key=True)
    content_id = models.CharField(max_length=64, db_index=True)
    status = models.CharField(max_length=12, choices=STATUSES)
    source = models.CharField(max_length=80)
    actor = models.CharField(max_length=150)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    plan = models.JSONField(default=dict, blank=True)
    counts = models.JSONField(default=dict, blank=True)
    error = models.TextField(blank=True, default="")

    class Meta:
        """Newest first."""

        ordering = ("-started_at", "batch_id")
        indexes = [models.Index(fields=("status",)), models.Index(fields=("source", "-started_at"))]

    def __str__(self) -> str:
        return self.batch_id


class ImportFile(models.Model):
    """One file of a batch."""

    batch = models.ForeignKey(ImportBatch, on_delete=models.CASCADE, related_name="files")
    name = models.CharField(max_length=255)
    size_bytes = models.BigIntegerField()
    sha256 = models.CharField(max_length=64)
    format = models.CharField(max_length=20)
    source = models.CharField(max_length=80)
    counts = models.JSONField(default=dict, blank=True)

    class Meta:
        """By name."""

        ordering = ("name", "id")

    def __str__(self) -> str:
        return self.name
