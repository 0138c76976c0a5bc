"""Rows of mailings: what is sent to whom, in which parts it is prepared, who could not be written to."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from keepwell.outreach.controls.contracts import CONTROL_SHARE


class Mailing(models.Model):
    """One published text for the members of a segment at one time.

    With a `touchpoint`, each member gets the text planned for their group and stage there, else the one text.
    The version of the text is fixed when it is confirmed; `audience` is how many members there were then.
    `control_share` (0 to 0.5) of those who could get it are kept as control, where it is marketing.
    `others` are further channels, each [channel, text, version]: every member gets it by the one that suits.
    With a `role` it goes by e-mail to the contact person who has it at each company, in the text for them.
    `best_hour`: at the hour that suits each member. `from_manager`: in the name of who looks after them.
    """

    name = models.CharField(max_length=120)
    role = models.CharField(max_length=24, blank=True, default="")
    segment_id = models.BigIntegerField()
    template_code = models.CharField(max_length=80)
    touchpoint = models.CharField(max_length=60, blank=True, default="")
    template_version = models.PositiveIntegerField(null=True)
    brand_version = models.PositiveIntegerField(null=True)
    channel = models.CharField(max_length=12)
    others = models.JSONField(default=list)
    best_hour = models.BooleanField(default=False)
    from_manager = models.BooleanField(default=False)
    purpose = models.CharField(max_length=12)
    priority = models.PositiveSmallIntegerField()
    control_share = models.FloatField(default=CONTROL_SHARE)
    send_at = models.DateTimeField(null=True)
    keep_trying_days = models.PositiveSmallIntegerField()
    status = models.CharField(max_length=10, default="draft")
    paused = models.BooleanField(default=False)
    revision = models.PositiveIntegerField(default=1)
    audience = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=150)
    confirmed_at = models.DateTimeField(null=True)
    confirmed_by = models.CharField(max_length=150, blank=True, default="")
    ended_at = models.DateTimeField(null=True)

    class Meta:
        """Newest first."""

        ordering = ("-pk",)

    def __str__(self) -> str:
        return self.name


class MailingPart(models.Model):
    """A stretch of the audience, from one customer number to another, that one worker prepares at once."""

    mailing = models.ForeignKey(Mailing, models.CASCADE, related_name="parts")
    first_id = models.CharField(max_length=64)
    last_id = models.CharField(max_length=64)
    size = models.PositiveIntegerField()
    lease_until = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)
    queued = models.PositiveIntegerField(default=0)
    left_out = models.PositiveIntegerField(default=0)
    control = models.PositiveIntegerField(default=0)

    class Meta:
        """In the order of the numbers; those that are not done are looked for."""

        ordering = ("pk",)
        constraints = [
            models.CheckConstraint(condition=Q(size__gt=0), name="mailings_part_somebody"),
        ]
        indexes = [models.Index(fields=("id",), condition=Q(done_at=None), name="mailings_part_open")]

    def __str__(self) -> str:
        return f"{self.mailing_id} {self.first_id}"


class LeftOut(models.Model):
    """A member for whom no message could be made, and why."""

    mailing = models.ForeignKey(Mailing, models.CASCADE, related_name="left_out")
    customer_id = models.CharField(max_length=64, db_index=True)
    code = models.CharField(max_length=40)
    figure = models.CharField(max_length=80, blank=True, default="")

    class Meta:
        """Once for each member."""

        constraints = [
            models.UniqueConstraint(fields=("mailing", "customer_id"), name="mailings_left_out_once")
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.code}"
