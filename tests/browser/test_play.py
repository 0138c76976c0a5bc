"""A play in the browser: from a saved plan through a second person's approval to the start."""

from __future__ import annotations

import re

import pytest

from tests.browser.test_journey import account, fits, sign_in, worst

__all__ = ["account", "worst"]

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def plan(worst, account, settings):
    """A saved plan of people who may be called, and no confidentiality to sign."""
    from datetime import timedelta
    from decimal import Decimal

    from keepwell.customers.privacy import services as privacy
    from keepwell.customers.privacy.contracts import ConsentRow
    from keepwell.foundation import clock
    from keepwell.plays import queries, services

    settings.KEEPWELL_CONFIDENTIALITY = "off"
    found = services.save_plan(budget=Decimal(500), actor="kim").plan_id
    at = clock.now() - timedelta(days=30)
    asked = {line.customer_id for line in queries.plan_lines(found).rows}
    may_be_called = [
        ConsentRow(one, "phone", "marketing", True, at, "counter", "marketing/1") for one in asked
    ]
    privacy.record_consents(rows=may_be_called, actor="ada", live=False)
    return found


@pytest.fixture
def colleague(account):
    """A retention manager who writes; the one who signs in approves."""
    from keepwell.accounts.models import User

    return User.objects.create_user("kim", password="correct horse battery", roles=["retention_manager"])


def sign_in_as(page, name) -> None:
    """A colleague of the one who signs in usually."""
    page.goto("/sign-in/")
    page.fill("[name=username]", name)
    page.fill("[name=password]", "correct horse battery")
    page.click(".kw-primary")
    page.wait_for_url(re.compile(r"/$"))


def test_from_a_plan_to_a_play_that_runs(visit, plan, colleague, picture):
    from keepwell.foundation import clock
    from keepwell.plays.experiments import queries, services

    page = visit()
    sign_in_as(page, "kim")
    page.goto(f"/plan/saved/{plan}/")
    page.get_by_role("link", name="Make a play of this plan").click()
    page.fill("#p-name", "Call those who leave")
    page.fill("#p-name-0", "Call")
    page.select_option("#p-kind-0", value="task")
    page.wait_for_selector("#p-task-0", state="visible")
    page.select_option("#p-task-0", value="call")
    page.fill("#p-offer-0", "Tea for free")
    page.wait_for_selector("#kw-play-forecast p:has-text('customers')")
    page.get_by_role("button", name="Add an arm").click()
    page.fill("#p-name-1", "Nothing to do")
    page.select_option("#p-kind-1", value="nothing")
    picture(page, "play-form")
    fits(page)
    page.get_by_role("button", name="Save", exact=True).last.click()
    page.wait_for_selector("text=If it started now")
    page.get_by_role("button", name="Submit for approval").click()
    page.wait_for_selector("text=A colleague who may approve it")
    play = queries.plays()[0]
    page.context.clear_cookies()

    sign_in(page)
    page.goto(f"/plays/{play.play_id}/")
    page.fill("#p-reason", "Worth trying")
    page.get_by_role("button", name="Approve", exact=True).click()
    page.wait_for_selector("#p-typed")
    asked = re.search(r"[\d,]+$", page.inner_text("label[for=p-typed]").strip()).group()
    page.fill("#p-typed", asked)
    page.get_by_role("button", name="Deal them out and start").click()
    page.wait_for_selector("#kw-play-list table")
    done = services.work(now=clock.now())
    counted = queries.counts(play.play_id)
    assert done["queued"] == counted.arms["a"].members > 0
    assert counted.arms["control"].states == {"withheld": counted.arms["control"].members}
    page.reload()
    page.select_option("#p-f-arm", value="a")
    page.wait_for_selector("#kw-play-list td:has-text('under way')")
    picture(page, "play-running")
    fits(page)
