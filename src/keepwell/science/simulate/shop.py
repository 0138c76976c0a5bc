"""The till and the web shop: orders, baskets, visits, searches, abandoned carts, reviews."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from keepwell.science.simulate.catalogue import CATEGORIES, Floats, Ints
from keepwell.science.simulate.dynamics import CANCELLED, LINES_MEAN, REFUNDED, World
from keepwell.science.simulate.journal import (
    CURRENCY,
    DAY_SECONDS,
    Stream,
    identifiers,
    instants,
    money,
    same,
    words,
)
from keepwell.science.simulate.population import Population

STATUSES = ("placed", "paid", "refunded", "cancelled")
SALES_CHANNELS = ("web", "app", "store")
STORES = ("旗舰店", "南京路店", "中环店")
COUPON = 0.15
FREE_SAMPLES = 0.003
REVIEWING = 0.07
TYPES = ("visit", "view", "search", "cart", "checkout", "review", "chat", "call", "event", "referral")
WAYS = ("web", "app", "phone", "chat", "store")
# Share of a day's orders by hour of local time.
HOURS = np.array([3, 2, 1, 1, 1, 1, 2, 4, 6, 7, 8, 8, 9, 8, 7, 7, 7, 7, 8, 10, 12, 12, 9, 6], dtype=float)
HOUR_ENDS = np.cumsum(HOURS) / HOURS.sum()

ORDERS = ("who", "second", "discount", "gift")
INTERACTIONS = ("who", "second", "type", "way", "product", "value", "abandoned")


def moments(rng: np.random.Generator, first_day: Ints, days: Ints) -> Ints:
    """Seconds since 1970, on any of some days, at hours at which people shop (of UTC+8)."""
    day = first_day + np.floor(rng.random(first_day.size) * days).astype(np.int64)
    hour = np.searchsorted(HOUR_ENDS, rng.random(first_day.size), side="right").clip(0, 23)
    # Eight hours earlier in UTC; the shop's day must not begin before the day itself.
    second = (hour - 8) % 24 * 3600 + np.floor(rng.random(first_day.size) * 3600).astype(np.int64)
    at: Ints = day * DAY_SECONDS + second
    return at


def note_orders(
    orders: Stream, interactions: Stream, rng: np.random.Generator, who: Ints, second: Ints, discount: Floats
) -> None:
    """Orders with the visit before and the checkout at them, and now and then a free sample."""
    coupon = rng.random(who.size)
    orders.add(who=who, second=second, discount=np.column_stack([discount, coupon]), gift=False)
    way = np.where(rng.random(who.size) < 0.6, 1, 0)
    before = rng.integers(120, 2_400, who.size)
    for kind, at in (("visit", second - before), ("checkout", second - 20)):
        interactions.add(
            who=who, second=at, type=TYPES.index(kind), way=way, product=-1, value=np.nan, abandoned=False
        )
    free = np.flatnonzero(rng.random(who.size) < FREE_SAMPLES)
    orders.add(who=who[free], second=second[free] + 5, discount=np.zeros((free.size, 2)), gift=True)


def orders_tables(
    world: World, people: Population, noted: dict[str, np.ndarray], first: int, until_second: int,
    customer_ids: pa.Array, rng: np.random.Generator,
) -> tuple[pa.Table, pa.Table]:  # fmt: skip
    """Orders and their lines. Amounts are net of discounts and in CNY."""
    who, second, gift = noted["who"].astype(np.int64), noted["second"], noted["gift"].astype(bool)
    count = who.size
    extra, coupon = noted["discount"].reshape(count, 2).T
    # A coupon of the usual size, as often as makes the customer's own mean.
    mean = people.coupon[who]
    size = np.maximum(mean, COUPON)
    share = np.where(coupon < mean / size, size, 0.0) + extra
    lines = np.where(gift, 1, 1 + rng.poisson(LINES_MEAN - 1, count))
    of = np.repeat(np.arange(count), lines)
    product = _products(world, people, who[of], second[of], rng)
    quantity = np.where(gift[of], 1, 1 + rng.poisson(people.quantity[who[of]]))
    level = np.where(
        second[of] >= world.price_rise_day * DAY_SECONDS, world.price_level(world.price_rise_day), 1.0
    )
    price = np.round(np.where(gift[of], 0.0, world.catalogue.price[product] * level), 2)
    off = np.round(price * quantity * share[of], 2)
    amount = np.bincount(of, price * quantity - off, minlength=count)
    status = _statuses(second, until_second, rng.random(count))
    numbers = np.arange(first, first + count)
    order_id = identifiers("O", numbers)
    channel = np.where(rng.random(count) < 0.52, 1, np.where(rng.random(count) < 0.85, 0, 2))
    at = instants(second)
    ids = customer_ids.take(pa.array(who))
    orders = pa.table(
        {
            "order_id": order_id,
            "customer_id": ids,
            "ordered_at": at,
            "amount": money(amount),
            "currency": same(CURRENCY, count),
            "cost": money(np.bincount(of, world.catalogue.cost[product] * quantity, minlength=count)),
            "discount": money(np.bincount(of, off, minlength=count)),
            "channel": words(SALES_CHANNELS, channel),
            "store": words(STORES, np.where(channel == 2, who % len(STORES), -1)),
            "campaign": pa.nulls(count, pa.string()),
            "status": words(STATUSES, status),
        }
    )
    back = pa.array(of)
    items = pa.table(
        {
            "order_id": order_id.take(back),
            "line": pa.array(np.arange(of.size) - (np.cumsum(lines) - lines)[of] + 1),
            "customer_id": ids.take(back),
            "ordered_at": at.take(back),
            "product_id": words(world.catalogue.product_id, product),
            "category": words(CATEGORIES, world.catalogue.category[product]),
            "quantity": pa.array(quantity.astype(np.float64)),
            "unit_price": money(price),
            "discount": money(off),
        }
    )
    return orders, items


def _statuses(second: Ints, until_second: int, draw: Floats) -> Ints:
    fresh = (second > until_second - DAY_SECONDS) & (draw > REFUNDED + CANCELLED)
    return np.select([draw < REFUNDED, draw < REFUNDED + CANCELLED, fresh], [2, 3, 0], 1)


def _products(world: World, people: Population, who: Ints, second: Ints, rng: np.random.Generator) -> Ints:
    """A product for each line: the category by taste and season of its week, then by popularity."""
    category = np.empty(who.size, dtype=np.int64)
    draw = rng.random(who.size)
    week = second // (7 * DAY_SECONDS)
    order = np.argsort(week, kind="stable")
    starts = np.flatnonzero(np.diff(week[order], prepend=-1))
    for start, end in zip(starts, np.append(starts[1:], order.size), strict=True):
        rows = order[start:end]
        shares = world.demand(int(week[rows[0]]) * 7 + 3).shares
        ends = np.cumsum(shares, axis=2)[people.calendar[who[rows]], people.taste[who[rows]]]
        category[rows] = (ends < draw[rows, None]).sum(axis=1)
    category = np.minimum(category, len(CATEGORIES) - 1)
    # Products of one category lie together, so one cumulative sum serves all of them.
    ends = np.cumsum(world.catalogue.popularity)
    product = np.searchsorted(ends, category + rng.random(who.size))
    return np.minimum(product, ends.size - 1)


def note_browsing(
    interactions: Stream, rng: np.random.Generator, who: Ints, second: Ints, products: int
) -> None:
    """Visits without a purchase: looks around, looks at a product, searches."""
    draw = rng.random(who.size)
    kind = np.where(
        draw < 0.45, TYPES.index("visit"), np.where(draw < 0.8, TYPES.index("view"), TYPES.index("search"))
    )
    product = np.where(draw < 0.45, -1, rng.integers(0, products, who.size))
    way = np.where(rng.random(who.size) < 0.6, 1, 0)
    interactions.add(
        who=who, second=second, type=kind, way=way, product=product, value=np.nan, abandoned=False
    )


def note_carts(
    interactions: Stream, rng: np.random.Generator, who: Ints, second: Ints, price: Floats
) -> None:
    """Carts that were filled and left."""
    product = rng.integers(0, price.size, who.size)
    interactions.add(
        who=who, second=second, type=TYPES.index("cart"), way=1, product=product,
        value=np.round(price[product] * rng.integers(1, 4, who.size), 2), abandoned=True,
    )  # fmt: skip


def note_reviews(
    interactions: Stream, rng: np.random.Generator, orders: dict[str, np.ndarray], mood: Floats
) -> None:
    """Stars for a few orders, some days after them, by how the customer feels."""
    rows = np.flatnonzero(rng.random(orders["who"].size) < REVIEWING)
    who = orders["who"][rows].astype(np.int64)
    stars = np.clip(np.round(1 + 4.6 * mood[who] + rng.normal(0, 0.8, who.size)), 1, 5)
    interactions.add(
        who=who, second=orders["second"][rows] + rng.integers(2, 10, who.size) * DAY_SECONDS,
        type=TYPES.index("review"), way=1, product=-1, value=stars, abandoned=False,
    )  # fmt: skip


def interactions_table(
    world: World, noted: dict[str, np.ndarray], first: int, customer_ids: pa.Array
) -> pa.Table:
    """Everything that customers did with the shop beside ordering."""
    count = noted["who"].size
    kind, product = noted["type"].astype(np.int64), noted["product"].astype(np.int64)
    searched = kind == TYPES.index("search")
    named = pc.if_else(
        pa.array(searched),
        words(CATEGORIES, np.where(product >= 0, world.catalogue.category[product], -1)),
        words(world.catalogue.product_id, product),
    )
    value = noted["value"].astype(np.float64)
    return pa.table(
        {
            "interaction_id": identifiers("I", np.arange(first, first + count), 9),
            "customer_id": customer_ids.take(pa.array(noted["who"].astype(np.int64))),
            "at": instants(noted["second"]),
            "channel": words(WAYS, noted["way"]),
            "type": words(TYPES, kind),
            "subject": named,
            "value": pa.array(value, mask=np.isnan(value)),
            "properties": words(('{"abandoned": true}',), np.where(noted["abandoned"].astype(bool), 0, -1)),
        }
    )
