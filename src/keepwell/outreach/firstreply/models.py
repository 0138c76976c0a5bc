"""Rows: answers of the house, versions of the rules, enquiries with what was written."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from keepwell.foundation.crypto import EncryptedTextField

USER = settings.AUTH_USER_MODEL
OPEN = models.Q(stage__in=("new", "machine", "person"))


class HouseAnswer(models.Model):
    """One answer of the house: what it answers to and what it says, in each language."""

    code = models.CharField(max_length=40, unique=True)
    title = models.CharField(max_length=80)
    words = models.JSONField(default=dict)
    texts = models.JSONField(default=dict)
    link = models.CharField(max_length=500, blank=True, default="")
    owner = models.ForeignKey(USER, models.SET_NULL, null=True, related_name="+")
    valid_from = models.DateField(null=True)
    valid_until = models.DateField(null=True)
    state = models.CharField(max_length=8, default="draft")
    revision = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=150)
    updated_at = models.DateTimeField()
    updated_by = models.CharField(max_length=150)
    approved_at = models.DateTimeField(null=True)
    approved_by = models.CharField(max_length=150, blank=True, default="")

    class Meta:
        """By name."""

        ordering = ("title", "id")

    def __str__(self) -> str:
        return self.code


class ReplyRules(models.Model):
    """One version of the rules; it may be switched on once it has been tried."""

    version = models.PositiveIntegerField(unique=True)
    values = models.JSONField()
    created_at = models.DateTimeField()
    actor = models.CharField(max_length=150)
    tried_at = models.DateTimeField(null=True)
    tried = models.JSONField(null=True)

    def __str__(self) -> str:
        return f"version {self.version}"


class ReplySwitch(models.Model):
    """Which version replies; null: none does."""

    on = models.ForeignKey(ReplyRules, models.PROTECT, null=True, related_name="+")
    since = models.DateTimeField(null=True)
    actor = models.CharField(max_length=150, blank=True, default="")

    def __str__(self) -> str:
        return f"{self.on_id}"


class TrialExample(models.Model):
    """A message that a trial shows; the words are sealed, and go with the person."""

    rules = models.ForeignKey(ReplyRules, models.CASCADE, related_name="examples")
    customer_id = models.CharField(max_length=64)
    channel = models.CharField(max_length=12)
    text = EncryptedTextField()
    title = models.CharField(max_length=80, blank=True, default="")
    score = models.FloatField()

    class Meta:
        """The newest first, as the trial read them."""

        ordering = ("id",)
        indexes = [models.Index(fields=("customer_id",), name="firstreply_example_of")]

    def __str__(self) -> str:
        return f"example {self.pk}"


class Enquiry(models.Model):
    """What a customer wants to know on one channel, from the first message until it is over.

    `asked_at` is when the message came that is answered next; `hand_at` when it went to people, by `cause`.
    `feedback_key` names the feedback by which a department has it, `task_id` the task of a colleague.
    """

    customer_id = models.CharField(max_length=64)
    channel = models.CharField(max_length=12)
    stage = models.CharField(max_length=16, default="new")
    opened_at = models.DateTimeField()
    last_at = models.DateTimeField()
    asked_at = models.DateTimeField()
    language = models.CharField(max_length=10, blank=True, default="")
    answer = models.ForeignKey(HouseAnswer, models.SET_NULL, null=True, related_name="+")
    score = models.FloatField(null=True)
    replied_at = models.DateTimeField(null=True)  # the machine's first words, as they went
    machine_at = models.DateTimeField(null=True)  # the machine's last words, as they were queued
    message_key = models.CharField(max_length=80, blank=True, default="")
    cause = models.CharField(max_length=10, blank=True, default="")
    hand_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True)
    task_id = models.BigIntegerField(null=True)
    feedback_key = models.CharField(max_length=200, blank=True, default="")
    way = models.CharField(max_length=12, blank=True, default="")
    warned_at = models.DateTimeField(null=True)
    late_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    routine = models.BooleanField(default=True)

    class Meta:
        """Nobody has two open ones on a channel; those that are open are asked for again and again."""

        ordering = ("id",)
        constraints = [
            models.UniqueConstraint(
                fields=("customer_id", "channel"), condition=OPEN, name="firstreply_open_once"
            )
        ]
        indexes = [
            models.Index(fields=("stage", "due_at"), condition=OPEN, name="firstreply_open"),
            models.Index(fields=("opened_at",), name="firstreply_opened"),
            models.Index(fields=("customer_id",), name="firstreply_customer"),
        ]

    def __str__(self) -> str:
        return f"enquiry {self.pk} {self.stage}"


class EnquiryLine(models.Model):
    """One message of an enquiry, once; the words are sealed. `done_at`: it was looked at."""

    enquiry = models.ForeignKey(Enquiry, models.CASCADE, related_name="lines")
    key = models.CharField(max_length=200, unique=True)
    origin = models.CharField(max_length=10)
    reference = models.CharField(max_length=400, blank=True, default="")
    at = models.DateTimeField()
    received_at = models.DateTimeField()
    text = EncryptedTextField(blank=True, default="")
    act = models.CharField(max_length=8, blank=True, default="")
    answer = models.ForeignKey(HouseAnswer, models.SET_NULL, null=True, related_name="+")
    done_at = models.DateTimeField(null=True)

    class Meta:
        """Those that wait are asked for twice a second."""

        ordering = ("id",)
        indexes = [
            models.Index(fields=("id",), condition=models.Q(done_at__isnull=True), name="firstreply_waiting")
        ]

    def __str__(self) -> str:
        return f"{self.enquiry_id} {self.act}"
