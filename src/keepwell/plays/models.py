"""Data of the room: what can be done, what it is assumed to achieve, what it may cost, and saved plans."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _


def finite(value: float) -> None:
    """Refuse NaN, which no comparison would catch."""
    if not math.isfinite(value):
        raise ValidationError(_("Enter a number."))


SHARE: list[Callable[[Any], None]] = [finite, MinValueValidator(0.0), MaxValueValidator(1.0)]
NOT_NEGATIVE: list[Callable[[Any], None]] = [MinValueValidator(0)]


MONEY: dict[str, Any] = {"max_digits": 18, "decimal_places": 4, "validators": NOT_NEGATIVE}


class Playbook(models.Model):
    """The version of all settings together and the rule for lost customers; one row, locked to edit any."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    version = models.PositiveIntegerField(default=1)
    lost_share_factor = models.FloatField(_("share left once lost"), validators=SHARE)
    lost_max_silence_days = models.PositiveIntegerField(_("longest silence that is winnable (days)"))

    def __str__(self) -> str:
        return f"playbook {self.version}"


class Treatment(models.Model):
    """One thing that can be done for a customer."""

    code = models.CharField(
        _("code"),
        max_length=40,
        unique=True,
        validators=[RegexValidator(r"^[a-z][a-z0-9_]*$", _("Use small letters, digits and underscores."))],
    )
    name = models.CharField(_("name"), max_length=80, blank=True)
    description = models.CharField(_("description"), max_length=300, blank=True)
    channel = models.CharField(_("channel"), max_length=40)
    unit_cost = models.DecimalField(_("cost per customer"), **MONEY)
    cost_is_default = models.BooleanField(default=False)
    order_cost_share = models.FloatField(_("further cost, share of an order"), default=0.0, validators=SHARE)
    capacity = models.PositiveIntegerField(_("most customers per plan"), null=True, blank=True)
    active = models.BooleanField(_("active"), default=True)
    low_cost = models.BooleanField(_("low-cost measure"), default=False)
    return_days = models.PositiveIntegerField(_("days until the effect shows"), default=14)
    requires_hint = models.CharField(_("only with the hint"), max_length=40, blank=True)
    is_own = models.BooleanField(default=True)

    class Meta:
        """Constraints and order."""

        ordering = ("id",)
        verbose_name = _("treatment")
        verbose_name_plural = _("treatments")

    def __str__(self) -> str:
        return self.code


class Assumption(models.Model):
    """The share of the expected loss that a treatment saves; the newest version of a cell counts."""

    treatment = models.ForeignKey(Treatment, on_delete=models.CASCADE, related_name="assumptions")
    tier = models.CharField(_("value tier"), max_length=10)
    reason_group = models.CharField(_("group of causes"), max_length=20)
    saved_share = models.FloatField(_("saved share"), validators=SHARE)
    version = models.PositiveIntegerField()
    changed_by = models.CharField(max_length=150, blank=True)
    changed_at = models.DateTimeField(null=True)

    class Meta:
        """Constraints and order."""

        ordering = ("id",)
        constraints = [
            models.UniqueConstraint(
                fields=["treatment", "tier", "reason_group", "version"], name="one_assumption_per_version"
            )
        ]

    def __str__(self) -> str:
        return f"{self.treatment_id} {self.tier} {self.reason_group}: {self.saved_share}"


class GradeLimit(models.Model):
    """What may be spent on one customer of a value tier."""

    tier = models.CharField(_("value tier"), max_length=10, unique=True)
    max_cost = models.DecimalField(_("most per customer"), **MONEY, null=True, blank=True)
    cost_is_default = models.BooleanField(default=False)
    max_value_share = models.FloatField(_("most, share of the value at stake"), validators=SHARE)
    low_cost_only = models.BooleanField(_("low-cost measures only"), default=False)

    class Meta:
        """Constraints and order."""

        ordering = ("id",)

    def __str__(self) -> str:
        return self.tier


class Plan(models.Model):
    """A saved plan: what was decided, from which cycle and settings, within which limits."""

    fingerprint = models.CharField(max_length=64, unique=True)
    cycle_id = models.CharField(max_length=64, db_index=True)
    playbook_version = models.PositiveIntegerField()
    aside_share = models.FloatField(default=0.0)
    currency = models.CharField(max_length=3, blank=True)
    budget = models.DecimalField(_("budget"), **MONEY)
    spent = models.DecimalField(_("spent"), **MONEY)
    expected_gain = models.DecimalField(_("expected gain (assumption)"), **MONEY)
    upper_bound = models.DecimalField(_("upper bound"), **MONEY)
    gap = models.FloatField(_("gap"))
    capacities = models.JSONField(default=dict)
    actions = models.JSONField(default=dict)
    curve = models.JSONField(default=list)
    considered = models.PositiveIntegerField()
    worthwhile = models.PositiveIntegerField()
    customers = models.PositiveIntegerField()
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=150)

    class Meta:
        """Constraints and order."""

        ordering = ("-id",)
        verbose_name = _("plan")
        verbose_name_plural = _("plans")

    def __str__(self) -> str:
        return f"{self.cycle_id} {self.budget}"


class PlanLine(models.Model):
    """One customer's part in a plan; `position` is the order of service."""

    plan = models.ForeignKey(Plan, on_delete=models.CASCADE, related_name="lines")
    position = models.PositiveIntegerField()
    customer_id = models.CharField(max_length=200)
    treatment = models.CharField(max_length=40)
    cost = models.DecimalField(_("cost"), **MONEY)
    gain = models.DecimalField(_("expected gain (assumption)"), **MONEY)
    expected_loss = models.DecimalField(max_digits=18, decimal_places=4)
    tier = models.CharField(max_length=10)
    reason = models.CharField(max_length=40, blank=True)
    priority = models.PositiveSmallIntegerField()

    class Meta:
        """Constraints and order."""

        ordering = ("plan", "position")
        constraints = [
            models.UniqueConstraint(fields=["plan", "position"], name="one_line_per_position"),
            models.UniqueConstraint(fields=["plan", "customer_id"], name="one_treatment_per_customer"),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id}: {self.treatment}"
