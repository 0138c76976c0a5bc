"""Rows of the room: tasks and their steps, alerts, notifications, calendar feeds."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q

from keepwell.foundation.crypto import EncryptedTextField

MONEY: dict[str, Any] = {"max_digits": 18, "decimal_places": 4}
USER = settings.AUTH_USER_MODEL


class AlertRuleVersion(models.Model):
    """One version of the rules of alerts."""

    version = models.PositiveIntegerField(unique=True)
    values = models.JSONField()
    created_at = models.DateTimeField()
    actor = models.CharField(max_length=150)

    def __str__(self) -> str:
        return f"version {self.version}"


class AlertRun(models.Model):
    """That the alerts of a cycle were worked out on a day, once; the lease says that somebody is at it."""

    cycle_id = models.CharField(max_length=60)
    day = models.DateField()
    lease_until = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    opened = models.PositiveIntegerField(default=0)
    recovered = models.PositiveIntegerField(default=0)
    lost = models.PositiveIntegerField(default=0)
    gone = models.PositiveIntegerField(default=0)
    tasks = models.PositiveIntegerField(default=0)

    class Meta:
        """Once a day and cycle."""

        constraints = [models.UniqueConstraint(fields=("cycle_id", "day"), name="outreach_run_once")]

    def __str__(self) -> str:
        return f"{self.cycle_id} {self.day}"


class Alert(models.Model):
    """One risk episode of a customer: from the cycle that warned until the risk fell or the customer left.

    The figures are those of the warning and do not change; no name and no contact data is kept.
    """

    customer_id = models.CharField(max_length=64)
    opened_at = models.DateTimeField()
    opened_cycle = models.CharField(max_length=60)
    rules_version = models.PositiveIntegerField(default=0)
    tier = models.CharField(max_length=10)
    risk_level = models.CharField(max_length=10)
    churn_risk = models.FloatField()
    expected_loss = models.DecimalField(**MONEY)
    currency = models.CharField(max_length=3, blank=True, default="")
    reason = models.CharField(max_length=40, blank=True, default="")
    reasons = models.JSONField(default=list)
    action = models.CharField(max_length=60, blank=True, default="")
    owner = models.ForeignKey(USER, models.SET_NULL, null=True, related_name="+")
    team = models.ForeignKey("accounts.Team", models.SET_NULL, null=True, related_name="+")
    ending = models.CharField(max_length=10, blank=True, default="")
    ended_at = models.DateTimeField(null=True)
    ended_cycle = models.CharField(max_length=60, blank=True, default="")
    has_task = models.BooleanField(default=False)
    held_out = models.BooleanField(default=False)  # kept aside from marketing, to compare with
    contacted_at = models.DateTimeField(null=True)

    class Meta:
        """One open episode per customer."""

        constraints = [
            models.UniqueConstraint(
                fields=("customer_id",), condition=Q(ended_at__isnull=True), name="outreach_one_open_alert"
            )
        ]
        indexes = [
            models.Index(fields=("opened_at",), name="outreach_alert_opened"),
            models.Index(
                fields=("-expected_loss", "id"),
                condition=Q(ended_at__isnull=True, has_task=False),
                name="outreach_alert_waiting",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.opened_at:%Y-%m-%d}"


class Task(models.Model):
    """Something to be done for a customer, by somebody, until a time."""

    customer_id = models.CharField(max_length=64, blank=True, default="")
    kind = models.CharField(max_length=12)
    channel = models.CharField(max_length=12, blank=True, default="")
    title = EncryptedTextField(blank=True, default="")
    reasons = models.JSONField(default=list)
    response = models.CharField(max_length=20, blank=True, default="")
    treatment = models.CharField(max_length=60, blank=True, default="")
    play = models.CharField(max_length=60, blank=True, default="")  # that dealt the customer this `arm`
    arm = models.CharField(max_length=12, blank=True, default="")
    propensity = models.FloatField(null=True)
    script = models.CharField(max_length=80, blank=True, default="")  # code of a call script
    at_stake = models.DecimalField(null=True, **MONEY)
    currency = models.CharField(max_length=3, blank=True, default="")
    due_at = models.DateTimeField(null=True)
    planned_at = models.DateTimeField(null=True)
    assignee = models.ForeignKey(USER, models.SET_NULL, null=True, related_name="+")
    team = models.ForeignKey("accounts.Team", models.SET_NULL, null=True, related_name="+")
    status = models.CharField(max_length=10, default="open")
    outcome = models.CharField(max_length=16, blank=True, default="")
    kept = models.CharField(max_length=6, blank=True, default="")
    remedies = models.JSONField(default=list)
    need = EncryptedTextField(blank=True, default="")
    dissatisfaction = EncryptedTextField(blank=True, default="")
    solution = EncryptedTextField(blank=True, default="")
    attempt = models.PositiveSmallIntegerField(default=1)
    is_vip = models.BooleanField(default=False)  # comes first; follows the value of the customer
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=150)
    finished_at = models.DateTimeField(null=True)
    finished_by = models.CharField(max_length=150, blank=True, default="")
    alert = models.ForeignKey(Alert, models.SET_NULL, null=True, related_name="tasks")
    follows = models.ForeignKey("self", models.SET_NULL, null=True, related_name="followed_by")
    idempotency_key = models.CharField(max_length=120, null=True, unique=True)  # noqa: DJ001 - NULL is no key

    class Meta:
        """Lists ask for the active ones of somebody, and for those of a customer."""

        ordering = ("id",)
        indexes = [
            models.Index(fields=("assignee", "status", "due_at"), name="outreach_task_mine"),
            models.Index(fields=("customer_id", "status"), name="outreach_task_customer"),
            models.Index(fields=("status", "-at_stake"), name="outreach_task_stake"),
            models.Index(fields=("assignee", "finished_at"), name="outreach_task_finished"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.customer_id} ({self.status})"


class TaskEvent(models.Model):
    """One step of a task. What was before is sealed, for it may hold what a customer said."""

    task = models.ForeignKey(Task, models.CASCADE, related_name="events")
    token = models.CharField(max_length=32, db_index=True)
    at = models.DateTimeField()
    actor = models.CharField(max_length=150)
    action = models.CharField(max_length=12)
    before = EncryptedTextField(blank=True, default="")
    undone_at = models.DateTimeField(null=True)

    class Meta:
        """Oldest first."""

        ordering = ("id",)

    def __str__(self) -> str:
        return f"{self.task_id} {self.action}"


class Notification(models.Model):
    """Something that a user is told once; `key` says what it is about."""

    user = models.ForeignKey(USER, models.CASCADE, related_name="+")
    kind = models.CharField(max_length=20)
    key = models.CharField(max_length=120)
    data = models.JSONField(default=dict)
    created_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)

    class Meta:
        """Told once; the unread are counted on every page."""

        ordering = ("-created_at", "-id")
        constraints = [models.UniqueConstraint(fields=("user", "kind", "key"), name="outreach_notice_once")]
        indexes = [
            models.Index(fields=("user",), condition=Q(read_at__isnull=True), name="outreach_notice_unread"),
            models.Index(fields=("user", "-created_at"), name="outreach_notice_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.kind} {self.key}"


class NotificationChoice(models.Model):
    """What a user wants to be told of, and when the daily message comes."""

    user = models.OneToOneField(USER, models.CASCADE, related_name="+")
    muted = models.JSONField(default=list)
    digest = models.BooleanField(default=False)
    digest_hour = models.PositiveSmallIntegerField(default=8)
    digest_days = models.JSONField(default=list)

    def __str__(self) -> str:
        return f"choice of {self.user_id}"


class DigestMessage(models.Model):
    """The daily message of a user: one row a day, taken with a lease while it is being sent."""

    user = models.ForeignKey(USER, models.CASCADE, related_name="+")
    day = models.DateField()
    lease_until = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=1)
    finished_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=10, blank=True, default="")  # sent, empty, failed
    error = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        """Once a day."""

        constraints = [models.UniqueConstraint(fields=("user", "day"), name="outreach_digest_once")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.day} {self.outcome}"


class CalendarFeed(models.Model):
    """The secret address of a user's calendar; only its fingerprint is kept."""

    user = models.OneToOneField(USER, models.CASCADE, related_name="+")
    token_hash = models.CharField(max_length=64, unique=True)
    with_names = models.BooleanField(default=False)
    created_at = models.DateTimeField()
    last_read_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"feed of {self.user_id}"
