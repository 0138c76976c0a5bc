"""Rows of offline channels: what carries a code, and how often it was scanned; nobody is named."""

from __future__ import annotations

from django.db import models


class Spot(models.Model):
    """A place or a printed thing that leads to the shop by its own code."""

    code = models.SlugField(max_length=40, unique=True)
    kind = models.CharField(max_length=12)
    name = models.CharField(max_length=120)
    place = models.CharField(max_length=200, blank=True, default="")
    store = models.CharField(max_length=120, blank=True, default="")  # how orders name it
    target = models.URLField(max_length=500)
    starts_on = models.DateField()
    ends_on = models.DateField(null=True)
    cost = models.DecimalField(max_digits=18, decimal_places=4, default=0)
    currency = models.CharField(max_length=3, blank=True, default="")
    active = models.BooleanField(default=True)
    made_at = models.DateTimeField()
    made_by = models.CharField(max_length=150)

    class Meta:
        """The latest first."""

        ordering = ("-starts_on", "-id")

    def __str__(self) -> str:
        return self.code


class Scan(models.Model):
    """How often the code of a spot was opened on a day, by people as far as one can tell."""

    spot = models.ForeignKey(Spot, models.CASCADE, related_name="scans")
    on = models.DateField()
    count = models.PositiveIntegerField(default=0)

    class Meta:
        """One row a day."""

        ordering = ("on",)
        constraints = [models.UniqueConstraint(fields=("spot", "on"), name="offline_scan_a_day")]

    def __str__(self) -> str:
        return f"{self.spot_id} {self.on}"
