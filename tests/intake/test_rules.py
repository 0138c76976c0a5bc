"""The stated rules: dates, numbers, choices, currencies, encodings, duplicates, unknown customers."""

# ruff: noqa: E501 - rows of files are not broken

from __future__ import annotations

import gzip
import json
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
import xlsxwriter

from keepwell.customers import queries as customers
from keepwell.foundation.audit.models import AuditEntry
from keepwell.foundation.crypto import pseudonym
from keepwell.history import queries as history
from keepwell.intake import contactdata
from keepwell.intake.errors import IntakeError

HEADER = "order_id,customer_id,ordered_at,amount\n"


def orders(path, *rows, header=HEADER, encoding="utf-8"):
    path.write_text(header + "".join(f"{row}\n" for row in rows), encoding=encoding)
    return path


def days(facts):
    return [at.date() for _id, at in facts("orders", "order_id", "ordered_at")]


# --- dates


def test_one_clear_date_decides_the_file(run, facts, tmp_path):
    path = orders(tmp_path / "o.csv", "o1,c1,03/04/2024,1", "o2,c1,13/04/2024,1")
    report = run(path)
    assert report.files[0].date_order == "DMY"
    assert days(facts) == [date(2024, 4, 3), date(2024, 4, 13)]


def test_month_first(run, facts, tmp_path):
    run(orders(tmp_path / "o.csv", "o1,c1,03/04/2024 1:05 PM,1", "o2,c1,04/13/24,1"))
    assert facts("orders", "ordered_at") == [
        (datetime(2024, 3, 4, 13, 5, tzinfo=UTC),),
        (datetime(2024, 4, 13, tzinfo=UTC),),
    ]


def test_ambiguous_dates_ask_for_the_order(run, facts, tmp_path):
    path = orders(tmp_path / "o.csv", "o1,c1,03/04/2024,1")
    report = run(path)
    assert report.failed
    assert "--date-order" in str(report.files[0].error)
    assert history.versions() == {}
    assert not run(path, date_order="MDY").failed
    assert days(facts) == [date(2024, 3, 4)]


def test_contradicting_dates(run, facts, tmp_path):
    path = orders(tmp_path / "o.csv", "o1,c1,13/04/2024,1", "o2,c1,04/13/2024,1")
    assert "contradict" in str(run(path).files[0].error)
    report = run(path, date_order="DMY")
    assert report.counts("orders").rejected == 1
    assert any("do not fit" in warning for warning in report.files[0].warnings)
    assert days(facts) == [date(2024, 4, 13)]


def test_a_late_clear_date_decides_from_the_first_row(run, facts, tmp_path):
    rows = [f"o{n},c1,2024-01-05,1" for n in range(200)] + ["p1,c1,03/04/2024,1", "p2,c1,30/04/2024,1"]
    run(orders(tmp_path / "o.csv", *rows))
    assert date(2024, 4, 3) in days(facts)


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2024-01-05T10:00:00Z", datetime(2024, 1, 5, 10)),
        ("2024-01-05 10:00:00 +0800", datetime(2024, 1, 5, 2)),
        ("2024-01-05T10:00:00.25-05:00", datetime(2024, 1, 5, 15, 0, 0, 250_000)),
        ("2024年1月5日 下午3时05分", datetime(2024, 1, 5, 15, 5)),
        ("２０２４／１／５", datetime(2024, 1, 5)),
        ("20240105", datetime(2024, 1, 5)),
        ("1704448800", datetime(2024, 1, 5, 10)),
        ("1704448800000", datetime(2024, 1, 5, 10)),
        ("5 Jan 2024 10:00:00", datetime(2024, 1, 5, 10)),
        ("2024.1.5 9:05", datetime(2024, 1, 5, 9, 5)),
    ],
)
def test_ways_to_write_an_instant(run, facts, tmp_path, text, instant):
    run(orders(tmp_path / "o.csv", f"o1,c1,{text},1"))
    assert facts("orders", "ordered_at") == [(instant.replace(tzinfo=UTC),)]


