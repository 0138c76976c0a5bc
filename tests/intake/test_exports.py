"""Recognised exports, on small samples and on the real data sets."""

# ruff: noqa: E501 - an export's lines are as long as they are

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

from keepwell.customers import queries as customers
from keepwell.foundation.crypto import pseudonym
from keepwell.history import queries as history


def counts(report, table):
    entry = report.to_dict()["tables"][table]
    return entry["read"], entry["accepted"], entry["duplicate"], entry["rejected"]


SHOPIFY = """Name,Email,Financial Status,Paid at,Currency,Subtotal,Total,Discount Amount,Created at,Lineitem quantity,Lineitem name,Lineitem price,Lineitem sku,Lineitem discount,Cancelled at,Refunded Amount,Source,Billing Country,Phone
#1001,ann@example.com,paid,2024-01-05 10:00:00 -0500,USD,30.00,30.00,5.00,2024-01-05 10:00:00 -0500,2,Mug,15.00,MUG,0.00,,0.00,web,US,
#1001,ann@example.com,,,,,,,2024-01-05 10:00:00 -0500,1,Tea,5.00,TEA,0.00,,,,,
#1002,Ann@Example.com,partially_refunded,2024-02-05 10:00:00 -0500,USD,50.00,50.00,0.00,2024-02-05 10:00:00 -0500,1,Pot,50.00,POT,0.00,,20.00,web,US,
#1003,bob@example.com,voided,,USD,10.00,10.00,0.00,2024-02-06 10:00:00 -0500,1,Cup,10.00,CUP,0.00,2024-02-07 10:00:00 -0500,0.00,web,US,
#1004,,paid,,USD,10.00,10.00,0.00,2024-02-06 10:00:00 -0500,1,Cup,10.00,CUP,0.00,,0.00,pos,US,
"""


def test_shopify(run, facts, tmp_path):
    path = tmp_path / "orders_export.csv"
    path.write_text(SHOPIFY)
    report = run(path)
    ann, bob = pseudonym("ann@example.com"), pseudonym("bob@example.com")
    assert report.files[0].profile == "shopify-orders"
    assert facts("orders", "order_id", "customer_id", "ordered_at", "amount", "status") == [
        ("#1001", ann, datetime(2024, 1, 5, 15, tzinfo=UTC), Decimal("30.0000"), "paid"),
        ("#1002", ann, datetime(2024, 2, 5, 15, tzinfo=UTC), Decimal("30.0000"), "paid"),
        ("#1003", bob, datetime(2024, 2, 6, 15, tzinfo=UTC), Decimal("10.0000"), "cancelled"),
    ]
    assert counts(report, "order_items") == (5, 4, 0, 1)
    assert report.files[0].reasons == {"missing": 1}
    assert customers.find_by_contact(kind="email", value="ann@example.com") == [ann]
    assert customers.get(ann).country == "US"


def test_woocommerce(run, facts, tmp_path):
    path = tmp_path / "orders.csv"
    path.write_text(
        "order_id,order_number,order_date,status,order_total,order_currency,customer_id,billing_email\n"
        "17,17,2024-03-01 09:15:00,wc-completed,42.00,EUR,5,eve@example.com\n"
        "18,18,2024-03-02 09:15:00,wc-refunded,12.00,EUR,0,gus@example.com\n"
        "19,19,2024-03-03 09:15:00,on-hold,1.00,EUR,0,\n"
    )
    report = run(path)
    assert report.files[0].profile == "woocommerce-orders"
    assert facts("orders", "order_id", "customer_id", "status", "amount") == [
        ("17", "5", "paid", Decimal("42.0000")),
        ("18", pseudonym("gus@example.com"), "refunded", Decimal("12.0000")),
    ]
    assert counts(report, "orders") == (3, 2, 0, 1)


