"""Customers and the ways to reach them."""

from __future__ import annotations

from typing import Any

from django.db import models

from keepwell.foundation.crypto import EncryptedTextField


class Customer(models.Model):
    """One record per customer; what names a person is sealed."""

    customer_id = models.CharField(max_length=64, primary_key=True)
    name = EncryptedTextField(blank=True, default="")
    gender = models.CharField(max_length=20, blank=True, default="")
    birth_on = EncryptedTextField(blank=True, default="")
    # Blind index of month and day, "" where the birthday is not known: finds birthdays without opening any.
    birth_day_index = models.CharField(max_length=32, blank=True, default="")
    country = models.CharField(max_length=2, blank=True, default="")
    region = models.CharField(max_length=80, blank=True, default="")
    city = models.CharField(max_length=80, blank=True, default="")
    language = models.CharField(max_length=16, blank=True, default="")
    time_zone = models.CharField(max_length=40, blank=True, default="")
    occupation = models.CharField(max_length=120, blank=True, default="")
    income = models.CharField(max_length=40, blank=True, default="")
    company = EncryptedTextField(blank=True, default="")
    industry = models.CharField(max_length=120, blank=True, default="")
    acquired_at = models.DateTimeField(null=True, blank=True)
    acquisition_channel = models.CharField(max_length=80, blank=True, default="")
    acquisition_cost = models.DecimalField(max_digits=18, decimal_places=4, null=True, blank=True)
    tags = models.JSONField(default=list, blank=True)
    extra = models.JSONField(default=dict, blank=True)
    # field -> [source, ISO instant]: which source said it last, and when
    provenance = models.JSONField(default=dict, blank=True)
    source = models.CharField(max_length=80)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        """Ordering by the key, so that pages keep their place."""

        ordering = ("customer_id",)
        indexes = [
            models.Index(
                fields=("birth_day_index",),
                condition=models.Q(birth_day_index__gt=""),
                name="customer_birth_day",
            )
        ]

    def __str__(self) -> str:
        return self.customer_id


class PresentManager(models.Manager[Any]):
    """Rows that were not taken away; those taken away wait a moment for an undo."""

    def get_queryset(self) -> models.QuerySet[Any]:
        """Without the rows taken away."""
        return super().get_queryset().filter(removed_at=None)


class Item(models.Model):
    """Something known of a customer: who said it and when, taken away with an undo."""

    source = models.CharField(max_length=80)
    updated_at = models.DateTimeField()
    updated_by = models.CharField(max_length=150, blank=True, default="")
    removed_at = models.DateTimeField(null=True, blank=True)

    objects = PresentManager()
    every = models.Manager()  # noqa: DJ012 - a manager too

    class Meta:
        """No table of its own."""

        abstract = True


class ContactPoint(Item):
    """One way to reach a customer: sealed, and found again by its blind index only."""

    KINDS = [
        ("email", "email"),
        ("phone", "phone"),
        ("wecom", "wecom"),
        ("wechat", "wechat"),
        ("whatsapp", "whatsapp"),
        ("address", "address"),
    ]

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="contact_points")
    kind = models.CharField(max_length=20, choices=KINDS)
    value = EncryptedTextField()
    value_index = models.CharField(max_length=32)
    # Blind index of a telephone number's last eight digits: the same number with or without its country.
    tail_index = models.CharField(max_length=32, blank=True, default="")
    label = models.CharField(max_length=40, blank=True, default="")
    is_preferred = models.BooleanField(default=False)
    verified_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        """A customer has a value once; a value may belong to several until they are merged."""

        constraints = [
            models.UniqueConstraint(fields=("customer", "kind", "value_index"), name="contact_point_once")
        ]
        indexes = [
            models.Index(fields=("kind", "value_index")),
            models.Index(
                fields=("tail_index",), condition=models.Q(tail_index__gt=""), name="contact_point_tail"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.kind}"
