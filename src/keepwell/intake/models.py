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


class Job(models.Model):
    """What somebody asked for in the browser and the worker does: look at files, import them, run a cycle.

    A running job holds a lease that it renews; one whose lease is over was left behind, and is done again.
    `files` are uploads in `folder` of the staging folder; `report` says what came of the last task.
    """

    TASKS = [("check", "check"), ("import", "import"), ("cycle", "cycle")]
    STATUSES = [
        ("draft", "draft"),
        ("waiting", "waiting"),
        ("running", "running"),
        ("done", "done"),
        ("failed", "failed"),
        ("discarded", "discarded"),
    ]

    task = models.CharField(max_length=10, choices=TASKS)
    status = models.CharField(max_length=10, choices=STATUSES)
    actor = models.CharField(max_length=150)
    language = models.CharField(max_length=10, blank=True, default="")
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    folder = models.CharField(max_length=60, blank=True, default="")
    files = models.JSONField(default=list)
    options = models.JSONField(default=dict)
    progress = models.JSONField(default=dict)
    report = models.JSONField(default=dict)
    quarantine = models.JSONField(default=list)  # names in the quarantine folder
    error = models.TextField(blank=True, default="")
    holder = models.CharField(max_length=80, blank=True, default="")
    lease_until = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)

    class Meta:
        """Newest first; the worker asks by status."""

        ordering = ("-id",)
        indexes = [models.Index(fields=("status",), name="intake_job_status")]

    def __str__(self) -> str:
        return f"{self.task} {self.pk} ({self.status})"


class SavedMapping(models.Model):
    """Which column is what, for files with the same columns the next time."""

    columns_mark = models.CharField(max_length=64, primary_key=True)
    mapping = models.JSONField()
    file_name = models.CharField(max_length=255)
    saved_by = models.CharField(max_length=150)
    saved_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.file_name
