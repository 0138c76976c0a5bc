"""Lists: what an address asks for, and the way back to the address."""

from __future__ import annotations

import pytest
from django.http import QueryDict
from hypothesis import given
from hypothesis import strategies as st

from keepwell.accounts.models import User
from keepwell.insight import labels
from keepwell.insight import queries as insight
from keepwell.insight.contracts import ScoreFilter
from keepwell.web import lists
from tests.web.conftest import PASSWORD


def some(codes):
    return st.lists(st.sampled_from(sorted(codes)), unique=True, max_size=3).map(tuple)


@given(
    filter=st.builds(
        ScoreFilter,
        statuses=some(labels.STATUS),
        tiers=some(labels.TIER),
        reasons=some(labels.REASON),
        segments=some(labels.SEGMENT),
        actions=some({"call_back", "gift"}),
        hints=some(labels.HINT),
        search=st.text(max_size=20).map(str.strip),
    ),
    order=st.sampled_from([f"{sign}{name}" for name in lists.ORDERS for sign in ("", "-")]),
    page=st.integers(1, 999),
)
def test_an_address_brings_back_the_list_it_was_written_from(filter, order, page):
    asked = lists.ListRequest(filter, order, page)
    written = lists.write(asked, page=page)
    assert lists.read(QueryDict(written[1:]), default_statuses=("at_risk",)) == asked


@pytest.mark.parametrize("page", ["0", "-3", "x", "", "1e3", "٣", "9" * 30])
def test_a_page_that_makes_no_sense_is_the_first_or_bounded(page):
    query = QueryDict(mutable=True)
    query["page"] = page
    assert 1 <= lists.read(query).page <= 10**6


def test_what_is_not_offered_is_left_out():
    asked = lists.read(QueryDict("tier=gold&tier=high&order=password&reason=x'--"))
    assert asked.filter == ScoreFilter(tiers=("high",))
    assert asked.order_by == lists.DEFAULT_ORDER


def test_the_list_at_risk_shows_those_at_risk_the_largest_loss_first(ada, shop):
    shown = ada.get("/at-risk/").context["people"]
    losses = [person.score.expected_loss for person in shown]
    assert {person.score.status for person in shown} == {"at_risk"}
    assert losses == sorted(losses, reverse=True)
    assert len(shown) == min(50, insight.summary().at_risk.customers)


def test_all_statuses_can_be_had_by_taking_the_filter_away(ada, shop):
    total = ada.get("/at-risk/", {"status": ""}).context["total"]
    assert total == insight.summary().customers == ada.get("/customers/").context["total"]


def test_a_filter_a_search_and_an_order_are_obeyed(ada, shop, worst):
    found = ada.get("/customers/", {"q": worst.customer_id}).context["people"]
    assert [person.score.customer_id for person in found] == [worst.customer_id]
    tier = ada.get("/customers/", {"tier": worst.tier, "order": "churn_risk"}).context["people"]
    risks = [person.score.churn_risk for person in tier]
    assert {person.score.tier for person in tier} == {worst.tier}
    assert risks == sorted(risks)


def test_pages_hold_everybody_once(ada, shop):
    seen = []
    page = 1
    while True:
        context = ada.get("/customers/", {"page": page}).context
        seen += [person.score.customer_id for person in context["people"]]
        if not context["paging"]["next"]:
            break
        page += 1
    assert len(seen) == len(set(seen)) == insight.summary().customers


def test_a_page_beyond_the_end_is_the_last(ada, shop):
    context = ada.get("/customers/", {"page": "999"}).context
    assert context["paging"]["last"] == context["paging"]["total"]


def test_htmx_gets_the_list_alone_and_history_the_whole_page(ada, shop):
    part = ada.get("/at-risk/", HTTP_HX_REQUEST="true")
    assert "<html" not in part.content.decode()
    assert "HX-Request" in part["Vary"]
    restored = ada.get("/at-risk/", HTTP_HX_REQUEST="true", HTTP_HX_HISTORY_RESTORE_REQUEST="true")
    assert "<html" in restored.content.decode()


def test_nobody_found_says_what_to_do(ada, shop):
    text = ada.get("/customers/", {"q": "no-such"}).content.decode()
    assert "Nobody matches" in text
    assert "no-such" in text


def test_an_account_manager_without_customers_is_told_where_they_come_from(client, shop, administrator):
    client.force_login(User.objects.create_user("lin", password=PASSWORD, roles=["account_manager"]))
    page = client.get("/customers/").content.decode()
    assert "No customers are yours yet" in page
    assert "No customer matches" not in page
    assert "Nobody within these filters" in client.get("/customers/?q=nobody").content.decode()
