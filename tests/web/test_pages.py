"""Every page on a real shop: languages, no request elsewhere, bounded queries, safe with ugly data."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from django.conf import settings
from django.utils import translation

from keepwell.customers.contracts import CustomerRow
from keepwell.customers.services import upsert_many
from keepwell.foundation.audit.models import AuditEntry
from keepwell.insight import queries as insight

PAGES = (
    "/",
    "/at-risk/",
    "/customers/",
    "/plan/",
    "/settings/thresholds/",
    "/settings/treatments/",
    "/settings/data/",
    "/settings/cycles/",
    "/settings/definitions/",
    "/settings/people/",
    "/settings/roles/",
    "/settings/standards/",
    "/settings/alerts/",
    "/settings/culture/",
    "/settings/tags/",
    "/settings/privacy/",
    "/settings/audit/",
    "/settings/integrations/",
    "/settings/data/import/",
    "/account/",
    "/today/",
    "/today/team/",
    "/today/week/",
    "/segments/",
    "/segments/new/",
    "/owners/",
    "/promises/",
    "/approvals/",
    "/duplicates/",
    "/notifications/",
    "/notifications/settings/",
    "/reports/warnings/",
)
LANGUAGES = [code for code, _name in settings.LANGUAGES]


class Addresses(HTMLParser):
    """Collects every address that a page loads from or leads to, and what must not be inline."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.handlers: list[str] = []
        self.inline_scripts = 0

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        self.found += [
            given[name] for name in ("src", "href", "action", "hx-get", "hx-post") if given.get(name)
        ]
        self.handlers += [name for name in given if re.fullmatch(r"on[a-z]+", name)]
        if tag == "script" and "src" not in given and given.get("type") != "application/json":
            self.inline_scripts += 1


def read(text: str) -> Addresses:
    parser = Addresses()
    parser.feed(text)
    return parser


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("page", PAGES)
def test_every_page_speaks_the_language_and_asks_nobody_else(ada, administrator, shop, page, language):
    administrator.language = language
    administrator.save()
    response = ada.get(page)
    text = response.content.decode()
    assert response.status_code == 200
    assert f'<html lang="{language}"' in text
    parsed = read(text)
    assert not [address for address in parsed.found if re.match(r"(https?:)?//", address)]
    assert parsed.handlers == []
    assert parsed.inline_scripts == 0
    assert 'name="language" value="zh-hant"' in text  # the switch is there


@pytest.mark.parametrize("page", ["/", "/at-risk/", "/plan/"])
def test_headers_allow_only_what_the_shell_needs(ada, shop, page):
    response = ada.get(page)
    policy = dict(part.split(" ", 1) for part in response["Content-Security-Policy"].split("; "))
    assert policy["default-src"] == "'self'"
    assert policy["script-src"] == "'self' 'unsafe-eval'"
    assert "unsafe-inline" not in policy["style-src"]
    assert policy["frame-ancestors"] == policy["object-src"] == "'none'"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["X-Frame-Options"] == "DENY"
    assert response["Referrer-Policy"] == "same-origin"
    assert response["Cross-Origin-Opener-Policy"] == "same-origin"
    assert response["Cache-Control"] == "private, no-store"


@pytest.mark.parametrize(
    ("page", "most"),
    [("/", 30), ("/at-risk/", 20), ("/customers/", 20), ("/today/", 40), ("/settings/cycles/", 12)],
)
def test_a_page_asks_no_query_per_row(ada, shop, page, most, django_assert_max_num_queries):
    ada.get(page)
    with django_assert_max_num_queries(most):
        ada.get(page)


def test_the_cockpit_says_what_the_summary_says(ada, shop):
    summary = insight.summary()
    text = ada.get("/").content.decode()
    assert f"{summary.at_risk.customers:,} customers are at risk" in text
    for chart in ("chart-months", "chart-tiers", "chart-risk", "chart-reasons", "chart-life-cycle"):
        assert f'id="{chart}-option"' in text
    for row in insight.scores(order_by="-expected_loss", page_size=1, filter=at_risk()).rows:
        assert f'data-customer="{row.customer_id}"' in text


def at_risk():
    from keepwell.insight.contracts import ScoreFilter

    return ScoreFilter(statuses=("at_risk",))


def test_before_any_data_the_cockpit_says_how_to_begin(ada, home):
    text = ada.get("/").content.decode()
    assert "keepwell import orders.csv" in text
    assert f"keepwell demo --home {home.root}" in text
    for page in ("/at-risk/", "/customers/", "/plan/"):
        assert "No cycle yet" in ada.get(page).content.decode()
    for page in PAGES[4:]:
        assert ada.get(page).status_code == 200


def test_a_running_and_a_failed_cycle_are_shown(ada, shop):
    from keepwell.insight.models import Cycle

    newest = Cycle.objects.order_by("-id").first()
    newest.pk, newest.cycle_id, newest.status = newest.pk + 1, "running-one", "running"
    newest.steps = [{**step, "status": "done"} for step in newest.steps[:3]] + [
        {**step, "status": "running" if n == 0 else "waiting"} for n, step in enumerate(newest.steps[3:])
    ]
    newest.save(force_insert=True)
    text = ada.get("/").content.decode()
    assert "A cycle is running." in text
    assert f"3 of {len(newest.steps)} steps done" in text
    part = ada.get("/", HTTP_HX_REQUEST="true").content.decode()
    assert "<html" not in part
    assert 'hx-trigger="every 2s"' in part
    Cycle.objects.filter(pk=newest.pk).update(status="failed", error="DiskFull: no space left")
    assert "The cycle is done." not in ada.get("/").content.decode()
    text = ada.get("/").content.decode()
    assert "The last cycle failed." in text
    assert "DiskFull: no space left" in ada.get("/settings/cycles/running-one/").content.decode()


