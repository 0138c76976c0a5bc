"""A template written in blocks, seen for a customer, published, and tested in one's own post."""

from __future__ import annotations

import email
import email.policy
import re
import socket

import pytest
from aiosmtpd.controller import Controller

from tests.browser.conftest import WIDTHS
from tests.browser.test_journey import account, fits, sign_in, worst

__all__ = ["account", "worst"]

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def post(settings):
    """A mail server on loopback."""
    from keepwell.foundation.settings import email as email_settings

    received: list[bytes] = []

    class Box:
        async def handle_DATA(self, server, session, envelope):
            received.append(envelope.content)
            return "250 taken"

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    url = f"smtp://127.0.0.1:{port}?from=shop@keepwell-tea.com"
    settings.KEEPWELL_SMTP_URL = url
    for name, value in email_settings(url).items():
        setattr(settings, name, value)
    controller = Controller(Box(), hostname="127.0.0.1", port=port)
    controller.start()
    yield received
    controller.stop()


@pytest.fixture
def named(worst, account):
    """A customer with a name, and an account with an address."""
    from django.utils import timezone

    from keepwell.customers.contracts import CustomerRow
    from keepwell.customers.services import upsert_many
    from keepwell.outreach.content.services import set_brand

    row = CustomerRow(worst.customer_id, name="王美", gender="female", language="zh-hans", country="CN")
    upsert_many(rows=[row], source="test", at=timezone.now(), actor="test")
    account.email = "ada@keepwell-tea.com"
    account.save()
    set_brand(
        values={"company_name": "Tea & Co", "legal_address": "1 West Lake Road", "accent": "#b91c1c"},
        based_on=0,
        actor="test",
        now=timezone.now(),
    )
    return worst.customer_id


def test_a_template_in_blocks_from_the_first_word_to_a_test(visit, account, named, post, picture, settings):
    settings.KEEPWELL_CONFIDENTIALITY = "off"
    page = visit()
    sign_in(page)
    page.goto("/content/new/")
    page.fill("#h-name", "Spring tea")
    page.fill("#h-code", "spring_tea")
    page.select_option("#h-kind", "email")
    page.select_option("#h-language", "en")
    page.click("form.kw-card .kw-primary")
    page.wait_for_url(re.compile(r"/content/t/spring_tea/texts/\d+/$"))

    # Blocks by keyboard: a heading is added, filled in, moved up; a button taken away and brought back.
    page.fill("#subject", "The first tea of spring")
    page.fill("#block-0-text", "Picked last week, {{ customer.salutation | default: 'dear customer' }}.")
    page.locator("#add-heading").press("Enter")
    page.wait_for_selector("#block-1-text:focus")
    page.keyboard.type("It is here")
    page.locator("#up-1").press("Enter")
    page.wait_for_function("document.getElementById('block-0-text').value === 'It is here'")
    page.wait_for_selector("#down-0:focus")  # the focus goes along; up is not possible any more
    page.locator("#add-button").press("Enter")
    page.wait_for_selector("#block-2-label:focus")
    page.keyboard.type("See it")
    page.fill("#block-2-url", "http://www.keepwell-tea.com/spring")
    page.wait_for_selector("#say-blocks-2-url >> text=must begin with https")
    page.locator("#drop-2").press("Enter")
    page.wait_for_selector("#undrop:focus")
    page.keyboard.press("Enter")
    page.wait_for_function("document.getElementById('block-2-url')?.value.startsWith('http:')")
    with page.expect_response(lambda response: "/check/" in response.url):
        page.fill("#block-2-url", "https://www.keepwell-tea.com/spring")
    page.wait_for_selector("#kw-check >> text=no error")
    frame = page.frame_locator("#kw-check iframe")
    frame.locator("text=Picked last week, Ms Wang.").wait_for()
    picture(page, "content-editor-desk")

    # For a customer: her own salutation, in the frame, at both widths.
    page.fill("#who", named)
    page.click(f"#kw-who [data-choose='{named}']")
    page.wait_for_selector("#kw-check >> text=With the values of 王美")
    frame.locator("text=Picked last week, Ms 王.").wait_for()
    accent = frame.locator("a", has_text="See it").evaluate("one => getComputedStyle(one).backgroundColor")
    assert accent == "rgb(185, 28, 28)"
    # The style element of the e-mail is allowed: on the wider frame its rule for wide screens holds.
    page.check("[name=width][value=desk]")
    page.wait_for_selector(".kw-frame-desk iframe")
    rules = frame.locator("style").evaluate("one => one.sheet ? one.sheet.cssRules.length : 0")
    assert rules > 0
    page.set_viewport_size({"width": WIDTHS["phone"][0], "height": WIDTHS["phone"][1]})
    assert fits(page)
    picture(page, "content-editor-phone")
    page.set_viewport_size({"width": WIDTHS["desk"][0], "height": WIDTHS["desk"][1]})

    page.click(".kw-content-write .kw-actions .kw-primary")
    page.wait_for_url(re.compile(r"customer="))
    page.click("text=Send the saved text to myself")
    page.wait_for_selector("text=The test is on its way to ada@keepwell-tea.com.")
    message = email.message_from_bytes(post[0], policy=email.policy.default)
    assert str(message["Subject"]) == "Test: The first tea of spring"
    assert "Ms 王" in message.get_body(("html",)).get_content()

    page.goto("/content/t/spring_tea/")
    page.click("form[action$='/decide/approve/'] button")
    page.wait_for_selector("text=waits to be published")
    page.click("form[action$='/decide/publish/'] button")
    page.wait_for_selector("text=Version 1 is in use.")
    picture(page, "content-template")
    page.goto("/content/")
    picture(page, "content-list")
    page.goto("/phrases/")
    page.select_option("[name=situation]", "apology")
    page.wait_for_selector("#kw-phrases h2 >> text=Apology")
    page.wait_for_function("document.querySelectorAll('#kw-phrases h2').length === 1")
    picture(page, "content-phrases")
