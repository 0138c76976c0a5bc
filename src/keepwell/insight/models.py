"""Rows of the room: cycles, current scores, their counts, versions of the thresholds."""

from __future__ import annotations

from typing import Any

from django.db import models

MONEY: dict[str, Any] = {"max_digits": 18, "decimal_places": 4}
FOUND_BY = ("customer_id", "facet_number")


class Cycle(models.Model):
    """One run from facts to scores, with everything needed to replay it."""

    id = models.BigAutoField(primary_key=True)
    cycle_id = models.CharField(max_length=60, unique=True)
    as_of = models.DateTimeField()
    as_of_given = models.BooleanField()  # False: the start of the run was taken
    status = models.CharField(max_length=10)
    resumable = models.BooleanField(default=True)  # False once a later cycle was opened instead
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    actor = models.CharField(max_length=150)
    thresholds = models.JSONField()
    data_version = models.JSONField(default=dict)
    model_version = models.CharField(max_length=40)
    steps = models.JSONField(default=list)
    diagnostics = models.JSONField(default=dict)
    quality = models.JSONField(default=list)
    currency = models.CharField(max_length=3, blank=True)
    excluded = models.JSONField(default=dict)
    summary = models.JSONField(default=dict)
    error = models.TextField(blank=True)

    class Meta:
        """Constraints and the indexes that lists need."""

        ordering = ("-id",)
        indexes = [models.Index(fields=["status", "-id"], name="insight_cycle_status")]

    def __str__(self) -> str:
        return f"{self.cycle_id} ({self.status})"


class CurrentCycle(models.Model):
    """The one row that says which cycle readers see; changing it is the switch."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    cycle = models.ForeignKey(Cycle, on_delete=models.PROTECT, related_name="+")
    previous = models.ForeignKey(Cycle, on_delete=models.PROTECT, null=True, related_name="+")

    def __str__(self) -> str:
        return f"current: {self.cycle_id}"


class CycleLease(models.Model):
    """Who runs the cycle at present; one row."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    holder = models.CharField(max_length=200, blank=True)
    expires_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.holder} until {self.expires_at}"


class Classes(models.Model):
    """The classes by which scores are filtered and counted."""

    status = models.CharField(max_length=10)
    tier = models.CharField(max_length=10)
    risk_level = models.CharField(max_length=10)
    life_stage = models.CharField(max_length=10)
    communication_group = models.CharField(max_length=12)
    rfm_segment = models.CharField(max_length=40)
    reason = models.CharField(max_length=40)  # the strongest; "" where there is none
    action = models.CharField(max_length=60)  # "" where nothing is planned
    hints = models.PositiveSmallIntegerField()  # bits in the order of labels.HINT_CODES

    class Meta:
        """Constraints and the indexes that lists need."""

        abstract = True


class Score(Classes):
    """One customer in one cycle; readers ask only for the cycle that `CurrentCycle` names."""

    pk = models.CompositePrimaryKey("cycle_id", "customer_id")
    cycle = models.ForeignKey(Cycle, on_delete=models.CASCADE, db_index=False)
    customer_id = models.CharField(max_length=200)
    # All the classes as one number, `Facet.number` of the same cycle. No row is without; it may be null so
    # that it could be added without writing the table anew.
    facet_number = models.PositiveIntegerField(null=True)
    r_score = models.PositiveSmallIntegerField()
    f_score = models.PositiveSmallIntegerField()
    m_score = models.PositiveSmallIntegerField()
    churn_risk = models.FloatField()
    p_alive = models.FloatField()
    expected_purchases = models.FloatField()
    clv = models.DecimalField(**MONEY)
    formula_clv = models.DecimalField(**MONEY, null=True)
    annual_contribution = models.DecimalField(**MONEY, null=True)
    value_at_stake = models.DecimalField(**MONEY)
    expected_loss = models.DecimalField(**MONEY)
    orders = models.PositiveIntegerField()
    total_amount = models.DecimalField(**MONEY)
    average_amount = models.DecimalField(**MONEY)
    first_order_at = models.DateTimeField(null=True)
    last_order_at = models.DateTimeField(null=True)
    silence_days = models.FloatField(null=True)
    rhythm_days = models.FloatField(null=True)
    silence_ratio = models.FloatField(null=True)  # silence in usual gaps
    has_sign = models.BooleanField()  # overdue, or warned of by more than a low chance of return
    quantity_trend = models.CharField(max_length=10)
    is_core = models.BooleanField()
    reasons = models.TextField()  # JSON
    action_cost = models.DecimalField(**MONEY, null=True)
    action_gain = models.DecimalField(**MONEY, null=True)
    previous_churn_risk = models.FloatField(null=True)
    previous_clv = models.DecimalField(**MONEY, null=True)
    previous_tier = models.CharField(max_length=10, null=True)  # noqa: DJ001 - null: no earlier cycle
    previous_status = models.CharField(max_length=10, null=True)  # noqa: DJ001

    class Meta:
        """Constraints and the indexes that lists need."""

        # One for each order of lists: the number of the facet at the end lets a filter be asked of the index.
        indexes = [
            models.Index(fields=["cycle", "-expected_loss", *FOUND_BY], name="insight_list_loss"),
            models.Index(fields=["cycle", "-churn_risk", *FOUND_BY], name="insight_list_risk"),
            models.Index(fields=["cycle", "-clv", *FOUND_BY], name="insight_list_clv"),
            models.Index(fields=["cycle", "-last_order_at", *FOUND_BY], name="insight_list_last_order"),
            models.Index(fields=["cycle", "-total_amount", *FOUND_BY], name="insight_list_amount"),
            models.Index(fields=["cycle", *FOUND_BY, "expected_loss", "clv"], name="insight_list_customer"),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} in {self.cycle_id}"


class Facet(Classes):
    """How many scores of a cycle share all their classes: totals of lists without counting rows."""

    cycle = models.ForeignKey(Cycle, on_delete=models.CASCADE)
    number = models.PositiveIntegerField(default=0)  # one for each combination of classes in the cycle
    customers = models.PositiveIntegerField()
    expected_loss = models.DecimalField(max_digits=24, decimal_places=4)
    clv = models.DecimalField(max_digits=24, decimal_places=4)

    def __str__(self) -> str:
        return f"{self.status}/{self.tier}/{self.risk_level}: {self.customers}"


class ThresholdVersion(models.Model):
    """One version of the thresholds; never changed."""

    version = models.PositiveIntegerField(primary_key=True)
    values = models.JSONField()
    created_at = models.DateTimeField()
    actor = models.CharField(max_length=150)

    def __str__(self) -> str:
        return f"version {self.version}"


# Django finds a room's models here.
from keepwell.insight.recommending.models import SuggestedProduct, Suggestion  # noqa: E402
from keepwell.insight.segments.models import (  # noqa: E402
    Segment,
    SegmentMember,
    SegmentMovement,
    SegmentSize,
    SegmentTouch,
    SegmentVersion,
)

__all__ = [
    "Classes",
    "CurrentCycle",
    "Cycle",
    "CycleLease",
    "Facet",
    "Score",
    "Segment",
    "SegmentMember",
    "SegmentMovement",
    "SegmentSize",
    "SegmentTouch",
    "SegmentVersion",
    "SuggestedProduct",
    "Suggestion",
    "ThresholdVersion",
]
