"""Rows: questions with their threads, feedback with its steps, versions of the rules of routing."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from keepwell.foundation.crypto import EncryptedTextField

USER = settings.AUTH_USER_MODEL
GOING_ON = models.Q(status__in=("open", "answered", "unsatisfied"))


class RoutingRow(models.Model):
    """One version of the rules; it may be switched on once it has been tried."""

    version = models.PositiveIntegerField(unique=True)
    values = models.JSONField()
    created_at = models.DateTimeField()
    actor = models.CharField(max_length=150)
    tried_at = models.DateTimeField(null=True)
    tried = models.JSONField(null=True)

    def __str__(self) -> str:
        return f"version {self.version}"


class RoutingSwitch(models.Model):
    """Which version passes feedback on; null: none does."""

    on = models.ForeignKey(RoutingRow, models.PROTECT, null=True, related_name="+")
    since = models.DateTimeField(null=True)
    actor = models.CharField(max_length=150, blank=True, default="")

    def __str__(self) -> str:
        return f"{self.on_id}"


class Question(models.Model):
    """What a customer wants to know; what they and the colleagues said is sealed."""

    customer_id = models.CharField(max_length=200)
    origin = models.CharField(max_length=10)
    channel = models.CharField(max_length=12, blank=True, default="")
    # Of the feedback that it was opened from; two without a key are not the same.
    key = models.CharField(max_length=200, unique=True, null=True)  # noqa: DJ001
    text = EncryptedTextField()
    topic = models.CharField(max_length=80, blank=True, default="")
    importance = models.CharField(max_length=10)
    status = models.CharField(max_length=12, default="open")
    team = models.ForeignKey("accounts.Team", models.SET_NULL, null=True, related_name="+")
    owner = models.ForeignKey(USER, models.SET_NULL, null=True, related_name="+")
    opened_at = models.DateTimeField()
    opened_by = models.CharField(max_length=150)
    due_at = models.DateTimeField(null=True)
    escalated_at = models.DateTimeField(null=True)
    rounds = models.PositiveSmallIntegerField(default=1)
    satisfied_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=12, blank=True, default="")

    class Meta:
        """What is due is asked for every minute."""

        ordering = ("due_at", "id")
        indexes = [
            models.Index(fields=("due_at",), condition=GOING_ON, name="questions_due"),
            models.Index(fields=("owner", "status"), name="questions_owner"),
            models.Index(fields=("customer_id", "-id"), name="questions_customer"),
            models.Index(fields=("opened_at",), name="questions_opened"),
        ]

    def __str__(self) -> str:
        return f"question {self.pk} {self.status}"


class Entry(models.Model):
    """One entry of a question's thread: who, when, on which channel, and what was said (sealed)."""

    question = models.ForeignKey(Question, models.CASCADE, related_name="thread")
    number = models.PositiveIntegerField()
    at = models.DateTimeField()
    actor = models.CharField(max_length=150)
    action = models.CharField(max_length=12)
    status = models.CharField(max_length=12)
    channel = models.CharField(max_length=12, blank=True, default="")
    said = EncryptedTextField(blank=True, default="")
    happened_at = models.DateTimeField(null=True)  # when the customer said it, where that was before
    due_at = models.DateTimeField(null=True)
    message_id = models.CharField(max_length=40, blank=True, default="")
    task_id = models.BigIntegerField(null=True)  # of the lead who was told
    data = models.JSONField(default=dict)

    class Meta:
        """Numbered within the question."""

        ordering = ("number",)
        constraints = [models.UniqueConstraint(fields=("question", "number"), name="questions_entry_number")]
        indexes = [
            models.Index(
                fields=("message_id",), condition=~models.Q(message_id=""), name="questions_entry_message"
            ),
            models.Index(
                fields=("task_id",), condition=models.Q(task_id__isnull=False), name="questions_entry_task"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.question_id}.{self.number} {self.action}"


class Feedback(models.Model):
    """Something that a customer said and that a department is to know; the words are sealed."""

    key = models.CharField(max_length=200, unique=True)
    customer_id = models.CharField(max_length=200)
    origin = models.CharField(max_length=10)
    channel = models.CharField(max_length=12, blank=True, default="")
    topic = models.CharField(max_length=80, blank=True, default="")
    text = EncryptedTextField(blank=True, default="")
    at = models.DateTimeField()
    received_at = models.DateTimeField()
    state = models.CharField(max_length=10, default="waiting")
    importance = models.CharField(max_length=10, default="normal")
    version = models.PositiveIntegerField(default=0)
    rule = models.CharField(max_length=80, blank=True, default="")
    team = models.ForeignKey("accounts.Team", models.SET_NULL, null=True, related_name="+")
    owner = models.ForeignKey(USER, models.SET_NULL, null=True, related_name="+")
    passed_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)
    question = models.ForeignKey(Question, models.SET_NULL, null=True, related_name="+")

    class Meta:
        """The worker asks for what waits, departments for theirs."""

        ordering = ("due_at", "id")
        indexes = [
            models.Index(fields=("id",), condition=models.Q(state="waiting"), name="questions_waiting"),
            models.Index(fields=("team", "state", "due_at"), name="questions_team"),
            models.Index(fields=("customer_id", "-id"), name="questions_feedback_of"),
        ]

    def __str__(self) -> str:
        return f"feedback {self.pk} {self.state}"


class FeedbackStep(models.Model):
    """What happened to feedback, and with which department it is from then on."""

    feedback = models.ForeignKey(Feedback, models.CASCADE, related_name="steps")
    number = models.PositiveIntegerField()
    at = models.DateTimeField()
    actor = models.CharField(max_length=150)
    action = models.CharField(max_length=10)
    team = models.ForeignKey("accounts.Team", models.SET_NULL, null=True, related_name="+")
    owner_id = models.BigIntegerField(null=True)
    due_at = models.DateTimeField(null=True)
    channel = models.CharField(max_length=12, blank=True, default="")
    said = EncryptedTextField(blank=True, default="")

    class Meta:
        """Numbered within the feedback."""

        ordering = ("number",)
        constraints = [models.UniqueConstraint(fields=("feedback", "number"), name="questions_step_number")]
        indexes = [models.Index(fields=("at",), name="questions_step_at")]

    def __str__(self) -> str:
        return f"{self.feedback_id}.{self.number} {self.action}"
