"""A shop whose cycle has run."""

from __future__ import annotations

import pytest

from tests.insight import shop


@pytest.fixture
def filled(home, transactional_db):
    """A home whose lake holds the orders of a random shop."""
    shop.put("orders", shop.random_orders(), "orders")
    return home
