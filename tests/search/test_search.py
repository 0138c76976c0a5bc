"""Customers are found by what one knows of them, within one's reach."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from keepwell.accounts.models import User
from keepwell.customers import services as customers
from keepwell.customers.contracts import CustomerRow
from keepwell.customers.models import Customer, Ownership
from keepwell.customers.search import core, queries, services
from keepwell.customers.search.models import Document, Posting, Stale
from tests.search.conftest import NOW


def ids(text, **limits):
    return [hit.customer_id for hit in queries.find(text, **limits)]


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("张伟", "C-1001"),
        ("zhangwei", "C-1001"),
        ("Zhang Wei", "C-1001"),
        ("wei zhang", "C-1001"),
        ("zhangweim", "C-1008"),
        ("zwm", "C-1008"),
        ("weiming", "C-1008"),
        ("伟明", "C-1008"),
        ("shanxiongxin", "C-1002"),
        ("sxx", "C-1002"),
        ("danxiongxin", "C-1002"),
        ("瓦岗", "C-1002"),
        ("wagangmaoyi", "C-1002"),
        ("ouyang", "C-1003"),
        ("歐陽娜娜", "C-1003"),
        ("oynn", "C-1003"),
        ("lvbu", "C-1006"),
        ("lubu", "C-1006"),
        ("anna", "C-1004"),
        ("lena sch", "C-1004"),
        ("SCHMIDT", "C-1004"),
        ("jose garcia", "C-1005"),
        ("García", "C-1005"),
        ("river", "C-1005"),
        ("ольга", "C-1007"),
        ("+86 138 0013 8000", "C-1001"),
        ("13800138000", "C-1001"),
        ("8000", "C-1001"),
        ("38001", "C-1008"),
        ("0138001", "C-1008"),
        ("4567", "C-1004"),
        ("zhang.wei@example.com", "C-1001"),
        ("ZHANG.WEI@EXAMPLE.COM", "C-1001"),
        ("zhang.wei@", "C-1001"),
        ("nana@exam", "C-1003"),
        ("nana", "C-1003"),
        ("C-1005", "C-1005"),
        ("c-1005", "C-1005"),
    ],
)
def test_somebody_is_found_by_what_one_knows(people, text, first):
    assert ids(text)[:1] == [first]


@pytest.mark.parametrize(
    "text", ["", " ", "z", "zhangweix", "9999", "138", "李", "nobody@example.com", "%_", "\x00\x00"]
)
def test_nobody_is_found_where_nobody_answers(people, text):
    assert ids(text) == []


def test_the_surest_comes_first(people):
    assert ids("张伟") == ["C-1001", "C-1008"]
    assert ids("zhangwei") == ["C-1001", "C-1008"]
    assert ids("C-100")[:1] == ["C-1001"]


def test_a_changed_name_is_found_and_the_old_one_is_not(people):
    later = NOW + timedelta(days=1)
    row = CustomerRow("C-1001", name="王芳")
    customers.upsert_many(rows=[row], source="till", at=later, actor="test")
    assert ids("wangfang") == ["C-1001"]
    assert ids("张伟") == ["C-1008"]
    assert ids("13800138000") == ["C-1001"]


def test_many_changes_wait_for_the_worker(db, home):
    rows = [CustomerRow(f"M{n:04}", name=f"Person Number{n:04}") for n in range(services.AT_ONCE + 1)]
    customers.upsert_many(rows=rows, source="till", at=NOW, actor="test")
    assert ids("number0007") == []
    assert Stale.objects.count() == len(rows)
    services.refresh(now=NOW)
    assert Stale.objects.count() == 0
    assert ids("number0007") == ["M0007"]


def test_only_customers_within_reach_are_found(people):
    ada, bo = (User.objects.create_user(name, roles=["account_manager"]) for name in ("ada", "bo"))
    for customer_id, owner in (("C-1001", ada), ("C-1008", bo)):
        Ownership.objects.create(customer_id=customer_id, owner=owner, started_at=NOW, assigned_by="test")
    for text in ("张伟", "zhang", "zw", "C-100"):
        assert ids(text, owner_ids={ada.pk}) == ["C-1001"]
        assert ids(text, owner_ids={bo.pk}) == ["C-1008"]
        assert ids(text, owner_ids=frozenset()) == []
    assert ids("13911112222", owner_ids={ada.pk, bo.pk}) == []


def test_a_forgotten_person_leaves_nothing_in_the_index(people):
    (document,) = Document.objects.filter(customer_id="C-1001")
    assert services.forget(customer_ids=["C-1001"]) == 1
    assert not Posting.objects.filter(document_id=document.pk).exists()
    assert ids("zhangwei") == ["C-1008"]
    assert ids("13800138000") == []


def test_building_anew_gives_the_same_index_and_drops_who_is_gone(people):
    before = set(Posting.objects.values_list("token", flat=True))
    Customer.objects.filter(pk="C-1006").delete()
    services.rebuild(now=NOW)
    assert ids("lvbu") == []
    assert not Document.objects.filter(customer_id="C-1006").exists()
    assert set(Posting.objects.values_list("token", flat=True)) < before
    Posting.objects.all().delete()
    Document.objects.all().delete()
    services.rebuild(now=NOW)
    assert ids("zwm") == ["C-1008"]


def test_a_new_index_key_makes_the_index_anew(people, monkeypatch):
    services.refresh(now=NOW)
    from keepwell.foundation import crypto

    ring = crypto.ring()
    monkeypatch.setattr(crypto, "ring", lambda: replace(ring, index_key=b"k" * 32))
    assert ids("zhangwei") == []
    old = set(Posting.objects.values_list("token", flat=True))
    services.refresh(now=NOW)
    assert ids("zhangwei") == ["C-1001", "C-1008"]
    assert not old & set(Posting.objects.values_list("token", flat=True))


def test_the_index_holds_no_plain_text(people):
    for document in Document.objects.all():
        for secret in ("张伟", "zhangwei", "13800138000", "nana"):
            assert secret.encode() not in bytes(document.tokens)


HAN = st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5), min_size=2, max_size=4)
LATIN = st.text(st.sampled_from("abcdefghijklmnopqrstuvwxyz"), min_size=2, max_size=9)
NAMES = st.one_of(HAN, st.tuples(LATIN, LATIN).map(" ".join), LATIN)
PHONES = st.integers(10**10, 10**12).map(lambda n: f"+{n}")


@given(name=NAMES, phone=PHONES, cut=st.integers(2, 12), end=st.integers(4, 13))
def test_every_beginning_of_a_name_and_end_of_a_phone_has_its_token_and_fits(name, phone, cut, end):
    terms = core.Terms(names=(name,), phones=(phone,))
    known = core.tokens(terms)
    for text in (name, name[: max(cut, 2)], phone, phone[-end:]):
        asked = core.parse(text)
        assert asked is not None
        assert any(probe <= known for probe in asked.probes)
        assert core.grade(asked, terms) is not None


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(names=st.lists(NAMES, min_size=1, max_size=8))
def test_whoever_was_indexed_is_found(db, home, names):
    rows = [CustomerRow(f"H{n}", name=name) for n, name in enumerate(names)]
    Customer.objects.all().delete()
    customers.upsert_many(rows=rows, source="till", at=NOW, actor="test")
    for row in rows:
        assert row.customer_id in ids(row.name, limit=50)


def test_what_people_write_into_the_portrait_is_found_and_what_they_take_away_is_not(people):
    from keepwell.customers.services import remove_item, save_company_contact, save_contact_point, set_field

    said = {"customer_id": "C-1005", "actor": "ada", "source": "manual", "at": NOW}
    set_field(name="name", value="José Luis García", **said)
    number = save_contact_point(kind="phone", value="+34600111222", **said)
    save_company_contact(role="procurement", name="李小龙", **said)
    assert ids("luis") == ["C-1005"]
    assert ids("1222") == ["C-1005"]
    assert ids("lixiaolong") == ["C-1005"]
    assert queries.find("lixiaolong")[0].fit == core.Fit.COMPANY
    remove_item(kind="contact", customer_id="C-1005", item_id=number, actor="ada", at=NOW)
    assert ids("600111222") == []


def test_an_order_leads_to_its_customer_within_reach(people):
    import pyarrow as pa

    from keepwell.history.schemas import FACT_TABLES
    from keepwell.history.services import append_rows

    def order(order_id, customer_id):
        return {
            "order_id": order_id, "customer_id": customer_id, "ordered_at": NOW, "amount": 10,
            "currency": "CNY", "status": "paid",
        }  # fmt: skip

    def append(batch, *rows):
        schema = FACT_TABLES["orders"].arrow_schema
        full = [
            {**dict.fromkeys(schema.names), **row, "source": "till", "recorded_at": NOW, "live": True,
             "revises": False}
            for row in rows
        ]  # fmt: skip
        append_rows(table="orders", rows=pa.Table.from_pylist(full, schema=schema), batch_id=batch)

    append("one", order("A-77", "C-1001"), order("B-12", "C-1008"))
    assert queries.is_behind()
    services.refresh(now=NOW)
    assert services.build_orders() == 2
    assert not queries.is_behind()
    append("two", order("C-99", "C-1001"))
    assert services.build_orders() >= 1
    for order_id, customer_id in (("A-77", "C-1001"), ("B-12", "C-1008"), ("C-99", "C-1001")):
        (hit,) = [hit for hit in queries.find(order_id) if hit.order_id]
        assert (hit.customer_id, hit.order_id) == (customer_id, order_id)
    ada = User.objects.create_user("ada", roles=["account_manager"])
    Ownership.objects.create(customer_id="C-1008", owner=ada, started_at=NOW, assigned_by="test")
    assert ids("A-77", owner_ids={ada.pk}) == []
    assert ids("B-12", owner_ids={ada.pk}) == ["C-1008"]
    services.forget_orders()
    assert ids("A-77") == []


def test_whoever_is_erased_is_forgotten_by_search(people):
    from keepwell.customers.privacy.services.erasers import erasers

    (mine,) = [one for one in erasers() if one.name == "search"]
    assert mine.models == {"search.document", "search.posting", "search.stale"}
    postings = Posting.objects.count()
    subject = type("Subject", (), {"customer_ids": ("C-1001",)})
    assert mine.forget(subject) == {"records": 1}
    assert Posting.objects.count() < postings
    assert ids("13800138000") == []
