"""A customer is won back: from the warning to the maintenance plan, by two roles with an approval."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from tests.browser.test_day import Way, colleague, live_shop, work
from tests.browser.test_journey import account, worst
from tests.web.conftest import PASSWORD

__all__ = ["account", "live_shop", "worst"]

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(params=[("en", "desk"), ("en", "phone")], ids=lambda way: "-".join(way))
def way(request, visit, picture):
    return Way(*request.param, visit, picture)


@pytest.fixture
def warned(account, worst):
    """Lin's customer, whom the alerts warn of; nobody is kept aside, and Rita may approve."""
    from keepwell.accounts.models import User
    from keepwell.customers.services import assign_owner
    from keepwell.foundation import clock
    from keepwell.outreach.policy.services import set_holdout
    from keepwell.plays.services import set_grade_limit

    lin = colleague("lin", "Lin")
    User.objects.create_user("rita", password=PASSWORD, roles=["retention_manager"], first_name="Rita")
    assign_owner(customer_ids=[worst.customer_id], owner_id=lin.pk, reason="", actor="ada")
    now = clock.now() - timedelta(days=1)
    set_holdout(share=0, reason="journey", actor="ada", now=now)
    for tier in ("high", "mid", "low"):
        set_grade_limit(tier=tier, actor="ada", max_cost=None, max_value_share=0.9, low_cost_only=False)
    work("alerts")
    return worst


def test_from_the_warning_to_the_maintenance_plan(way, warned):
    lin = way.page("lin")
    lin.goto("/today/")
    lin.locator("[data-line] a[href^='/tasks/']").first.click()
    lin.wait_for_url(re.compile(r"/tasks/\d+/$"))
    task = lin.url
    lin.click("form[action='/winback/open/'] button")
    lin.wait_for_url(re.compile(r"/winback/\d+/$"))
    case = lin.url
    assert lin.locator("[aria-current=step]").inner_text().endswith("Cause")
    way.see(lin, "winback-1-opened")

    lin.select_option("#c-main", "service")
    lin.select_option("#c-asked", "interview")
    lin.fill("#c-said", "The last three parcels came late.")
    lin.click("form[action$='/analyse/'] .kw-primary")
    lin.wait_for_selector("form[action$='/plan/']")
    assert lin.is_checked("[name=measure][value=fix_problem]")
    lin.wait_for_selector("#kw-verdict dl")
    lin.fill("[name='cost.fix_problem']", "150")
    lin.wait_for_function("document.querySelector('#kw-verdict').innerText.includes('150')")
    way.see(lin, "winback-2-strategy")

    lin.click("form[action$='/plan/'] .kw-primary")
    lin.wait_for_selector("form[action$='/ask/']")
    assert lin.locator("form[action$='/start/']").count() == 0  # more than Lin may decide
    way.see(lin, "winback-3-planned")
    lin.fill("#a-reason", "Late three times, and buys every week.")
    lin.click("form[action$='/ask/'] .kw-primary")
    lin.wait_for_selector("form[action$='/withdraw/']")
    way.see(lin, "winback-4-waiting")

    rita = way.page("rita")
    rita.goto("/approvals/")
    way.see(rita, "winback-5-approvals")
    rita.click(f"a[href='{case.removeprefix(case.split('/winback/')[0])}']")
    rita.wait_for_url(case)
    rita.fill("form[action$='/decide/'] [name=reason]", "Put it right.")
    way.see(rita, "winback-6-decide")
    rita.click("form[action$='/decide/'] .kw-primary")
    rita.wait_for_selector("form[action$='/start/']")
    assert rita.url == case

    lin.goto(case)
    lin.click("form[action$='/start/'] .kw-primary")
    lin.wait_for_selector("a.kw-primary[href^='/tasks/']")
    way.see(lin, "winback-7-action")
    lin.goto(task)
    assert lin.locator("form[action$='/reopen/']").count() == 1  # the case has taken the warning's call over
    lin.goto(case)
    lin.click("a.kw-primary[href^='/tasks/']")
    lin.wait_for_selector("#from-case")
    lin.fill("#r-need", "Parcels on Fridays")
    way.see(lin, "winback-8-task")
    with lin.expect_navigation():
        lin.click("button[name=outcome][value=staying]")

    lin.goto(case)
    assert "Parcels on Fridays" in lin.inner_text("section:has(> #contacts)")
    lin.click("form[action$='/win/'] button")
    lin.wait_for_selector("form[action$='/care/']")
    way.see(lin, "winback-9-back")
    lin.click("form[action$='/care/'] .kw-primary")
    lin.wait_for_selector("form[action$='/finish/']")
    assert lin.locator(".kw-measure a[href^='/tasks/']").count() >= 3
    way.see(lin, "winback-10-maintenance")

    lin.goto("/winback/")
    row = lin.locator("tr[data-href]")
    assert row.count() == 1
    assert "Won back" in row.inner_text()
    way.see(lin, "winback-11-desk")
    row.focus()
    lin.keyboard.press("Enter")
    lin.wait_for_url(case)
    rita.goto("/reports/winback/")
    way.see(rita, "winback-12-results")
