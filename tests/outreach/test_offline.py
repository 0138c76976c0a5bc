"""Exhibitions, posters, leaflets, stores, partners: codes that lead on, and what came of them."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from keepwell.foundation import clock
from keepwell.history import services as history
from keepwell.history.queries import scan as facts
from keepwell.outreach.offline import queries, services
from keepwell.outreach.offline.contracts import OfflineError
from tests.outreach.conftest import NOW

PHONE = "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/140.0 Mobile Safari/537.36"
VALUES = {
    "code": "tea-fair", "kind": "exhibition", "name": "Tea fair", "place": "Hall 4", "store": "",
    "target": "https://www.keepwell-tea.com/new?a=1", "starts_on": date(2026, 11, 1), "ends_on": None,
    "cost": Decimal(300), "active": True,
}  # fmt: skip


@pytest.fixture(autouse=True)
def today(monkeypatch, settings):
    settings.KEEPWELL_CONFIDENTIALITY = "off"
    settings.KEEPWELL_URL = "https://shop.example"
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def fair(publish, people):
    publish({})
    return services.save(values=VALUES, actor="ada", now=NOW)


def browser(user):
    client = Client()
    client.force_login(user)
    return client


def order(number, customer, days, **more):
    fact = {
        "order_id": number, "customer_id": customer, "ordered_at": NOW - timedelta(days=days), "amount": 100,
        "currency": "CNY", "status": "paid", **more,
    }  # fmt: skip
    history.record(table="orders", fact=fact, source="test")


def test_a_code_leads_on_marked_and_counts_people_only(fair):
    visitor = Client(headers={"User-Agent": PHONE})
    answer = visitor.get("/at/tea-fair")
    assert answer.status_code == 302
    asked = parse_qs(urlsplit(answer["Location"]).query)
    assert asked == {
        "a": ["1"],
        "utm_source": ["exhibition"],
        "utm_medium": ["offline"],
        "utm_campaign": ["tea-fair"],
    }
    visitor.head("/at/tea-fair")
    Client(headers={"User-Agent": "curl/8.0"}).get("/at/tea-fair")
    visitor.get("/at/tea-fair", headers={"Sec-Purpose": "prefetch"})
    assert [one.scans for one in queries.results(now=NOW)] == [1]
    assert visitor.get("/at/no-such").status_code == 404


def test_orders_and_visits_that_come_from_it_are_counted_with_what_they_cost(fair):
    other = {
        **VALUES,
        "code": "",
        "kind": "store",
        "name": "Old town",
        "store": "Old town",
        "cost": Decimal(0),
    }
    store = services.save(values=other, actor="ada", now=NOW)
    order("O1", "C-1", 3, campaign="tea-fair", store="Old town")  # the code goes before the store
    order("O2", "C-1", 2, campaign="tea-fair")
    order("O3", "C-2", 2, campaign="tea-fair")
    order("O4", "C-2", 60, campaign="tea-fair")  # before the fair began
    order("O5", "C-3", 2, store="Old town")
    order("O6", "C-3", 1, campaign="summer", store="Old town")
    order("O7", "C-4", 1, campaign="tea-fair", status="refunded")
    for place, properties in enumerate(
        [
            '{"campaign":{"medium":"offline","name":"tea-fair"},"path":"/new"}',
            '{"campaign": {"name": "summer"}}',
        ]
    ):
        fact = {
            "interaction_id": f"I{place}", "customer_id": "C-1", "at": NOW - timedelta(days=3),
            "type": "visit", "properties": properties,
        }  # fmt: skip
        history.record(table="interactions", fact=fact, source="test")
    history.flush()
    found = {one.spot.spot_id: one for one in queries.results(now=NOW)}
    one = found[fair]
    assert (one.orders, one.customers, one.fresh, one.revenue, one.visits) == (3, 2, 1, 300, 1)
    assert (one.cost_per_order, one.cost_per_fresh) == (100, 300)
    assert (found[store].orders, found[store].fresh, found[store].revenue) == (2, 1, 200)


def test_who_came_and_looked_on_one_day_by_the_shop_s_clock_is_one_visit(fair, own):
    own("C-1")
    seen = '{"campaign":{"medium":"offline","name":"tea-fair"}}'

    def looks(number, at):
        fact = {
            "interaction_id": number, "customer_id": "C-1", "at": at, "type": "visit", "properties": seen,
        }  # fmt: skip
        history.record(table="interactions", fact=fact, source="test")
        history.flush()
        return queries.result(fair, now=NOW).visits

    services.note_visit(spot_id=fair, customer_id="C-1", actor="ada", now=NOW)
    assert looks("I1", NOW) == 1
    begins = timezone.localtime(NOW).replace(hour=0, minute=0, second=0, microsecond=0)
    assert looks("I2", begins) == 1
    assert looks("I3", begins - timedelta(seconds=1)) == 2


def test_the_cost_is_a_fact_that_is_corrected_when_it_changes(fair):
    services.save(values={**VALUES, "cost": Decimal(250)}, spot_id=fair, actor="ada", now=NOW)
    history.flush()
    (row,) = facts("costs").to_pyarrow().to_pylist()
    assert (row["kind"], row["amount"], row["customer_id"]) == ("acquisition", 250, None)


def test_a_cost_that_was_a_mistake_is_taken_back(fair):
    services.save(values={**VALUES, "cost": Decimal(0)}, spot_id=fair, actor="ada", now=NOW)
    history.flush()
    assert [row["amount"] for row in facts("costs").to_pyarrow().to_pylist()] == [0]


def test_what_was_kept_before_the_first_cycle_has_a_currency_and_its_cost_from_then_on(people, publish):
    spot = services.save(values=VALUES, actor="ada", now=NOW)
    assert queries.spot(spot).currency == ""
    publish({})
    services.save(values=VALUES, spot_id=spot, actor="ada", now=NOW)
    history.flush()
    assert queries.spot(spot).currency == "CNY"
    assert [row["amount"] for row in facts("costs").to_pyarrow().to_pylist()] == [300]


def test_revenue_is_of_the_shops_own_currency_and_nothing_else_is_added_to_it(fair):
    order("O1", "C-1", 3, campaign="tea-fair")
    order("O2", "C-2", 2, campaign="tea-fair", currency="JPY", amount=9000)
    history.flush()
    (one,) = queries.results(now=NOW)
    assert (one.orders, one.customers, one.revenue) == (2, 2, 100)


def test_a_merged_person_is_one_customer_and_new_once(fair, own):
    from keepwell.customers.identity import services as identity

    own("C-1")
    own("C-2")
    own("C-3")
    order("O0", "C-2", 90)
    order("O1", "C-1", 3, campaign="tea-fair")
    order("O2", "C-2", 2, campaign="tea-fair")
    order("O3", "C-3", 2, campaign="tea-fair")
    for number in (1, 2):
        services.note_visit(spot_id=fair, customer_id=f"C-{number}", actor="ada", now=NOW)
    history.flush()
    identity.merge(kept_id="C-1", merged_id="C-2", actor="ada", now=NOW, reason="same")
    (one,) = queries.results(now=NOW)
    assert (one.orders, one.customers, one.fresh, one.visits) == (3, 2, 1, 1)


def test_the_page_of_one_is_there_however_many_there_are(fair, people, monkeypatch):
    services.save(values={**VALUES, "code": "", "starts_on": date(2026, 11, 2)}, actor="ada", now=NOW)
    monkeypatch.setattr(queries, "LISTED", 1)
    assert "Tea fair" in browser(people.ada).get(f"/offline/{fair}/").content.decode()


def test_a_printed_code_stays_and_what_will_not_do_is_refused(fair):
    services.save(values={**VALUES, "code": "other", "name": "Fair"}, spot_id=fair, actor="ada", now=NOW)
    assert (queries.spot(fair).code, queries.spot(fair).name) == ("tea-fair", "Fair")
    for wrong, code in (
        ({"target": "http://tea.example"}, "target"),
        ({"target": "javascript:alert(1)"}, "target"),
        ({"ends_on": date(2026, 10, 1)}, "ends_on"),
        ({"code": "Tea Fair"}, "code"),
        ({"code": "tea-fair"}, "code"),
        ({"kind": "radio"}, "kind"),
        ({"cost": Decimal(-1)}, "cost"),
    ):
        with pytest.raises(OfflineError) as caught:
            services.save(values={**VALUES, "code": "", **wrong}, actor="ada", now=NOW)
        assert caught.value.code == code


def test_the_pages_show_print_note_and_export(fair, people, own):
    own("C-1", people.lin)
    ada, lin = browser(people.ada), browser(people.lin)
    shown = ada.get("/offline/").content.decode()
    assert "Tea fair" in shown
    form = {
        "name": "Wall", "kind": "poster", "target": "https://tea.example", "starts_on": "2026-11-20",
        "ends_on": "", "cost": "12.5", "place": "", "store": "", "code": "",
    }  # fmt: skip
    page = ada.post("/offline/", form)["Location"]
    assert "https://shop.example/at/poster-" in ada.get(page).content.decode()
    assert ada.post("/offline/", {**form, "starts_on": "soon"}).status_code == 400
    picture = ada.get(f"{page}code.svg")
    assert (picture["Content-Type"], picture.content[:5]) == ("image/svg+xml", b"<?xml")
    lin.post(f"/offline/{fair}/visit/", {"customer": "C-1"})
    lin.post(f"/offline/{fair}/visit/", {"customer": "C-1"})
    history.flush()
    assert queries.results(now=NOW)[-1].visits == 1
    own("C-9")
    assert browser(people.mei).post(f"/offline/{fair}/visit/", {"customer": "C-1"}).status_code == 403
    exported = b"".join(ada.get("/offline/export.csv").streaming_content).decode()
    assert "tea-fair,exhibition,Tea fair" in exported


@given(
    path=st.text(alphabet="abc/", max_size=8),
    query=st.dictionaries(st.sampled_from(["a", "b", "utm_source"]), st.text(max_size=5), max_size=3),
)
def test_marking_an_address_keeps_what_it_asked_and_happens_once(path, query):
    from urllib.parse import urlencode

    target = f"https://tea.example/{path}?{urlencode(query)}"
    once = services.marked(target, kind="poster", code="p1")
    assert services.marked(once, kind="poster", code="p1") == once
    asked = parse_qs(urlsplit(once).query, keep_blank_values=True)
    assert asked["utm_campaign"] == ["p1"]
    assert {name: asked[name][0] for name in query if name != "utm_source"} == {
        name: value for name, value in query.items() if name != "utm_source"
    }