def test_naive_times_are_in_the_zone_that_is_named(run, facts, tmp_path):
    rows = ["o1,c1,2024-01-05 10:00:00,1", "o2,c1,2024-01-05T10:00:00Z,1", "o3,c1,2024/1/5 10:00,1"]
    run(orders(tmp_path / "o.csv", *rows, "o4,c1,2024/1/5 上午12:30,1"), time_zone="Asia/Shanghai")
    assert [at for _id, at in facts("orders", "order_id", "ordered_at")] == [
        datetime(2024, 1, 5, 2, tzinfo=UTC),
        datetime(2024, 1, 5, 10, tzinfo=UTC),
        datetime(2024, 1, 5, 2, tzinfo=UTC),
        datetime(2024, 1, 4, 16, 30, tzinfo=UTC),
    ]


# --- money


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ('"1,234.50"', "1234.5"),
        ("¥1234", "1234"),
        ("￥１２．５０", "12.5"),
        ("(12.50)", "-12.5"),
        ("12.50-", "-12.5"),
        ("1 234.50", "1234.5"),
        ("1e3", "1000"),
        ("12.34567", "12.3457"),
        ("99999999999999.9999", "99999999999999.9999"),
    ],
)
def test_ways_to_write_money(run, facts, tmp_path, text, amount):
    run(orders(tmp_path / "o.csv", f"o1,c1,2024-01-05,{text}"))
    assert facts("orders", "amount") == [(Decimal(amount).quantize(Decimal("0.0001")),)]


def test_decimal_comma_is_decided_for_the_file(run, facts, tmp_path):
    rows = ["o1;c1;05.01.2024;1.234", "o2;c1;25.01.2024;12,50", "o3;c1;26.01.2024;1.234,50"]
    report = run(orders(tmp_path / "o.csv", *rows, header=HEADER.replace(",", ";")))
    assert report.files[0].delimiter == ";"
    assert [amount for _id, amount in facts("orders", "order_id", "amount")] == [
        Decimal("1234.0000"), Decimal("12.5000"), Decimal("1234.5000"),
    ]  # fmt: skip


def test_refunds_and_zero_amounts_are_kept_and_counted(run, facts, tmp_path):
    header = HEADER.replace("\n", ",status\n")
    rows = [
        "o1,c1,2024-01-05,-5,paid",
        "o2,c1,2024-01-05,0,",
        "o3,c1,2024-01-05,5,已退款",
        "o4,c1,2024-01-05,-5,已取消",
    ]
    report = run(orders(tmp_path / "o.csv", *rows, header=header))
    assert facts("orders", "order_id", "status") == [
        ("o1", "refunded"), ("o2", "paid"), ("o3", "refunded"), ("o4", "cancelled"),
    ]  # fmt: skip
    assert report.files[0].rules == {"zero_amount": 1, "negative_is_refund": 2}
    assert report.files[0].cleaned["choice_mapped"] == 2


def test_currencies_are_kept_and_reported(run, facts, tmp_path):
    header = HEADER.replace("\n", ",currency\n")
    rows = [
        "o1,c1,2024-01-05,5,EUR",
        "o2,c1,2024-01-05,5,人民币",
        "o3,c1,2024-01-05,5,usd",
        "o4,c1,2024-01-05,5,",
    ]
    report = run(orders(tmp_path / "o.csv", *rows, "o5,c1,2024-01-05,5,money", header=header), currency="GBP")
    assert facts("orders", "currency") == [("CNY",), ("EUR",), ("GBP",), ("USD",)]
    assert report.files[0].currencies == {"CNY": 1, "EUR": 1, "GBP": 1, "USD": 1}
    assert report.files[0].rules["currency_assumed"] == 1
    assert report.files[0].reasons == {"currency": 1}
    assert any("several currencies" in warning for warning in report.files[0].warnings)


def test_no_currency_at_all(run, facts, tmp_path):
    report = run(orders(tmp_path / "o.csv", "o1,c1,2024-01-05,5"))
    assert facts("orders", "currency") == [("XXX",)]
    assert any("--currency" in warning for warning in report.files[0].warnings)


