"""What people write down about a customer: notes, files, promises."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from keepwell.customers.models.records import Customer, Item
from keepwell.foundation.crypto import EncryptedTextField


class Note(Item):
    """A note of a service or an interview, with fixed fields; everything that was said is sealed."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="notes")
    kind = models.CharField(max_length=20)
    at = models.DateTimeField()
    text = EncryptedTextField(blank=True, default="")
    explicit_need = EncryptedTextField(blank=True, default="")
    implicit_need = EncryptedTextField(blank=True, default="")
    preference = EncryptedTextField(blank=True, default="")
    emotion = EncryptedTextField(blank=True, default="")
    urgency = models.CharField(max_length=10, blank=True, default="")
    is_sensitive = models.BooleanField(default=False)

    class Meta:
        """The newest first."""

        ordering = ("-at", "-id")

    def __str__(self) -> str:
        return f"{self.customer_id} {self.kind}"


class Attachment(Item):
    """A file of a customer; its bytes lie sealed under a key of their own in the home folder."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="attachments")
    name = EncryptedTextField()
    content_type = models.CharField(max_length=120)
    size_bytes = models.PositiveBigIntegerField()
    stored_name = models.CharField(max_length=40, unique=True)
    file_key = EncryptedTextField()  # base64; gone with the row, and the bytes are noise
    is_sensitive = models.BooleanField(default=False)

    class Meta:
        """The newest first."""

        ordering = ("-updated_at", "-id")

    def __str__(self) -> str:
        return f"{self.customer_id} {self.stored_name}"


class Promise(Item):
    """What somebody promised a customer, by when, and how it ended."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="promises")
    what = EncryptedTextField()
    due_at = models.DateTimeField()
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    status = models.CharField(max_length=10, default="open")
    made_at = models.DateTimeField()
    made_by = models.CharField(max_length=150)
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.CharField(max_length=150, blank=True, default="")
    reason = EncryptedTextField(blank=True, default="")
    remedy = EncryptedTextField(blank=True, default="")

    class Meta:
        """The next due first; an owner's open ones are asked for every day."""

        ordering = ("due_at", "id")
        indexes = [
            models.Index(fields=("owner", "due_at"), condition=models.Q(status="open"), name="open_promises"),
            models.Index(fields=("closed_at",), name="closed_promises"),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.status}"
