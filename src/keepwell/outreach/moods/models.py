"""Rows: what was read in each text, and what was learnt from texts."""

from __future__ import annotations

from django.db import models

from keepwell.foundation.crypto import EncryptedTextField


class Reading(models.Model):
    """What one text says of how its customer feels; the text and the words that say so are sealed.

    `key` is that of the text's own fact. `score` is the mark that came with it, 1 to 5. `corrected` is what a
    colleague says instead of `feeling`.
    """

    key = models.CharField(max_length=200, unique=True)
    customer_id = models.CharField(max_length=200)
    origin = models.CharField(max_length=10)
    channel = models.CharField(max_length=12, blank=True, default="")
    at = models.DateTimeField()
    read_at = models.DateTimeField()
    text = EncryptedTextField(blank=True, default="")
    words = EncryptedTextField(blank=True, default="")
    polarity = models.FloatField()
    confidence = models.FloatField()
    feeling = models.CharField(max_length=8)
    model = models.CharField(max_length=20)
    score = models.FloatField(null=True)
    corrected = models.CharField(max_length=8, blank=True, default="")
    corrected_at = models.DateTimeField(null=True)
    corrected_by = models.CharField(max_length=150, blank=True, default="")

    class Meta:
        """The newest first; lists ask by feeling, pages by customer."""

        ordering = ("-at", "-id")
        indexes = [
            models.Index(fields=("feeling", "-at"), name="moods_feeling"),
            models.Index(fields=("customer_id", "-at"), name="moods_customer"),
        ]

    def __str__(self) -> str:
        return f"{self.key} {self.feeling}"


class LearntModel(models.Model):
    """A fit on texts whose feeling is known; it reads only where it did better than the lexicon alone.

    `weights` are sums over hashed pieces of words, no texts. Losses are mean log-losses on texts held out.
    """

    version = models.PositiveIntegerField(unique=True)
    fitted_at = models.DateTimeField()
    weights = models.BinaryField()
    texts = models.PositiveIntegerField()
    corrections = models.PositiveIntegerField()
    loss_lexicon = models.FloatField()
    loss_learnt = models.FloatField()
    auc_lexicon = models.FloatField()
    auc_learnt = models.FloatField()
    is_used = models.BooleanField()

    def __str__(self) -> str:
        return f"learnt-{self.version}"


class Round(models.Model):
    """The newest cycle after which the past was read and the model fitted; one row."""

    cycle_id = models.CharField(max_length=100)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return self.cycle_id