# --- keys


def test_duplicates_and_conflicts_inside_a_file(run, facts, tmp_path):
    rows = ["o1,c1,2024-01-05,1", "o2,c1,2024-01-05,2", "o1,c1,2024-01-05,1", "o2,c1,2024-01-05,9"]
    report = run(orders(tmp_path / "o.csv", *rows))
    counts = report.counts("orders")
    assert (counts.read, counts.accepted, counts.duplicate, counts.rejected) == (4, 2, 1, 1)
    assert facts("orders", "order_id", "amount") == [("o1", Decimal("1.0000")), ("o2", Decimal("2.0000"))]
    line = report.quarantine.read_text("utf-8-sig").splitlines()[1]
    assert line.startswith("o.csv,5,order_id,conflict,line 3 has the same key")


def test_a_changed_order_is_a_correction(run, facts, tmp_path):
    run(orders(tmp_path / "o.csv", "o1,c1,2024-01-05,1", "o2,c1,2024-01-05,2"))
    counts = run(orders(tmp_path / "o.csv", "o1,c1,2024-01-05,1", "o2,c1,2024-01-05,3")).counts("orders")
    assert (counts.accepted, counts.corrected, counts.duplicate) == (1, 1, 1)
    assert facts("orders", "order_id", "amount") == [("o1", Decimal("1.0000")), ("o2", Decimal("3.0000"))]


def test_orders_without_numbers_get_numbers_that_last(run, facts, tmp_path):
    header = "customer_id,ordered_at,amount\n"
    rows = ["c1,2024-01-05,1", "c1,2024-01-05,1", "c2,2024-01-05,1"]
    assert run(orders(tmp_path / "o.csv", *rows, header=header)).counts("orders").accepted == 3
    before = facts("orders", "order_id")
    again = run(orders(tmp_path / "p.csv", *reversed(rows), "c3,2024-01-06,1", header=header)).counts(
        "orders"
    )
    assert (again.accepted, again.duplicate) == (1, 3)
    assert set(before) < set(facts("orders", "order_id"))


def test_contact_data_as_customer_number(run, facts, tmp_path):
    rows = [
        "o1,Ann@Example.com,2024-01-05,1",
        "o2,+49 151 2345 6789,2024-01-05,1",
        "o3,13912345678,2024-01-05,1",
        "o4,1234567,2024-01-05,1",
    ]
    report = run(orders(tmp_path / "o.csv", *rows))
    ann, phone, cn = pseudonym("ann@example.com"), pseudonym("+4915123456789"), pseudonym("+8613912345678")
    assert facts("orders", "order_id", "customer_id") == [
        ("o1", ann),
        ("o2", phone),
        ("o3", cn),
        ("o4", "1234567"),
    ]
    assert report.files[0].rules["contact_as_customer_id"] == 3
    assert customers.find_by_contact(kind="email", value="ann@example.com") == [ann]
    assert customers.find_by_contact(kind="phone", value="+4915123456789") == [phone]
    lake = b"".join(p.read_bytes() for p in (tmp_path / "home" / "lake").rglob("*.parquet"))
    assert b"xample.com" not in lake


def test_unknown_customers_can_be_rejected(run, facts, tmp_path):
    people = tmp_path / "people.csv"
    people.write_text("customer_id,name\nc1,Ann\n")
    path = orders(tmp_path / "o.csv", "o1,c1,2024-01-05,1", "o2,c2,2024-01-05,1")
    report = run(path, people, unknown_customers="reject")
    assert facts("orders", "order_id") == [("o1",)]
    assert report.counts("orders").rejected == 1
    assert customers.existing(["c1", "c2"]) == {"c1"}
    assert "unknown_customer" in report.quarantine.read_text("utf-8-sig")


