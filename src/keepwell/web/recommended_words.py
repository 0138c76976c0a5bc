"""Recommendations in words: a product with its price, and why it is shown."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from keepwell.insight.recommending import queries
from keepwell.insight.recommending.contracts import AGAIN, CATEGORY, TOGETHER, ProductView, RecommendationView
from keepwell.web import formats


def suited(customer_id: str) -> list[dict[str, Any]]:
    """What suits a customer, the best first, each with its reason in words."""
    return [
        {
            "name": named(one.product),
            "category": one.product.category,
            "price": formats.money(one.product.price, one.product.currency, exact=True)
            if one.product.price is not None and one.product.currency
            else "",
            "link": one.product.url if one.product.url.startswith("https://") else "",
            "why": reason(one),
        }
        for one in queries.recommended_to(customer_id)
    ]


def reason(one: RecommendationView) -> str:
    """Why it is recommended."""
    if one.why == TOGETHER and one.because is not None:
        return _("because they bought %(name)s") % {"name": named(one.because)}
    if one.why == AGAIN:
        return _("they buy it again and again, and it is about time")
    if one.why == CATEGORY:
        return _("because they like %(category)s") % {"category": one.product.category}
    return _("many customers buy it; nothing better is known")


def named(product: ProductView) -> str:
    """The product's name, else its number."""
    return product.name or product.product_id
