"""The shop's own files about its customers and its goods."""

import numpy as np
import pyarrow as pa

from keepwell.science.simulate import people as invented
from keepwell.science.simulate.catalogue import CATEGORIES, TASTES, Catalogue, Ints
from keepwell.science.simulate.journal import CURRENCY, instants, money, same, words
from keepwell.science.simulate.population import BIG_CUSTOMERS, CHANNEL_COSTS, CHANNELS, Population

GENDERS = ("female", "male")
TAGS = ("newsletter", "plus", "wholesale", "family")
ADULT_DAYS = 18 * 365


def customers_table(
    rng: np.random.Generator, people: Population, ids: pa.Array, acquired_second: Ints
) -> pa.Table:
    """Everything that the shop knows about its customers, with the gaps that such files have."""
    count = people.size
    region = people.region
    places = [invented.REGIONS[index] for index in region.tolist()]
    pick = rng.random(count).tolist()
    cities = [place.cities[int(one * len(place.cities))] for place, one in zip(places, pick, strict=True)]
    mails, phones = invented.draw_contact_points(rng, region, 1)
    missing = rng.random(count)
    age_days = ADULT_DAYS + np.floor(rng.gamma(4.5, 1_400, count)).clip(0, 25_000).astype(np.int64)
    born = (acquired_second // 86_400 - age_days).astype("datetime64[D]")
    return pa.table(
        {
            "customer_id": ids,
            "name": pa.array(invented.draw_names(rng, region), type=pa.string()),
            "email": pa.array(mails, type=pa.string()),
            "phone": pa.array(phones, type=pa.string()),
            "gender": words(GENDERS, np.where(missing < 0.08, -1, rng.random(count) < 0.42)),
            "birth_on": pa.array(born, mask=missing > 0.82, type=pa.date32()),
            "country": pa.array([place.country for place in places]),
            "region": pa.array([city[0] for city in cities]),
            "city": pa.array([city[1] for city in cities]),
            "language": pa.array([place.language for place in places]),
            "time_zone": pa.array([city[2] for city in cities]),
            "occupation": words(
                invented.OCCUPATIONS,
                np.where(rng.random(count) < 0.4, -1, rng.integers(0, len(invented.OCCUPATIONS), count)),
            ),
            "acquired_at": instants(acquired_second),
            "acquisition_channel": words(CHANNELS, people.channel),
            "acquisition_cost": money(np.array(CHANNEL_COSTS)[people.channel]),
            "tags": _tags(people),
        }
    )


def _tags(people: Population) -> pa.Array:
    big = people.quantity > (7 if BIG_CUSTOMERS else np.inf)
    family = people.taste == list(TASTES).index("young family")
    columns = np.column_stack([people.reads_mail, people.subscriber, big, family])
    joined = [";".join(tag for tag, has in zip(TAGS, row, strict=True) if has) for row in columns.tolist()]
    return pa.array([text or None for text in joined], type=pa.string())


def products_table(catalogue: Catalogue) -> pa.Table:
    """The goods with list prices and costs."""
    return pa.table(
        {
            "product_id": pa.array(catalogue.product_id),
            "name": pa.array(catalogue.name),
            "category": words(CATEGORIES, catalogue.category),
            "price": money(catalogue.price),
            "cost": money(catalogue.cost),
            "currency": same(CURRENCY, len(catalogue.name)),
            "url": pa.array([f"https://www.keepwell-tea.com/goods/{one}" for one in catalogue.product_id]),
            "image": pa.nulls(len(catalogue.name), pa.string()),
            "availability": same("available", len(catalogue.name)),
        }
    )