# --- files


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "gb18030", "big5"])
def test_chinese_encodings(run, facts, tmp_path, encoding):
    names = (
        "訂單編號,會員編號,下單時間,金額,通路,訂單狀態\n"
        if encoding == "big5"
        else "订单号,会员编号,下单时间,实付金额,渠道,订单状态\n"
    )
    rows = [f"o{n},會員{n},2024-01-05 10:00:00,12.5,門市,已付款" for n in range(20)]
    if encoding == "gb18030":
        rows = [f"o{n},会员{n},2024-01-05 10:00:00,12.5,门店,已付款" for n in range(20)]
    report = run(orders(tmp_path / "o.csv", *rows, header=names, encoding=encoding))
    assert report.counts("orders").accepted == 20, report.to_dict()
    assert facts("orders", "order_id", "customer_id", "status")[0] == ("o0", rows[0].split(",")[1], "paid")


@pytest.mark.parametrize("encoding", ["latin-1", "cp1252"])
def test_western_encodings(run, facts, tmp_path, encoding):
    run(orders(tmp_path / "o.csv", "o1,Zoë,2024-01-05,5", "o2,Jürgen Müßig,2024-01-05,5", encoding=encoding))
    assert facts("orders", "customer_id") == [("Jürgen Müßig",), ("Zoë",)]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiters(run, facts, tmp_path, delimiter):
    path = tmp_path / "o.txt"
    path.write_text((HEADER + 'o1,"c 1",2024-01-05,1\n').replace(",", delimiter))
    assert run(path).files[0].delimiter == delimiter
    assert facts("orders", "customer_id") == [("c 1",)]


def test_gzip_json_lines(run, facts, tmp_path):
    path = tmp_path / "o.jsonl.gz"
    rows = [
        {
            "order_id": 1,
            "customer": {"id": 7},
            "customer_id": 7,
            "created_at": "2024-01-05T10:00:00Z",
            "total": 12.5,
        },
        {"order_id": 2, "customer_id": 8, "created_at": 1704448800, "total": "3"},
    ]
    path.write_bytes(gzip.compress("\n".join([*map(json.dumps, rows), "{broken", "[1]"]).encode()))
    report = run(path)
    counts = report.counts("orders")
    assert (counts.read, counts.accepted, counts.rejected) == (4, 2, 2)
    assert facts("orders", "order_id", "customer_id", "amount") == [
        ("1", "7", Decimal("12.5000")), ("2", "8", Decimal("3.0000")),
    ]  # fmt: skip


def test_every_sheet_that_is_a_table(run, facts, tmp_path):
    path = tmp_path / "shop.xlsx"
    book = xlsxwriter.Workbook(path)
    when = book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
    sheet = book.add_worksheet("订单")
    sheet.write_row(2, 0, ["订单号", "客户编号", "下单时间", "金额"])
    sheet.write_row(3, 0, [1001, 7, "", 12.5])
    sheet.write_datetime(3, 2, datetime(2024, 1, 5, 10), when)
    sheet.write_row(4, 0, [1002, 7, "soon", 1])
    people = book.add_worksheet("客户")
    people.write_row(0, 0, ["客户编号", "姓名", "电话"])
    people.write_row(1, 0, [7, "李雷", "13912345678"])
    book.add_worksheet("notes").write(0, 0, "nothing")
    book.close()
    report = run(path)
    assert facts("orders", "order_id", "customer_id", "ordered_at", "amount") == [
        ("1001", "7", datetime(2024, 1, 5, 10, tzinfo=UTC), Decimal("12.5000"))
    ]
    assert customers.get("7").name == "李雷"
    assert "shop.xlsx,5,下单时间,instant" in report.quarantine.read_text("utf-8-sig")


def test_white_space_and_width_are_cleaned_and_counted(run, facts, tmp_path):
    report = run(
        orders(tmp_path / "o.csv", " o1 ,　ｃ１,2024-01-05,1", "o2,c2,2024-01-05,1", "o3,   ,2024-01-05,1")
    )
    assert facts("orders", "order_id", "customer_id") == [("o1", "c1"), ("o2", "c2")]
    assert report.files[0].cleaned["trimmed"] == 1
    assert report.files[0].reasons == {"missing": 1}


