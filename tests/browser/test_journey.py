"""The way through the pages as people go it: first run to plan, three languages, two widths, two themes."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import TimeoutError

from tests.web.conftest import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.slow]

LANGUAGES = {"en": ("en-GB", "At risk"), "zh-hans": ("zh-CN", "流失预警"), "zh-hant": ("zh-TW", "流失預警")}
LOOKS = [("desk", "light"), ("desk", "dark"), ("phone", "light"), ("phone", "dark")]
NAME = "亚历山德拉·蒙哥马利 Alexandra Montgomery-Featherstonehaugh-Wolfeschlegelstein"


def begin(page) -> None:
    """The first account."""
    page.goto("/")
    assert page.url.endswith("/welcome/")
    page.fill("[name=username]", "ada")
    page.fill("[name=password]", PASSWORD)
    page.fill("[name=again]", PASSWORD)
    page.click(".kw-primary")
    page.wait_for_url(re.compile(r"/$"))


def sign_in(page) -> None:
    """An account that is there."""
    page.goto("/sign-in/")
    page.fill("[name=username]", "ada")
    page.fill("[name=password]", PASSWORD)
    page.click(".kw-primary")
    page.wait_for_url(re.compile(r"/$"))


def settle(page) -> None:
    """Until everything is loaded and drawn."""
    page.wait_for_load_state("networkidle")
    drawn(page)


def drawn(page) -> None:
    """Until every chart is there."""
    page.wait_for_function("[...document.querySelectorAll('.kw-plot')].every(p => p.querySelector('svg'))")


def settled(page) -> None:
    """Until what was asked is there and listens; what htmx has just put in does so a moment later."""
    page.wait_for_function("!document.querySelector('.htmx-request, .htmx-settling, .htmx-swapping')")
    page.wait_for_load_state("networkidle")


def fits(page) -> bool:
    """Whether nothing has to be scrolled sideways, once charts have followed the size of the window."""
    try:
        page.wait_for_function(
            "document.documentElement.scrollWidth <= document.documentElement.clientWidth", timeout=3_000
        )
    except TimeoutError:
        return False
    return True


@pytest.fixture
def account(live_shop):
    from keepwell.accounts.services import create_first_administrator

    return create_first_administrator(username="ada", password=PASSWORD)


@pytest.fixture
def worst(live_shop):
    from keepwell.insight import queries
    from keepwell.insight.contracts import ScoreFilter

    return queries.scores(ScoreFilter(statuses=("at_risk",)), page_size=1).rows[0]


@pytest.mark.parametrize("language", LANGUAGES)
def test_from_the_first_run_to_a_saved_plan(visit, language, worst):
    locale, at_risk = LANGUAGES[language]
    page = visit(language=locale)
    begin(page)
    settle(page)
    assert page.locator("html").get_attribute("lang") == language
    page.click(f"#nav-sidebar >> text={at_risk}")
    page.wait_for_url("**/at-risk/")
    page.click("#kw-facet-tier summary")
    with page.expect_response(lambda response: "tier=" in response.url):
        page.check(f"#kw-tier-{worst.tier}")
    page.wait_for_selector("#kw-facet-tier[open]")  # stays open for the next tick
    page.wait_for_url(lambda address: f"tier={worst.tier}" in address)
    first = page.locator("tr[data-href]").first
    assert first.get_attribute("data-customer") == worst.customer_id
    page.keyboard.press("Escape")
    page.locator("body").click(position={"x": 700, "y": 5})
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/customers/{worst.customer_id}/")
    page.locator(".kw-pictures").scroll_into_view_if_needed()  # drawn when they are looked at
    page.wait_for_function("document.querySelectorAll('.kw-plot svg').length === 3")
    settle(page)
    page.go_back()
    page.wait_for_selector(f"tr.kw-opened[data-customer='{worst.customer_id}']")
    assert f"tier={worst.tier}" in page.url  # the list kept its place
    page.goto("/plan/")
    settle(page)
    page.fill("#kw-budget", "250")
    with page.expect_response(lambda response: "budget=250" in response.url):
        page.press("#kw-budget", "Tab")
    settle(page)
    assert page.input_value("#kw-budget") == "250"
    page.click("button[name=save]")
    page.wait_for_url("**/plan/saved/*/")
    settle(page)
    with page.expect_download() as download:
        page.click("a[href$='export.csv']")
    assert download.value.suggested_filename.startswith("keepwell-plan-")


@pytest.mark.parametrize(("width", "theme"), LOOKS)
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_every_page_fits_with_ugly_data(visit, picture, account, worst, live_shop, width, theme, language):
    from keepwell.customers.contracts import CustomerRow
    from keepwell.customers.services import ensure, upsert_many
    from keepwell.foundation import clock

    upsert_many(
        rows=[CustomerRow(customer_id=worst.customer_id, name=NAME, email="a.very.long.address@example.com")],
        source="test",
        at=clock.now(),
        actor="test",
    )
    ensure(customer_ids=["K0" + "9" * 58], source="test", at=clock.now())
    page = visit(width, theme, LANGUAGES[language][0])
    sign_in(page)
    pages = {
        "cockpit": "/",
        "at-risk": "/at-risk/",
        "customers": "/customers/?order=expected_loss",
        "customer": f"/customers/{worst.customer_id}/",
        "unrated": f"/customers/K0{'9' * 58}/",
        "plan": "/plan/",
        "thresholds": "/settings/thresholds/",
        "treatments": "/settings/treatments/",
        "data": "/settings/data/",
        "cycles": "/settings/cycles/",
        "definitions": "/settings/definitions/",
    }
    for name, address in pages.items():
        page.goto(address)
        settle(page)
        picture(page, f"{name}-{width}-{theme}-{language}")
        assert fits(page), name
        assert page.evaluate("document.documentElement.classList.contains('dark')") == (theme == "dark")


def test_definitions_charts_and_tables_answer(visit, account, worst):
    page = visit()
    sign_in(page)
    settle(page)
    page.locator(".kw-def").first.focus()
    bubble = page.locator("#kw-bubble")
    assert bubble.is_visible()
    assert len(bubble.inner_text()) > 40
    page.keyboard.press("Escape")
    assert not bubble.is_visible()
    chart = page.locator("#chart-months")
    chart.locator("summary").click()
    assert chart.locator("tbody tr").count() > 6
    with page.expect_download() as download:
        chart.locator("[data-csv]").click()
    assert download.value.suggested_filename == "chart-months.csv"
    page.click("[data-panel=p30]")
    assert page.locator("[data-panel-name=p30]").is_visible()
    assert not page.locator("[data-panel-name=p365]").is_visible()


def test_the_theme_can_be_switched_and_charts_follow(visit, account, worst):
    page = visit()
    sign_in(page)
    settle(page)
    ink = "getComputedStyle(document.querySelector('.kw')).getPropertyValue('--kw-ink')"
    before = page.evaluate(ink)
    page.keyboard.press("Control+e")  # from that of the system to light
    page.keyboard.press("Control+e")
    page.wait_for_function("document.documentElement.classList.contains('dark')")
    assert page.evaluate(ink) != before
    settle(page)
    colours = page.evaluate(
        "[...document.querySelectorAll('#chart-months svg path')].map(p => p.getAttribute('stroke'))"
    )
    assert page.evaluate(ink).strip() in colours
    page.reload()
    settle(page)
    assert page.evaluate("document.documentElement.classList.contains('dark')")
    page.keyboard.press("Control+e")
    page.wait_for_function("!document.documentElement.classList.contains('dark')")


def test_a_preview_follows_what_is_typed(visit, account, worst):
    page = visit()
    sign_in(page)
    page.goto("/settings/thresholds/")
    settle(page)
    before = page.inner_text("#kw-preview")
    with page.expect_response(lambda response: "high_risk=1&" in response.url):
        page.fill("[name=medium_risk]", "1")
        page.fill("[name=high_risk]", "1")
    page.wait_for_function("text => document.querySelector('#kw-preview').innerText !== text", arg=before)


def test_the_palette_opens_and_finds_the_customer(visit, account, worst):
    page = visit()
    sign_in(page)
    settle(page)
    page.click(".kw-search-button")
    page.type("#kw-palette-input", worst.customer_id)
    page.wait_for_selector(f"#kw-palette-list a[href='/customers/{worst.customer_id}/']")


def test_enter_in_the_palette_waits_for_the_answer_to_what_was_typed(visit, account, worst):
    page = visit()
    sign_in(page)
    page.goto("/today/")
    page.keyboard.press("Control+k")
    page.wait_for_selector("#kw-palette-list a")  # pages; the first is chosen
    page.fill("#kw-palette-input", worst.customer_id)
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/customers/{worst.customer_id}/")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_language_is_switched_on_any_page(visit, account, worst, language):
    page = visit()
    sign_in(page)
    page.goto("/customers/")
    page.click(f".kw-languages button[value={language}]")
    page.wait_for_load_state("networkidle")
    assert page.url.endswith("/customers/")
    assert page.locator("html").get_attribute("lang") == language
