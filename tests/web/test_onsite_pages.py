"""The website over HTTP: who may ask, what is answered, and our own page about it."""

from __future__ import annotations

import orjson
import pytest
from django.test import Client
from django.urls import reverse

from keepwell.foundation import clock
from keepwell.foundation.limits import Policy
from keepwell.outreach.channels.onsite import signing
from keepwell.outreach.channels.onsite.models import SiteNotice
from keepwell.web.views import onsite
from tests.outreach.channels.onsite.conftest import ORIGIN, SECRET, app, shop, site, wait, written  # noqa: F401

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def ada(home, db):
    from keepwell.accounts.contracts import Role
    from keepwell.accounts.models import User

    return User.objects.create_user("ada", password="correct horse", roles=[Role.ADMINISTRATOR])


@pytest.fixture
def desk(client, ada):
    client.force_login(ada)
    return client


def post(name, body, *, origin=ORIGIN, kind="text/plain"):
    headers = {"origin": origin} if origin else {}
    return Client(enforce_csrf_checks=True).post(
        reverse(name), orjson.dumps(body), content_type=kind, headers=headers
    )


def signed(site, customer="C1", **more):  # noqa: F811
    issued = int(clock.now().timestamp())
    proof = signing.sign(SECRET, customer, issued)
    return {"key": site.token, "customer": customer, "issued": issued, "signature": proof, **more}


def test_a_page_asks_shows_and_tells(site, written, wait):  # noqa: F811
    written(title="New tea", label="See", url="https://www.keepwell-tea.com/new")
    wait("C1", now=clock.now())
    answer = post("site_ask", signed(site))
    assert answer["Access-Control-Allow-Origin"] == ORIGIN
    assert answer["Cache-Control"] == "private, no-store"
    assert "Origin" in answer["Vary"]
    assert not answer.cookies
    notice = answer.json()["notice"]
    assert {name: notice[name] for name in ("form", "title", "label", "close", "language")} == {
        "form": "banner", "title": "New tea", "label": "See", "close": "Close", "language": "en",
    }  # fmt: skip
    assert "C1" not in answer.content.decode()
    told = {"key": site.token, "token": notice["token"], "event": "close"}
    assert post("site_event", told).status_code == 200
    assert post("site_ask", signed(site)).json() == {"notice": None}


@pytest.mark.parametrize("name", ["site_ask", "site_event"])
def test_others_are_told_nothing(site, name):  # noqa: F811
    body = {**signed(site), "event": "view", "token": "x"}
    elsewhere = post(name, body, origin="https://elsewhere.example")
    assert elsewhere.status_code == 403
    assert "Access-Control-Allow-Origin" not in elsewhere
    assert post(name, {**body, "key": "nobody"}).status_code == 404
    assert post(name, {**body, "signature": "0", "token": "m-0-1-0"}).status_code == 403
    assert post(name, ["x"]).status_code == 400
    assert Client().post(reverse(name), b"{", content_type="text/plain").status_code == 400
    assert post(name, {**body, "padding": "x" * 5_000}).status_code == 400
    assert Client().get(reverse(name)).status_code == 405


@pytest.mark.parametrize(
    "odd",
    [{"key": 1}, {"customer": ["C1"]}, {"issued": "x"}, {"issued": True}, {"closed": "x"}, {"language": 3}],
)
def test_odd_values_break_nothing(site, odd):  # noqa: F811
    assert post("site_ask", {**signed(site), **odd}).status_code in (200, 403, 404)


def test_a_browser_that_asks_beforehand_is_told_for_known_pages_only(site):  # noqa: F811
    for origin, allowed in ((ORIGIN, ORIGIN), ("https://elsewhere.example", None)):
        answer = Client().options(reverse("site_ask"), headers={"origin": origin})
        assert answer.status_code == 204
        assert answer.get("Access-Control-Allow-Origin") == allowed


