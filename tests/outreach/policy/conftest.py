"""Customers who have agreed to marketing by e-mail and telephone, in Shanghai."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

NOW = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)  # a Monday, noon in Shanghai


@pytest.fixture
def agreed(home):
    """Makes customers who agreed to the channels, and returns their numbers."""
    from keepwell.customers import services as customers
    from keepwell.customers.contracts import CustomerRow
    from keepwell.customers.privacy import services as privacy

    def make(*numbers, channels=("email", "sms", "phone"), **fields):
        rows = [CustomerRow(number, **{"country": "CN", **fields}) for number in numbers]
        customers.upsert_many(rows=rows, source="crm", at=NOW - timedelta(days=90), actor="ada")
        for number in numbers:
            for channel in channels:
                privacy.set_consent(
                    customer_id=number,
                    channel=channel,
                    purpose="marketing",
                    given=True,
                    source="counter",
                    wording="marketing/1",
                    actor="ada",
                    at=NOW - timedelta(days=60),
                )
        return numbers

    return make


@pytest.fixture
def meant():
    """Makes an intent: an e-mail for marketing to C1 unless said otherwise."""
    from keepwell.outreach.policy.contracts import Intent

    def make(intent_id="m1", **changes):
        usual = {"customer_id": "C1", "channel": "email", "purpose": "marketing"}
        return Intent(intent_id, **{**usual, **changes})

    return make
