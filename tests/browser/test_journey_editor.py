"""A journey from an empty drawing to somebody who passes through it, in Chromium."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.browser.test_journey import fits, settled, sign_in
from tests.web.conftest import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.slow]

LANGUAGES = {"desk": "en-GB", "phone": "zh-CN"}


@pytest.fixture
def account(live_shop):
    from keepwell.accounts.services import create_first_administrator

    return create_first_administrator(username="ada", password=PASSWORD)


@pytest.fixture
def customer(live_shop):
    """Somebody new, so that nothing that happened before counts; nobody is kept aside."""
    from keepwell.customers import services as customers
    from keepwell.customers.contracts import CustomerRow
    from keepwell.foundation import clock
    from keepwell.outreach.policy.services import set_holdout

    now = clock.now()
    set_holdout(share=0, reason="test", actor="ada", now=now)
    row = CustomerRow("E0001", name="Erin Visser", email="erin@customer.example", country="CN")
    customers.upsert_many(rows=[row], source="crm", at=now, actor="ada")
    return row.customer_id


class Editor:
    """What somebody does with the editor."""

    def __init__(self, page):
        self.page = page
        self.is_phone = page.viewport_size["width"] < 700

    def answered(self):
        """Wait until what was asked is there, as somebody who sees it."""
        settled(self.page)

    def open(self, place):
        """Open a place of the drawing, or of the list where that is shown."""
        inside = self.page.locator(f'#kw-jed-panel [data-jed-open="{place}"]')
        close = self.page.locator(".kw-jed-panel-head [data-jed-open]")
        if self.is_phone and not inside.count() and close.count():
            close.click()  # there the panel lies over the list
            self.page.wait_for_selector('[data-jed-place=""]')
            self.answered()
        self.page.locator(f'[data-jed-open="{place}"]:visible').first.click()
        self.page.wait_for_selector(f'[data-jed-place="{place}"]')
        self.answered()

    def add(self, way, kind, expected):
        """Put a step of a kind on a way."""
        self.open(f"way.{way}")
        self.page.locator(f'.kw-jed-palette button[value="{kind}"]').click()
        self.page.wait_for_selector(f'[data-jed-place="step.{expected}"]')
        self.answered()

    def keep(self, then=""):
        """Keep the form as it is typed."""
        self.page.locator('.kw-jed-form button.kw-primary[value="save"]').click()
        self.page.wait_for_selector(f'[data-jed-place="{then}"]')
        self.answered()

    def choose(self, name, value, *, again=False):
        """Choose from a list; where the form changes with it, wait for the other fields."""
        self.answered()  # what came last listens by now
        if not again:
            self.page.select_option(f'[name="{name}"]', value)
            return
        with self.page.expect_response(lambda response: "/edit/do/" in response.url):
            self.page.select_option(f'[name="{name}"]', value)
        self.answered()


def draw(page) -> Editor:
    """The whole journey: a cart, a minute, where they live, then a task or a message; ends with an order."""
    page.goto("/journeys/new/")
    page.fill("[name=name]", "Cart left behind, drawn")
    page.click("#kw-page .kw-primary")
    page.wait_for_selector("#kw-jed-canvas")
    editor = Editor(page)
    editor.open("start")
    editor.choose("fact", "interactions", again=True)
    page.locator('.kw-jed-filters button[value="filter"]').click()
    page.wait_for_selector('[name="column.0"]')
    editor.choose("column.0", "type", again=True)
    page.fill('[name="value.0"]', "cart")
    editor.keep()
    editor.add(":next", "wait", "wait_1")
    page.fill("[name=amount]", "1")
    editor.choose("unit", "minutes")
    editor.keep()
    editor.add("wait_1:next", "branch", "branch_1")
    editor.open("case.branch_1.0")
    editor.choose("about", "if", again=True)
    editor.choose("what.0-0", "a:country", again=True)
    page.fill('[name="v.0-0"]', "CN")
    editor.keep("step.branch_1")
    editor.add("branch_1:case.0", "task", "task_1")
    page.fill('[name="words.en"]', "Ring them")
    page.fill('[name="words.zh-hans"]', "打个电话")
    editor.choose("owner", "queue")
    editor.keep()
    editor.add("branch_1:otherwise", "message", "message_1")
    editor.keep()
    editor.open("ends")
    editor.open("goals.0")
    editor.keep("ends")
    return editor


@pytest.mark.parametrize("width", ["desk", "phone"])
def test_from_an_empty_drawing_to_somebody_who_passes_through(visit, picture, account, customer, width):
    from keepwell.foundation import clock
    from keepwell.history import services as history
    from keepwell.outreach.journeys import queries, services

    page = visit(width, language=LANGUAGES[width])
    sign_in(page)
    editor = draw(page)
    picture(page, f"editor-drawn-{width}")
    assert fits(page)
    (one,) = [each for each in queries.journeys() if each.is_own]
    assert set(one.draft.definition["steps"]) == {"wait_1", "branch_1", "task_1", "message_1", "end"}

    # A way that leads nowhere is marked at its step; taken back, nothing speaks against it any more.
    editor.open("way.message_1:next")
    page.select_option("#jed-to", "")
    page.locator('button[value="reconnect"]').click()
    page.wait_for_selector("#kw-jed-message_1.kw-jed-bad", state="attached")
    picture(page, f"editor-marked-{width}")
    page.click("[data-jed-undo]")
    page.wait_for_selector("#kw-jed-message_1.kw-jed-bad", state="detached")
    editor.answered()

    # Tried on the history: a worker walks it, the page shows how far it is, then the counts on the ways.
    page.locator("#kw-jed-panel form[action$='/dry-run/'] button").click()
    page.wait_for_selector("#kw-dry progress")
    assert services.run_next_trial(now=clock.now())
    page.wait_for_selector(".kw-jed-count", state="attached")
    editor.answered()

    page.goto(f"/journeys/{one.journey_id}/")
    page.click("form[action$='/do/approve/'] button")
    page.click("form[action$='/do/on/'] button")
    page.wait_for_selector("form[action$='/do/pause/']")
    assert queries.journey(one.journey_id).status == "on"

    now = clock.now()
    cart = {"interaction_id": "cart-1", "customer_id": customer, "at": now, "type": "cart"}
    history.record(table="interactions", fact=cart, source="shop")
    history.flush()
    services.tick(now=now)
    page.reload()
    page.wait_for_selector(".kw-jed-waiting", state="attached")
    picture(page, f"editor-watched-{width}")
    step = page.locator("#kw-jed-wait_1" if width == "desk" else ".kw-jed-item[href*='/at/wait_1/']")
    step.click()
    page.wait_for_url("**/at/wait_1/**")
    page.click(f"a[href*='/people/{customer}/']")
    page.wait_for_selector(".kw-jed-here", state="attached")
    assert page.locator("#kw-jed-wait_1.kw-jed-here").count() == 1

    services.tick(now=now + timedelta(minutes=2))
    page.reload()
    page.wait_for_selector("#kw-jed-task_1.kw-jed-walked", state="attached")
    assert page.locator("#kw-jed-message_1.kw-jed-walked").count() == 0
    assert page.locator(".kw-jed-here").count() == 0
    picture(page, f"editor-passed-{width}")
    assert fits(page)
    (passage,) = queries.passages(one.journey_id, customer)
    assert [stop.step for stop in passage.trail] == ["wait_1", "branch_1", "task_1", "end"]


def test_the_drawing_is_worked_with_keys_and_by_dragging(visit, picture, account):
    from keepwell.outreach.journeys import queries

    page = visit()
    sign_in(page)
    page.goto("/journeys/new/")
    page.fill("[name=name]", "Keys")
    page.click("#kw-page .kw-primary")
    page.wait_for_selector("#kw-jed-canvas")
    editor = Editor(page)
    editor.add(":next", "wait", "wait_1")
    editor.add("wait_1:next", "task", "task_1")

    def steps():
        (one,) = [each for each in queries.journeys() if each.is_own]
        return one.draft.definition

    # The task is dragged before the wait.
    page.locator("#kw-jed-task_1").drag_to(page.locator("#kw-jed-way--next"))
    page.wait_for_function(
        "document.querySelector('[data-jed-redo]') && !document.querySelector('.htmx-request')"
    )
    page.wait_for_function(
        "document.querySelector('#kw-jed-task_1 .kw-jed-title')?.textContent.startsWith('1.')"
    )
    assert (steps()["first"], steps()["steps"]["task_1"]["next"]) == ("task_1", "wait_1")
    # The plus behind the task is dragged onto the end.
    page.locator("#kw-jed-way-task_1-next").drag_to(page.locator("#kw-jed-end"))
    page.wait_for_selector("#kw-jed-wait_1.kw-jed-bad")
    assert steps()["steps"]["task_1"]["next"] == "end"
    page.keyboard.press("Control+z")
    page.wait_for_selector("#kw-jed-wait_1.kw-jed-bad", state="detached")
    page.keyboard.press("Control+y")
    page.wait_for_selector("#kw-jed-wait_1.kw-jed-bad")
    editor.answered()
    # A step takes the focus; Enter opens it, Escape closes it, Delete asks.
    page.locator("#kw-jed-wait_1").focus()
    page.keyboard.press("Enter")
    page.wait_for_selector('[data-jed-place="step.wait_1"]')
    editor.answered()
    page.keyboard.press("Escape")
    page.wait_for_selector('[data-jed-place=""]')
    editor.answered()
    page.locator("#kw-jed-wait_1").focus()
    page.keyboard.press("Delete")
    page.wait_for_selector('[data-jed-place="remove.wait_1"]')
    editor.answered()
    page.keyboard.press("Enter")
    page.wait_for_selector("#kw-jed-wait_1", state="detached")
    assert set(steps()["steps"]) == {"task_1", "end"}
    wide = page.evaluate("document.querySelector('[data-jed-svg]').width.baseVal.value")
    page.click("[data-jed-zoom=in]")
    assert page.evaluate("document.querySelector('[data-jed-svg]').width.baseVal.value") > wide
