"""Rows of learning: what was seen at each look, and which assumption a play replaced."""

from __future__ import annotations

from django.db import models


class Look(models.Model):
    """One metric of one arm of a play at one look; never changed.

    `arm` "" is all treated together: then there is only what they sum up to. `total` is the difference times
    the members of the arm: customers kept, money of revenue or margin.
    """

    play = models.ForeignKey("experiments.Play", models.CASCADE, related_name="looks")
    at = models.DateTimeField()
    as_of = models.DateTimeField()
    metric = models.CharField(max_length=12)
    arm = models.CharField(max_length=12, blank=True)
    estimate = models.FloatField(null=True)
    low = models.FloatField(null=True)  # none: no bound
    high = models.FloatField(null=True)
    treated = models.PositiveIntegerField()
    control = models.PositiveIntegerField()
    total = models.FloatField(null=True)
    total_low = models.FloatField(null=True)
    total_high = models.FloatField(null=True)
    cost = models.FloatField(default=0.0)
    verdict = models.CharField(max_length=16)
    final = models.BooleanField(default=False)

    class Meta:
        """In the order of time."""

        ordering = ("play", "as_of", "id")
        constraints = [
            models.UniqueConstraint(fields=("play", "as_of", "metric", "arm"), name="learning_one_look")
        ]

    def __str__(self) -> str:
        return f"{self.play_id} {self.metric} {self.arm}"


class Lesson(models.Model):
    """A line of the assumptions that a play's measurement replaced; `before` is what stood there.

    Measured is the share of those who would have left whom the treatment kept, in one group of causes over
    all tiers; `pooled` is that share together with what was assumed, `spread` how sure that is.
    """

    play = models.ForeignKey("experiments.Play", models.PROTECT, related_name="lessons")
    treatment = models.CharField(max_length=40)
    tier = models.CharField(max_length=10)
    reason_group = models.CharField(max_length=20)
    measured = models.FloatField()
    low = models.FloatField()
    high = models.FloatField()
    treated = models.PositiveIntegerField()
    control = models.PositiveIntegerField()
    weight = models.FloatField()  # of the measurement beside what was assumed, 0 to 1
    pooled = models.FloatField()
    spread = models.FloatField()
    before = models.FloatField()
    after = models.FloatField()
    version = models.PositiveIntegerField()  # of the assumption that it made
    learned_at = models.DateTimeField()
    taken_back_at = models.DateTimeField(null=True)
    taken_back_by = models.CharField(max_length=150, blank=True, default="")

    class Meta:
        """The newest first."""

        ordering = ("-learned_at", "id")
        constraints = [
            models.UniqueConstraint(
                fields=("play", "treatment", "tier", "reason_group"), name="learning_one_lesson"
            )
        ]

    def __str__(self) -> str:
        return f"{self.treatment} {self.tier} {self.reason_group}: {self.after}"


class Progress(models.Model):
    """How far learning from a play is: that its last look is taken, and its lessons are drawn."""

    play = models.OneToOneField("experiments.Play", models.CASCADE, related_name="learned", primary_key=True)
    looked_as_of = models.DateTimeField(null=True)
    learned_at = models.DateTimeField(null=True)
    rows = models.PositiveIntegerField(default=0)  # kept for models of who is moved by what

    def __str__(self) -> str:
        return str(self.play_id)
