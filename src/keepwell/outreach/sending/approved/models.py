"""Rows of approved templates."""

from __future__ import annotations

from django.db import models


class ApprovedTemplate(models.Model):
    """What a provider approved, for one of our templates in one language; one of each category."""

    account = models.ForeignKey("sending.ChannelAccount", models.CASCADE, related_name="approved_templates")
    content = models.CharField(max_length=60)
    language = models.CharField(max_length=20)
    category = models.CharField(max_length=14)
    provider_code = models.CharField(max_length=60)
    values = models.JSONField(default=dict)
    state = models.CharField(max_length=10, default="approved")
    updated_at = models.DateTimeField()
    updated_by = models.CharField(max_length=150)

    class Meta:
        """By our template and language."""

        ordering = ("content", "language", "category", "pk")
        constraints = [
            models.UniqueConstraint(
                fields=("account", "content", "language", "category"), name="sending_one_approved_template"
            )
        ]

    def __str__(self) -> str:
        return f"{self.provider_code} for {self.content} {self.language}"
