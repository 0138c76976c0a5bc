"""Rows of plays: what is tried, its arms, who is in, who was passed over, who is still to be dealt out."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q

MONEY: dict[str, Any] = {"max_digits": 18, "decimal_places": 4}
USER = settings.AUTH_USER_MODEL


class Play(models.Model):
    """One play: whom, what, beside which control, for how long and for how much.

    Whom is a segment, or the lines of a saved plan (`plan_treatment` keeps those of one treatment). `salt`
    deals its members out and never changes. `starting` means that members are being found and dealt out;
    `cursor` is how far that has come. Outcomes count for `outcome_days` after a member was dealt out; what
    was known before is of the `past_days` until then.
    """

    code = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=120)
    hypothesis = models.CharField(max_length=1000, blank=True, default="")
    segment_id = models.BigIntegerField(null=True)
    plan = models.ForeignKey("plays.Plan", models.PROTECT, null=True, related_name="+")
    plan_treatment = models.CharField(max_length=40, blank=True, default="")
    status = models.CharField(max_length=10, default="draft")
    owner = models.ForeignKey(USER, models.SET_NULL, null=True, related_name="+")
    budget = models.DecimalField(null=True, **MONEY)
    currency = models.CharField(max_length=3, blank=True, default="")
    starts_on = models.DateField()
    ends_on = models.DateField()
    outcome_days = models.PositiveSmallIntegerField(default=60)
    past_days = models.PositiveSmallIntegerField(default=365)
    control_share = models.FloatField(default=0.2)
    no_control_reason = models.CharField(max_length=300, blank=True, default="")
    primary = models.CharField(max_length=12, default="retention")
    smallest_effect = models.FloatField(null=True)
    planned_units = models.PositiveIntegerField(default=0)
    salt = models.CharField(max_length=60)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=150)
    changed_by = models.CharField(max_length=150, blank=True, default="")
    submitted_at = models.DateTimeField(null=True)
    submitted_by = models.CharField(max_length=150, blank=True, default="")
    decided_at = models.DateTimeField(null=True)
    approved_by = models.CharField(max_length=150, blank=True, default="")
    refusal = models.CharField(max_length=300, blank=True, default="")
    started_by = models.CharField(max_length=150, blank=True, default="")
    started_at = models.DateTimeField(null=True)  # when members were dealt out: outcomes count from then on
    ended_at = models.DateTimeField(null=True)
    end_reason = models.CharField(max_length=300, blank=True, default="")
    cycle_id = models.CharField(max_length=64, blank=True, default="")
    cursor = models.CharField(max_length=200, blank=True, default="")
    gathered = models.BooleanField(default=False)
    rolled_out_arm = models.CharField(max_length=12, blank=True, default="")
    rolled_out_at = models.DateTimeField(null=True)

    class Meta:
        """Newest first; whom is said in one way."""

        ordering = ("-pk",)
        constraints = [
            models.CheckConstraint(
                condition=Q(segment_id__isnull=False, plan__isnull=True)
                | Q(segment_id__isnull=True, plan__isnull=False),
                name="experiments_one_whom",
            ),
            models.CheckConstraint(condition=Q(ends_on__gte=F("starts_on")), name="experiments_ends_after"),
        ]
        indexes = [models.Index(fields=("status",), name="experiments_status")]

    def __str__(self) -> str:
        return self.code


class Arm(models.Model):
    """What is done for those of one arm; the control gets nothing.

    `weight` is its part of those who are treated. `hour` is the hour of the member's own clock at which a
    message goes (empty: as soon as possible, or with `best_hour` the one that suits them). `others` are
    further channels, each [channel, text, version, cost, treatment]: every member gets it by the one that
    suits. `from_manager`: in the name of who looks after the member. Kind `nothing` of a treated arm is done
    outside of Keepwell.
    """

    play = models.ForeignKey(Play, models.CASCADE, related_name="arms")
    key = models.CharField(max_length=12)
    position = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=80)
    is_control = models.BooleanField(default=False)
    weight = models.FloatField(default=1.0)
    treatment_code = models.CharField(max_length=40, blank=True, default="")
    kind = models.CharField(max_length=8, default="nothing")
    text_code = models.CharField(max_length=80, blank=True, default="")
    text_version = models.PositiveIntegerField(null=True)  # fixed at the start
    brand_version = models.PositiveIntegerField(null=True)
    channel = models.CharField(max_length=12, blank=True, default="")
    task_kind = models.CharField(max_length=12, blank=True, default="")
    script_code = models.CharField(max_length=80, blank=True, default="")
    offer = models.CharField(max_length=200, blank=True, default="")
    hour = models.PositiveSmallIntegerField(null=True)
    unit_cost = models.DecimalField(default=0, **MONEY)
    others = models.JSONField(default=list)
    best_hour = models.BooleanField(default=False)
    from_manager = models.BooleanField(default=False)

    class Meta:
        """In their order, the control first."""

        ordering = ("position",)
        constraints = [
            models.UniqueConstraint(fields=("play", "key"), name="experiments_one_arm_per_key"),
            models.UniqueConstraint(
                fields=("play",), condition=Q(is_control=True), name="experiments_one_control"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.play_id} {self.key}"


class Candidate(models.Model):
    """Somebody who is to be dealt out, then in which arm, until there is a member for them.

    A start goes on where it died: those without an arm are still to be dealt out, all at once.
    """

    play = models.ForeignKey(Play, models.CASCADE, related_name="candidates")
    customer_id = models.CharField(max_length=200)
    tier = models.CharField(max_length=10, blank=True, default="")
    risk_level = models.CharField(max_length=10, blank=True, default="")
    reason = models.CharField(max_length=40, blank=True, default="")
    grade = models.CharField(max_length=1, blank=True, default="")
    owner_id = models.BigIntegerField(null=True)
    clv = models.DecimalField(default=0, **MONEY)
    arm = models.ForeignKey(Arm, models.CASCADE, null=True, related_name="+")
    propensity = models.FloatField(null=True)

    class Meta:
        """Once in each play."""

        constraints = [
            models.UniqueConstraint(fields=("play", "customer_id"), name="experiments_candidate_once")
        ]

    def __str__(self) -> str:
        return self.customer_id


class Member(models.Model):
    """Somebody who was dealt out: arm and propensity stay for ever, whatever becomes of the contact.

    Those of the control are withheld, cause "control". `cost` is what is spent or bound for a contact on its
    way; it comes back where the contact does not take place. The figures are of the day of the lot; `past_`
    those of the play's past days before it.
    """

    play = models.ForeignKey(Play, models.CASCADE, related_name="members")
    customer_id = models.CharField(max_length=200)
    arm = models.ForeignKey(Arm, models.CASCADE, related_name="members")
    propensity = models.FloatField()
    assigned_at = models.DateTimeField()
    tier = models.CharField(max_length=10, blank=True, default="")
    reason = models.CharField(max_length=40, blank=True, default="")
    risk_level = models.CharField(max_length=10, blank=True, default="")
    grade = models.CharField(max_length=1, blank=True, default="")
    owner_id = models.BigIntegerField(null=True)
    clv = models.DecimalField(default=0, **MONEY)
    past_orders = models.FloatField(default=0.0)
    past_revenue = models.FloatField(default=0.0)
    past_margin = models.FloatField(default=0.0)
    past_satisfaction = models.FloatField(null=True)  # none: not asked
    cost = models.DecimalField(default=0, **MONEY)
    state = models.CharField(max_length=10, default="planned")
    cause = models.CharField(max_length=40, blank=True, default="")
    acted_at = models.DateTimeField(null=True)
    message_id = models.CharField(max_length=40, blank=True, default="")
    task_id = models.BigIntegerField(null=True)
    channel = models.CharField(max_length=12, blank=True, default="")  # of an arm that has several

    class Meta:
        """Once in each play; asked for by state, by customer and by task."""

        ordering = ("pk",)
        constraints = [
            models.UniqueConstraint(fields=("play", "customer_id"), name="experiments_member_once")
        ]
        indexes = [
            models.Index(fields=("play", "state", "id"), name="experiments_member_state"),
            models.Index(fields=("customer_id",), name="experiments_member_customer"),
            models.Index(
                fields=("task_id",), condition=Q(task_id__isnull=False), name="experiments_member_task"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.play_id} {self.customer_id}"


class PassedOver(models.Model):
    """Somebody of the segment or plan who was not dealt out, and why."""

    play = models.ForeignKey(Play, models.CASCADE, related_name="passed_over")
    customer_id = models.CharField(max_length=200, db_index=True)
    cause = models.CharField(max_length=20)

    class Meta:
        """Once in each play."""

        constraints = [
            models.UniqueConstraint(fields=("play", "customer_id"), name="experiments_passed_once")
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.cause}"
