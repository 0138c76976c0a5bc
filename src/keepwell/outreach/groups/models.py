"""Rows of groups: where they are, and what they are to be told."""

from __future__ import annotations

from django.db import models

from keepwell.foundation.crypto import EncryptedTextField


class NoticeGroup(models.Model):
    """A group of colleagues; its address is a secret, and sealed."""

    name = models.CharField(max_length=80, unique=True)
    service = models.CharField(max_length=20)
    address = EncryptedTextField()
    language = models.CharField(max_length=10)
    kinds = models.JSONField(default=list)
    active = models.BooleanField(default=True)
    last_error = models.CharField(max_length=40, blank=True, default="")
    last_sent_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    updated_by = models.CharField(max_length=150)

    class Meta:
        """By name."""

        ordering = ("name",)

    def __str__(self) -> str:
        return self.name


class GroupNotice(models.Model):
    """Something that a group is told once: codes, numbers and figures, from which words are made."""

    group = models.ForeignKey(NoticeGroup, models.CASCADE, related_name="notices")
    kind = models.CharField(max_length=20)
    key = models.CharField(max_length=160)
    data = models.JSONField(default=dict)
    due_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    finished_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=10, blank=True, default="")  # sent, failed
    created_at = models.DateTimeField()

    class Meta:
        """Told once; the worker asks for what is due."""

        constraints = [models.UniqueConstraint(fields=("group", "kind", "key"), name="groups_notice_once")]
        indexes = [
            models.Index(
                fields=("due_at",), condition=models.Q(finished_at__isnull=True), name="groups_notice_due"
            )
        ]

    def __str__(self) -> str:
        return f"{self.group_id} {self.kind} {self.key}"
