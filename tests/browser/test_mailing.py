"""A mailing in the browser: an account is set up and tried, a text goes to a segment and into a mailbox."""

from __future__ import annotations

import re

import pytest

from tests.browser.test_content import post
from tests.browser.test_journey import account, fits, sign_in, worst

__all__ = ["account", "post", "worst"]

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def ready(worst, account, live_shop, settings):
    """One customer who agreed, alone in a segment; a brand; a policy that knows no night."""
    from datetime import time

    from keepwell.customers.contracts import CustomerRow
    from keepwell.customers.privacy import services as privacy
    from keepwell.customers.services import upsert_many
    from keepwell.foundation import clock
    from keepwell.insight.segments import services as segments
    from keepwell.insight.segments.models import SegmentMember
    from keepwell.outreach.content.services import set_brand
    from keepwell.outreach.policy.services import set_holdout, set_rules

    settings.KEEPWELL_URL = live_shop.url
    settings.KEEPWELL_CONFIDENTIALITY = "off"
    now = clock.now()
    set_holdout(share=0, reason="test", actor="ada", now=now)
    set_rules(values={"quiet_from": time(3), "quiet_until": time(3)}, actor="ada", now=now)
    brand = {
        "company_name": "Tea & Co",
        "legal_address": "1 West Lake Road",
        "website": "https://www.keepwell-tea.com",
        "email": "hello@keepwell-tea.com",
        "phone": "+86 571 0000 0000",
    }
    set_brand(values=brand, based_on=0, actor="ada", now=now)
    row = CustomerRow(worst.customer_id, name="Mei Chen", email="mei@chen.example", language="en", city="Ulm")
    upsert_many(rows=[row], source="test", at=now, actor="ada")
    said = {"channel": "email", "purpose": "marketing", "given": True, "wording": "marketing/1"}
    privacy.set_consent(customer_id=worst.customer_id, source="till", actor="ada", **said)
    rule = {"attribute": "city", "is": "in", "value": ["Ulm"]}
    made = segments.save(name="People in Ulm", definition=rule, author_id=None, actor="ada", shared="all")
    # What the next cycle would find: the city was said after the last one.
    SegmentMember.objects.create(segment_id=made.segment_id, customer_id=worst.customer_id, entered_at=now)
    return str(made.segment_id)


def test_from_an_account_to_a_letter_in_a_mailbox(visit, ready, post, settings, picture):
    from keepwell.foundation import clock
    from keepwell.outreach.mailings import services
    from keepwell.outreach.sending.services import working

    page = visit()
    sign_in(page)
    page.goto("/settings/channels/")
    page.get_by_role("link", name=re.compile("SMTP")).click()
    page.fill("#a-sender", "Tea & Co <care@tea.example>")
    page.fill("#a-host", "127.0.0.1")
    page.fill("#a-port", re.search(r":(\d+)\?", settings.KEEPWELL_SMTP_URL).group(1))
    page.select_option("#a-tls", "")
    page.click(".kw-form .kw-primary")
    page.click("button:has-text('Try it out')")
    page.wait_for_selector("text=It works")

    page.goto("/mailings/")
    page.get_by_role("link", name="New mailing").click()
    page.fill("#m-name", "Come back")
    page.select_option("#m-segment", value=ready)
    page.select_option("#m-text", value="win_back_email")
    page.click(".kw-form .kw-primary")
    page.wait_for_selector(".kw-members:has-text('1 member')")
    page.wait_for_selector("text=would get it")
    picture(page, "mailing-draft")
    page.fill("#m-typed", "1")
    page.get_by_role("button", name="Confirm").click()
    page.wait_for_selector("text=Making the messages: 0 of 1")
    # What the worker does, while the page looks on.
    assert services.prepare_next(now=clock.now()) == 1
    assert working.work(now=clock.now).sent == 1
    services.settle(now=clock.now())
    page.wait_for_selector(".kw-state-done:has-text('done')")
    picture(page, "mailing-done")
    assert fits(page)
    assert len(post) == 1
    assert b"List-Unsubscribe-Post: List-Unsubscribe=One-Click" in post[0]
