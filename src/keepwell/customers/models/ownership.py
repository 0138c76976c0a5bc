"""Who looks after a customer, and how that changes hands."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from keepwell.customers.models.records import Customer
from keepwell.foundation.crypto import EncryptedTextField


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


class Handover(models.Model):
    """Customers that one owner gives to another; until the receiver confirms, nothing changes hands."""

    from_owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    to_owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    status = models.CharField(max_length=12, default="waiting")
    due_on = models.DateField()
    reason = EncryptedTextField(blank=True, default="")
    open_matters = EncryptedTextField(blank=True, default="")
    preferences = EncryptedTextField(blank=True, default="")
    proposed_by = models.CharField(max_length=150)
    proposed_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.CharField(max_length=150, blank=True, default="")
    decision_reason = EncryptedTextField(blank=True, default="")

    class Meta:
        """The next deadline first."""

        ordering = ("due_on", "id")
        indexes = [
            models.Index(
                fields=("to_owner", "due_on"),
                condition=models.Q(status="waiting"),
                name="waiting_handovers",
            )
        ]

    def __str__(self) -> str:
        return f"{self.from_owner_id} to {self.to_owner_id}: {self.status}"


class HandoverCustomer(models.Model):
    """One of the customers of a handover."""

    handover = models.ForeignKey(Handover, on_delete=models.CASCADE, related_name="customers")
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="+")
    is_waiting = models.BooleanField(default=True)
    is_moved = models.BooleanField(default=False)

    class Meta:
        """A customer waits in one handover at most."""

        ordering = ("id",)
        constraints = [
            models.UniqueConstraint(
                fields=("customer",), condition=models.Q(is_waiting=True), name="one_waiting_handover"
            )
        ]

    def __str__(self) -> str:
        return f"{self.handover_id} {self.customer_id}"
