"""Rows of the website: what was shown to whom, and what everybody who comes is shown."""

from __future__ import annotations

from django.db import models


class Showing(models.Model):
    """That a message is shown to its customer: on how many visits, and whether it was clicked or closed."""

    message_id = models.CharField(max_length=40, unique=True)
    customer_id = models.CharField(max_length=64, db_index=True)
    form = models.CharField(max_length=10, default="banner")
    visits = models.PositiveSmallIntegerField(default=0)
    last_at = models.DateTimeField()
    clicked_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        """Newest first."""

        ordering = ("-last_at",)

    def __str__(self) -> str:
        return self.message_id


class SiteNotice(models.Model):
    """A banner or pop-up for visitors whom nobody knows; counted, but not by person."""

    channel = models.CharField(max_length=12)
    template_code = models.CharField(max_length=80)
    priority = models.PositiveSmallIntegerField(default=30)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    stopped_at = models.DateTimeField(null=True)
    views = models.PositiveIntegerField(default=0)
    clicks = models.PositiveIntegerField(default=0)
    closings = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=150)

    class Meta:
        """The greater priority first."""

        ordering = ("-priority", "pk")
        indexes = [models.Index(fields=("channel", "ends_at"), name="onsite_notice_open")]

    def __str__(self) -> str:
        return self.template_code
