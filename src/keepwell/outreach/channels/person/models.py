"""Rows of what people do for messages: the task of each, and the way of what is sent by post."""

from __future__ import annotations

from django.db import models

from keepwell.foundation.crypto import EncryptedTextField


class Errand(models.Model):
    """The task that a message became; the newest of its tasks where there was another try."""

    message_id = models.CharField(max_length=40, unique=True)
    task_id = models.BigIntegerField(unique=True)
    tried_id = models.BigIntegerField(null=True)  # the task before this one, where nobody was reached
    customer_id = models.CharField(max_length=64, db_index=True)
    channel = models.CharField(max_length=12)
    assignee_id = models.BigIntegerField(null=True)
    made_at = models.DateTimeField()
    shipping = models.CharField(max_length=10, blank=True, default="")  # packed, shipped, arrived, returned
    shipped_at = models.DateTimeField(null=True)
    tracking = EncryptedTextField(blank=True, default="")

    class Meta:
        """Counted by colleague and day."""

        ordering = ("made_at", "pk")
        indexes = [models.Index(fields=("channel", "assignee_id", "made_at"), name="person_errand_day")]

    def __str__(self) -> str:
        return f"{self.message_id} {self.task_id}"
