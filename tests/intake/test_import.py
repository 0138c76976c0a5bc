"""Files of orders and customers become facts and records."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from keepwell.customers import queries as customers
from keepwell.customers.privacy import services as privacy
from keepwell.foundation import clock
from keepwell.history import queries as history
from keepwell.history.engine import engine
from keepwell.intake import queries, services

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
pytestmark = pytest.mark.django_db(transaction=True)


def run(*paths, **options):
    return services.import_paths(paths=paths, actor="anna", now=NOW, **options)


def rows(table, *columns):
    with engine() as e:
        found = e.execute(history.scan(table, engine=e)).to_pylist()
    return sorted(tuple(row[c] for c in columns) for row in found)


ORDERS = """order_id,customer_id,ordered_at,amount,currency,channel
o1,c1,2024-01-05 10:00:00,12.50,EUR,web
o2,c2,2024-01-06T11:30:00+08:00,"1,000.00",EUR,store
o3,c1,2024-02-01,0,EUR,web
o4,c3,2024-02-02,-5,EUR,web
"""


def test_orders_from_csv(home, tmp_path):
    path = tmp_path / "orders.csv"
    path.write_text(ORDERS)
    report = run(path)
    assert report.to_dict()["tables"] == {
        "orders": {"read": 4, "accepted": 4, "duplicate": 0, "rejected": 0, "corrected": 0}
    }
    assert report.quarantine is None
    assert rows(
        "orders", "order_id", "customer_id", "ordered_at", "amount", "currency", "status", "source"
    ) == [
        ("o1", "c1", datetime(2024, 1, 5, 10, tzinfo=UTC), Decimal("12.5000"), "EUR", "paid", "orders"),
        ("o2", "c2", datetime(2024, 1, 6, 3, 30, tzinfo=UTC), Decimal("1000.0000"), "EUR", "paid", "orders"),
        ("o3", "c1", datetime(2024, 2, 1, tzinfo=UTC), Decimal("0.0000"), "EUR", "paid", "orders"),
        ("o4", "c3", datetime(2024, 2, 2, tzinfo=UTC), Decimal("-5.0000"), "EUR", "refunded", "orders"),
    ]
    assert report.files[0].rules == {"zero_amount": 1, "negative_is_refund": 1}
    assert customers.existing(["c1", "c2", "c3"]) == {"c1", "c2", "c3"}
    again = run(path)
    assert again.to_dict()["tables"]["orders"] == {
        "read": 4, "accepted": 0, "duplicate": 4, "rejected": 0, "corrected": 0
    }  # fmt: skip
    assert history.counts()["orders"] == 4
    assert [view.status for view in queries.recent_imports()] == ["done", "done"]
    assert list(home.staging_dir.iterdir()) == []


def test_orders_from_parquet(home, tmp_path):
    path = tmp_path / "orders.parquet"
    table = pa.table(
        {
            "order_id": [1, 2],
            "customer_id": [10.0, 11.0],
            "ordered_at": pa.array([datetime(2024, 1, 5, 10), datetime(2024, 1, 6)], pa.timestamp("ns")),
            "amount": [12.5, 7.25],
        }
    )
    pq.write_table(table, path)
    report = run(path, currency="USD")
    assert report.counts("orders").accepted == 2
    assert rows("orders", "order_id", "customer_id", "amount", "currency") == [
        ("1", "10", Decimal("12.5000"), "USD"),
        ("2", "11", Decimal("7.2500"), "USD"),
    ]


def test_customers_from_csv(home, tmp_path):
    path = tmp_path / "people.csv"
    path.write_text(
        "会员编号,姓名,手机号,邮箱,性别,生日,注册时间,城市\n"
        "m1,王小明,13912345678,Wang@Example.com,男,1990年3月4日,2023-01-05,上海\n"
        "m2,李雷,not a phone,no-at-sign,女,2190-01-01,2023-01-06,\n"
        "m1,,,,,,,北京\n",
        encoding="gb18030",
    )
    report = run(path)
    assert report.files[0].encoding == "gb18030"
    assert report.to_dict()["tables"]["customers"] == {
        "read": 3, "accepted": 2, "duplicate": 1, "rejected": 0, "corrected": 0
    }  # fmt: skip
    wang = customers.get("m1")
    assert (wang.name, wang.gender, wang.city, str(wang.birth_on)) == ("王小明", "male", "北京", "1990-03-04")
    assert customers.find_by_contact(kind="phone", value="+8613912345678") == ["m1"]
    assert customers.find_by_contact(kind="email", value="wang@example.com") == ["m1"]
    assert report.files[0].cleaned["phone_left_out"] == 1
    assert report.files[0].cleaned["email_left_out"] == 1
    assert report.files[0].cleaned["birth_on_left_out"] == 1


def test_addresses_for_chat_come_with_the_customers(home, tmp_path):
    path = tmp_path / "chat.csv"
    path.write_text(
        "会员编号,姓名,企业微信外部联系人,公众号openid,whatsapp\n"
        "m1,王小明,wmqfasd1E1927,oDF3iY9ffA-hqb2,+86 139 1234 5678\n"
        "m2,李雷,,,none\n",
        encoding="utf-8",
    )
    report = run(path)
    kinds = {point.kind for point in customers.get("m1").contact_points}
    assert kinds == {"wecom", "wechat", "whatsapp"}
    # The provider's names are used as they are written, and found in any case.
    used = [
        privacy.addresses_for(customer_ids=["m1"], kind=kind, actor="ada", now=clock.now())["m1"]
        for kind in ("wecom", "wechat", "whatsapp")
    ]
    assert used == ["wmqfasd1E1927", "oDF3iY9ffA-hqb2", "+8613912345678"]
    assert customers.find_by_contact(kind="wecom", value="WMQFASD1E1927") == ["m1"]
    assert report.files[0].cleaned["whatsapp_left_out"] == 1


def test_rejected_rows_go_to_quarantine(home, tmp_path):
    path = tmp_path / "orders.csv"
    path.write_text(
        "order_id,customer_id,ordered_at,amount\n"
        "o1,c1,2024-01-05,12.50\n"
        "o2,,2024-01-05,12.50\n"
        "o3,c1,soon,1\n"
        "o4,c1,2027-01-05,1\n"
        "o5,c1,1969-12-31,1\n"
        "o6,c1,2024-01-05,=cmd\n"
        "o7,c1,2024-01-05\n"
        "o8,c1,2024-01-05,99999999999999999\n"
    )
    report = run(path)
    assert report.to_dict()["tables"]["orders"] == {
        "read": 8, "accepted": 1, "duplicate": 0, "rejected": 7, "corrected": 0
    }  # fmt: skip
    text = report.quarantine.read_text(encoding="utf-8-sig").splitlines()
    found = {(row.split(",")[1], row.split(",")[2], row.split(",")[3]) for row in text[1:]}
    assert found == {
        ("3", "customer_id", "missing"),
        ("4", "ordered_at", "instant"),
        ("5", "ordered_at", "future"),
        ("6", "ordered_at", "too_old"),
        ("7", "amount", "number"),
        ("8", "", "fields"),
        ("9", "amount", "range"),
    }
    assert "'=cmd" in "\n".join(text)
    assert report.quarantine.stat().st_mode & 0o777 == 0o600


def test_cdnow(home, test_data):
    report = run(test_data / "cdnow" / "CDNOW_sample.txt")
    assert report.to_dict()["tables"]["orders"]["accepted"] == 6919
    assert customers.count() == 2357
