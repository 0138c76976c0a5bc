"""The outbox, and who writes to which table."""

from __future__ import annotations

from django.db import models


class OutboxFact(models.Model):
    """A fact on its way to the lake, written in the transaction of the change that it tells of.

    Deleted only after the lake holds it for good. `batch_id` says that a flush has taken it: the batch's
    rows never change again, so that a second attempt is the same batch.
    """

    table = models.CharField(max_length=40)
    key = models.CharField(max_length=400)
    content_hash = models.CharField(max_length=64)
    customer_id = models.CharField(max_length=200, blank=True, db_index=True)
    fact = models.JSONField()
    source = models.CharField(max_length=200)
    live = models.BooleanField()
    recorded_at = models.DateTimeField()
    batch_id = models.CharField(max_length=64, blank=True)

    class Meta:
        """The same fact waits once."""

        constraints = [
            models.UniqueConstraint(fields=["table", "key", "content_hash"], name="outbox_fact_once")
        ]
        indexes = [models.Index(fields=["table", "batch_id", "id"], name="outbox_table_batch")]

    def __str__(self) -> str:
        return f"{self.table} {self.key}"


class TableLease(models.Model):
    """The one writer of a table; free, or for anyone to take, once `expires_at` has passed."""

    table = models.CharField(max_length=40, primary_key=True)
    owner = models.CharField(max_length=200, blank=True)
    host = models.CharField(max_length=200, blank=True)
    expires_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.table} {self.owner}"
