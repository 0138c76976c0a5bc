"""Rows of lifts: what was seen of a journey or mailing at each look; figures of groups, nobody's data."""

from __future__ import annotations

from django.db import models


class Seen(models.Model):
    """A lot at one look, for one window of days; never changed.

    `version` 0 is all versions of a journey together. `figures` and `once` are lists of
    `contracts.Figure` as JSON; `once` counts only customers whom no other lot dealt shortly before, for sums
    over several lots, and `once_treated` how many those are. `final`: nothing of it changes any more.
    """

    origin = models.CharField(max_length=40)
    lot = models.PositiveIntegerField()
    days = models.PositiveSmallIntegerField()
    version = models.PositiveIntegerField(default=0)
    as_of = models.DateTimeField()
    seen_at = models.DateTimeField()
    treated = models.PositiveIntegerField()
    control = models.PositiveIntegerField()
    waiting = models.PositiveIntegerField()
    cost = models.FloatField(default=0.0)
    cost_known = models.BooleanField(default=True)
    mismatched = models.BooleanField(default=False)
    final = models.BooleanField(default=False)
    figures = models.JSONField(default=list)
    once = models.JSONField(default=list)
    once_treated = models.PositiveIntegerField(default=0)
    once_cost = models.FloatField(default=0.0)

    class Meta:
        """In the order of time; each look once."""

        ordering = ("origin", "lot", "days", "version", "as_of")
        constraints = [
            models.UniqueConstraint(
                fields=("origin", "lot", "days", "version", "as_of"), name="lifts_seen_once"
            )
        ]
        indexes = [models.Index(fields=("as_of",), name="lifts_seen_as_of")]

    def __str__(self) -> str:
        return f"{self.origin} {self.days} days"
