"""A page of a shop on another origin includes the snippet: shown, pressed, closed for good."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.browser.test_accessible import violations
from tests.browser.test_journey import account, worst

__all__ = ["account", "worst"]

pytestmark = [pytest.mark.browser, pytest.mark.slow]
SECRET = "a secret of the shop that nobody else knows"


class Shop:
    """A shop of its own: its pages are under a strict content security policy."""

    def __init__(self, keepwell):
        shop = self
        self.keepwell, self.attributes, self.hits = keepwell, "", []

        class Pages(BaseHTTPRequestHandler):
            def do_GET(self):
                shop.hits.append(self.path)
                body = shop.page().encode()
                self.send_response(200)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                policy = f"default-src 'none'; script-src {keepwell}; connect-src {keepwell}; base-uri 'none'"
                self.send_header("Content-Security-Policy", policy)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_given):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Pages)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def page(self):
        return (
            '<!DOCTYPE html><html lang="en"><head><title>Shop</title></head><body><main><h1>Tea</h1>'
            '<p><a href="#buy">Buy</a></p></main>'
            f'<script src="{self.keepwell}/site/keepwell.js" {self.attributes} defer></script></body></html>'
        )


@pytest.fixture
def tea_shop(live_shop, account, worst):
    from keepwell.foundation import clock
    from keepwell.outreach.sending.services.accounts import set_account

    shop = Shop(live_shop.url)
    values = {"origins": shop.url, "secret": SECRET, "visits": "3"}
    shop.site = set_account(provider="web.site", values=values, actor="ada", now=clock.now())
    yield shop
    shop.server.shutdown()
    shop.server.server_close()


def put_into_use(code, kind, **fields):
    from keepwell.foundation import clock
    from keepwell.outreach.content import queries, services

    who = {"actor": "ada", "now": clock.now()}
    services.create_template(
        code=code, name=code, kind=kind, purpose="marketing", content_type="offer", language="en", **who
    )
    text = queries.draft(code).texts[0]
    block = {"type": "notice", "title": "New tea", "text": "Two lines\nof it", **fields}
    services.save_text(code=code, text_id=text.text_id, revision=text.revision, document=[block], **who)
    services.approve(code=code, revision=queries.draft(code).revision, **who)
    services.publish(code=code, revision=queries.draft(code).revision, **who)


def let_wait(code, customer_id):
    from keepwell.customers.privacy import services as privacy
    from keepwell.foundation import clock
    from keepwell.outreach.policy.services import set_holdout
    from keepwell.outreach.sending.contracts import Draft
    from keepwell.outreach.sending.recipes import words
    from keepwell.outreach.sending.services import queueing

    now = clock.now()
    set_holdout(share=0, reason="test", actor="ada", now=now)
    said = {"channel": "web", "purpose": "marketing", "given": True, "wording": "marketing/1"}
    privacy.set_consent(customer_id=customer_id, source="till", actor="ada", **said)
    recipe = words(code, [customer_id], now=now)[customer_id].recipe
    draft = Draft(code, customer_id, "web", "marketing", language="en", content=code, recipe=recipe)
    queueing.queue(drafts=[draft], actor="ada", now=now)
    return queueing.message_id(code)


def sign_in_at(shop, customer_id):
    from keepwell.foundation import clock
    from keepwell.outreach.channels.onsite.signing import sign

    issued = int(clock.now().timestamp())
    shop.attributes = (
        f'data-site="{shop.site.token}" data-customer="{customer_id}" data-issued="{issued}" '
        f'data-signature="{sign(SECRET, customer_id, issued)}"'
    )


@pytest.fixture
def guest(chromium):
    """A visitor of the shop, whose console is read at the end."""
    pages, faults = [], []

    def open_page(width=1280, **more):
        context = chromium.new_context(
            viewport={"width": width, "height": 800}, reduced_motion="reduce", **more
        )
        page = context.new_page()
        page.set_default_timeout(10_000)
        page.on("console", lambda one: faults.append(one.text) if one.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: faults.append(str(error)))
        pages.append(context)
        return page

    yield open_page
    for context in pages:
        context.close()
    assert faults == []


def test_a_banner_is_seen_pressed_and_gone(tea_shop, worst, guest, picture):
    from keepwell.outreach.sending import queries

    put_into_use("spring", "banner", label="See it", url="https://www.keepwell-tea.com/new")
    name = let_wait("spring", worst.customer_id)
    sign_in_at(tea_shop, worst.customer_id)
    page = guest()
    with page.expect_response("**/site/event") as told:
        page.goto(tea_shop.url)
    assert told.value.status == 200
    banner = page.get_by_role("region", name="New tea")
    assert banner.is_visible()
    assert page.evaluate("document.activeElement === document.body")  # it takes nobody's place
    picture(page, "onsite-banner")
    assert violations(page) == []
    assert queries.message(name).standing == "opened"
    page.route(
        "https://www.keepwell-tea.com/**", lambda route: route.fulfill(body="shop", content_type="text/plain")
    )
    page.get_by_role("link", name="See it").click()
    page.wait_for_url("https://www.keepwell-tea.com/new")
    # What tells of the click outlives the page that it was on; the new page does not see it arrive.
    for _try in range(100):
        if queries.message(name).standing == "clicked":
            break
        page.wait_for_timeout(50)
    assert queries.message(name).standing == "clicked"
    with page.expect_response("**/site/ask"):
        page.goto(tea_shop.url)
    page.wait_for_load_state("networkidle")
    assert page.get_by_role("region", name="New tea").count() == 0
    assert page.context.cookies() == []


@pytest.mark.parametrize("width", [390, 1280])
def test_a_popup_holds_the_focus_and_escape_closes_it_for_good(tea_shop, worst, guest, picture, width):
    from keepwell.outreach.channels.onsite.models import Showing

    put_into_use("gift", "popup", label="See it", url="https://www.keepwell-tea.com/new")
    let_wait("gift", worst.customer_id)
    sign_in_at(tea_shop, worst.customer_id)
    page = guest(width)
    page.goto(tea_shop.url)
    dialog = page.get_by_role("dialog", name="New tea")
    dialog.wait_for()
    assert violations(page) == []
    picture(page, f"onsite-popup-{width}")
    for _press in range(4):
        page.keyboard.press("Tab")
        assert page.evaluate("['KEEPWELL-NOTICE', 'BODY'].includes(document.activeElement.tagName)")
    with page.expect_response("**/site/event"):
        page.keyboard.press("Escape")
    assert dialog.count() == 0
    assert Showing.objects.get().closed_at is not None
    with page.expect_response("**/site/ask"):
        page.reload()
    page.wait_for_load_state("networkidle")
    assert dialog.count() == 0


def test_somebody_unknown_closes_what_is_for_everybody(tea_shop, guest):
    from datetime import timedelta

    from keepwell.foundation import clock
    from keepwell.outreach.channels.onsite import queries, services

    put_into_use("hello", "banner")
    now = clock.now()
    period = {"starts_at": now - timedelta(days=1), "ends_at": now + timedelta(days=1), "priority": 30}
    services.add_notice(channel="web", template_code="hello", actor="ada", now=now, **period)
    tea_shop.attributes = f'data-site="{tea_shop.site.token}"'
    page = guest()
    with page.expect_response("**/site/event"):
        page.goto(tea_shop.url)
    with page.expect_response("**/site/event"):
        page.get_by_role("button", name="Close").click()
    (row,) = queries.notices("web")
    assert (row.views, row.closings) == (1, 1)
    with page.expect_response("**/site/ask"):
        page.reload()
    page.wait_for_load_state("networkidle")
    assert page.get_by_role("region").count() == 0


def test_our_page_and_the_sample(tea_shop, visit, account, picture):
    from tests.browser.test_journey import fits, sign_in

    put_into_use("spring", "banner", label="See it", url="https://www.keepwell-tea.com/new")
    for width in ("desk", "phone"):
        page = visit(width)
        sign_in(page)
        page.goto("/on-site/")
        assert fits(page)
        assert violations(page) == []
        picture(page, f"onsite-page-{width}")
        page.get_by_role("link", name="See it on a sample page").click()
        page.get_by_role("region", name="New tea").wait_for()
        picture(page, f"onsite-sample-{width}")
