"""Rows of the journey map: stages, touchpoints, frictions with their remedies, and whom they were met by."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models

USER = settings.AUTH_USER_MODEL
PERSON: dict[str, Any] = {"on_delete": models.SET_NULL, "null": True, "related_name": "+"}


class Stage(models.Model):
    """One stage of the way that customers take; an empty name is as Keepwell calls it."""

    code = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=80, blank=True, default="")
    position = models.PositiveSmallIntegerField()

    class Meta:
        """From left to right."""

        ordering = ("position", "id")

    def __str__(self) -> str:
        return self.code


class Touchpoint(models.Model):
    """A place where customers meet the shop.

    `fact` says which facts are such a meeting, `{"fact": table, "where": [...]}` as journeys write it; empty:
    nothing is counted. `feeling` from -2 to 2 is what people who know it think, until surveys say more.
    """

    code = models.SlugField(max_length=60, unique=True)
    stage = models.ForeignKey(Stage, models.PROTECT, related_name="touchpoints")
    name = models.CharField(max_length=120, blank=True, default="")
    channel = models.CharField(max_length=12, blank=True, default="")
    group = models.CharField(max_length=20, blank=True, default="")  # a communication group; empty: everybody
    owner = models.ForeignKey(USER, **PERSON)
    fact = models.JSONField(default=dict)
    feeling = models.SmallIntegerField(null=True)
    position = models.PositiveSmallIntegerField(default=0)
    note = models.CharField(max_length=600, blank=True, default="")
    removed_at = models.DateTimeField(null=True)
    updated_at = models.DateTimeField()
    updated_by = models.CharField(max_length=150)

    class Meta:
        """From top to bottom."""

        ordering = ("position", "id")

    def __str__(self) -> str:
        return self.code


class Friction(models.Model):
    """What goes wrong at a touchpoint: how it is seen, how bad it is, and what is kept ready for it.

    Seen: `fact`, and `unless` did not follow within `within_hours`. The remedy is a journey, a task or a
    message; `is_on` starts it by itself for whoever meets the friction, at most once in `again_days`.
    """

    code = models.SlugField(max_length=60, unique=True)
    touchpoint = models.ForeignKey(Touchpoint, models.PROTECT, related_name="frictions")
    name = models.CharField(max_length=120, blank=True, default="")
    severity = models.PositiveSmallIntegerField(default=2)
    owner = models.ForeignKey(USER, **PERSON)
    fact = models.JSONField(default=dict)
    unless = models.JSONField(default=dict)
    within_hours = models.PositiveIntegerField(default=0)
    segment = models.PositiveBigIntegerField(null=True)  # only its members; null: everybody
    remedy = models.CharField(max_length=10, blank=True, default="")
    remedy_code = models.SlugField(max_length=80, blank=True, default="")  # of a journey or of a template
    remedy_purpose = models.CharField(max_length=12, default="service")
    task_channel = models.CharField(max_length=12, blank=True, default="")
    task_words = models.CharField(max_length=180, blank=True, default="")
    due_hours = models.PositiveIntegerField(default=24)
    again_days = models.PositiveIntegerField(default=30)
    is_on = models.BooleanField(default=False)
    on_at = models.DateTimeField(null=True)
    on_by = models.CharField(max_length=150, blank=True, default="")
    looked_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=80, blank=True, default="")
    removed_at = models.DateTimeField(null=True)
    updated_at = models.DateTimeField()
    updated_by = models.CharField(max_length=150)

    class Meta:
        """The worst first."""

        ordering = ("-severity", "id")

    def __str__(self) -> str:
        return self.code


class Sighting(models.Model):
    """That a customer met a friction while its remedy was on, and what was done about it."""

    friction = models.ForeignKey(Friction, models.CASCADE, related_name="sightings", db_index=False)
    customer_id = models.CharField(max_length=64)
    met_at = models.DateTimeField()
    at = models.DateTimeField()
    outcome = models.CharField(max_length=12)

    class Meta:
        """Each meeting is dealt with once."""

        constraints = [
            models.UniqueConstraint(
                fields=("friction", "customer_id", "met_at"), name="touchpoints_sighting_once"
            )
        ]
        indexes = [
            models.Index(fields=("customer_id",), name="touchpoints_sighting_customer"),
            models.Index(fields=("friction", "-at"), name="touchpoints_sighting_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.outcome}"


class Measurement(models.Model):
    """The map's figures of a span of days, as they were worked out last."""

    days = models.PositiveIntegerField(unique=True)
    until = models.DateTimeField()
    made_at = models.DateTimeField()
    values = models.JSONField()

    def __str__(self) -> str:
        return f"{self.days} days until {self.until:%Y-%m-%d}"
