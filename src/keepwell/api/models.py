"""What the API remembers of requests."""

from __future__ import annotations

from django.db import models

from keepwell.foundation.crypto import EncryptedTextField


class IdempotentAnswer(models.Model):
    """The answer to a request with an Idempotency-Key; without a status while it is being made.

    `caller` stands for the token or user, `request_hash` for method, path and body.
    """

    caller = models.CharField(max_length=64)
    key = models.CharField(max_length=255)
    request_hash = models.CharField(max_length=64)
    claim = models.CharField(max_length=32)
    claimed_until = models.DateTimeField()
    status = models.PositiveSmallIntegerField(null=True)
    body = EncryptedTextField(blank=True, default="")
    created_at = models.DateTimeField(db_index=True)

    class Meta:
        """A caller uses a key once."""

        constraints = [models.UniqueConstraint(fields=["caller", "key"], name="idempotency_key_once")]

    def __str__(self) -> str:
        return f"{self.caller[:8]} {self.key}"
