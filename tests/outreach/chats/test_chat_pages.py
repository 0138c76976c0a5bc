"""The pages of customer groups: for whom, with what confirmation, in which words."""

from __future__ import annotations

import pytest
from django.test import Client

from keepwell.accounts.contracts import Role
from keepwell.accounts.models import User
from keepwell.foundation import clock
from keepwell.outreach.chats import queries, services
from keepwell.outreach.sending.services import accounts
from tests.outreach.chats.test_chats import NOW, number, shop, wecom  # noqa: F401

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def signed_in(shop, monkeypatch, settings):  # noqa: F811
    settings.KEEPWELL_CONFIDENTIALITY = "off"
    monkeypatch.setattr(clock, "now", lambda: NOW)

    def make(name, role):
        client = Client()
        client.force_login(User.objects.create_user(name, password="x", roles=[role]))
        return client

    return make


def test_the_groups_are_listed_and_a_text_goes_to_chosen_ones_after_their_number_was_typed(signed_in):
    ada = signed_in("ada", Role.ADMINISTRATOR)
    page = ada.get("/customer-groups/").content.decode()
    assert "Of 7 people in our WeCom groups, 3 are customers whom we know." in page
    assert "Tea lovers" in page
    assert "Give it to the owners" in page
    form = {"group": [number("Tea lovers"), number("Cups")], "template": "news", "language": "en"}
    refused = ada.post("/customer-groups/post/", {**form, "confirm": "1"})
    assert refused.status_code == 400
    assert "number of groups" in refused.content.decode()
    assert queries.posts() == ()
    ada.post("/customer-groups/post/", {**form, "confirm": "2"})
    (post,) = queries.posts()
    assert len(post.deliveries) == 2
    services.work(now=NOW)
    assert "waits for the owner to confirm" in ada.get("/customer-groups/").content.decode()
    exported = b"".join(ada.get("/customer-groups/export.csv").streaming_content).decode()
    assert "Tea lovers,LinHai,4,2,1" in exported


def test_a_colleague_sees_their_own_groups_and_only_their_own_customers_by_name(signed_in):
    lin = signed_in("lin", Role.ACCOUNT_MANAGER)
    assert "Tea lovers" in lin.get("/customer-groups/").content.decode()
    page = lin.get(f"/customer-groups/{number('Tea lovers')}/").content.decode()
    assert "Customers of other colleagues" in page
    assert "/customers/C1/" not in page
    old = next(one.group_id for one in queries.groups() if one.name == "Old")
    assert lin.get(f"/customer-groups/{old}/").status_code == 403
    assert lin.post("/customer-groups/read/").status_code == 403


def test_reading_says_what_it_found_and_an_outage_in_words(signed_in, wecom):  # noqa: F811
    ada = signed_in("ada", Role.ADMINISTRATOR)
    assert "Groups: 3" in ada.post("/customer-groups/read/", follow=True).content.decode()
    account = next(one for one in accounts.queries.accounts() if one.channel == "wecom")
    accounts.rest(account_id=account.account_id, actor="ada", now=NOW)
    said = ada.post("/customer-groups/read/")
    assert said.status_code == 400
    assert "no account for WeCom" in said.content.decode()


def test_groups_fill_pages_and_the_file_and_the_sentence_have_them_all(signed_in, monkeypatch):
    monkeypatch.setattr(queries, "LISTED", 2)
    ada = signed_in("ada", Role.ADMINISTRATOR)
    first, second = (ada.get(f"/customer-groups/?page={n}").content.decode() for n in (1, 2))
    assert "Of 7 people in our WeCom groups, 3 are customers whom we know." in first
    assert ("Tea lovers" in first, "Cups" in first, ">Old<" in first) == (True, True, False)
    assert ("Tea lovers" in second, ">Old<" in second) == (False, True)
    assert "Page 2 of 2" in second
    exported = b"".join(ada.get("/customer-groups/export.csv").streaming_content).decode()
    assert len(exported.splitlines()) == 4
    refused = ada.post("/customer-groups/post/?page=2", {"group": [number_of("Old")], "confirm": "5"})
    assert "checked" in refused.content.decode()


def number_of(name):
    return next(one.group_id for one in queries.every() if one.name == name)
