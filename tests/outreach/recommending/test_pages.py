"""Recommendations on pages: what suits a customer, what came of it, as a file, and for a call."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse

from keepwell.accounts.services import create_first_administrator
from keepwell.outreach.sending.models import Message
from keepwell.outreach.services import tasks
from tests.outreach.recommending.test_report import buy, send
from tests.outreach.sending.conftest import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada(client, people):
    client.force_login(create_first_administrator(username="ada", password="correct horse battery"))
    return client


def figures(ada, **query):
    answer = ada.get(reverse("recommended"), query, headers={"HX-Request": "true"})
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_customers_page_says_what_suits_them_and_why(ada, people, suits):
    people(2)
    suits({"C00000": ["tea", "cup"]})
    page = ada.get(reverse("customer", args=["C00000"])).content.decode()
    assert "Jasmine &lt;tea&gt;" in page
    assert "because they bought Pot" in page
    assert "¥58" in page
    assert "http://unsafe" not in page
    assert "a cycle recommends products" in ada.get(reverse("customer", args=["C00001"])).content.decode()


def test_somebody_who_calls_sees_what_they_could_recommend(ada, people, suits):
    people(1)
    suits({"C00000": ["tea"]})
    made = tasks.create(
        kind="call", customer_id="C00000", title="Call", due_at=NOW + timedelta(days=1), actor="ada", now=NOW
    )
    page = ada.get(reverse("task", args=[made.task_id])).content.decode()
    assert "What you could recommend" in page
    assert "Jasmine &lt;tea&gt;" in page


def test_the_page_says_what_to_do_while_there_is_nothing(ada, suits):
    assert "No cycle has run yet" in figures(ada)
    suits({})
    assert "Nothing was recommended yet" in figures(ada)


def test_the_page_is_honest_without_a_lot_and_shows_it_with_one(ada, people, suits, offered):
    numbers = people(4)
    suits({one: ["tea", "tray"] for one in numbers}, customers=4)
    send(offered(), numbers, "first")
    buy(("C00000", 3, "tea", "paid"))
    page = figures(ada)
    assert "This proves nothing yet" in page
    assert "Jasmine &lt;tea&gt;" in page
    Message.objects.filter(customer_id__in=numbers[2:]).update(status="withheld", reason="held_out")
    page = figures(ada, days="14")
    assert "This proves nothing yet" not in page
    assert "By lot:" in page
    assert "Too small to tell" in page


def test_the_file_has_a_line_for_each_product_category_and_text(ada, people, suits, offered):
    numbers = people(2)
    suits({one: ["tea", "tray"] for one in numbers}, customers=2)
    send(offered(), numbers, "first")
    answer = ada.get(reverse("recommended_export", args=["csv"]), {"days": "14"})
    lines = b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()
    assert lines[0].startswith("group,code,name,shown")
    assert [line.split(",")[0] for line in lines[1:]] == [
        "all", "product", "product", "category", "category", "text",
    ]  # fmt: skip
    assert "product,tray,Bamboo tray,2,2,0,0,2,0" in lines[2] or "product,tray" in lines[3]


def test_the_editor_offers_the_block_and_a_preview_shows_a_real_customers_products(
    ada, people, suits, offered
):
    people(1)
    suits({"C00000": ["tea"]})
    from keepwell.outreach.content import queries, services

    code = offered()
    services.begin_draft(code=code, actor="ada", now=NOW)
    text = queries.draft(code).texts[0]
    page = ada.get(reverse("content_text", args=[code, text.text_id])).content.decode()
    assert "Recommendations" in page
    assert "What stands there for whoever has no recommendation" in page
    assert "recommended.name" in page
    assert "recommended.items" not in page
