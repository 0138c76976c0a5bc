"""Rows of the desk: cases, their measures and steps, versions of the rules."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q

from keepwell.foundation.crypto import EncryptedTextField

MONEY: dict[str, Any] = {"max_digits": 18, "decimal_places": 4}
USER = settings.AUTH_USER_MODEL


class RuleVersion(models.Model):
    """One version of the rules of the desk."""

    version = models.PositiveIntegerField(unique=True)
    values = models.JSONField()
    created_at = models.DateTimeField()
    actor = models.CharField(max_length=150)

    def __str__(self) -> str:
        return f"version {self.version}"


class Case(models.Model):
    """One customer's case. The figures are of the day when it was graded; what people said is sealed."""

    customer_id = models.CharField(max_length=200)
    status = models.CharField(max_length=12, default="opened")
    origin = models.CharField(max_length=10)
    alert = models.ForeignKey("outreach.Alert", models.SET_NULL, null=True, related_name="+")
    owner = models.ForeignKey(USER, models.SET_NULL, null=True, related_name="+")
    opened_at = models.DateTimeField()
    opened_by = models.CharField(max_length=150)
    rules_version = models.PositiveIntegerField(default=0)
    tier = models.CharField(max_length=10)
    risk_level = models.CharField(max_length=10)
    customer_status = models.CharField(max_length=10)
    churn_risk = models.FloatField(default=0.0)
    value_at_stake = models.DecimalField(**MONEY)
    expected_loss = models.DecimalField(**MONEY)
    average_amount = models.DecimalField(**MONEY)
    currency = models.CharField(max_length=3, blank=True, default="")
    reasons = models.JSONField(default=list)
    kept_aside = models.BooleanField(default=False)
    grade = models.CharField(max_length=1)
    way = models.CharField(max_length=10)
    causes = models.JSONField(default=list)
    main_cause = models.CharField(max_length=40, blank=True, default="")
    asked = models.CharField(max_length=10, blank=True, default="")
    obstacles = models.JSONField(default=list)
    competitor = EncryptedTextField(blank=True, default="")
    competitor_reason = EncryptedTextField(blank=True, default="")
    said = EncryptedTextField(blank=True, default="")
    interview = EncryptedTextField(blank=True, default="")  # JSON: question -> answer
    plan_version = models.PositiveIntegerField(default=0)
    approvals = models.JSONField(default=list)
    expected_gain = models.DecimalField(default=0, **MONEY)
    started_at = models.DateTimeField(null=True)
    until = models.DateTimeField(null=True)  # an order until then counts as the action's result
    won_at = models.DateTimeField(null=True)
    evidence = models.CharField(max_length=6, blank=True, default="")
    won_order_id = models.CharField(max_length=200, blank=True, default="")
    won_amount = models.DecimalField(null=True, **MONEY)
    satisfaction = models.PositiveSmallIntegerField(null=True)
    result = models.CharField(max_length=20, blank=True, default="")
    lesson = EncryptedTextField(blank=True, default="")
    finished_at = models.DateTimeField(null=True)

    class Meta:
        """One open case per customer."""

        ordering = ("-id",)
        constraints = [
            models.UniqueConstraint(
                fields=("customer_id",), condition=Q(finished_at__isnull=True), name="winback_one_open_case"
            )
        ]
        indexes = [
            models.Index(fields=("status", "-value_at_stake"), name="winback_status_stake"),
            models.Index(fields=("owner", "status"), name="winback_owner_status"),
            models.Index(fields=("customer_id", "-id"), name="winback_customer"),
        ]

    def __str__(self) -> str:
        return f"case {self.pk} {self.status}"


class Measure(models.Model):
    """Something done in a case, or after it: its cost counts against the limit once it is planned."""

    case = models.ForeignKey(Case, models.CASCADE, related_name="measures")
    code = models.CharField(max_length=40)
    phase = models.CharField(max_length=10, default="action")
    status = models.CharField(max_length=10, default="planned")
    cost = models.DecimalField(**MONEY)
    discount = models.DecimalField(max_digits=5, decimal_places=4, default=0)
    until = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True)
    owner = models.ForeignKey(USER, models.SET_NULL, null=True, related_name="+")
    words = EncryptedTextField(blank=True, default="")
    task = models.ForeignKey("outreach.Task", models.SET_NULL, null=True, related_name="+")
    message_id = models.CharField(max_length=40, blank=True, default="")  # where no person does it
    promised_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    worked = models.CharField(max_length=3, blank=True, default="")

    class Meta:
        """In the order of the plan."""

        ordering = ("id",)
        indexes = [models.Index(fields=("status", "until"), name="winback_measure_until")]

    def __str__(self) -> str:
        return f"{self.code} ({self.status})"


class CaseStep(models.Model):
    """One step of a case; what somebody wrote is sealed."""

    case = models.ForeignKey(Case, models.CASCADE, related_name="steps")
    number = models.PositiveIntegerField()
    at = models.DateTimeField()
    actor = models.CharField(max_length=150)
    action = models.CharField(max_length=12)
    status = models.CharField(max_length=12)
    data = models.JSONField(default=dict)
    note = EncryptedTextField(blank=True, default="")

    class Meta:
        """Numbered within the case."""

        ordering = ("number",)
        constraints = [models.UniqueConstraint(fields=("case", "number"), name="winback_step_number")]

    def __str__(self) -> str:
        return f"{self.case_id}.{self.number} {self.action}"


class SurveyAnswer(models.Model):
    """What a customer answered behind one message; what they wrote is sealed."""

    message_id = models.CharField(max_length=40)
    survey = models.CharField(max_length=10)
    customer_id = models.CharField(max_length=200)
    case = models.ForeignKey(Case, models.SET_NULL, null=True, related_name="answers")
    satisfaction = models.PositiveSmallIntegerField(null=True)
    recommend = models.PositiveSmallIntegerField(null=True)
    causes = models.JSONField(default=list)
    said = EncryptedTextField(blank=True, default="")
    call_back = models.BooleanField(default=False)
    answered_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    class Meta:
        """One per message and survey: who answers again, changes the answer."""

        ordering = ("-answered_at", "-id")
        constraints = [
            models.UniqueConstraint(fields=("message_id", "survey"), name="winback_one_answer_per_message")
        ]
        indexes = [models.Index(fields=("customer_id", "-answered_at"), name="winback_answers_customer")]

    def __str__(self) -> str:
        return f"{self.survey} {self.message_id}"