def test_the_source_of_each_row(run, facts, tmp_path):
    header = HEADER.replace("\n", ",source\n")
    run(
        orders(tmp_path / "o.csv", "o1,c1,2024-01-05,1,survey", "o2,c1,2024-01-05,1,", header=header),
        source="shop",
    )
    assert facts("orders", "order_id", "source") == [("o1", "survey"), ("o2", "shop")]


# --- mapping files


def test_mapping(run, facts, tmp_path):
    path = orders(tmp_path / "o.csv", "x,o1,c1,2024-01-05,7", header="Art,Beleg,Kunde,Tag,Betrag\n")
    mapping = {
        "table": "orders",
        "columns": {"order_id": "Beleg", "customer_id": "kunde", "ordered_at": "Tag", "amount": "Betrag"},
        "constants": {"currency": "EUR", "channel": "store"},
    }
    assert not run(path, mapping=mapping).failed
    assert facts("orders", "order_id", "amount", "currency", "channel") == [
        ("o1", Decimal("7.0000"), "EUR", "store")
    ]


@pytest.mark.parametrize(
    ("mapping", "words"),
    [
        ({"table": "orders", "columns": {"amount": "Betrga"}}, ["Betrga", "did you mean Betrag?"]),
        ({"table": "orders", "columns": {"amuont": "Betrag"}}, ["amuont", "did you mean amount?"]),
        ({"table": "ordres"}, ["ordres", "did you mean orders?"]),
        ({"tabel": "orders"}, ["tabel", "did you mean table?"]),
    ],
)
def test_mapping_errors_name_the_entry(run, tmp_path, mapping, words):
    path = orders(tmp_path / "o.csv", "o1,c1,2024-01-05,7", header="order_id,customer_id,ordered_at,Betrag\n")
    message = str(run(path, mapping=mapping).files[0].error)
    for word in words:
        assert word in message


def test_unmatched_columns_are_listed(run, tmp_path):
    message = str(run(orders(tmp_path / "o.csv", "1,2", header="foo,bar\n")).files[0].error)
    assert "foo, bar" in message


def test_amounts_of_lines_and_of_orders(run, facts, tmp_path):
    header = "订单号,客户编号,下单时间,商品编号,数量,单价,金额\n"
    lines = ["a,c1,2024-01-05,p1,2,3,6", "a,c1,2024-01-05,p2,1,4,4", "b,c1,2024-01-06,p1,1,3,3"]
    whole = ["d,c1,2024-01-05,p1,2,3,10", "d,c1,2024-01-05,p2,1,4,10", "e,c1,2024-01-06,p1,1,3,3"]
    report = run(
        orders(tmp_path / "lines.csv", *lines, header=header),
        orders(tmp_path / "w.csv", *whole, header=header),
    )
    assert facts("orders", "order_id", "amount") == [
        ("a", Decimal("10.0000")), ("b", Decimal("3.0000")), ("d", Decimal("10.0000")), ("e", Decimal("3.0000")),
    ]  # fmt: skip
    assert [bool(file.warnings and "their sum" in str(file.warnings)) for file in report.files] == [
        True,
        False,
    ]


def test_orders_with_names_and_addresses_are_orders(run, tmp_path):
    header = "order_id,customer_id,order date,total,name,email,phone,city,country\n"
    report = run(
        orders(tmp_path / "o.csv", "o1,c1,2024-01-05,5,Ann,a@example.com,123456,Bonn,DE", header=header)
    )
    assert set(report.tables) == {"orders"}


# --- around


def test_dry_run_shows_all_and_changes_nothing(run, facts, home, tmp_path):
    run(orders(tmp_path / "o.csv", "o1,c1,2024-01-05,1", "o2,c1,2024-01-05,2"))
    path = orders(
        tmp_path / "p.csv",
        "o1,c1,2024-01-05,1",
        "o2,c1,2024-01-05,3",
        "o3,c9,2024-01-05,3",
        "o4,,2024-01-05,3",
    )
    before = (history.versions(), customers.count(), AuditEntry.objects.count(), sorted(home.root.rglob("*")))
    counts = run(path, dry_run=True).to_dict()["tables"]["orders"]
    assert counts == {"read": 4, "accepted": 2, "duplicate": 1, "rejected": 1, "corrected": 1}
    after = (history.versions(), customers.count(), AuditEntry.objects.count(), sorted(home.root.rglob("*")))
    assert after == before
    assert run(path).to_dict()["tables"]["orders"] == counts


