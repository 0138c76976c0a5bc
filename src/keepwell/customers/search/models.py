"""The index: which customers have which tokens, and whose tokens are out of date."""

from __future__ import annotations

from django.db import models


class Document(models.Model):
    """One customer's place in the index. `tokens` holds them packed, eight bytes each, in order."""

    id = models.BigAutoField(primary_key=True)
    customer_id = models.CharField(max_length=64, unique=True)
    tokens = models.BinaryField(default=b"")

    def __str__(self) -> str:
        return self.customer_id


class Posting(models.Model):
    """One token of one customer. The table is kept in order of its key, so that one is found by another."""

    pk = models.CompositePrimaryKey("token", "document_id")
    token = models.BigIntegerField()
    document_id = models.BigIntegerField()

    def __str__(self) -> str:
        return f"{self.token} {self.document_id}"


class Stale(models.Model):
    """A customer whose record changed after it was indexed."""

    customer_id = models.CharField(max_length=64, primary_key=True)
    marked_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.customer_id


class IndexState(models.Model):
    """The one row that says under which key, spelling rules and lake version the index was made."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    key_mark = models.CharField(max_length=32, blank=True, default="")
    built_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"index {self.key_mark}"
