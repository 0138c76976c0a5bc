"""Pages of texts by group and stage, the rule of stages, a stage, and strategies in force."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from keepwell.foundation import clock
from keepwell.outreach.tailoring import queries
from keepwell.outreach.touchpoints import queries as touchpoints
from keepwell.outreach.touchpoints import seeding

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser(home, db):
    seeding.seed()

    def sign_in(role="retention_manager"):
        from keepwell.accounts.models import User

        client = Client()
        client.force_login(User.objects.create_user(role, password="correct horse", roles=[role]))
        return client

    return sign_in


@pytest.fixture
def cart(browser):
    points = [one for stage in touchpoints.the_map().stages for one in stage.touchpoints]
    return next(one for one in points if one.code == "cart")


def read(response, status=200):
    assert response.status_code == status
    return b"".join(response) if response.streaming else response.content


def customers(count):
    from keepwell.customers import services
    from keepwell.customers.contracts import CustomerRow

    numbers = [f"C{n}" for n in range(count)]
    services.upsert_many(
        rows=[CustomerRow(one) for one in numbers], source="crm", at=clock.now(), actor="ada"
    )
    return numbers


def did(customer_id, kind, days=1):
    from keepwell.history import services

    fact = {
        "interaction_id": f"{customer_id}{kind}",
        "customer_id": customer_id,
        "at": clock.now() - timedelta(days=days),
        "type": kind,
    }
    services.record_many(facts=[("interactions", fact)], source="shop")
    services.flush()


def test_the_matrix_shows_people_and_gaps_and_takes_texts(browser, cart):
    ann, _bo, _cy = customers(3)
    did(ann, "cart")
    client, address = browser(), reverse("touchpoint_texts", args=[cart.touchpoint_id])
    shown = read(client.get(address, {"kind": "sms"})).decode()
    assert "Nothing is planned here yet" in shown
    form = {"kind": "sms", "cell.0.decision": "cart_waiting_sms", "cell.0.none": "", "cell.0.any": ""}
    assert client.post(address, form).status_code == 302
    client.post(reverse("touchpoint_texts_group", args=[cart.touchpoint_id]), {"kind": "sms", "do": "count"})
    shown = read(client.get(address, {"kind": "sms"})).decode()
    assert "2 customers of 3 are where nothing is planned" in shown
    assert shown.count('value="cart_waiting_sms" selected') == 1
    assert "1 text by group and stage" in read(client.get(reverse("journey_map"))).decode()
    assert client.post(address, {"kind": "sms", "cell.0.none": "no_such_text"}).status_code == 400
    assert queries.used("cart") == {"sms": 1}
    lines = read(client.get(reverse("touchpoint_texts_export", args=[cart.touchpoint_id, "csv"])))
    rows = [line.split(",") for line in lines.decode("utf-8-sig").splitlines()]
    assert ["Cart", "sms", "", "everybody else", "decision", "1", "cart_waiting_sms", "own"] in rows
    assert ["Cart", "sms", "", "everybody else", "none", "2", "", ""] in rows


def test_groups_are_added_put_earlier_and_taken_away(browser, cart):
    from keepwell.insight.segments import services as segments

    client, address = browser(), reverse("touchpoint_texts_group", args=[cart.touchpoint_id])
    rule = {"attribute": "city", "is": "in", "value": ["Oslo"]}
    first, second = (
        segments.save(name=name, definition=rule, author_id=None, actor="ada").segment_id
        for name in ("Fjord", "Harbour")
    )
    for number in (first, second):
        client.post(address, {"kind": "email", "do": "add", "segment": number})
    names = [one.name for one in queries.plan("cart", "email").groups]
    assert names == ["Fjord", "Harbour", "everybody else"]
    harbour = queries.plan("cart", "email").groups[1].group_id
    client.post(address, {"kind": "email", "do": "earlier", "group": harbour})
    assert [one.name for one in queries.plan("cart", "email").groups][:2] == ["Harbour", "Fjord"]
    client.post(address, {"kind": "email", "do": "remove", "group": harbour})
    assert [one.name for one in queries.plan("cart", "email").groups] == ["Fjord", "everybody else"]
    assert client.post(address, {"kind": "email", "do": "shout"}).status_code == 404


def test_the_rule_is_changed_on_its_page_and_counts_at_once(browser):
    ann, _bo = customers(2)
    did(ann, "visit", days=20)
    client, address = browser("administrator"), reverse("buying_stages")
    form = {"days": "30", "product_times": "2", "category_times": "3", "price_words": "price、报价"}
    assert client.post(address, form).status_code == 302
    assert queries.rule().price_words == ("price", "报价")
    assert dict(queries.counted().stages) == {"awareness": 1}
    assert client.post(address, {**form, "days": "7"}).status_code == 302
    assert dict(queries.counted().stages) == {}
    assert client.post(address, {**form, "days": "soon"}).status_code == 400
    assert queries.rule().days == 7


def test_the_customers_page_tells_the_stage_and_what_says_so(browser):
    ann, bo = customers(2)
    did(ann, "checkout")
    client = browser("administrator")
    address = reverse("customer_buying_stage", args=[ann])
    assert address in read(client.get(reverse("customer", args=[ann]))).decode()
    shown = read(client.get(address, headers={"HX-Request": "true"})).decode()
    assert 'kw-tail-stage kw-tail-decision">decision' in shown
    assert "Began a checkout: 1 time" in shown
    other = read(client.get(reverse("customer_buying_stage", args=[bo]))).decode()
    assert 'kw-tail-stage kw-tail-none">not buying now' in other
    assert client.get(reverse("customer_buying_stage", args=["nobody"])).status_code == 404


def test_a_mailing_and_a_message_of_a_journey_name_a_touchpoint(browser):
    from keepwell.web.journeys.steps import fields, new

    shown = read(browser().get(reverse("mailing_new"))).decode()
    assert 'name="touchpoint"' in shown
    assert '<option value="cart">Cart' in shown
    (place,) = [one for one in fields(new("message"), None) if one.name == "touchpoint"]
    assert ("cart", "Cart") in place.options


def test_why_somebody_got_this_stands_beside_the_contact(browser):
    from keepwell.outreach.policy import services as policy
    from keepwell.outreach.policy.contracts import Intent
    from keepwell.outreach.tailoring import services
    from keepwell.outreach.tailoring.contracts import Choice, Stage, Why

    (ann,) = customers(1)
    now = clock.now()
    choice = Choice("cart_waiting_sms", "cart", Stage.DECISION, None, Why.CELL)
    services.keep(chosen=[("m1", ann, choice)], now=now)
    policy.claim_many(intents=[Intent("m1", ann, "sms", "service")], actor="ada", now=now)
    shown = read(browser("administrator").get(reverse("customer_contacts", args=[ann]))).decode()
    assert "At “Cart”: the text for everybody else, decision." in shown


def test_a_strategy_is_put_in_force_after_a_look_and_taken_out_again(browser):
    from keepwell.outreach.pacing import queries as pacing

    client, address = browser(), reverse("strategy_force", args=["mature"])
    assert "Nobody of this stage is inside a journey" in read(client.get(address)).decode()
    assert not pacing.strategy("mature").in_force
    assert client.post(address, {"do": "on"}).status_code == 302
    assert pacing.strategy("mature").in_force
    assert "Take out of force" in read(client.get(reverse("strategies"))).decode()
    # Saving the form of the strategy leaves it in force.
    client.post(reverse("strategy", args=["mature"]), {"most": "2", "days": "30", "tone": "warm"})
    assert pacing.strategy("mature").in_force
    assert pacing.strategy("mature").tone == "warm"
    client.post(address, {"do": "off"})
    assert not pacing.strategy("mature").in_force
    assert client.get(reverse("strategy_force", args=["ancient"])).status_code == 404


def test_pages_ask_a_bounded_number_of_statements(browser, cart, django_assert_max_num_queries):
    from keepwell.insight.segments import services as segments
    from keepwell.outreach.tailoring import services

    who = {"actor": "ada", "now": clock.now()}
    rule = {"attribute": "city", "is": "in", "value": ["Oslo"]}
    for n in range(6):
        made = segments.save(name=f"S{n}", definition=rule, author_id=None, actor="ada")
        group = services.add_group(touchpoint="cart", segment_id=made.segment_id, **who)
        cells = {(group, stage): "cart_waiting_sms" for stage in ("", "awareness", "decision")}
        services.set_texts(touchpoint="cart", kind="sms", values=cells, **who)
    client = browser()
    address = reverse("touchpoint_texts", args=[cart.touchpoint_id])
    client.get(address, {"kind": "sms"})
    with django_assert_max_num_queries(60):
        read(client.get(address, {"kind": "sms"}))
