"""What suits customers, by the current cycle; no writes, and no engine."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice

import orjson

from keepwell.insight.models import CurrentCycle
from keepwell.insight.recommending.contracts import ProductView, RecommendationView
from keepwell.insight.recommending.models import SuggestedProduct, Suggestion

CHUNK = 1_000


def recommendations(
    customer_ids: Iterable[str], *, named: bool = False
) -> dict[str, tuple[RecommendationView, ...]]:
    """What suits each customer, the best first; who has nothing is left out.

    With `named` only products that can be named to a customer.
    """
    cycle = CurrentCycle.objects.values_list("cycle_id", flat=True).first()
    found: dict[str, tuple[RecommendationView, ...]] = {}
    wanted = iter(customer_ids)
    while cycle is not None and (chunk := list(islice(wanted, CHUNK))):
        rows = Suggestion.objects.filter(cycle=cycle, customer_id__in=chunk)
        items = {one.customer_id: orjson.loads(one.items) for one in rows}
        numbers = {number for listed in items.values() for item in listed for number in (item[0], item[2])}
        known = products(numbers)
        for customer_id, listed in items.items():
            views = (
                RecommendationView(
                    known.get(product, _bare(product)),
                    why,
                    known.get(because, _bare(because)) if because else None,
                )
                for product, why, because in listed
            )
            kept = tuple(one for one in views if one.product.name or not named)
            if kept:
                found[customer_id] = kept
    return found


def recommended_to(customer_id: str) -> tuple[RecommendationView, ...]:
    """What suits one customer; nothing before the first cycle."""
    return recommendations([customer_id]).get(customer_id, ())


def products(product_ids: Iterable[str]) -> dict[str, ProductView]:
    """Products by number, as the current cycle knows them; others are left out."""
    cycle = CurrentCycle.objects.values_list("cycle_id", flat=True).first()
    found: dict[str, ProductView] = {}
    wanted = iter(sorted(set(product_ids)))
    while cycle is not None and (chunk := list(islice(wanted, CHUNK))):
        for one in SuggestedProduct.objects.filter(cycle=cycle, product_id__in=chunk):
            found[one.product_id] = ProductView(
                one.product_id, one.name, one.category, one.price, one.currency, one.url, one.image
            )
    return found


def _bare(product_id: str) -> ProductView:
    return ProductView(product_id, "", "", None, "", "", "")
