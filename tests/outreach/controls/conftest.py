"""Customers who agreed to hear from the shop, and journeys for them; see the rooms of both."""

from tests.outreach.journeys.conftest import at, brand, people, switched_on  # noqa: F401
