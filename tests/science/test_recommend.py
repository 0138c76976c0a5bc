"""Recommendations: what is learnt, what is never shown, and how good they are on real purchases."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keepwell.science.recommend import NONE, Purchases, Recommender, Why, hit_rate

PRODUCTS = 12
TODAY = 400
LINES = st.lists(
    st.tuples(st.integers(0, 8), st.integers(0, PRODUCTS - 1), st.integers(0, TODAY)), max_size=120
)


def bought(lines: list[tuple[int, int, int]]) -> Purchases:
    columns = np.array(lines, np.int64).reshape(-1, 3).T
    return Purchases.of_lines(*columns)


def fitted(lines: list[tuple[int, int, int]], **options: float) -> Recommender:
    category = np.arange(PRODUCTS) % 4 - 1
    return Recommender(**options).fit(bought(lines), products=PRODUCTS, category=category, today=TODAY)


def pairs_of(product: np.ndarray) -> set[tuple[int, int]]:
    return {(row, int(one)) for row, line in enumerate(product) for one in line if one != NONE}


@settings(deadline=None, max_examples=150)
@given(
    lines=LINES,
    excluded=st.sets(st.tuples(st.integers(0, 9), st.integers(0, PRODUCTS - 1)), max_size=30),
    available=st.lists(st.booleans(), min_size=PRODUCTS, max_size=PRODUCTS),
    k=st.integers(1, 20),
)
def test_what_is_excluded_or_not_to_be_had_is_never_recommended(lines, excluded, available, k):
    listed = np.array(sorted(excluded), np.int64).reshape(-1, 2).T
    found = fitted(lines).recommend(
        bought(lines), customers=10, k=k, available=np.array(available), excluded=(listed[0], listed[1])
    )
    shown = pairs_of(found.product)
    assert not shown & excluded
    assert all(available[product] for _row, product in shown)
    sold = {product for _who, product, _day in lines}
    assert {product for _row, product in shown} <= sold
    for line in found.product:
        kept = line[line != NONE]
        assert len(set(kept)) == len(kept)
        assert np.all(line[len(kept) :] == NONE)


@settings(deadline=None, max_examples=60)
@given(lines=LINES, seed=st.integers(0, 1_000))
def test_the_same_purchases_in_another_order_give_the_same(lines, seed):
    shuffled = list(np.random.default_rng(seed).permutation(np.array(lines).reshape(-1, 3)))
    first = fitted(lines).recommend(bought(lines), customers=9, k=5)
    second = fitted(shuffled).recommend(bought(shuffled), customers=9, k=5)
    assert np.array_equal(first.product, second.product)
    assert np.array_equal(first.why, second.why)
    assert np.array_equal(first.because, second.because)


@settings(deadline=None, max_examples=60)
@given(lines=LINES)
def test_what_one_has_comes_again_only_as_something_bought_again(lines):
    found = fitted(lines).recommend(bought(lines), customers=9, k=PRODUCTS)
    has = {(who, product) for who, product, _day in lines}
    for row, line in enumerate(found.product):
        for place, product in enumerate(line):
            if product != NONE and (row, int(product)) in has:
                assert found.because[row, place] in (product, NONE) or found.why[row, place] == Why.TOGETHER


@settings(deadline=None, max_examples=60)
@given(lines=LINES)
def test_the_product_that_is_named_as_the_reason_was_bought(lines):
    found = fitted(lines).recommend(bought(lines), customers=9, k=4)
    has = {(who, product) for who, product, _day in lines}
    for row in range(9):
        for why, because in zip(found.why[row], found.because[row], strict=True):
            assert (because != NONE) == (why in (Why.TOGETHER, Why.AGAIN))
            assert because == NONE or (row, int(because)) in has


def test_who_bought_a_kettle_is_shown_the_tea_that_goes_with_it():
    kettle, tea, socks, shoes = range(4)
    lines = [(who, one, 300) for who in range(20) for one in (kettle, tea)]
    lines += [(who, one, 300) for who in range(20, 60) for one in (socks, shoes)]
    lines += [(60, kettle, 390)]
    found = fitted(lines).recommend(bought(lines), customers=61, k=1)
    assert found.product[60].tolist() == [tea]
    assert found.why[60].tolist() == [Why.TOGETHER]
    assert found.because[60].tolist() == [kettle]


def test_somebody_new_is_shown_what_is_popular():
    lines = [(who, 1, 300) for who in range(30)] + [(who, 2, 300) for who in range(10)]
    found = fitted(lines).recommend(bought([]), customers=1, k=2)
    assert found.product.tolist() == [[1, 2]]
    assert found.why.tolist() == [[Why.POPULAR, Why.POPULAR]]


def test_a_consumable_comes_back_in_time_and_a_thing_for_life_never():
    coffee, machine = 0, 1
    lines = [(who, coffee, day) for who in range(40) for day in range(200, 330, 30)]
    lines += [(who, machine, 200) for who in range(40)]
    lines += [(40, coffee, 300), (40, machine, 300), (41, coffee, 395)]
    found = fitted(lines).recommend(bought(lines), customers=42, k=5)
    assert found.product[40, 0] == coffee
    assert found.why[40, 0] == Why.AGAIN
    assert machine not in found.product[40]
    assert coffee not in found.product[41]  # bought five days ago: too soon


def test_few_who_bought_both_count_for_little():
    often, seldom = (0, 1), (2, 3)
    lines = [(who, one, 300) for who in range(100) for one in often]
    lines += [(who, one, 300) for who in range(100, 102) for one in seldom]
    model = fitted(lines, shrinkage=10.0)
    assert model.neighbours_[0, 1] == pytest.approx(100 / 110)
    assert model.neighbours_[2, 3] == pytest.approx(2 / 12)


def test_a_purchase_after_the_day_is_refused():
    with pytest.raises(ValueError, match="after `today`"):
        Recommender().fit(bought([(0, 0, 10)]), products=1, today=9)


def test_on_online_retail_it_beats_what_sells_most(online_retail_lines):
    lines = online_retail_lines
    split = int(lines["day"].max()) - 60
    every = hit_rate(Recommender(), lines["customer"], lines["product"], lines["day"], split=split)
    new = hit_rate(
        Recommender(), lines["customer"], lines["product"], lines["day"], split=split, only_new=True
    )
    assert every.customers == 1_779
    assert every.hit > 1.25 * every.popular_hit
    assert every.recall > 2.0 * every.popular_recall
    assert new.hit > 1.15 * new.popular_hit
    assert new.recall > 1.4 * new.popular_recall


def test_thousands_of_categories_do_not_fill_the_memory():
    products, customers = 4_000, 1_000
    who = np.arange(customers).repeat(4)
    what = np.arange(who.size) % products
    bought = Purchases.of_lines(who, what, np.full(who.size, 10))
    model = Recommender().fit(bought, products=products, category=np.arange(products), today=20)
    tracemalloc.start()
    try:
        found = model.recommend(bought, customers=customers)
        _now, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert np.all(found.product >= 0)
    assert peak < 350 * 2**20
