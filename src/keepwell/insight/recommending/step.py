"""The step "recommend" of a cycle: learn from the purchases once, write what suits each customer in batches.

A purchase is what the cycle counts as one, with at least one piece of the product. What a customer gave back
is not shown to them again. Where the shop keeps a catalogue, only what stands in it with a name and can be
had is shown at all.
"""

from __future__ import annotations

from typing import Any
from zlib import crc32

import ibis
import numpy as np
import orjson
import pyarrow as pa
import pyarrow.parquet as pq
from django.db import transaction

from keepwell.insight.cycle import bulk
from keepwell.insight.cycle.snapshot import day_number, is_purchase
from keepwell.insight.cycle.work import Work, write_expression
from keepwell.insight.recommending.contracts import AGAIN, CATEGORY, POPULAR, TOGETHER, ignored
from keepwell.insight.recommending.models import SuggestedProduct, Suggestion
from keepwell.science import rfm
from keepwell.science.recommend import NONE, Purchases, Recommender, Suggestions, Why

PAIRS = "pairs.parquet"  # who bought what: one row for each customer and product
GOODS = "goods.parquet"  # the products, the most bought first
SCORES = "scores.parquet"
KEPT = 5
PRODUCTS_MAX = 20_000
LEARNERS_MAX = 200_000  # customers to learn from: a share by chance where there are more
BATCH = 20_000
WORDS = {Why.TOGETHER: TOGETHER, Why.AGAIN: AGAIN, Why.CATEGORY: CATEGORY, Why.POPULAR: POPULAR}


def run(work: Work) -> tuple[int, str]:
    """Write the suggestions of the cycle to the state; nobody sees them before the cycle is shown."""
    for model in (Suggestion, SuggestedProduct):
        bulk.delete_cycle(model._meta.db_table, work.row.pk)
    if not write_expression(work, _pairs(work), PAIRS, sort_by=["customer_id", "product_id"]):
        return 0, "no items of orders are known"
    if not write_expression(work, _goods(work), GOODS, sort_by=["place"]):
        return 0, "all that was bought came back"
    shop = _Shop(work)
    shop.learn()
    rows = pq.read_metadata(work.path(SCORES)).num_rows
    written = done = 0
    named: set[int] = set()
    with pq.ParquetFile(work.path(SCORES)) as scores:
        for batch in scores.iter_batches(batch_size=BATCH, columns=["customer_id"]):
            people = batch.column("customer_id").to_pylist()
            found = shop.suggest(people)
            written += _insert(work, people, found, shop.numbers)
            named |= {int(one) for one in np.unique(np.r_[found.product.ravel(), found.because.ravel()])}
            done += len(people)
            work.report(done / max(rows, 1), done)
    _insert_products(work, shop, named - {NONE})
    return written, f"{len(shop.numbers)} products"


def _pairs(work: Work) -> Any:
    """customer_id, product_id, times (days with it), first_day, last_day, returned."""
    orders, items = work.scan("orders"), work.scan("order_items")
    orders = orders.select(
        "order_id",
        "customer_id",
        day=rfm.day_of(orders.ordered_at),
        bought=is_purchase(orders),
        refunded=orders.status == "refunded",
    )
    joined = items.select("order_id", "product_id", "quantity").inner_join(orders, "order_id")
    bought = joined.bought & (joined.quantity > 0)
    returned = joined.refunded | (joined.quantity < 0)
    grouped = joined.group_by(["customer_id", "product_id"]).agg(
        times=joined.day.nunique(where=bought).cast("int64"),
        first_day=joined.day.min(where=bought).cast("int64"),
        last_day=joined.day.max(where=bought).cast("int64"),
        returned=returned.any(),
    )
    return grouped.filter((grouped.times > 0) | grouped.returned)


def _goods(work: Work) -> Any:
    """The products that were bought, with what the catalogue says; `place` from 0, the most bought first."""
    pairs, items, listed = work.read(PAIRS), work.scan("order_items"), work.scan("products")
    counted = pairs.filter(pairs.times > 0).group_by("product_id").agg(buyers=ibis._.count())
    told = items.group_by("product_id").agg(told=items.category.max())
    joined = counted.left_join(told, "product_id").drop("product_id_right").left_join(listed, "product_id")
    order = [ibis.desc("buyers"), "product_id"]
    goods = joined.select(
        "product_id",
        "buyers",
        name=joined.name.fill_null(""),
        category=ibis.coalesce(joined.category, joined.told, ibis.literal("")),
        price=joined.price,
        currency=joined.currency.fill_null(""),
        url=joined.url.fill_null(""),
        image=joined.image.fill_null(""),
        can_be_had=(joined.availability.isnull() | (joined.availability == "available")),
    )
    goods = goods.mutate(place=ibis.row_number().over(order_by=order).cast("int64"))
    return goods.filter(goods.place < PRODUCTS_MAX)


