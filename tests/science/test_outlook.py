"""The expected weeks ahead against averages over simulated continuations."""

from datetime import date, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from keepwell.science.simulate import TREATMENTS, Market
from keepwell.science.simulate.outlook import lengths

pytestmark = pytest.mark.science
END = date(2026, 3, 1)
DAYS, PAUSE = 60, 30


def market(customers=1_500, **more):
    made = Market(**{"customers": customers, "days": 600, "end": END, "seed": 4, **more})
    made.run()
    return made


def seen(start, treatments, luck, days=DAYS):
    """Counted orders and their revenue by customer in one continuation, stopped on the way."""
    fork = start.fork(luck)
    parts = [
        fork.advance(END + timedelta(days=PAUSE), treatments).tables["orders"],
        fork.advance(END + timedelta(days=days)).tables["orders"],
    ]
    orders = pa.concat_tables(parts)
    orders = orders.filter(pc.is_in(orders["status"], pa.array(["placed", "paid"])))
    place = {one: index for index, one in enumerate(start.customer_ids.to_pylist())}
    rows = np.array([place[one] for one in orders["customer_id"].to_pylist()])
    amount = pc.cast(orders["amount"], pa.float64()).to_numpy()
    cost = pc.cast(orders["cost"], pa.float64()).to_numpy()
    count = len(place)
    return (
        np.bincount(rows, minlength=count) > 0,
        np.bincount(rows, amount, minlength=count),
        np.bincount(rows, amount - cost, minlength=count),
    )


@pytest.mark.parametrize("code", [None, "sms_coupon", "personal_visit"])
def test_the_outlook_is_the_mean_over_all_luck(code):
    start = market(end=END - timedelta(days=20))
    # what is left of an earlier treatment counts as well
    start.advance(END, dict.fromkeys(start.customer_ids.to_pylist()[::3], "gift"))
    plan = dict.fromkeys(start.customer_ids.to_pylist()[::2], code) if code else {}
    expected = start.outlook(DAYS, plan, pauses=[PAUSE])
    runs = [seen(start, plan, luck) for luck in range(1, 25)]
    usual = start.people.quantity < 1  # of the very big ones the luck would drown all else
    for place, name in enumerate(("kept", "revenue", "margin")):
        drawn = np.array([run[place] for run in runs], dtype=float)[:, usual]
        wanted = getattr(expected, name)[usual]
        per_run = drawn.mean(axis=1)
        error = per_run.std(ddof=1) / np.sqrt(len(runs))
        assert abs(per_run.mean() - wanted.mean()) < 4 * error + 0.002 * wanted.mean(), name
        # customer by customer too: who is expected to buy does
        assert np.corrcoef(drawn.mean(axis=0), wanted)[0, 1] > 0.8, name


def test_the_difference_of_two_outlooks_is_the_effect_that_continuations_show():
    start = market(3_000)
    ids = start.customer_ids.to_pylist()
    plan = dict.fromkeys(ids, "personal_visit")
    wanted = start.outlook(DAYS, plan, pauses=[PAUSE]).kept - start.outlook(DAYS, pauses=[PAUSE]).kept
    differences = [
        (seen(start, plan, luck)[0].astype(float) - seen(start, None, luck)[0]).mean()
        for luck in range(1, 17)
    ]
    error = np.std(differences, ddof=1) / np.sqrt(len(differences))
    assert abs(np.mean(differences) - wanted.mean()) < 4 * error
    assert wanted.mean() > 3 * error, "too few to see anything"


def test_who_is_not_treated_or_not_there_yet_is_as_without():
    start = market(400, days_ahead=90)
    ids = start.customer_ids.to_pylist()
    plain = start.outlook(DAYS)
    treated = start.outlook(DAYS, {ids[0]: "gift", ids[1]: "holdout"})
    assert (treated.kept[1:] == plain.kept[1:]).all()
    assert (treated.revenue[1:] == plain.revenue[1:]).all()
    late = np.flatnonzero(start.people.acquired_day >= (END - date(1970, 1, 1)).days)
    assert late.size
    # nothing wins or annoys who is not there yet: without lift and discount, all stays as it is
    called = start.outlook(DAYS, dict.fromkeys(ids, "service_recovery"))
    assert (called.kept[late] == plain.kept[late]).all()
    assert (called.kept != plain.kept).any()


def test_customers_appear_when_they_join():
    shop = Market(customers=400, days=600, end=END, seed=4, days_ahead=90)
    first = shop.run().tables["customers"]
    later = shop.advance(END + timedelta(days=90)).tables["customers"]
    assert 0 < first.num_rows < later.num_rows == 400
    assert pc.max(first["acquired_at"]).as_py().date() < END
    orders = shop.fork().advance(END + timedelta(days=120)).tables["orders"]
    assert set(orders["customer_id"].to_pylist()) <= set(later["customer_id"].to_pylist())


def test_every_treatment_has_an_outlook():
    start = market(300)
    plain = start.outlook(DAYS)
    for code in TREATMENTS:
        treated = start.outlook(DAYS, dict.fromkeys(start.customer_ids.to_pylist(), code))
        assert not np.allclose(treated.kept, plain.kept), code
        assert ((treated.kept >= 0) & (treated.kept <= 1)).all()


def test_steps_end_where_the_market_stops():
    assert lengths(16) == [7, 7, 2]
    assert lengths(20, pauses=[10, 20, 30]) == [7, 3, 7, 3]
    assert sum(lengths(60, pauses=[1, 2, 59])) == 60


def test_what_is_wrong_is_named():
    start = market(30)
    with pytest.raises(ValueError, match=r"^days must"):
        start.outlook(0)
    with pytest.raises(ValueError, match=r"^treatments must name"):
        start.outlook(30, {"nobody": "gift"})
    with pytest.raises(ValueError, match=r"^days_ahead must"):
        Market(customers=10, days=10, days_ahead=-1)
