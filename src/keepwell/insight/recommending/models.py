"""Rows of recommendations: what suits each customer in a cycle, and the products of which that speaks."""

from __future__ import annotations

from typing import Any

from django.db import models

MONEY: dict[str, Any] = {"max_digits": 18, "decimal_places": 4}


class Suggestion(models.Model):
    """What suits one customer in one cycle, the best first; readers ask only for the current cycle."""

    pk = models.CompositePrimaryKey("cycle_id", "customer_id")
    cycle = models.ForeignKey("insight.Cycle", on_delete=models.CASCADE, db_index=False)
    customer_id = models.CharField(max_length=200)
    items = models.TextField()  # JSON: lists of product, why, product bought or ""

    def __str__(self) -> str:
        return f"{self.customer_id} in {self.cycle_id}"


class SuggestedProduct(models.Model):
    """A product that is suggested or speaks for one, as the catalogue told of it in that cycle."""

    pk = models.CompositePrimaryKey("cycle_id", "product_id")
    cycle = models.ForeignKey("insight.Cycle", on_delete=models.CASCADE, db_index=False)
    product_id = models.CharField(max_length=200)
    name = models.TextField()
    category = models.TextField()
    price = models.DecimalField(**MONEY, null=True)
    currency = models.CharField(max_length=3)
    url = models.TextField()
    image = models.TextField()

    def __str__(self) -> str:
        return self.product_id