class _Shop:
    """The products by number, and what was learnt of them."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.goods = pq.read_table(work.path(GOODS))
        self.numbers: list[str] = self.goods["product_id"].to_pylist()
        self.places = {number: place for place, number in enumerate(self.numbers)}
        names = np.array(self.goods["name"].to_pylist(), object)
        has_catalogue = bool((names != "").any())
        can = np.array(self.goods["can_be_had"].to_pylist(), np.bool_)
        self.available = can & ((names != "") if has_catalogue else True)
        categories = self.goods["category"].to_pylist()
        known = {name: place for place, name in enumerate(sorted({one for one in categories if one}))}
        self.category = np.array([known.get(one, NONE) for one in categories], np.int64)
        self.today = day_number(work.as_of)
        self.model = Recommender()

    def learn(self) -> None:
        """Fit on all customers, or on a share of them that follows from their numbers alone."""
        people = pq.read_metadata(self.work.path(SCORES)).num_rows
        stride = -(-people // LEARNERS_MAX)
        codes: dict[str, int] = {}
        parts: list[Purchases] = []
        with pq.ParquetFile(self.work.path(PAIRS)) as file:
            for batch in file.iter_batches(batch_size=BATCH * 5):
                ids = batch.column("customer_id").to_pylist()
                kept = np.array([stride == 1 or crc32(one.encode()) % stride == 0 for one in ids], np.bool_)
                who = np.array(
                    [codes.setdefault(one, len(codes)) if k else 0 for one, k in zip(ids, kept, strict=True)]
                )
                parts.append(self._purchases(batch, who, kept))
        columns = [
            np.concatenate([getattr(one, name) for one in parts]) for name in Purchases.__annotations__
        ]
        bought = Purchases.of_pairs(*columns)
        self.model.fit(bought, products=len(self.numbers), category=self.category, today=self.today)

    def suggest(self, people: list[str]) -> Suggestions:
        """What suits these customers, who come in order."""
        codes = {one: place for place, one in enumerate(people)}
        pairs = self.work.read(PAIRS)
        chosen = pairs.filter(pairs.customer_id.between(people[0], people[-1]))
        table = self.work.engine.execute(chosen)
        ids = table["customer_id"].to_pylist()
        kept = np.array([one in codes for one in ids], np.bool_)
        who = np.array([codes.get(one, 0) for one in ids], np.int64)
        bought = self._purchases(table, who, kept)
        return self.model.recommend(
            bought,
            customers=len(people),
            k=KEPT,
            available=self.available,
            excluded=self._excluded(table, who, kept, people, codes),
        )

    def _purchases(self, table: Any, who: Any, kept: Any) -> Purchases:
        what = np.array(
            [self.places.get(one, NONE) for one in table.column("product_id").to_pylist()], np.int64
        )
        times = np.asarray(table.column("times").to_pylist(), np.int64)
        chosen = kept & (what >= 0) & (times > 0)
        days = [
            np.array([one or 0 for one in table.column(name).to_pylist()], np.int64)
            for name in ("first_day", "last_day")
        ]
        return Purchases.of_pairs(who[chosen], what[chosen], times[chosen], *(one[chosen] for one in days))

    def _excluded(
        self, table: Any, who: Any, kept: Any, people: list[str], codes: dict[str, int]
    ) -> tuple[Any, Any]:
        """What they gave back, and what they were shown in vain."""
        gave_back = np.asarray(table.column("returned").to_pylist(), np.bool_) & kept
        listed = table.column("product_id").to_pylist()
        pairs = [(int(who[row]), self.places.get(listed[row], NONE)) for row in np.flatnonzero(gave_back)]
        pairs += [
            (codes[one], self.places.get(product, NONE))
            for one, product in sorted(ignored(people, self.work.as_of))
            if one in codes
        ]
        made = np.array([pair for pair in pairs if pair[1] != NONE], np.int64).reshape(-1, 2)
        return made[:, 0], made[:, 1]


def _insert(work: Work, people: list[str], found: Suggestions, numbers: list[str]) -> int:
    ids, texts = [], []
    for row, customer_id in enumerate(people):
        items = [
            (
                numbers[product],
                WORDS[Why(why)],
                numbers[because] if because != NONE else "",
            )
            for product, why, because in zip(
                found.product[row].tolist(), found.why[row].tolist(), found.because[row].tolist(), strict=True
            )
            if product != NONE
        ]
        if items:
            ids.append(customer_id)
            texts.append(orjson.dumps(items).decode())
    columns = {
        "cycle_id": pa.array([work.row.pk] * len(ids), pa.int64()),
        "customer_id": pa.array(ids, pa.string()),
        "items": pa.array(texts, pa.string()),
    }
    with transaction.atomic():
        bulk.insert(Suggestion._meta.db_table, pa.RecordBatch.from_pydict(columns))
    return len(ids)


def _insert_products(work: Work, shop: _Shop, named: set[int]) -> None:
    chosen = shop.goods.take(pa.array(sorted(named), pa.int64()))
    columns = {"cycle_id": pa.array([work.row.pk] * chosen.num_rows, pa.int64())} | {
        name: chosen[name].combine_chunks()
        for name in ("product_id", "name", "category", "price", "currency", "url", "image")
    }
    with transaction.atomic():
        bulk.insert(SuggestedProduct._meta.db_table, pa.RecordBatch.from_pydict(columns))
