"""Rows of segments: definitions and their versions, members, how they changed, whom to look at again."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class Segment(models.Model):
    """A named group; `code` names those that come with the product and follow it."""

    SHARED = [("private", "private"), ("team", "team"), ("all", "all")]

    id = models.BigAutoField(primary_key=True)
    code = models.CharField(max_length=60, null=True, unique=True)  # noqa: DJ001 - null: made by hand
    name = models.CharField(max_length=120)
    description = models.CharField(max_length=500, blank=True)
    definition = models.JSONField()
    version = models.PositiveIntegerField(default=1)
    shared = models.CharField(max_length=10, choices=SHARED, default="private")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    archived_at = models.DateTimeField(null=True)
    size = models.PositiveIntegerField(null=True)
    # The version that the members belong to; null before the first time.
    evaluated_version = models.PositiveIntegerField(null=True)
    evaluated_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=300, blank=True)

    class Meta:
        """Lists go by name."""

        ordering = ("name", "id")

    def __str__(self) -> str:
        return self.name


class SegmentVersion(models.Model):
    """One version of a definition; never changed."""

    segment = models.ForeignKey(Segment, models.CASCADE, related_name="versions")
    version = models.PositiveIntegerField()
    definition = models.JSONField()
    created_at = models.DateTimeField()
    actor = models.CharField(max_length=150)

    class Meta:
        """A version is there once."""

        ordering = ("-version",)
        constraints = [models.UniqueConstraint(fields=("segment", "version"), name="segment_version_once")]

    def __str__(self) -> str:
        return f"{self.segment_id} version {self.version}"


class SegmentMember(models.Model):
    """Who is in a segment now, and since when."""

    pk = models.CompositePrimaryKey("segment_id", "customer_id")
    segment = models.ForeignKey(Segment, models.CASCADE, db_index=False)
    customer_id = models.CharField(max_length=200)
    entered_at = models.DateTimeField()

    class Meta:
        """The customer page asks by customer."""

        indexes = [models.Index(fields=["customer_id"], name="segment_member_customer")]

    def __str__(self) -> str:
        return f"{self.customer_id} in {self.segment_id}"


class SegmentMovement(models.Model):
    """Somebody entered or left: the dated history, one row per change."""

    id = models.BigAutoField(primary_key=True)
    segment = models.ForeignKey(Segment, models.CASCADE, db_index=False)
    customer_id = models.CharField(max_length=200)
    at = models.DateTimeField()
    entered = models.BooleanField()
    cause = models.CharField(max_length=12)  # cycle, live, definition

    class Meta:
        """Both pages ask for the newest."""

        indexes = [
            models.Index(fields=["segment", "-id"], name="segment_movement_newest"),
            models.Index(fields=["customer_id", "-id"], name="segment_movement_customer"),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} {'entered' if self.entered else 'left'} {self.segment_id}"


class SegmentSize(models.Model):
    """How many were in a segment after a cycle or a change of its definition."""

    segment = models.ForeignKey(Segment, models.CASCADE, related_name="sizes")
    at = models.DateTimeField()
    cycle_id = models.CharField(max_length=60, blank=True)
    size = models.PositiveIntegerField()
    entered = models.PositiveIntegerField()
    left = models.PositiveIntegerField()

    class Meta:
        """In order of time."""

        ordering = ("at", "id")

    def __str__(self) -> str:
        return f"{self.segment_id}: {self.size}"


class SegmentTouch(models.Model):
    """Something happened to a customer since the store was made; `pending`: membership is to be looked at.

    `table` is the fact table, or "people" where the record, owner or consent changed.
    """

    id = models.BigAutoField(primary_key=True)
    customer_id = models.CharField(max_length=200)
    table = models.CharField(max_length=40)
    at = models.DateTimeField()
    pending = models.BooleanField(default=True)

    class Meta:
        """Once per customer and table; the worker asks for what is pending."""

        constraints = [models.UniqueConstraint(fields=("customer_id", "table"), name="segment_touch_once")]
        indexes = [
            models.Index(fields=["id"], condition=models.Q(pending=True), name="segment_touch_pending")
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.table}"
