"""A shop with Lin, Ada and the others, and coupons for its customers."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.outreach.conftest import NOW, own, people, publish  # noqa: F401 - fixtures


@pytest.fixture
def terms():
    """15% off for two weeks, unless said otherwise."""
    from keepwell.outreach.coupons.contracts import Kind, Terms

    def make(kind="percent", value="0.15", currency="CNY", **more):
        return Terms(Kind(kind), Decimal(value), currency, **more)

    return make


@pytest.fixture
def give(own, terms):  # noqa: F811
    """Gives Ann, or somebody else, a coupon."""
    from keepwell.outreach.coupons.services.giving import Occasion
    from keepwell.outreach.coupons.services.giving import give as given

    def make(customer_id="C-1", key="k", origin="case:1", now=NOW, **more):
        own(customer_id)
        one = Occasion(f"{key}/{customer_id}", customer_id, origin)
        return given(terms=terms(**more), occasions=[one], actor="lin", now=now)[one.key]

    return make


@pytest.fixture
def offer(people, terms):  # noqa: F811
    """Saves an offer; its codes come from a list where some are given."""
    from keepwell.outreach.coupons import services
    from keepwell.outreach.coupons.contracts import Source

    def make(codes=(), texts=(), name="Spring", low_at=0, user=None, **more):
        source = Source.LIST if codes else Source.OWN
        number = services.save_offer(
            name=name, terms=terms(**more), source=source, texts=texts, low_at=low_at, active=True,
            user=user or people.ada, now=NOW,
        )  # fmt: skip
        if codes:
            services.add_codes(offer_id=number, text="\n".join(codes), actor="ada", now=NOW)
        return number

    return make