def test_olist_files_are_joined(run, facts, tmp_path):
    folder = tmp_path / "olist"
    folder.mkdir()
    (folder / "olist_orders_dataset.csv").write_text(
        '"order_id","customer_id","order_status","order_purchase_timestamp"\n'
        '"a","k1","delivered","2017-10-02 10:56:33"\n"b","k2","canceled","2017-11-02 10:56:33"\n'
        '"c","k9","delivered","2017-12-02 10:56:33"\n'
    )
    (folder / "olist_order_items_dataset.csv").write_text(
        '"order_id","order_item_id","product_id","seller_id","shipping_limit_date","price","freight_value"\n'
        '"a",1,"p1","s","2017-10-06 11:07:15",29.99,8.72\n"a",2,"p1","s","2017-10-06 11:07:15",29.99,8.72\n'
        '"b",1,"p2","s","2017-10-06 11:07:15",10.00,1.00\n"z",1,"p2","s","2017-10-06 11:07:15",10.00,1.00\n'
    )
    (folder / "olist_order_payments_dataset.csv").write_text(
        '"order_id","payment_sequential","payment_type","payment_installments","payment_value"\n'
        '"a",1,"credit_card",1,18.12\n"a",2,"voucher",1,59.30\n'
    )
    (folder / "olist_customers_dataset.csv").write_text(
        '"customer_id","customer_unique_id","customer_zip_code_prefix","customer_city","customer_state"\n'
        '"k1","u1","14409","franca","SP"\n"k2","u1","14409","franca","SP"\n'
    )
    report = run(folder)
    assert not report.failed
    assert facts("orders", "order_id", "customer_id", "amount", "status", "currency") == [
        ("a", "u1", Decimal("77.4200"), "paid", "BRL"),
        ("b", "u1", Decimal("11.0000"), "cancelled", "BRL"),
    ]
    assert counts(report, "orders") == (3, 2, 0, 1)
    assert counts(report, "order_items") == (4, 3, 0, 1)
    assert customers.get("u1").region == "SP"
    again = run(folder)
    assert counts(again, "orders") == (3, 0, 2, 1)


def test_a_missing_olist_file_is_named(run, tmp_path):
    path = tmp_path / "olist_orders_dataset.csv"
    path.write_text(
        "order_id,customer_id,order_status,order_purchase_timestamp\na,k,delivered,2017-10-02 10:56:33\n"
    )
    report = run(path)
    assert report.failed
    assert "olist_customers_dataset.csv" in str(report.files[0].error)
    assert history.versions() == {}


def test_cdnow_sample_and_master(run, test_data):
    report = run(test_data / "cdnow" / "CDNOW_sample.txt")
    assert counts(report, "orders") == (6919, 6919, 0, 0)
    assert customers.count() == 2357
    assert report.files[0].profile == "cdnow-sample"
    # the sample is a tenth of the master: its purchases are there already, whatever the file
    report = run(test_data / "cdnow" / "CDNOW_master.txt")
    assert counts(report, "orders") == (69659, 62740, 6919, 0)
    assert customers.count() == 23570
    assert report.files[0].rules["zero_amount"] > 0


def test_online_retail(run, facts, test_data):
    report = run(test_data / "online_retail" / "online_retail.parquet")
    assert report.files[0].profile == "uci-online-retail"
    assert report.files[0].date_order == "MDY"
    assert counts(report, "order_items") == (240007, 172782, 0, 67225)
    assert counts(report, "orders") == (10436, 10436, 0, 0)
    assert report.files[0].rules["cancellation_is_refund"] == 1846
    assert {status for (status,) in facts("orders", "status")} == {"paid", "refunded"}
    first = next(
        row
        for row in facts("orders", "order_id", "customer_id", "ordered_at", "amount")
        if row[0] == "536365"
    )
    assert first == ("536365", "17850", datetime(2010, 12, 1, 8, 26, tzinfo=UTC), Decimal("139.1200"))


def test_online_retail_without_invoices(run, test_data):
    report = run(test_data / "online_retail" / "online_retail_full.parquet")
    assert report.files[0].profile == "uci-online-retail-reduced"
    assert counts(report, "order_items") == (541909, 406829, 0, 135080)
    assert counts(report, "orders") == (22094, 22094, 0, 0)
    assert customers.count() == 4372
