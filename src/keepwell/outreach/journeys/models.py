"""Rows of journeys: what they are, who is inside, what happened at each step, the days of festivals."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class Journey(models.Model):
    """A journey, whatever its steps are at present.

    `stalled_until`: something is wrong with it (`error`), and nobody moves before then.
    """

    code = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=120, blank=True, default="")  # empty: as Keepwell calls it
    description = models.TextField(blank=True, default="")
    status = models.CharField(max_length=10, default="draft")
    is_own = models.BooleanField(default=True)
    error = models.CharField(max_length=300, blank=True, default="")
    stalled_until = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=150)
    updated_at = models.DateTimeField()
    updated_by = models.CharField(max_length=150)

    class Meta:
        """Lists go by name."""

        ordering = ("name", "id")

    def __str__(self) -> str:
        return self.code


class JourneyVersion(models.Model):
    """One set of steps. Once it has been switched on it never changes: people inside finish on theirs."""

    journey = models.ForeignKey(Journey, models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    status = models.CharField(max_length=10, default="draft")
    revision = models.PositiveIntegerField(default=1)
    definition = models.JSONField()
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=150)
    updated_at = models.DateTimeField()
    updated_by = models.CharField(max_length=150)
    approved_at = models.DateTimeField(null=True)
    approved_by = models.CharField(max_length=150, blank=True, default="")
    on_at = models.DateTimeField(null=True)
    on_by = models.CharField(max_length=150, blank=True, default="")
    place = models.PositiveIntegerField(default=0)  # which of its drafts it says at present

    class Meta:
        """The newest first; one that is written and one that people come into, at most."""

        ordering = ("-number",)
        constraints = [
            models.UniqueConstraint(fields=("journey", "number"), name="journeys_version_once"),
            models.UniqueConstraint(
                fields=("journey",), condition=Q(status__in=("draft", "approved")), name="journeys_one_draft"
            ),
            models.UniqueConstraint(fields=("journey",), condition=Q(status="on"), name="journeys_one_on"),
        ]

    def __str__(self) -> str:
        return f"version {self.number} ({self.status})"


class Draft(models.Model):
    """What a version said after one change, so that changes can be taken back and made again."""

    version = models.ForeignKey(JourneyVersion, models.CASCADE, related_name="drafts", db_index=False)
    place = models.PositiveIntegerField()
    definition = models.JSONField()
    what = models.CharField(max_length=40, blank=True, default="")
    made_at = models.DateTimeField()
    made_by = models.CharField(max_length=150)

    class Meta:
        """One after the other."""

        ordering = ("place",)
        constraints = [models.UniqueConstraint(fields=("version", "place"), name="journeys_draft_once")]

    def __str__(self) -> str:
        return f"draft {self.place}"


class Trial(models.Model):
    """A dry run that somebody asked for: a worker walks it and keeps what it found.

    `lease_until`: somebody walks it until then; a worker that died leaves it to the next. `share` (0 to 1)
    of it is done.
    """

    journey = models.ForeignKey(Journey, models.CASCADE, related_name="trials", db_index=False)
    definition = models.JSONField()
    days = models.PositiveIntegerField()
    status = models.CharField(max_length=10, default="waiting")
    share = models.FloatField(default=0)
    result = models.JSONField(null=True)
    error = models.CharField(max_length=300, blank=True, default="")
    attempts = models.PositiveSmallIntegerField(default=0)
    lease_until = models.DateTimeField(null=True)
    asked_at = models.DateTimeField()
    asked_by = models.CharField(max_length=150)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        """The newest of a journey first; what waits is found at once."""

        ordering = ("-id",)
        indexes = [
            models.Index(fields=("journey", "-id"), name="journeys_trials"),
            models.Index(
                fields=("id",), condition=Q(status__in=("waiting", "running")), name="journeys_trials_due"
            ),
        ]

    def __str__(self) -> str:
        return f"trial of {self.days} days ({self.status})"


class Traveller(models.Model):
    """Somebody's passage through a journey, on the version that they came into.

    `wake_at` is when something is to be done for them, null once it is over. `visit` counts the steps that
    they came to: with it every action of theirs has a name that is never used again. `memo` holds the arms
    that were drawn, with their probabilities, and the messages by step.
    """

    journey = models.ForeignKey(Journey, models.CASCADE, related_name="+", db_index=False)
    version = models.ForeignKey(JourneyVersion, models.PROTECT, related_name="+", db_index=False)
    customer_id = models.CharField(max_length=64)
    entry_key = models.CharField(max_length=40)
    step = models.CharField(max_length=40)
    visit = models.PositiveIntegerField(default=1)
    entered_at = models.DateTimeField()
    since = models.DateTimeField()
    wake_at = models.DateTimeField(null=True)
    waits_for = models.CharField(max_length=5, blank=True, default="")
    heard = models.BooleanField(default=False)
    memo = models.JSONField(default=dict)
    ended_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=20, blank=True, default="")

    class Meta:
        """An entry counts once; nobody is inside twice; what is due is found by journey."""

        constraints = [
            models.UniqueConstraint(fields=("journey", "entry_key"), name="journeys_entry_once"),
            models.UniqueConstraint(
                fields=("customer_id", "journey"),
                condition=Q(ended_at__isnull=True),
                name="journeys_inside_once",
            ),
        ]
        indexes = [
            models.Index(
                fields=("journey", "wake_at", "id"),
                condition=Q(wake_at__isnull=False),
                name="journeys_due",
            ),
            models.Index(fields=("customer_id", "journey", "-entered_at"), name="journeys_of_customer"),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} at {self.step}"


class StepCount(models.Model):
    """How often something happened at a step of a version; step "" is the journey as a whole."""

    version = models.ForeignKey(JourneyVersion, models.CASCADE, related_name="counts", db_index=False)
    step = models.CharField(max_length=40, blank=True, default="")
    what = models.CharField(max_length=50)
    number = models.BigIntegerField(default=0)

    class Meta:
        """One row for each."""

        constraints = [
            models.UniqueConstraint(fields=("version", "step", "what"), name="journeys_count_once")
        ]

    def __str__(self) -> str:
        return f"{self.step} {self.what}: {self.number}"


class Run(models.Model):
    """That a journey's day, or a cycle, was looked at for people to begin with; so much is done."""

    journey = models.ForeignKey(Journey, models.CASCADE, related_name="+", db_index=False)
    key = models.CharField(max_length=80)
    finished_at = models.DateTimeField()
    entered = models.PositiveIntegerField(default=0)

    class Meta:
        """Once for each."""

        constraints = [models.UniqueConstraint(fields=("journey", "key"), name="journeys_run_once")]

    def __str__(self) -> str:
        return self.key


class FestivalDay(models.Model):
    """The day of a festival in a country and a year; null: not kept. Filled by rules, corrected by people."""

    country = models.CharField(max_length=2)
    year = models.PositiveSmallIntegerField()
    code = models.CharField(max_length=40)
    name = models.CharField(max_length=60, blank=True, default="")  # of a day of the shop's own
    on = models.DateField(null=True)
    source = models.CharField(max_length=10, default="rule")
    updated_at = models.DateTimeField()
    updated_by = models.CharField(max_length=150)

    class Meta:
        """One day for each."""

        ordering = ("on", "code")
        constraints = [
            models.UniqueConstraint(fields=("country", "year", "code"), name="journeys_festival_once")
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.country} {self.on}"
