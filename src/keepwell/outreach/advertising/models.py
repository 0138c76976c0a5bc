"""Rows of online advertising: who is on which list, with digests sealed, and what was spent."""

from __future__ import annotations

from django.db import models

from keepwell.foundation.crypto import EncryptedTextField


class Audience(models.Model):
    """A list of customers of a segment for a platform."""

    name = models.CharField(max_length=120)
    segment_id = models.PositiveBigIntegerField()
    platform = models.CharField(max_length=12)
    use = models.CharField(max_length=6)
    left_out = models.JSONField(default=dict)
    read_at = models.DateTimeField(null=True)
    read_by = models.CharField(max_length=150, blank=True, default="")
    handed_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=150)
    archived_at = models.DateTimeField(null=True)

    class Meta:
        """The newest first."""

        ordering = ("-id",)

    def __str__(self) -> str:
        return self.name


class AudienceMember(models.Model):
    """That a customer is on a list, and by which digests; `handed_at`: since when the platform has them."""

    audience = models.ForeignKey(Audience, models.CASCADE, related_name="members")
    customer_id = models.CharField(max_length=64, db_index=True)
    digests = EncryptedTextField()
    handed_at = models.DateTimeField(null=True)

    class Meta:
        """Once on each list."""

        constraints = [
            models.UniqueConstraint(fields=("audience", "customer_id"), name="advertising_member_once")
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} on {self.audience_id}"


class Removal(models.Model):
    """Digests that the platform has and must take out; nobody is named, also where somebody was erased."""

    audience = models.ForeignKey(Audience, models.CASCADE, related_name="removed")
    digests = EncryptedTextField()
    since = models.DateTimeField()
    handed_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"removal from {self.audience_id}"


class Spend(models.Model):
    """What a campaign cost on a day."""

    on = models.DateField()
    source = models.CharField(max_length=100, blank=True, default="")
    medium = models.CharField(max_length=100, blank=True, default="")
    campaign = models.CharField(max_length=200)
    amount = models.DecimalField(max_digits=18, decimal_places=4)
    currency = models.CharField(max_length=3)
    updated_at = models.DateTimeField()
    updated_by = models.CharField(max_length=150)

    class Meta:
        """One amount a day; said again, it is put right."""

        ordering = ("-on", "-id")
        constraints = [
            models.UniqueConstraint(
                fields=("on", "source", "medium", "campaign", "currency"), name="advertising_spend_a_day"
            )
        ]

    def __str__(self) -> str:
        return f"{self.on} {self.campaign}"