def test_nobody_asks_without_end(site, monkeypatch):  # noqa: F811
    monkeypatch.setattr(onsite, "PER_CALLER", Policy("site", 2, 60))
    answers = [post("site_ask", {"key": site.token}) for _n in range(3)]
    assert [one.status_code for one in answers] == [200, 200, 429]
    assert int(answers[-1]["Retry-After"]) > 0


def test_made_up_keys_have_no_quota_of_their_own(site, monkeypatch):  # noqa: F811
    monkeypatch.setattr(onsite, "PER_CALLER", Policy("site", 2, 60))
    answers = [post("site_ask", {"key": f"made-up-{number}"}) for number in range(3)]
    assert [one.status_code for one in answers] == [404, 404, 429]


def test_nobody_uses_up_what_a_customer_may_ask(site, monkeypatch):  # noqa: F811
    monkeypatch.setattr(onsite, "PER_CUSTOMER", Policy("site-customer", 2, 60))
    forged = [post("site_ask", {**signed(site), "signature": "0"}) for _n in range(3)]
    assert [one.status_code for one in forged] == [403, 403, 403]
    own = [post("site_ask", signed(site)) for _n in range(3)]
    assert [one.status_code for one in own] == [200, 200, 429]
    assert int(own[-1]["Retry-After"]) > 0


@pytest.mark.parametrize("name", ["site_ask", "site_event"])
def test_what_no_database_takes_breaks_nothing(site, name):  # noqa: F811
    body = {**signed(site), "event": "view", "token": "x\0"}
    assert post(name, {**body, "key": "a\0b"}).status_code == 404
    assert post(name, {**body, "customer": "C\x001", "signature": "\0"}).status_code == 403
    odd = Client().post(reverse(name), b"{}", content_type="text/plain", CONTENT_LENGTH="abc")
    assert odd.status_code == 400


def test_the_script_is_for_all_and_kept(client):
    answer = client.get(reverse("site_script"))
    assert answer["Content-Type"].startswith("text/javascript")
    assert answer["Access-Control-Allow-Origin"] == "*"
    assert "max-age=3600" in answer["Cache-Control"]
    again = client.get(reverse("site_script"), headers={"if-none-match": answer["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_our_page_leads_from_nothing_to_a_banner_for_everybody(desk, shop, written):  # noqa: F811
    assert b"No website is set up yet" in desk.get(reverse("onsite")).content
    bad = desk.post(
        reverse("channel_new", args=["web.site"]), {"origins": "shop", "secret": "short", "visits": "0"}
    )
    assert bad.status_code == 422
    assert bad.content.count(b"kw-error") == 3
    values = {"origins": ORIGIN, "secret": SECRET, "visits": "3"}
    assert desk.post(reverse("channel_new", args=["web.site"]), values).status_code == 302
    written("hello")
    page = desk.get(reverse("onsite")).content.decode()
    assert "data-signature" in page
    assert SECRET not in page
    account_id = onsite.sending.in_use("web").account_id
    today = clock.now().date().isoformat()
    typed = {"template": "hello", "starts_on": today, "ends_on": today, "priority": "30"}
    assert desk.post(reverse("onsite_add", args=[account_id]), {**typed, "ends_on": "x"}).status_code == 422
    assert desk.post(reverse("onsite_add", args=[account_id]), typed).status_code == 302
    notice = SiteNotice.objects.get()
    for action, stopped in (("stop", True), ("resume", False)):
        desk.post(reverse("onsite_act", args=[notice.pk, action]))
        notice.refresh_from_db()
        assert (notice.stopped_at is not None) is stopped
    assert desk.get(reverse("onsite_sample", args=[account_id])).status_code == 200
    shown = desk.get(reverse("onsite_sample_notice", args=[account_id]), {"template": "hello"}).json()
    assert shown["notice"]["title"] == "New tea"
    assert b"/on-site/" in desk.get(reverse("channel_account", args=[account_id])).content
