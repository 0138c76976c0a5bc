"""Messages received, messages refused, and who is told of what happens."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from keepwell.foundation.crypto import EncryptedTextField


class ReceivedMessage(models.Model):
    """A tracking message that was taken; the same one again is left out.

    `digest` stands for source and message id. Rows are forgotten after `services.receiving.KEPT`.
    """

    digest = models.CharField(max_length=32, primary_key=True)
    received_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return self.digest


class DeadLetter(models.Model):
    """A tracking message that could not be taken, with the reason; sealed, for it may name a person."""

    class Status(models.TextChoices):
        """What became of it."""

        WAITING = "waiting", _("waiting")
        REPLAYED = "replayed", _("replayed")
        DISCARDED = "discarded", _("discarded")

    received_at = models.DateTimeField()
    source = models.CharField(max_length=80)
    digest = models.CharField(max_length=32)
    type = models.CharField(max_length=20, blank=True)
    customer_id = models.CharField(max_length=64, blank=True, db_index=True)
    code = models.CharField(max_length=40)
    reason = models.CharField(max_length=400)
    payload = EncryptedTextField()
    sent_at = models.CharField(max_length=64, blank=True)
    status = models.CharField(max_length=10, choices=Status, default=Status.WAITING)
    attempts = models.PositiveIntegerField(default=0)
    settled_at = models.DateTimeField(null=True, blank=True)
    settled_by = models.CharField(max_length=150, blank=True)

    class Meta:
        """Newest first; asked for by status."""

        ordering = ("-id",)
        indexes = [models.Index(fields=["status", "id"], name="dead_letter_status")]

    def __str__(self) -> str:
        return f"{self.type} {self.code}"


class WebhookEndpoint(models.Model):
    """An address that is told of events."""

    endpoint_id = models.CharField(max_length=32, primary_key=True)
    url = models.URLField(_("address"), max_length=500)
    description = models.CharField(_("description"), max_length=200, blank=True)
    event_types = models.JSONField(_("events"), default=list)
    secret = EncryptedTextField()
    active = models.BooleanField(_("active"), default=True)
    failing_since = models.DateTimeField(null=True, blank=True)
    disabled_at = models.DateTimeField(null=True, blank=True)
    disabled_reason = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=150)
    updated_at = models.DateTimeField()

    class Meta:
        """Oldest first."""

        ordering = ("created_at", "endpoint_id")

    def __str__(self) -> str:
        return self.url


class WebhookDelivery(models.Model):
    """One event for one endpoint: retried until delivered or given up, replayable by hand.

    Taken by a worker until `leased_until`; a worker that dies lets go of it by that.
    """

    class Status(models.TextChoices):
        """How far it is."""

        PENDING = "pending", _("waiting")
        DELIVERED = "delivered", _("delivered")
        FAILED = "failed", _("failed")

    delivery_id = models.CharField(max_length=40, primary_key=True)
    endpoint = models.ForeignKey(WebhookEndpoint, on_delete=models.CASCADE, related_name="deliveries")
    event_type = models.CharField(max_length=60)
    event_key = models.CharField(max_length=64)
    customer_id = models.CharField(max_length=64, blank=True, db_index=True)
    payload = models.JSONField()
    created_at = models.DateTimeField()
    status = models.CharField(max_length=10, choices=Status, default=Status.PENDING)
    attempts = models.PositiveIntegerField(default=0)
    next_at = models.DateTimeField()
    leased_until = models.DateTimeField(null=True, blank=True)
    last_status = models.PositiveIntegerField(null=True, blank=True)
    last_error = models.CharField(max_length=300, blank=True)
    delivered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        """An event reaches an endpoint as one delivery."""

        ordering = ("-created_at", "-delivery_id")
        constraints = [models.UniqueConstraint(fields=["endpoint", "event_key"], name="event_once")]
        indexes = [
            models.Index(fields=["next_at"], condition=models.Q(status="pending"), name="delivery_due"),
            models.Index(fields=["endpoint", "-created_at"], name="delivery_endpoint"),
        ]

    def __str__(self) -> str:
        return f"{self.event_type} {self.delivery_id}"


class Watermark(models.Model):
    """How far something has been told of, by its name."""

    name = models.CharField(max_length=40, primary_key=True)
    value = models.CharField(max_length=80)

    def __str__(self) -> str:
        return f"{self.name} {self.value}"


class ArchivedMail(models.Model):
    """An e-mail exchanged with a customer; what it says lies sealed as the customer's attachment.

    `digest` stands, keyed, for the message: once on each record. The row stays when somebody takes the
    attachment away, so that reading the mailbox again does not bring it back.
    """

    customer = models.ForeignKey("customers.Customer", on_delete=models.CASCADE, related_name="+")
    digest = models.CharField(max_length=32)
    fact_key = models.CharField(max_length=40, unique=True)
    direction = models.CharField(max_length=10)
    sent_at = models.DateTimeField()
    attachment = models.ForeignKey(
        "customers.Attachment", null=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        """Once on each record."""

        constraints = [models.UniqueConstraint(fields=("customer", "digest"), name="archived_mail_once")]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.direction}"
