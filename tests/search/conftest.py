"""Customers to be found."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from keepwell.customers import services as customers
from keepwell.customers.contracts import CustomerRow

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
PEOPLE = (
    CustomerRow("C-1001", name="张伟", phone="+8613800138000", email="zhang.wei@example.com"),
    CustomerRow("C-1002", name="单雄信", phone="+8613911112222", company="瓦岗贸易有限公司"),
    CustomerRow("C-1003", name="欧阳娜娜", email="nana@example.org"),
    CustomerRow("C-1004", name="Anna-Lena Schmidt", phone="+491701234567"),
    CustomerRow("C-1005", name="José García", company="Riverside Books"),
    CustomerRow("C-1006", name="吕布"),
    CustomerRow("C-1007", name="Ольга Иванова"),
    CustomerRow("C-1008", name="张伟明", phone="+8613800138001"),
)


@pytest.fixture
def people(db, home):
    """Eight customers, indexed as their records are written."""
    customers.upsert_many(rows=PEOPLE, source="till", at=NOW, actor="test")
    return {row.customer_id: row for row in PEOPLE}