def test_an_import_is_audited_without_contact_data(run, tmp_path):
    run(orders(tmp_path / "o.csv", "o1,ann@example.com,2024-01-05,1"))
    entry = AuditEntry.objects.get(action="intake.import")
    assert (entry.actor, entry.details["counts"]["orders"]["accepted"]) == ("anna", 1)
    assert "example.com" not in str(entry.details)


@pytest.mark.parametrize("options", [{"date_order": "XYZ"}, {"currency": "EURO"}, {"time_zone": "Mars/Base"}])
def test_options_that_make_no_sense(run, tmp_path, options):
    with pytest.raises(IntakeError):
        run(orders(tmp_path / "o.csv", "o1,c1,2024-01-05,1"), **options)


@pytest.mark.parametrize(
    ("value", "country", "expected"),
    [
        ("139 1234 5678", None, "+8613912345678"),
        ("0086-139-1234-5678", None, "+8613912345678"),
        ("0912-345-678", "TW", "+886912345678"),
        ("(020) 7946 0000", "GB", "+442079460000"),
        ("1 (555) 123-4567", "US", "+15551234567"),
        ("02 1234 5678", "IT", "+390212345678"),
        ("12345678", None, "12345678"),
        ("call me", None, None),
        ("123", None, None),
    ],
)
def test_phones(value, country, expected):
    assert contactdata.phone(value, country) == expected


def test_other_tables(run, facts, tmp_path):
    files = {
        "visits.csv": "customer_id,event_time,event_type,channel,properties\n"
        'c1,2024-01-05,view,web,"{""page"": 1}"\nc1,2024-01-05,view,web,{broken\n',
        "tickets.csv": "工单号,客户编号,时间,工单状态,满意度\nt1,c1,2024-01-05,受理,\nt1,c1,2024-01-06,已解决,4.5\n",
        "answers.csv": "answer_id,customer_id,answered_at,metric,score\na1,c1,2024-01-05,NPS,9\na2,c1,2024-01-05,csat,inf\n",
        "subscriptions.csv": "subscription_id,customer_id,start_date,plan,amount,currency,period,end_date\n"
        "s1,c1,2024-01-05,gold,9.99,EUR,monthly,\n",
        "costs.csv": "date,cost type,amount,currency\n2024-01-05,marketing,100,EUR\n",
        "products.csv": "sku,product name,category,price,currency\np1,Tea,drinks,3.50,EUR\n",
        "items.csv": "order_id,product_id,quantity,unit_price\no1,p1,2,3.50\no1,p2,1,4\n",
        "points.csv": "customer_id,date,points,reason\nc1,2024-01-05,100,order\nc1,2024-01-05,1.5,order\n",
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    report = run(*(tmp_path / name for name in files))
    assert not report.failed, report.to_dict()
    accepted = {name: (c.accepted, c.rejected) for name, c in report.tables.items()}
    assert accepted == {
        "interactions": (1, 1), "tickets": (2, 0), "answers": (1, 1), "subscriptions": (1, 0), "costs": (1, 0),
        "products": (1, 0), "order_items": (2, 0), "ledger": (1, 1),
    }  # fmt: skip
    assert facts("tickets", "ticket_id", "event", "satisfaction") == [
        ("t1", "opened", None),
        ("t1", "resolved", 4.5),
    ]
    assert facts("subscriptions", "period") == [("month",)]
    assert facts("order_items", "line", "product_id") == [(1, "p1"), (2, "p2")]
    again = run(*(tmp_path / name for name in files))
    assert {c.accepted for c in again.tables.values()} == {0}
