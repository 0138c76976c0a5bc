# ruff: noqa: F811 - fixtures take others by their names
"""Lin looks after Ann (high value, born on 10 December, likes books, lives in China)."""

from __future__ import annotations

from datetime import date

import pytest

from tests.outreach.conftest import NOW, nobody_aside, own, people, publish  # noqa: F401 - fixtures
from tests.plays.winback.conftest import rate  # noqa: F401 - fixture

TODAY = date(2026, 11, 23)
BORN = date(1980, 12, 10)


@pytest.fixture
def ann(people, own, rate, nobody_aside):
    from keepwell.customers.services import save_trait

    own("C-1", people.lin, name="Ann Example", country="CN", birth_on=BORN)
    rate("C-1")
    save_trait(
        customer_id="C-1", kind="interest", code="reading", text="", source="conversation", actor="lin"
    )
    return "C-1"


@pytest.fixture
def plan(ann):
    """Ann's plan: two lines, a call every four weeks and a gift on the birthday."""
    from decimal import Decimal

    from keepwell.plays.care import services
    from keepwell.plays.care.contracts import LineSpec, Occasion

    def make(*lines):
        usual = (
            LineSpec("call", Occasion.EVERY, 4, "phone"),
            LineSpec("gift", Occasion.BIRTHDAY, 0, "", Decimal(100), 14),
        )
        return services.assign(customer_id=ann, template="", lines=lines or usual, actor="lin", now=NOW)

    return make