def test_ugly_names_are_shown_as_they_are(ada, shop, worst):
    name = "<script>alert(1)</script> " + "Wolfeschlegelsteinhausenbergerdorff" * 2
    upsert_many(
        rows=[CustomerRow(customer_id=worst.customer_id, name=name)],
        source="test",
        at=shop.as_of,
        actor="test",
    )
    for page in ("/", "/at-risk/", f"/customers/{worst.customer_id}/"):
        text = ada.get(page).content.decode()
        assert "<script>alert(1)" not in text
        assert "&lt;script&gt;alert(1)" in text


def test_a_customer_page_shows_the_person_and_is_recorded(ada, shop, worst):
    response = ada.get(f"/customers/{worst.customer_id}/")
    text = response.content.decode()
    assert response.status_code == 200
    assert worst.customer_id in text
    pictures = ada.get(f"/customer-file/pictures/{worst.customer_id}/").content.decode()
    assert f'hx-get="/customer-file/pictures/{worst.customer_id}/"' in text
    for chart in ("chart-risk-history", "chart-value-history", "chart-rhythm"):
        assert f'id="{chart}-option"' in pictures
    entry = AuditEntry.objects.get(action="customer.view")
    assert (entry.actor, entry.object_type, entry.object_id) == ("ada", "customer", worst.customer_id)


def test_contact_data_are_masked_on_the_page(ada, shop, worst):
    upsert_many(
        rows=[
            CustomerRow(customer_id=worst.customer_id, email="mei.lin@example.com", phone="+8613812345678")
        ],
        source="test",
        at=shop.as_of,
        actor="test",
    )
    text = ada.get(f"/customers/{worst.customer_id}/").content.decode()
    assert "mei.lin@example.com" not in text
    assert "13812345678" not in text


def test_the_timeline_goes_on_by_parts(ada, shop, worst):
    whole = ada.get(f"/customers/{worst.customer_id}/")
    part = ada.get(f"/customers/{worst.customer_id}/?kind=orders", HTTP_HX_REQUEST="true")
    events = part.context["events"]
    assert "<html" not in part.content.decode()
    assert events
    assert {event.kind for event in events} == {"orders"}
    following = whole.context["following"]
    if following:
        later = ada.get(f"/customers/{worst.customer_id}/", {"before": following}, HTTP_HX_REQUEST="true")
        assert all(event.at <= whole.context["events"][-1].at for event in later.context["events"])
    assert AuditEntry.objects.filter(action="customer.view").count() == 1


@pytest.mark.parametrize("before", ["nonsense", "2026-13-45", "2026-01-01T00:00:00"])
def test_a_timeline_from_nonsense_begins_at_the_top(ada, shop, worst, before):
    response = ada.get(f"/customers/{worst.customer_id}/", {"before": before, "kind": "nonsense"})
    assert response.status_code == 200


@pytest.mark.parametrize(
    "address", ["/customers/NOBODY/", "/settings/cycles/none/", "/plan/saved/4711/", "/no/such/page/"]
)
def test_what_is_not_there_is_said_inside_the_shell(ada, shop, address):
    response = ada.get(address)
    assert response.status_code == 404
    assert "This page does not exist" in response.content.decode()
    assert 'id="nav-sidebar"' in response.content.decode()
    assert not AuditEntry.objects.filter(action="customer.view").exists()


def test_a_customer_whom_no_cycle_rated_has_a_page(ada, shop):
    from keepwell.customers.services import ensure

    ensure(customer_ids=["X/9 测试"], source="test", at=shop.as_of)
    response = ada.get("/customers/X%2F9%20%E6%B5%8B%E8%AF%95/")
    assert response.status_code == 200
    assert "No cycle has rated this customer yet" in response.content.decode()


def test_an_error_of_ours_is_said_plainly(ada, shop, monkeypatch):
    def broken():
        raise RuntimeError("boom")

    monkeypatch.setattr(insight, "summary", broken)
    ada.raise_request_exception = False
    response = ada.get("/")
    assert response.status_code == 500
    assert "Something broke here" in response.content.decode()
    assert "boom" not in response.content.decode()


def test_the_palette_finds_customers_and_pages(ada, shop, worst):
    found = ada.get("/find/", {"s": worst.customer_id[:6]}).content.decode()
    assert f"/customers/{worst.customer_id[:6]}" in found
    assert "/plan/" in ada.get("/find/", {"s": "plan"}).content.decode()
    assert worst.customer_id not in ada.get("/admin/search/", {"s": worst.customer_id}).content.decode()


def test_definitions_are_translated_when_shown(ada, administrator, shop):
    with translation.override("en"):
        english = ada.get("/settings/definitions/").content.decode()
    assert "Recency (R)" in english
