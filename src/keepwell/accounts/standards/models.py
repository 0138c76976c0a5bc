"""Records of the register."""

from __future__ import annotations

from django.db import models


class StandardRecord(models.Model):
    """One record of a kind (`contracts.Kind`); never deleted."""

    kind = models.CharField(max_length=20)
    title = models.CharField(max_length=200)
    texts = models.JSONField(default=dict)
    on = models.DateField(null=True)
    due_on = models.DateField(null=True)
    is_open = models.BooleanField(default=False)
    version = models.PositiveIntegerField(default=1)
    changed_by = models.CharField(max_length=150)
    changed_at = models.DateTimeField()

    class Meta:
        """What is open and due first, then the newest."""

        ordering = ("-is_open", "due_on", "-changed_at", "-id")
        indexes = (models.Index(fields=("kind", "-changed_at"), name="standards_kind"),)

    def __str__(self) -> str:
        return f"{self.kind}: {self.title}"
