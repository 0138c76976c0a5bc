"""Rows of care: plans, their lines and acts, gifts, activities and guests, packages."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q

from keepwell.foundation.crypto import EncryptedTextField

MONEY: dict[str, Any] = {"max_digits": 18, "decimal_places": 4}
USER = settings.AUTH_USER_MODEL


class RulesVersion(models.Model):
    """One version of what holds for all plans."""

    version = models.PositiveIntegerField(unique=True)
    values = models.JSONField()
    created_at = models.DateTimeField()
    actor = models.CharField(max_length=150)

    def __str__(self) -> str:
        return f"version {self.version}"


class Template(models.Model):
    """A plan to be given to many: one of the shop's own, or one that Keepwell brings and that was changed."""

    code = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=120, blank=True, default="")
    for_tiers = models.JSONField(default=list)
    for_groups = models.JSONField(default=list)
    lines = models.JSONField(default=list)
    active = models.BooleanField(default=True)
    updated_at = models.DateTimeField()
    updated_by = models.CharField(max_length=150)

    class Meta:
        """By code."""

        ordering = ("code",)

    def __str__(self) -> str:
        return self.code


class GiftIdea(models.Model):
    """An idea for a gift, the shop's own or one that Keepwell brings and that was changed."""

    code = models.SlugField(max_length=40, unique=True)
    hobby = models.CharField(max_length=40, blank=True, default="")  # a code of interests; "" = everybody
    name = models.CharField(max_length=120, blank=True, default="")
    low = models.DecimalField(**MONEY)
    high = models.DecimalField(**MONEY)
    barred_in = models.JSONField(default=list)
    active = models.BooleanField(default=True)
    updated_at = models.DateTimeField()
    updated_by = models.CharField(max_length=150)

    class Meta:
        """By code."""

        ordering = ("code",)

    def __str__(self) -> str:
        return self.code


class Plan(models.Model):
    """The care plan of one customer; one that has not ended per customer."""

    customer_id = models.CharField(max_length=64)
    template = models.CharField(max_length=40, blank=True, default="")
    status = models.CharField(max_length=10, default="active")
    owner = models.ForeignKey(USER, models.SET_NULL, null=True, related_name="+")
    greetings_paused_until = models.DateField(null=True)
    dealt = models.BooleanField(default=False)  # given to a segment, of which a part was passed over by lot
    started_on = models.DateField()
    made_at = models.DateTimeField()
    made_by = models.CharField(max_length=150)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        """One plan that has not ended per customer."""

        ordering = ("-id",)
        constraints = [
            models.UniqueConstraint(
                fields=("customer_id",), condition=Q(ended_at__isnull=True), name="care_one_plan"
            )
        ]
        indexes = [models.Index(fields=("owner", "status"), name="care_plan_owner")]

    def __str__(self) -> str:
        return f"plan {self.pk} {self.status}"


class PlanLine(models.Model):
    """An act that comes again; `next_on` None where its day is not known, looked up again after a week."""

    plan = models.ForeignKey(Plan, models.CASCADE, related_name="lines")
    act = models.CharField(max_length=24)
    occasion = models.CharField(max_length=16)
    every_weeks = models.PositiveSmallIntegerField(default=0)
    channel = models.CharField(max_length=12, blank=True, default="")
    budget = models.DecimalField(default=0, **MONEY)
    lead_days = models.PositiveSmallIntegerField(default=7)
    by = models.CharField(max_length=8, default="task")
    text_code = models.CharField(max_length=80, blank=True, default="")
    next_on = models.DateField(null=True)
    looked_on = models.DateField()

    class Meta:
        """In the order of the plan; the worker asks for the next ones."""

        ordering = ("id",)
        indexes = [
            models.Index(fields=("next_on",), name="care_line_next"),
            models.Index(fields=("looked_on",), condition=Q(next_on=None), name="care_line_unknown"),
        ]

    def __str__(self) -> str:
        return f"{self.act} {self.occasion}"


