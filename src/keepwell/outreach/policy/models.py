"""Rows of the contact policy: versions of its rules, intended contacts, one lock per customer."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from keepwell.foundation.crypto import EncryptedTextField


class RulesVersion(models.Model):
    """One version of the rules."""

    version = models.PositiveIntegerField(unique=True)
    values = models.JSONField()
    created_at = models.DateTimeField()
    actor = models.CharField(max_length=150)

    def __str__(self) -> str:
        return f"version {self.version}"


class HoldoutPeriod(models.Model):
    """How many customers are kept aside from marketing since when; the newest that has not ended counts."""

    number = models.PositiveIntegerField(unique=True)  # so that two who begin at once begin the same
    share = models.FloatField()
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    reason = EncryptedTextField(blank=True, default="")
    actor = models.CharField(max_length=150)

    class Meta:
        """Newest first."""

        ordering = ("-number",)

    def __str__(self) -> str:
        return f"{self.share:.1%} since {self.started_at:%Y-%m-%d}"


class Desk(models.Model):
    """The lock of one customer: whoever decides on a contact holds it, so that caps count what is there."""

    customer_id = models.CharField(max_length=64, primary_key=True)

    def __str__(self) -> str:
        return self.customer_id


class SevereComplaint(models.Model):
    """A ticket that leaves its customer alone, and the hold it placed; none where a person had placed one."""

    ticket_id = models.CharField(max_length=200, unique=True)
    hold_id = models.BigIntegerField(null=True)
    opened_at = models.DateTimeField()
    until = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        """Asked for while open, by hold."""

        indexes = [
            models.Index(
                fields=("hold_id",), condition=Q(ended_at__isnull=True), name="policy_complaint_open"
            )
        ]

    def __str__(self) -> str:
        return self.ticket_id


class Contact(models.Model):
    """One intended contact with a customer, and what the policy said of it last; no words, no address."""

    intent_id = models.CharField(max_length=80, unique=True)
    customer_id = models.CharField(max_length=64)
    channel = models.CharField(max_length=12)
    purpose = models.CharField(max_length=12)
    content = models.CharField(max_length=80, blank=True, default="")
    origin = models.CharField(max_length=80, blank=True, default="")
    priority = models.PositiveSmallIntegerField()
    decision = models.CharField(max_length=10)
    cause = models.CharField(max_length=20)
    until = models.DateTimeField(null=True)
    figures = models.JSONField(default=dict)
    first_at = models.DateTimeField()
    decided_at = models.DateTimeField()
    asked = models.PositiveIntegerField(default=1)
    rules_version = models.PositiveIntegerField()
    taken_back_at = models.DateTimeField(null=True)
    actor = models.CharField(max_length=150)

    class Meta:
        """Caps ask for what took place with a customer lately; the page for everything of one."""

        indexes = [
            models.Index(fields=("customer_id", "-decided_at"), name="policy_contact_customer"),
            models.Index(
                fields=("customer_id", "decided_at"),
                condition=Q(decision__in=("allowed", "outside"), taken_back_at__isnull=True),
                name="policy_contact_counts",
            ),
            models.Index(fields=("-decided_at",), name="policy_contact_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.intent_id} {self.decision} ({self.cause})"
