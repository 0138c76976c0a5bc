"""A customer follows the link of a message on a telephone: unsubscribes, comes back, chooses."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.browser.test_accessible import violations
from tests.browser.test_journey import account, fits, worst

__all__ = ["account", "worst"]

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def address(worst, account, live_shop, settings):
    """Where the customer of a message that went an hour ago may unsubscribe."""
    from keepwell.customers.contracts import CustomerRow
    from keepwell.customers.privacy import services as privacy
    from keepwell.customers.services import upsert_many
    from keepwell.foundation import clock
    from keepwell.outreach.content.services import set_brand
    from keepwell.outreach.sending.contracts import Draft
    from keepwell.outreach.sending.marks import addresses
    from keepwell.outreach.sending.models import Message
    from keepwell.outreach.sending.services import queueing

    settings.KEEPWELL_URL = live_shop.url
    sent_at = clock.now() - timedelta(hours=1)
    brand = {"company_name": "Tea & Co", "legal_address": "1 West Lake Road", "accent": "#fde047"}
    set_brand(values=brand, based_on=0, actor="ada", now=sent_at)
    row = CustomerRow(worst.customer_id, email="mei@chen.example", phone="+8613812345678", language="en")
    upsert_many(rows=[row], source="test", at=sent_at, actor="ada")
    said = {"channel": "email", "purpose": "marketing", "given": True, "wording": "marketing/1"}
    privacy.set_consent(customer_id=worst.customer_id, source="till", actor="ada", **said)
    draft = Draft("spring", worst.customer_id, "email", "marketing", "Hi", "Hi")
    queueing.queue(drafts=[draft], actor="ada", now=sent_at)
    Message.objects.update(status="sent", finished_at=sent_at)
    return addresses.unsubscribe_url(queueing.message_id("spring"))


def agreed(worst):
    from keepwell.customers.privacy import queries

    return {(one.channel, one.purpose) for one in queries.consents(worst.customer_id) if one.given}


def test_unsubscribing_coming_back_and_choosing(visit, address, worst, picture):
    page = visit("phone")
    page.goto(address)
    assert page.get_by_role("heading").inner_text() == "No more offers and news by e-mail?"
    picture(page, "public-ask")
    page.get_by_role("button", name="Yes, unsubscribe me").click()
    assert page.get_by_role("status").inner_text() == "You are unsubscribed"
    assert agreed(worst) == set()
    page.get_by_text("I did not mean it").click()
    page.get_by_role("button", name="I agree, keep sending").click()
    assert page.get_by_role("status").inner_text() == "Good to have you back"
    assert agreed(worst) == {("email", "marketing")}
    page.get_by_role("link", name="Choose what may come").click()
    texts = page.get_by_role("group", name="Text message")
    texts.get_by_label("Offers and news").check()
    page.get_by_label("My language").select_option("zh-hant")
    page.get_by_role("button", name="Save").click()
    page.wait_for_url("**/preferences?saved=1")
    assert page.locator("html").get_attribute("lang") == "zh-hant"
    assert agreed(worst) == {("email", "marketing"), ("sms", "marketing")}
    picture(page, "public-preferences")
    page.locator("button[name=nothing]").click()
    page.wait_for_url("**/preferences?saved=1")
    assert agreed(worst) == set()
    assert page.context.cookies() == []


@pytest.mark.parametrize("language", ["en", "zh-hans"])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_everybody_can_read_them(visit, address, worst, language, theme):
    from keepwell.customers.services import set_field

    who = {"customer_id": worst.customer_id, "actor": "ada", "source": "test"}
    set_field(name="language", value=language, **who)
    for width in ("phone", "desk"):
        page = visit(width, theme, meant=(404, "/u/"))
        for one in (address, f"{address}/preferences", address[:-1]):
            page.goto(one)
            assert fits(page)
            assert violations(page) == []
