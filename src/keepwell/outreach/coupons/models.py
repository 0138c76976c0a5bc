"""Rows of coupons: offers and the texts that they go with, codes of lists, coupons."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q

from keepwell.foundation.crypto import EncryptedTextField

MONEY: dict[str, Any] = {"max_digits": 18, "decimal_places": 4}


class WithTerms(models.Model):
    """What is given: `value` is a fraction of one, an amount, or what a gift costs."""

    kind = models.CharField(max_length=8)
    value = models.DecimalField(**MONEY)
    currency = models.CharField(max_length=3, blank=True, default="")
    gift = models.CharField(max_length=120, blank=True, default="")
    minimum_order = models.DecimalField(null=True, **MONEY)

    class Meta:
        """Of offers and coupons."""

        abstract = True


class Offer(WithTerms):
    """What whoever gets one of its texts is given by a code of their own."""

    name = models.CharField(max_length=80, unique=True)
    days = models.PositiveSmallIntegerField(default=14)
    source = models.CharField(max_length=4, default="own")
    ends_on = models.DateField(null=True)  # of a list: until when the till takes its codes
    low_at = models.PositiveIntegerField(default=0)
    active = models.BooleanField(default=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    updated_by = models.CharField(max_length=150)

    class Meta:
        """By name."""

        ordering = ("name",)

    def __str__(self) -> str:
        return self.name


class OfferText(models.Model):
    """A text that gives a coupon of the offer; a text goes with one offer."""

    offer = models.ForeignKey(Offer, models.CASCADE, related_name="texts")
    template_code = models.CharField(max_length=60, unique=True)

    class Meta:
        """By text."""

        ordering = ("template_code",)

    def __str__(self) -> str:
        return self.template_code


class Coupon(WithTerms):
    """A code of one customer. An issued one whose end is over has expired; `expired_at`: when it was told."""

    key = models.CharField(
        max_length=64, unique=True
    )  # of customer and occasion: asked again, it is this one
    code = models.CharField(max_length=48)  # as people read it
    plain = models.CharField(max_length=40, unique=True)  # as it is looked up
    customer_id = models.CharField(max_length=200)
    origin = models.CharField(max_length=80)
    offer = models.ForeignKey(Offer, models.SET_NULL, null=True, related_name="coupons")
    state = models.CharField(max_length=8, default="issued")
    until = models.DateTimeField()
    message_id = models.CharField(max_length=40, blank=True, default="")  # that tells the customer
    issued_at = models.DateTimeField()
    issued_by = models.CharField(max_length=150)
    redeemed_at = models.DateTimeField(null=True)
    redeemed_by = models.CharField(max_length=150, blank=True, default="")
    via = models.CharField(max_length=8, blank=True, default="")
    order_id = models.CharField(max_length=200, blank=True, default="")
    order_amount = models.DecimalField(null=True, **MONEY)
    given_away = models.DecimalField(null=True, **MONEY)
    expired_at = models.DateTimeField(null=True)
    voided_at = models.DateTimeField(null=True)
    voided_by = models.CharField(max_length=150, blank=True, default="")
    void_reason = EncryptedTextField(blank=True, default="")

    class Meta:
        """The newest first; asked for by customer, origin, message and end."""

        ordering = ("-id",)
        indexes = [
            models.Index(fields=("customer_id", "-id"), name="coupons_customer"),
            models.Index(fields=("origin",), name="coupons_origin"),
            models.Index(
                fields=("until",),
                condition=Q(state="issued", expired_at__isnull=True),
                name="coupons_running",
            ),
            models.Index(
                fields=("message_id",),
                condition=Q(state="issued") & ~Q(message_id=""),
                name="coupons_message",
            ),
        ]

    def __str__(self) -> str:
        return f"coupon {self.pk}"


class ListedCode(models.Model):
    """A code of the shop's till or web shop; once given it belongs to its coupon for ever."""

    offer = models.ForeignKey(Offer, models.CASCADE, related_name="codes")
    code = models.CharField(max_length=48)
    plain = models.CharField(max_length=40, unique=True)
    is_given = models.BooleanField(default=False)
    added_at = models.DateTimeField()

    class Meta:
        """In the order in which they came."""

        ordering = ("pk",)
        indexes = [
            models.Index(fields=("offer", "id"), condition=Q(is_given=False), name="coupons_free_codes")
        ]

    def __str__(self) -> str:
        return f"code {self.pk}"
