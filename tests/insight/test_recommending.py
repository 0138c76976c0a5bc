"""What a cycle recommends to whom: written with the cycle, shown with it, and gone with the person."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from keepwell.customers import services as customers
from keepwell.customers.contracts import CustomerRow
from keepwell.customers.identity import services as identity
from keepwell.customers.privacy.contracts import Right, Subject
from keepwell.insight import erasing, services
from keepwell.insight.models import SuggestedProduct, Suggestion
from keepwell.insight.recommending import contracts, queries
from tests.insight import shop

CATALOGUE = {
    "tea": ("Green tea", "Tea", "available"),
    "kettle": ("Kettle", "Kitchen", None),
    "cup": ("Cup", "Kitchen", None),
    "old": ("Old cup", "Kitchen", "withdrawn"),
    "rare": ("Rare tea", "Tea", "out_of_stock"),
    "nameless": (None, "Tea", None),
}


def baskets(entries, status="paid", start=0):
    """Orders with items of (customer, days ago, products)."""
    orders, items = [], []
    for number, (customer, ago, products) in enumerate(entries, start):
        orders.append(shop.order(f"o{number}", customer, ago, status=status))
        items += [
            {
                "order_id": f"o{number}",
                "line": line,
                "product_id": product,
                "quantity": 1.0,
                "unit_price": Decimal(10),
            }
            for line, product in enumerate(products)
        ]
    return orders, items


@pytest.fixture
def sold(home, transactional_db):
    """Thirty who bought a kettle with tea, and what else is in the shop."""
    entries = [(f"c{number:02d}", 100 + number, ["kettle", "tea"]) for number in range(30)]
    entries += [(f"d{number:02d}", 90 + number, ["cup", "old", "rare", "nameless"]) for number in range(20)]
    entries += [("new", 5, ["kettle"]), ("giver", 6, ["kettle"]), ("cupper", 7, ["cup"])]
    orders, items = baskets(entries)
    back_orders, back_items = baskets([("giver", 20, ["tea"])], status="refunded", start=900)
    shop.put("orders", orders + back_orders, "orders")
    shop.put("order_items", items + back_items, "items")
    shop.put(
        "products",
        [
            {
                "product_id": code,
                "name": name,
                "category": category,
                "price": Decimal("12.5"),
                "currency": "EUR",
                "url": f"https://www.keepwell-tea.com/{code}",
                "availability": availability,
            }
            for code, (name, category, availability) in CATALOGUE.items()
        ],
        "products",
    )
    return home


def numbers(customer_id):
    return [one.product.product_id for one in queries.recommended_to(customer_id)]


def test_who_bought_a_kettle_is_recommended_the_tea_and_told_why(sold):
    services.run_cycle(as_of=shop.AS_OF, actor="test")
    first = queries.recommended_to("new")[0]
    assert (first.product.product_id, first.why) == ("tea", "together")
    assert first.because is not None
    assert first.because.name == "Kettle"
    assert (first.product.name, first.product.price, first.product.currency) == (
        "Green tea",
        Decimal("12.5"),
        "EUR",
    )
    assert first.product.url == "https://www.keepwell-tea.com/tea"


def test_what_cannot_be_had_has_no_name_or_was_given_back_is_never_recommended(sold):
    services.run_cycle(as_of=shop.AS_OF, actor="test")
    shown = {
        number for one in Suggestion.objects.values_list("customer_id", flat=True) for number in numbers(one)
    }
    assert shown == {"tea", "kettle", "cup"}
    assert "tea" not in numbers("giver")
    assert "kettle" not in numbers("new")


def test_what_was_shown_in_vain_is_left_out(sold, monkeypatch):
    monkeypatch.setattr(contracts, "_sources", {})
    contracts.register_ignored("test", lambda ids, _at: [(one, "tea") for one in ids if one == "new"])
    services.run_cycle(as_of=shop.AS_OF, actor="test")
    assert "tea" not in numbers("new")
    assert "cup" in numbers("new")


def test_two_cycles_on_the_same_facts_recommend_the_same_and_only_two_are_kept(sold):
    found = []
    for _ in range(3):
        services.run_cycle(as_of=shop.AS_OF, actor="test", resume=False)
        found.append({one: numbers(one) for one in ("new", "giver", "cupper", "c03", "d07")})
    assert found[0] == found[1] == found[2]
    for model in (Suggestion, SuggestedProduct):
        assert len(set(model.objects.values_list("cycle_id", flat=True))) == 2


def test_a_shop_without_items_has_no_recommendations(filled):
    services.run_cycle(as_of=shop.AS_OF, actor="test")
    assert not Suggestion.objects.exists()
    assert queries.recommended_to("c0001") == ()


def test_a_shop_that_got_back_all_whose_items_it_knows_has_none_either(filled):
    orders, items = baskets([("c0001", 20, ["tea"])], status="refunded", start=900)
    shop.put("orders", orders, "back")
    shop.put("order_items", items, "items")
    services.run_cycle(as_of=shop.AS_OF, actor="test")
    assert not Suggestion.objects.exists()


def test_nothing_is_recommended_before_the_first_cycle(db):
    assert queries.recommended_to("new") == ()


def test_what_both_records_of_one_person_bought_counts_as_theirs(sold):
    at = datetime(2026, 1, 1, tzinfo=UTC)
    rows = [CustomerRow(one) for one in ("cupper", "new")]
    customers.upsert_many(rows=rows, source="crm", at=at, actor="ada")
    services.run_cycle(as_of=shop.AS_OF, actor="test")
    assert "kettle" in numbers("cupper")
    identity.merge(kept_id="cupper", merged_id="new", actor="ada")
    services.run_cycle(as_of=shop.AS_OF, actor="test", resume=False)
    assert "kettle" not in numbers("cupper")
    assert numbers("new") == []


def test_recommendations_of_an_erased_person_are_gone(sold):
    services.run_cycle(as_of=shop.AS_OF, actor="test")
    counts = erasing.forget(Subject(Right.ERASE, ("new",), "p-1", {}, None))
    assert counts["recommendations"] == 1
    assert queries.recommended_to("new") == ()
    assert queries.recommended_to("giver")
