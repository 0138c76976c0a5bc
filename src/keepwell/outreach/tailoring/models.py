"""Rows: buying stages, plans of content by group and stage, and what was chosen for whom."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class BuyingRule(models.Model):
    """What counts for which buying stage; one row once somebody has changed it."""

    values = models.JSONField(default=dict)
    updated_at = models.DateTimeField()
    updated_by = models.CharField(max_length=150)

    class Meta:
        """One row."""

        constraints = [models.CheckConstraint(condition=Q(id=1), name="tailoring_one_rule")]

    def __str__(self) -> str:
        return f"{self.updated_at:%Y-%m-%d}"


class BuyingRow(models.Model):
    """The stage of a customer who is at any, as it was worked out last; nobody else has a row."""

    customer_id = models.CharField(max_length=64, primary_key=True)
    stage = models.CharField(max_length=14)
    made_at = models.DateTimeField()

    class Meta:
        """Counted by stage."""

        indexes = [models.Index(fields=("stage",), name="tailoring_buying_stage")]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.stage}"


class BuyingRun(models.Model):
    """When the stages of all were worked out last; one row."""

    made_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.made_at:%Y-%m-%d %H:%M}"


class PlanGroup(models.Model):
    """A row of a touchpoint's plan: a segment, or everybody else where there is none.

    One that was taken away keeps its texts, so that it comes back with them.
    """

    touchpoint = models.SlugField(max_length=60)
    segment_id = models.BigIntegerField(null=True)
    position = models.PositiveSmallIntegerField(default=0)
    people = models.JSONField(default=dict)  # stage -> how many, when they were counted last
    counted_at = models.DateTimeField(null=True)
    removed_at = models.DateTimeField(null=True)

    class Meta:
        """In the order in which groups are asked; each segment, and everybody else, once."""

        ordering = ("position", "id")
        constraints = [
            models.UniqueConstraint(fields=("touchpoint", "segment_id"), name="tailoring_group_once"),
            models.UniqueConstraint(
                fields=("touchpoint",), condition=Q(segment_id=None), name="tailoring_one_rest"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.touchpoint} {self.segment_id or 'rest'}"


class PlanCell(models.Model):
    """The text of a kind for a group at a stage; an empty stage: at every one that has no other."""

    group = models.ForeignKey(PlanGroup, models.CASCADE, related_name="cells")
    stage = models.CharField(max_length=14, blank=True, default="")
    kind = models.CharField(max_length=20)
    template_code = models.CharField(max_length=80)

    class Meta:
        """One text of each kind for each cell."""

        constraints = [models.UniqueConstraint(fields=("group", "stage", "kind"), name="tailoring_cell_once")]

    def __str__(self) -> str:
        return f"{self.group_id} {self.stage or 'any'} {self.template_code}"


class ChoiceRow(models.Model):
    """What was chosen for a message that named a touchpoint, or that a strategy led; codes only, no words."""

    message_id = models.CharField(max_length=40, primary_key=True)
    customer_id = models.CharField(max_length=64, db_index=True)
    touchpoint = models.CharField(max_length=60, blank=True)
    segment_id = models.BigIntegerField(null=True)
    stage = models.CharField(max_length=14)
    why = models.CharField(max_length=10)
    content = models.CharField(max_length=80)
    passed = models.JSONField(default=list)
    led = models.JSONField(default=dict)  # stage of life, channel, and the one that it would have been
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.message_id} {self.why}"
