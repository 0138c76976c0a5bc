"""Rows of sending: messages and the attempts to hand them over."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from keepwell.foundation.crypto import EncryptedTextField


class Message(models.Model):
    """One message to one customer. What it says is sealed; the address is read when it goes."""

    message_id = models.CharField(max_length=40, unique=True)
    customer_id = models.CharField(max_length=64)
    channel = models.CharField(max_length=12)
    purpose = models.CharField(max_length=12)
    content = models.CharField(max_length=80, blank=True, default="")
    origin = models.CharField(max_length=80, blank=True, default="")
    priority = models.PositiveSmallIntegerField()
    urgent = models.BooleanField(default=False)
    body = EncryptedTextField()
    status = models.CharField(max_length=10, default="waiting")
    reason = models.CharField(max_length=40, blank=True, default="")
    due_at = models.DateTimeField()
    not_after = models.DateTimeField(null=True)
    lease = models.CharField(max_length=60, blank=True, default="")
    tries = models.PositiveSmallIntegerField(default=0)
    provider_ref = models.CharField(max_length=80, blank=True, default="")
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=150)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        """Taken by priority among what is due; asked for by lease and by customer."""

        indexes = [
            models.Index(
                fields=("-priority", "due_at", "id"),
                condition=Q(status="waiting"),
                name="sending_message_due",
            ),
            models.Index(fields=("lease",), condition=Q(status="sending"), name="sending_message_lease"),
            models.Index(fields=("customer_id", "-created_at"), name="sending_message_customer"),
        ]

    def __str__(self) -> str:
        return f"{self.message_id} {self.status}"


class Attempt(models.Model):
    """One try to hand a message over; what the provider said is sealed, for it may name an address."""

    message = models.ForeignKey(Message, models.CASCADE, related_name="attempts")
    lease = models.CharField(max_length=60)
    at = models.DateTimeField()
    fate = models.CharField(max_length=10)
    code = models.CharField(max_length=20, blank=True, default="")
    refusal = models.CharField(max_length=12, blank=True, default="")
    detail = EncryptedTextField(blank=True, default="")

    class Meta:
        """One answer for each try; oldest first."""

        ordering = ("id",)
        constraints = [
            models.UniqueConstraint(fields=("message", "lease"), name="sending_one_answer_per_try")
        ]

    def __str__(self) -> str:
        return f"{self.message_id} {self.fate}"
