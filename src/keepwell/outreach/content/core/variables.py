"""What a template may name, what may be missing of it, and an example of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any


@dataclass(frozen=True)
class Variable:
    """A value that a template may name; one that `may_miss` needs words in its place."""

    name: str
    example: Any
    may_miss: bool = True


# What the block “Recommendations” goes through; a name that a product has no value for is not there.
RECOMMENDED = [
    {"name": "Jasmine tea", "price": "¥58", "because": "Morning tea set"},
    {"name": "Bamboo tray", "price": "¥120"},
]
VARIABLES: dict[str, Variable] = {
    one.name: one
    for one in (
        Variable("customer.name", "Wang Mei"),
        Variable("customer.salutation", "Ms Wang"),
        Variable("customer.company", "Northwind Trading"),
        Variable("customer.city", "Hangzhou"),
        Variable("customer.since", "2021"),
        Variable("customer.years", 5),
        Variable("customer.orders", 12),
        Variable("customer.last_order_on", date(2026, 8, 3)),
        Variable("topic.last", "delivery of the tea set"),
        Variable("product.last", "Morning tea set"),
        Variable("product.category", "Tea"),
        Variable("product.due_on", date(2026, 12, 1)),
        Variable("recommended.name", "Jasmine tea"),
        Variable("recommended.category", "Tea"),
        Variable("recommended.price", "¥58"),
        Variable("recommended.link", "https://www.keepwell-tea.com/jasmine"),
        Variable("recommended.picture", "https://www.keepwell-tea.com/jasmine.jpg"),
        Variable("recommended.because", "Morning tea set"),
        Variable("recommended.items", RECOMMENDED),
        Variable("owner.name", "Chen Li"),
        Variable("owner.email", "li.chen@shop.example.com"),
        Variable("vip.phone", "+86 571 0000 0024"),
        Variable("vip.wecom", "vip-desk"),
        Variable("vip.email", "vip@shop.example.com"),
        Variable("manager.name", "Li Wei"),
        Variable("manager.position", "Customer manager"),
        Variable("manager.phone", "+86 571 0000 0001"),
        Variable("manager.email", "li.wei@shop.example.com"),
        Variable("manager.signature", "Yours, Li Wei"),
        Variable("company.name", "Keepwell Tea House", may_miss=False),
        Variable("company.phone", "+86 571 0000 0000", may_miss=False),
        Variable("company.email", "hello@shop.example.com", may_miss=False),
        Variable("company.website", "https://www.keepwell-tea.com", may_miss=False),
        Variable("company.address", "1 West Lake Road, Hangzhou", may_miss=False),
        Variable("message.unsubscribe_url", "https://www.keepwell-tea.com/unsubscribe", may_miss=False),
        Variable("message.preferences_url", "https://www.keepwell-tea.com/preferences", may_miss=False),
        Variable("message.loss_survey_url", "https://www.keepwell-tea.com/why", may_miss=False),
        Variable("message.feedback_url", "https://www.keepwell-tea.com/feedback", may_miss=False),
        Variable("message.care_survey_url", "https://www.keepwell-tea.com/care", may_miss=False),
        Variable("offer.words", "15% off", may_miss=False),
        Variable("offer.until", date(2026, 12, 6), may_miss=False),
        Variable("offer.percent", "15"),
        Variable("offer.amount", "¥20"),
        Variable("offer.minimum", "¥100"),
        Variable("coupon.code", "K7QM-X4RT-9PWC", may_miss=False),
        Variable("today", date(2026, 11, 22), may_miss=False),
    )
}
ROOTS = tuple(dict.fromkeys(name.partition(".")[0] for name in VARIABLES if "." in name))


# What is there only where an offer is given to the very reader.
GIVEN = ("offer.", "coupon.")


def is_given(name: str) -> bool:
    """Whether a value comes with an offer that the reader is given.

    >>> is_given("coupon.code"), is_given("customer.name")
    (True, False)
    """
    return name.startswith(GIVEN)


def nested(values: Mapping[str, Any]) -> dict[str, Any]:
    """Values by dotted name as the mapping of mappings that a template reads; unknown and empty ones go.

    >>> nested({"customer.name": "Mei", "customer.city": "", "today": 1, "secret": 2})
    {'customer': {'name': 'Mei'}, 'topic': {}, 'product': {}, 'recommended': {}, 'owner': {}, 'vip': {}, 'manager': {}, 'company': {}, 'message': {}, 'offer': {}, 'coupon': {}, 'today': 1}
    """  # noqa: E501
    found: dict[str, Any] = {name: {} for name in ROOTS}
    for name, value in values.items():
        if name not in VARIABLES or value in (None, ""):
            continue
        root, _dot, leaf = name.partition(".")
        if leaf:
            found[root][leaf] = value
        else:
            found[root] = value
    return found


def examples(*, complete: bool) -> dict[str, Any]:
    """An example of every value, or of those alone that are always there."""
    return {one.name: one.example for one in VARIABLES.values() if complete or not one.may_miss}
