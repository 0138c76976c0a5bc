"""Lists and their counts are what reading everything says, under any filter, reach, order and place."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from keepwell.accounts.models import User
from keepwell.customers import services as customers
from keepwell.foundation import clock
from keepwell.insight import labels, listing, queries, services
from keepwell.insight.contracts import ScoreFilter, Seek
from tests.insight import shop

FACETS = {
    "statuses": (tuple(labels.STATUS), lambda s: {s.status}),
    "tiers": (tuple(labels.TIER), lambda s: {s.tier}),
    "risk_levels": (tuple(labels.RISK_LEVEL), lambda s: {s.risk_level}),
    "life_stages": (tuple(labels.LIFE_STAGE), lambda s: {s.life_stage}),
    "segments": (tuple(labels.SEGMENT), lambda s: {s.rfm_segment}),
    "reasons": (tuple(labels.REASON), lambda s: {s.reasons[0].code} if s.reasons else set()),
    "hints": (tuple(labels.HINT), lambda s: set(s.hints)),
}
CHOSEN = st.fixed_dictionaries(
    {},
    optional={
        name: st.lists(st.sampled_from(codes), max_size=3).map(tuple) for name, (codes, _) in FACETS.items()
    },
)
ORDERS = [sign + name for name in queries.ORDERS for sign in ("", "-")]


@pytest.fixture
def owned(once):
    """A shop with a cycle, whose customers are looked after by two users, or by nobody."""
    once("owned shop", _make)
    return {owner: frozenset(mine) for owner, mine in _groups().items()}


def _make():
    shop.put("orders", shop.random_orders(), "orders")
    services.run_cycle(as_of=shop.AS_OF - timedelta(days=60), actor="ann")
    services.run_cycle(as_of=shop.AS_OF, actor="ann")
    for name in ("bo", "cy"):
        User.objects.create_user(username=name)
    ids = [one.customer_id for one in queries.iter_scores(order_by="customer_id")]
    assert len(ids) > 20
    customers.ensure(customer_ids=ids, source="orders", at=clock.now())
    for owner, mine in _groups().items():
        customers.assign_owner(customer_ids=mine, owner_id=owner, reason="", at=clock.now(), actor="ann")


def _groups():
    ids = [one.customer_id for one in queries.iter_scores(order_by="customer_id")]
    bo, cy = (User.objects.get(username=name).pk for name in ("bo", "cy"))
    return {bo: ids[::3], cy: ids[1::3]}


@pytest.mark.parametrize("few", [listing.FEW, 0], ids=["looked up", "asked on the way"])
def test_lists_are_what_reading_everything_says(owned, monkeypatch, few):
    monkeypatch.setattr(listing, "FEW", few)
    by_order = {order: list(queries.iter_scores(order_by=order)) for order in ORDERS}
    everybody = [one.customer_id for one in by_order["customer_id"]]
    reaches = [None, *(frozenset(some) for some in ([], list(owned)[:1], list(owned)))]

    @settings(max_examples=20, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(
        chosen=CHOSEN,
        owner_ids=st.sampled_from(reaches),
        among=st.none() | st.frozensets(st.sampled_from(everybody), max_size=20),
        order=st.sampled_from(ORDERS),
        size=st.sampled_from((1, 4, 7, 500)),
        data=st.data(),
    )
    def check(chosen, owner_ids, among, order, size, data):
        wanted = ScoreFilter(**chosen, owner_ids=owner_ids, among=among)
        mine = None if owner_ids is None else frozenset().union(*(owned[one] for one in owner_ids))
        expected = [
            score
            for score in by_order[order]
            if all(not values or FACETS[name][1](score) & set(values) for name, values in chosen.items())
            and (mine is None or score.customer_id in mine)
            and (among is None or score.customer_id in among)
        ]
        total = queries.totals(wanted)
        assert total.customers == len(expected)
        assert total.expected_loss == sum(score.expected_loss for score in expected)
        assert total.clv == sum(score.clv for score in expected)
        page = data.draw(st.integers(1, len(expected) // size + 2))
        found = queries.scores(wanted, order_by=order, page=page, page_size=size)
        assert found.total == len(expected)
        assert list(found.rows) == expected[(page - 1) * size : page * size]
        assert list(queries.iter_scores(wanted, order_by=order)) == expected
        column = order.removeprefix("-")
        if expected and column in queries.SOUGHT:
            at = data.draw(st.integers(0, len(expected) - 1))
            seek = Seek(getattr(expected[at], column), expected[at].customer_id)
            after = queries.scores(wanted, order_by=order, page=2, page_size=size, seek=seek)
            assert list(after.rows) == expected[at + 1 : at + 1 + size]

    check()


def test_remembered_counts_follow_what_is_looked_after(owned, monkeypatch):
    monkeypatch.setattr(listing, "FEW", 0)
    first, second = owned
    wanted = ScoreFilter(owner_ids=frozenset([first]))
    before = queries.totals(wanted).customers
    assert before == queries.totals(wanted).customers == len(owned[first])
    moved = sorted(owned[first])[:2]
    customers.assign_owner(customer_ids=moved, owner_id=second, reason="", at=clock.now(), actor="ann")
    assert queries.totals(wanted).customers == before - 2
    customers.assign_owner(customer_ids=moved, owner_id=first, reason="", at=clock.now(), actor="ann")
    assert queries.totals(wanted).customers == before
