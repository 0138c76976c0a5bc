"""Rows of controls: the lots of journeys and mailings, and who was dealt to which side."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class Lot(models.Model):
    """A lot that is drawn for everybody who comes into one journey or mailing.

    `share` is that of the control now; with which probability somebody was dealt is kept with them. Once
    ended (the control was given up) it deals nobody any more, and another control is another lot.
    """

    origin = models.CharField(max_length=40)  # journey:7, mailing:3
    number = models.PositiveIntegerField()
    share = models.FloatField()
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        """One that deals, at most."""

        ordering = ("origin", "-number")
        constraints = [
            models.UniqueConstraint(fields=("origin", "number"), name="controls_lot_once"),
            models.UniqueConstraint(
                fields=("origin",), condition=Q(ended_at__isnull=True), name="controls_one_lot"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.origin} {self.number}"


class Dealt(models.Model):
    """Somebody's side in a lot; never changed.

    `entered_at` is when the days to compare begin, `dealt_at` when the lot was drawn. `left_out`: the person
    was dealt twice under two numbers, so that no comparison counts them under this one.
    """

    lot = models.ForeignKey(Lot, models.CASCADE, related_name="dealt", db_index=False)
    customer_id = models.CharField(max_length=64, db_index=True)
    is_control = models.BooleanField()
    probability = models.FloatField()
    version = models.PositiveIntegerField(default=0)
    entered_at = models.DateTimeField()
    dealt_at = models.DateTimeField()
    left_out = models.BooleanField(default=False)

    class Meta:
        """Each once."""

        constraints = [
            models.UniqueConstraint(fields=("lot", "customer_id"), name="controls_dealt_once"),
            models.CheckConstraint(
                condition=Q(probability__gt=0) & Q(probability__lte=1), name="controls_probability"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} {'control' if self.is_control else 'treated'}"
