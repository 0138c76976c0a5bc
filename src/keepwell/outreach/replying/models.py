"""Rows: the reply-time standard of each channel."""

from __future__ import annotations

from django.db import models


class ReplyStandard(models.Model):
    """Within how many minutes a channel's customers get a first answer; no row: nobody has said so yet.

    `is_public`: the pages for customers say it.
    """

    channel = models.CharField(max_length=12, unique=True)
    minutes = models.PositiveIntegerField()
    is_public = models.BooleanField(default=True)
    updated_at = models.DateTimeField()
    updated_by = models.CharField(max_length=150)

    def __str__(self) -> str:
        return f"{self.channel} {self.minutes} min"