class Act(models.Model):
    """Something done for a customer on a day; what somebody wrote is sealed."""

    plan = models.ForeignKey(Plan, models.SET_NULL, null=True, related_name="acts")
    line = models.ForeignKey(PlanLine, models.SET_NULL, null=True, related_name="acts")
    customer_id = models.CharField(max_length=64)
    act = models.CharField(max_length=24)
    occasion = models.CharField(max_length=16, default="once")
    due_on = models.DateField()
    start_on = models.DateField()  # when its task is made or its message queued
    status = models.CharField(max_length=10, default="planned")
    owner = models.ForeignKey(USER, models.SET_NULL, null=True, related_name="+")
    channel = models.CharField(max_length=12, blank=True, default="")
    by = models.CharField(max_length=8, default="task")
    text_code = models.CharField(max_length=80, blank=True, default="")
    budget = models.DecimalField(default=0, **MONEY)
    cost = models.DecimalField(null=True, **MONEY)
    currency = models.CharField(max_length=3, blank=True, default="")
    limited = models.BooleanField(default=False)
    gift = models.CharField(max_length=40, blank=True, default="")
    words = EncryptedTextField(blank=True, default="")
    note = EncryptedTextField(blank=True, default="")
    outcome = models.CharField(max_length=20, blank=True, default="")
    score = models.PositiveSmallIntegerField(null=True)
    task = models.ForeignKey("outreach.Task", models.SET_NULL, null=True, related_name="+")
    message_id = models.CharField(max_length=40, blank=True, default="")
    made_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        """A line's act once a day; lists ask by day, by owner, by customer."""

        ordering = ("due_on", "id")
        constraints = [
            models.UniqueConstraint(
                fields=("line", "due_on"), condition=Q(line__isnull=False), name="care_act_once"
            )
        ]
        indexes = [
            models.Index(fields=("status", "start_on"), name="care_act_start"),
            models.Index(fields=("owner", "status", "due_on"), name="care_act_owner"),
            models.Index(fields=("customer_id", "-due_on"), name="care_act_customer"),
            models.Index(fields=("message_id",), condition=~Q(message_id=""), name="care_act_message"),
        ]

    def __str__(self) -> str:
        return f"{self.act} {self.due_on} ({self.status})"


class ActEvent(models.Model):
    """One step of an act; what was before is sealed, so that it can be given back."""

    act = models.ForeignKey(Act, models.CASCADE, related_name="events")
    token = models.CharField(max_length=32, unique=True)
    at = models.DateTimeField()
    actor = models.CharField(max_length=150)
    action = models.CharField(max_length=12)
    before = EncryptedTextField(blank=True, default="")
    task_token = models.CharField(max_length=32, blank=True, default="")
    undone_at = models.DateTimeField(null=True)

    class Meta:
        """Oldest first."""

        ordering = ("id",)

    def __str__(self) -> str:
        return f"{self.act_id} {self.action}"


class PassedOver(models.Model):
    """Who would have got a plan and did not, by lot: kept aside from marketing, to compare with."""

    customer_id = models.CharField(max_length=64, unique=True)
    template = models.CharField(max_length=40)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return self.customer_id


class Decision(models.Model):
    """What somebody decided on a proposal that reactions made; the same is not proposed again for a while."""

    plan = models.ForeignKey(Plan, models.CASCADE, related_name="decisions")
    key = models.CharField(max_length=40)
    accepted = models.BooleanField()
    figures = models.JSONField(default=dict)
    at = models.DateTimeField()
    actor = models.CharField(max_length=150)

    class Meta:
        """Newest first."""

        ordering = ("-id",)

    def __str__(self) -> str:
        return f"{self.key} {self.accepted}"


class Series(models.Model):
    """A private meeting that comes every quarter, for strategic customers."""

    name = models.CharField(max_length=120)
    segment_id = models.PositiveBigIntegerField(null=True)  # None: those of the highest value
    place = models.CharField(max_length=200, blank=True, default="")
    capacity = models.PositiveIntegerField()
    channel = models.CharField(max_length=12, default="email")
    hosts = models.CharField(max_length=300, blank=True, default="")
    owner = models.ForeignKey(USER, models.SET_NULL, null=True, related_name="+")
    active = models.BooleanField(default=True)
    made_at = models.DateTimeField()
    made_by = models.CharField(max_length=150)

    class Meta:
        """Oldest first."""

        ordering = ("id",)

    def __str__(self) -> str:
        return f"series {self.pk}"


