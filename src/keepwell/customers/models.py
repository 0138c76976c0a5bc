"""Customers and the ways to reach them."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from keepwell.foundation.crypto import EncryptedTextField


class Customer(models.Model):
    """One record per customer; what names a person is sealed."""

    customer_id = models.CharField(max_length=64, primary_key=True)
    name = EncryptedTextField(blank=True, default="")
    gender = models.CharField(max_length=20, blank=True, default="")
    birth_on = EncryptedTextField(blank=True, default="")
    country = models.CharField(max_length=2, blank=True, default="")
    region = models.CharField(max_length=80, blank=True, default="")
    city = models.CharField(max_length=80, blank=True, default="")
    language = models.CharField(max_length=16, blank=True, default="")
    time_zone = models.CharField(max_length=40, blank=True, default="")
    occupation = models.CharField(max_length=120, blank=True, default="")
    income = models.CharField(max_length=40, blank=True, default="")
    company = EncryptedTextField(blank=True, default="")
    industry = models.CharField(max_length=120, blank=True, default="")
    acquired_at = models.DateTimeField(null=True, blank=True)
    acquisition_channel = models.CharField(max_length=80, blank=True, default="")
    acquisition_cost = models.DecimalField(max_digits=18, decimal_places=4, null=True, blank=True)
    tags = models.JSONField(default=list, blank=True)
    extra = models.JSONField(default=dict, blank=True)
    # field -> [source, ISO instant]: which source said it last, and when
    provenance = models.JSONField(default=dict, blank=True)
    source = models.CharField(max_length=80)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        """Ordering by the key, so that pages keep their place."""

        ordering = ("customer_id",)

    def __str__(self) -> str:
        return self.customer_id


class ContactPoint(models.Model):
    """One way to reach a customer: sealed, and found again by its blind index only."""

    KINDS = [("email", "email"), ("phone", "phone")]

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="contact_points")
    kind = models.CharField(max_length=20, choices=KINDS)
    value = EncryptedTextField()
    value_index = models.CharField(max_length=32)
    source = models.CharField(max_length=80)
    updated_at = models.DateTimeField()

    class Meta:
        """A customer has a value once; a value may belong to several until they are merged."""

        constraints = [
            models.UniqueConstraint(fields=("customer", "kind", "value_index"), name="contact_point_once")
        ]
        indexes = [models.Index(fields=("kind", "value_index"))]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.kind}"


class Ownership(models.Model):
    """Who looks after a customer, from when to when; the row without an end is the present one."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="ownerships")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=200, blank=True, default="")
    assigned_by = models.CharField(max_length=150)

    class Meta:
        """One present owner at most; lists ask by owner."""

        ordering = ("-started_at", "-id")
        constraints = [
            models.UniqueConstraint(
                fields=("customer",), condition=models.Q(ended_at__isnull=True), name="one_present_owner"
            )
        ]
        indexes = [
            models.Index(
                fields=("owner", "customer"), condition=models.Q(ended_at__isnull=True), name="present_owner"
            )
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.owner_id}"
