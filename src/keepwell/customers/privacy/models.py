"""Rows of privacy: consents and their history, holds, unmaskings, requests, the ledger of erasures."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models

from keepwell.customers.models import Customer
from keepwell.foundation.crypto import EncryptedTextField


class Wording(models.Model):
    """What customers are told; a version never changes."""

    code = models.SlugField(max_length=40)
    version = models.PositiveIntegerField()
    purpose = models.CharField(max_length=12)
    texts = models.JSONField()  # language -> {purpose, scope, use}
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=150)

    class Meta:
        """The newest version first."""

        ordering = ("code", "-version")
        constraints = [models.UniqueConstraint(fields=("code", "version"), name="wording_version")]

    def __str__(self) -> str:
        return f"{self.code}/{self.version}"


class Consent(models.Model):
    """What a customer says now about one channel and purpose; no row: never asked."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="consents")
    channel = models.CharField(max_length=10)
    purpose = models.CharField(max_length=12)
    given = models.BooleanField()
    at = models.DateTimeField()
    source = models.CharField(max_length=80)
    wording = models.CharField(max_length=60, blank=True, default="")

    class Meta:
        """One state per channel and purpose; segments ask by them."""

        constraints = [
            models.UniqueConstraint(fields=("customer", "channel", "purpose"), name="one_consent_state")
        ]
        indexes = [
            models.Index(fields=("channel", "purpose", "given", "customer"), name="privacy_consent_bulk")
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.channel} {self.purpose}: {self.given}"


class ConsentEvent(models.Model):
    """One change of a consent; never changed, gone only with the person."""

    event_id = models.CharField(max_length=40, unique=True)
    customer_id = models.CharField(max_length=64, db_index=True)
    channel = models.CharField(max_length=10)
    purpose = models.CharField(max_length=12)
    action = models.CharField(max_length=10)
    at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    source = models.CharField(max_length=80)
    wording = models.CharField(max_length=60, blank=True, default="")
    actor = models.CharField(max_length=150)

    class Meta:
        """Newest first."""

        ordering = ("-recorded_at", "-id")

    def __str__(self) -> str:
        return f"{self.customer_id} {self.channel} {self.purpose} {self.action}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Append; an existing entry refuses to change."""
        if self.pk is not None:
            raise TypeError("an entry of the consent history cannot be changed")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """Refuse."""
        raise TypeError("an entry of the consent history cannot be deleted")


class Hold(models.Model):
    """Somebody is left alone, from when, until when, and why."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="holds")
    kind = models.CharField(max_length=12)
    reason = EncryptedTextField(blank=True, default="")
    placed_at = models.DateTimeField()
    placed_by = models.CharField(max_length=150)
    until = models.DateTimeField(null=True, blank=True)
    lifted_at = models.DateTimeField(null=True, blank=True)
    lifted_by = models.CharField(max_length=150, blank=True, default="")

    class Meta:
        """Newest first; asked for by customer while not lifted."""

        ordering = ("-placed_at", "-id")
        indexes = [
            models.Index(
                fields=("customer", "kind"), condition=models.Q(lifted_at__isnull=True), name="present_hold"
            )
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.kind}"


class Unmasking(models.Model):
    """Somebody saw a contact value in plain; counted per user and day."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=20)
    reason = EncryptedTextField()
    at = models.DateTimeField()

    class Meta:
        """Newest first."""

        ordering = ("-at",)
        indexes = [models.Index(fields=("user", "at"))]

    def __str__(self) -> str:
        return f"{self.user_id} {self.customer_id} {self.at:%Y-%m-%d}"


class Settings(models.Model):
    """The settings of privacy; one row."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    values = models.JSONField(default=dict)

    def __str__(self) -> str:
        return "privacy settings"


class Request(models.Model):
    """A request to erase or anonymise. Number and pseudonym are emptied when it is done."""

    right = models.CharField(max_length=10)
    customer_id = EncryptedTextField(blank=True, default="")
    subject = EncryptedTextField(blank=True, default="")  # what is looked for, while it runs
    status = models.CharField(max_length=10, default="waiting")
    steps = models.JSONField(default=list)
    requested_at = models.DateTimeField()
    requested_by = models.CharField(max_length=150)
    reason = models.CharField(max_length=40, blank=True, default="")
    finished_at = models.DateTimeField(null=True, blank=True)
    error = models.TextField(blank=True, default="")
    certificate = models.JSONField(null=True, blank=True)

    class Meta:
        """Newest first."""

        ordering = ("-id",)
        indexes = [models.Index(fields=("status",))]

    def __str__(self) -> str:
        return f"{self.right} {self.pk}: {self.status}"


class Erasure(models.Model):
    """The ledger: keyed fingerprints of numbers and contact values that must not come back.

    What a restore brings back, or an import brings again, is erased again by it.
    """

    index = models.CharField(max_length=32, unique=True)
    kind = models.CharField(max_length=10)  # number, email or phone
    right = models.CharField(max_length=10)
    erased_at = models.DateTimeField()
    request_id = models.BigIntegerField(null=True, blank=True)
    lifted_at = models.DateTimeField(null=True, blank=True)
    lifted_by = models.CharField(max_length=150, blank=True, default="")

    class Meta:
        """Oldest first."""

        ordering = ("id",)

    def __str__(self) -> str:
        return f"{self.kind} {self.erased_at:%Y-%m-%d}"
