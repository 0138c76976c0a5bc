"""Rows: the customers whose pace is not the usual one, when it was told, and strategies."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models

PERSON: dict[str, Any] = {"on_delete": models.SET_NULL, "null": True, "related_name": "+"}


class PaceRow(models.Model):
    """The pace of a customer for whom it is not the usual one; figures are counts, no words, no address."""

    customer_id = models.CharField(max_length=64, primary_key=True)
    level = models.CharField(max_length=8)
    form = models.CharField(max_length=8, blank=True, default="")
    channel = models.CharField(max_length=12, blank=True, default="")
    why = models.CharField(max_length=14)
    figures = models.JSONField(default=dict)
    made_at = models.DateTimeField()

    class Meta:
        """Counted by level."""

        indexes = [models.Index(fields=("level", "form"), name="pacing_pace_level")]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.level}"


class PaceRun(models.Model):
    """When the pace of all was told last, and the shares of the whole shop that it was told by; one row."""

    made_at = models.DateTimeField()
    shop = models.JSONField(default=dict)

    def __str__(self) -> str:
        return f"{self.made_at:%Y-%m-%d %H:%M}"


class StageStrategy(models.Model):
    """How the customers of one stage of life are spoken to; what is empty is as Keepwell proposes it.

    While it is `in_force`, marketing follows its channels, its tone and its rhythm; with `is_binding` its
    rhythm alone counts.
    """

    stage = models.CharField(max_length=8, unique=True)
    goal = models.CharField(max_length=400, blank=True, default="")
    channels = models.JSONField(default=list)
    most = models.PositiveSmallIntegerField()
    days = models.PositiveSmallIntegerField()
    is_binding = models.BooleanField(default=False)
    in_force = models.BooleanField(default=False)
    tone = models.CharField(max_length=20, blank=True, default="")
    content = models.CharField(max_length=400, blank=True, default="")
    contents = models.JSONField(default=list)
    offers = models.CharField(max_length=400, blank=True, default="")
    journeys = models.JSONField(default=list)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, **PERSON)
    updated_at = models.DateTimeField()
    updated_by = models.CharField(max_length=150)

    def __str__(self) -> str:
        return self.stage