class Activity(models.Model):
    """Something that customers are invited to."""

    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=20)
    at = models.DateTimeField()
    place = models.CharField(max_length=200, blank=True, default="")
    capacity = models.PositiveIntegerField()
    status = models.CharField(max_length=10, default="planned")  # planned, inviting, held, cancelled
    owner = models.ForeignKey(USER, models.SET_NULL, null=True, related_name="+")
    budget = models.DecimalField(default=0, **MONEY)
    cost = models.DecimalField(null=True, **MONEY)
    currency = models.CharField(max_length=3, blank=True, default="")
    segment_id = models.PositiveBigIntegerField(null=True)
    interest = models.CharField(max_length=40, blank=True, default="")
    channel = models.CharField(max_length=12, default="email")
    subject = models.CharField(max_length=200, blank=True, default="")
    text = models.TextField(blank=True, default="")
    checklist = models.JSONField(default=list)
    improvements = EncryptedTextField(blank=True, default="")
    made_at = models.DateTimeField()
    made_by = models.CharField(max_length=150)
    texts = models.JSONField(default=dict)  # the invitation by language; `text` where there is none
    closes_at = models.DateTimeField(null=True)  # answers may change until then; None: until it begins
    minutes = models.PositiveSmallIntegerField(default=120)
    party_max = models.PositiveSmallIntegerField(default=0)  # how many a guest may bring
    remind_days = models.JSONField(default=list)
    hosts = models.CharField(max_length=300, blank=True, default="")  # who of us is there
    themes = models.JSONField(default=list)  # [code, how often, where it was said]
    taken_up = models.JSONField(default=list)  # earlier activities whose improvements were heeded
    series = models.ForeignKey("Series", models.SET_NULL, null=True, related_name="activities")
    quarter = models.CharField(max_length=7, blank=True, default="")

    class Meta:
        """The next first; a series meets once a quarter."""

        ordering = ("-at", "-id")
        constraints = [
            models.UniqueConstraint(
                fields=("series", "quarter"), condition=Q(series__isnull=False), name="care_meets_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.at:%Y-%m-%d}"


class Guest(models.Model):
    """Somebody who may come to an activity; what they said of it is sealed."""

    activity = models.ForeignKey(Activity, models.CASCADE, related_name="guests")
    customer_id = models.CharField(max_length=64)
    state = models.CharField(max_length=10, default="proposed")
    why = models.CharField(max_length=20, blank=True, default="")
    message_id = models.CharField(max_length=40, blank=True, default="")
    score = models.PositiveSmallIntegerField(null=True)
    feedback = EncryptedTextField(blank=True, default="")
    invited_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)
    party = models.PositiveSmallIntegerField(default=0)  # how many they bring
    diet = EncryptedTextField(blank=True, default="")
    needs = EncryptedTextField(blank=True, default="")  # to get in, to sit, to hear
    question = EncryptedTextField(blank=True, default="")  # to those of us who are there
    waits_since = models.DateTimeField(null=True)
    seat = models.CharField(max_length=20, blank=True, default="")
    came_at = models.DateTimeField(null=True)
    reminded_days = models.PositiveSmallIntegerField(null=True)  # which reminder they last got
    survey_id = models.CharField(max_length=40, blank=True, default="")  # the message that asked how it was

    class Meta:
        """Once each; found by the message that invited them and by the one that asked."""

        ordering = ("id",)
        constraints = [models.UniqueConstraint(fields=("activity", "customer_id"), name="care_guest_once")]
        indexes = [
            models.Index(fields=("customer_id",), name="care_guest_customer"),
            models.Index(fields=("message_id",), name="care_guest_message"),
            models.Index(fields=("survey_id",), condition=~Q(survey_id=""), name="care_guest_survey"),
            models.Index(fields=("activity", "state", "waits_since"), name="care_guest_state"),
        ]

    def __str__(self) -> str:
        return f"{self.activity_id} {self.state}"


class Package(models.Model):
    """A product or service package made for one customer; needs and feedback are sealed."""

    customer_id = models.CharField(max_length=64)
    name = models.CharField(max_length=120)
    need = EncryptedTextField(blank=True, default="")
    items = models.JSONField(default=list)
    extra_cost = models.DecimalField(default=0, **MONEY)
    currency = models.CharField(max_length=3, blank=True, default="")
    delivery = models.CharField(max_length=20, default="standard")
    packaging = models.CharField(max_length=20, default="standard")
    ready_days = models.PositiveSmallIntegerField(default=0)
    usual_days = models.PositiveSmallIntegerField(default=0)
    status = models.CharField(max_length=10, default="draft")  # draft, offered, agreed, delivered, refused
    score = models.PositiveSmallIntegerField(null=True)
    feedback = EncryptedTextField(blank=True, default="")
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=150)

    class Meta:
        """Newest first."""

        ordering = ("-id",)
        indexes = [models.Index(fields=("customer_id", "-id"), name="care_package_customer")]

    def __str__(self) -> str:
        return f"package {self.pk} ({self.status})"


class Adjustment(models.Model):
    """What was changed in a package after the customer had said something."""

    package = models.ForeignKey(Package, models.CASCADE, related_name="adjustments")
    at = models.DateTimeField()
    actor = models.CharField(max_length=150)
    text = EncryptedTextField()

    class Meta:
        """Oldest first."""

        ordering = ("id",)

    def __str__(self) -> str:
        return f"{self.package_id} {self.at:%Y-%m-%d}"
