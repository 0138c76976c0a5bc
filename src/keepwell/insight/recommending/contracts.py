"""What recommendations are for other rooms."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

TOGETHER, AGAIN, CATEGORY, POPULAR = "together", "again", "category", "popular"


@dataclass(frozen=True)
class ProductView:
    """A product as the catalogue tells of it; `name` is "" where it tells nothing."""

    product_id: str
    name: str
    category: str
    price: Decimal | None
    currency: str
    url: str
    image: str


@dataclass(frozen=True)
class RecommendationView:
    """A product that suits a customer.

    `why` is together, again, category or popular; `because` the product bought that speaks for it, None for
    the last two.
    """

    product: ProductView
    why: str
    because: ProductView | None


# Customer numbers and an instant -> pairs of customer and product that are not to be shown again for now.
Ignored = Callable[[Collection[str], datetime], Iterable[tuple[str, str]]]
_sources: dict[str, Ignored] = {}


def register_ignored(name: str, source: Ignored) -> None:
    """Let the cycle leave out what a room above knows to have been shown in vain; once for each name."""
    _sources[name] = source


def ignored(customer_ids: Collection[str], at: datetime) -> set[tuple[str, str]]:
    """What all sources say."""
    return {pair for source in _sources.values() for pair in source(customer_ids, at)}
