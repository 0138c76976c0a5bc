"""The culture guide, where it differs from what Keepwell comes with."""

from __future__ import annotations

from django.db import models


class CultureEntry(models.Model):
    """An entry that somebody wrote or changed; one with a built-in code takes the place of the built-in."""

    code = models.SlugField(max_length=60, unique=True)
    topic = models.CharField(max_length=20)
    places = models.JSONField(default=list)  # ISO countries and codes of cultures
    channel = models.CharField(max_length=20, blank=True, default="")
    texts = models.JSONField(default=dict)  # language -> text
    is_warning = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    updated_at = models.DateTimeField()
    updated_by = models.CharField(max_length=150)

    class Meta:
        """By code."""

        ordering = ("code",)

    def __str__(self) -> str:
        return self.code
