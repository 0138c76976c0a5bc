"""A day's work as people do it: import, build a segment, do the list, hand over, erase; in each language."""

from __future__ import annotations

import csv
import json
import re
import shutil
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from django.utils import translation

from tests.browser.test_journey import LANGUAGES, account, drawn, fits, settled, worst
from tests.web.conftest import PASSWORD

__all__ = ["account", "worst"]

pytestmark = [pytest.mark.browser, pytest.mark.slow]

WAYS = [*((language, "desk") for language in LANGUAGES), ("zh-hans", "phone")]
ORDERS = (
    "order_id,customer_id,ordered_at,paid by the guest,currency\n"
    "DAY-1,GUEST-1,2026-01-05,120.50,CNY\n"
    "DAY-2,GUEST-2,not a date,80,CNY\n"
    "DAY-3,,2026-01-07,60,CNY\n"
    "DAY-4,GUEST-1,2026-01-09,a lot,CNY\n"
    "DAY-5,GUEST-3,2026-01-11,45,CNY\n"
)
WITHOUT = "script, style, code, .material-symbols-outlined, .kw-languages"  # no words of the page
TEXTS = f"""[...document.querySelectorAll("body *")].flatMap(e => [...e.childNodes])
    .filter(n => n.nodeType === Node.TEXT_NODE && !n.parentElement.closest("{WITHOUT}"))
    .map(n => n.data.trim()).filter(Boolean)"""
NAME = "欧阳建国 Ouyang Jianguo"
ADDRESS = "ouyang.jianguo@example.com"


@pytest.fixture
def live_shop(live_shop, built_shop, settings, tmp_path):
    """The server on a copy of the shop's folder: these journeys write facts and erase them."""
    home = tmp_path / "home"
    shutil.copytree(built_shop.home, home)
    settings.KEEPWELL_HOME, settings.KEEPWELL_LAKE = str(home), str(home / "lake")
    settings.KEEPWELL_CONFIDENTIALITY = "off"
    return live_shop


@pytest.fixture(params=WAYS, ids=lambda way: "-".join(way))
def way(request, visit, picture):
    return Way(*request.param, visit, picture)


class Way:
    """Pages in one language at one width, their words, and pictures of each step."""

    def __init__(self, language, width, visit, picture):
        self.language, self.width = language, width
        self._visit, self._picture = visit, picture

    def page(self, username="ada", meant=None):
        """A browser of its own, signed in."""
        page = self._visit(width=self.width, language=LANGUAGES[self.language][0], meant=meant)
        page.goto("/sign-in/")
        page.fill("[name=username]", username)
        page.fill("[name=password]", PASSWORD)
        page.click(".kw-primary")
        page.wait_for_url(re.compile(r"/$"))
        assert page.locator("html").get_attribute("lang") == self.language
        return page

    def see(self, page, name):
        """Nothing is cut off and nothing is left in English; leaves a picture."""
        page.wait_for_load_state()
        drawn(page)
        assert fits(page), name
        assert not self._untranslated(page), name
        self._picture(page, f"{name}-{self.language}-{self.width}")

    def _untranslated(self, page):
        """Texts of the page that the catalogue says otherwise in its language."""
        texts = page.evaluate(TEXTS)
        with translation.override(self.language):
            return [] if self.language == "en" else [one for one in texts if translation.gettext(one) != one]

    def says(self, page, text, context=None):
        """Whether the page says `text` in the way's language, and no longer in English."""
        with translation.override(self.language):
            word = translation.pgettext(context, text) if context else translation.gettext(text)
        assert (word == text) == (self.language == "en")
        page.get_by_text(word).first.wait_for()
        return True


def work(*names):
    """What the worker does by itself, in the order it does it; then what was asked for in the browser."""
    from keepwell.cli.jobs import run_all
    from keepwell.cli.search import refresh
    from keepwell.cli.work_jobs import jobs

    for job in jobs():
        if job.name in names:
            job.run()
    done = run_all()
    refresh()
    return done


def find(page, text):
    """What the palette answers: addresses of customers."""
    page.keyboard.press("Control+k")
    with page.expect_response(lambda response: parse_qs(urlsplit(response.url).query).get("s") == [text]):
        page.fill("#kw-palette-input", text)
    page.wait_for_selector("#kw-palette-list[aria-busy=false]", state="attached")
    found = page.locator("#kw-palette-list a").evaluate_all("all => all.map(a => a.getAttribute('href'))")
    page.click("#kw-palette [data-close]")
    return [link for link in found if re.fullmatch(r"/customers/.+/", link)]


def colleague(username, name):
    """An account manager."""
    from keepwell.accounts.models import User

    return User.objects.create_user(username, password=PASSWORD, roles=["account_manager"], first_name=name)


def rows_of(path):
    with Path(path).open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_a_file_with_bad_rows_is_imported(way, account, tmp_path):
    page = way.page()
    file = tmp_path / "till.csv"
    file.write_text(ORDERS)
    page.goto("/settings/data/import/")
    way.see(page, "import-1-choose")
    page.set_input_files("#kw-files", file)
    page.click("form[data-drop] .kw-primary")
    page.wait_for_url(re.compile(r"/import/\d+/$"))
    way.see(page, "import-2-recognised")
    job = page.url
    with page.expect_navigation():
        page.select_option("select[name=file-0-table]", "orders")
    assert page.input_value("select[name=file-0-column-0]") == "order_id"
    assert page.input_value("select[name=file-0-column-3]") == ""  # nobody can guess what guests paid
    page.select_option("select[name=file-0-column-3]", "amount")
    way.see(page, "import-3-columns")
    page.click("button[formaction$='/check/']")
    page.wait_for_url(job)
    way.says(page, "Waiting for the worker to begin.")
    way.see(page, "import-4-waiting")
    assert work() == 1
    page.click("#kw-job .kw-banner a")
    page.wait_for_selector("#kw-job td .kw-worse")
    assert page.locator("#kw-job .kw-tall tbody tr").count() == 3
    way.see(page, "import-5-checked")
    page.click("button[formaction$='/start/']")
    page.wait_for_selector("#kw-job progress")
    assert work() == 1
    page.wait_for_selector("a[download]")
    way.see(page, "import-6-imported")
    with page.expect_download() as download:
        page.click("a[download]")
    rejected = rows_of(download.value.path())
    assert {row["line"] for row in rejected} == {"3", "4", "5"}, rejected
    assert find(page, "GUEST-3") == ["/customers/GUEST-3/"]
    assert find(page, "GUEST-2") == []


def test_a_segment_is_built_and_saved(way, account):
    page = way.page()
    page.goto("/segments/")
    way.see(page, "segment-1-all")
    page.click("a[href='/segments/new/']")
    page.wait_for_selector("#kw-builder")
    way.see(page, "segment-2-new")

    def counted():
        return page.inner_text("#kw-count .kw-big")

    def choose(field, value):
        settled(page)  # else the list that came last may not listen yet
        page.evaluate("document.querySelector('.kw-seg-form').dataset.before = ''")
        page.select_option(field, value)
        page.wait_for_selector(".kw-seg-form:not([data-before])")

    page.check("#c-0-0-high")
    page.wait_for_function("!document.querySelector('#kw-count [role=status]')")
    tier = counted()
    page.click("#add-0")
    page.wait_for_selector("#what-0-1")
    choose("#what-0-1", "f:orders")
    choose("#is-0-1", "at_least")
    page.fill("#v-0-1", "2")
    choose("#when-0-1", "last")
    page.fill("#days-0-1", "90")
    page.wait_for_function(
        "before => document.querySelector('#kw-count .kw-big').innerText !== before"
        " && !document.querySelector('#kw-count [role=status]')",
        arg=tier,
    )
    assert not page.inner_text("#missing-0-1")  # nothing is missing any more
    size = counted()
    assert 0 < int(size) < int(tier)
    way.see(page, "segment-3-built")
    page.fill("#seg-name", NAME)
    page.click("[data-plain]")
    page.wait_for_url(re.compile(r"/segments/\d+/$"))
    assert page.inner_text(".kw-seg-figures .kw-big") == size
    page.wait_for_selector("#seg-members")
    way.see(page, "segment-4-saved")
    with page.expect_download() as download:
        page.click("a[href$='export.csv']")
    assert len(rows_of(download.value.path())) == int(size)
    page.locator("a[href*='/why/?customer=']").first.click()
    page.wait_for_url(re.compile(r"/why/\?customer="))
    way.see(page, "segment-5-why")
    page.goto("/segments/")
    page.get_by_text(NAME).first.wait_for()


def test_the_days_list_is_worked_through(way, account, worst):
    from keepwell.customers.services import assign_owner
    from keepwell.foundation import clock
    from keepwell.insight import queries
    from keepwell.insight.contracts import ScoreFilter
    from keepwell.outreach.services.tasks import create

    now = clock.now()
    assign_owner(customer_ids=[worst.customer_id], owner_id=account.pk, reason="", actor="ada")
    work("alerts")  # one warning is ada's, another has no owner and waits in the queue
    others = queries.scores(ScoreFilter(statuses=("active",)), page_size=3).rows
    for place, one in enumerate(others):
        create(
            kind="call",
            customer_id=one.customer_id,
            due_at=now + timedelta(minutes=place),
            now=now,
            assignee_id=account.pk,
            actor="ada",
        )
    page = way.page()
    page.goto("/today/")
    lines = page.locator("[data-line]")
    assert lines.count() == 4
    way.see(page, "today-1-list")
    first = lines.first.inner_text()
    menu = page.locator("[data-menu=d]").first
    menu.locator("summary").click()
    way.see(page, "today-2-outcomes")
    menu.locator("button[name=outcome]").first.click()
    page.wait_for_function("document.querySelectorAll('[data-line]').length === 3")
    way.see(page, "today-3-done")
    page.keyboard.press("u")
    page.wait_for_function("document.querySelectorAll('[data-line]').length === 4")
    assert lines.first.inner_text() == first  # as it was, where it was
    page.keyboard.press("j")
    page.keyboard.press("p")
    page.wait_for_selector("[data-menu=p][open]")
    way.see(page, "today-4-later")
    page.keyboard.press("1")
    page.wait_for_function("document.querySelectorAll('[data-line]').length === 3")
    page.keyboard.press("d")
    page.wait_for_selector("[data-menu=d][open]")
    page.keyboard.press("1")
    page.wait_for_function("document.querySelectorAll('[data-line]').length === 2")
    page.goto("/today/?view=done")
    page.wait_for_selector("[data-line]")
    assert lines.count() == 1
    way.see(page, "today-5-finished")
    page.goto("/today/?view=queue")
    way.see(page, "today-6-queue")
    # The toast of the step before may still be there: only the answer says that this one was taken.
    with page.expect_response(lambda answer: answer.url.endswith("/take/") and answer.ok):
        page.locator("[data-line] form[action$='/take/'] button").first.click()
    page.goto("/today/")
    assert lines.count() == 3
    lines.first.focus()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/tasks/\d+/$"))
    way.see(page, "today-7-task")


def test_a_customer_is_handed_over_to_a_colleague_who_confirms(way, account, worst):
    from keepwell.customers.queries import owner_of
    from keepwell.customers.services import assign_owner

    lin, wang = colleague("lin", "林晓"), colleague("wang", "王芳")
    assign_owner(customer_ids=[worst.customer_id], owner_id=lin.pk, reason="", actor="ada")
    giver = way.page("lin")
    giver.goto(f"/customers/{worst.customer_id}/")
    way.see(giver, "handover-1-customer")
    giver.click("#section-owner a[href^='/handovers/add/']")
    giver.wait_for_selector("#id_to_owner")
    giver.select_option("#id_to_owner", label="王芳")
    giver.fill("#id_open_matters", "退款待确认")
    giver.fill("#id_preferences", "下午来电")
    way.see(giver, "handover-2-form")
    giver.click("form.kw-main .kw-primary")
    giver.wait_for_url(re.compile(r"/handovers/\d+/$"))
    way.see(giver, "handover-3-asked")
    address = giver.url

    receiver = way.page("wang")
    receiver.goto("/today/")
    way.see(receiver, "handover-4-today")
    receiver.click(f"[data-line] a[href='{address.removeprefix(address.split('/handovers/')[0])}']")
    receiver.wait_for_url(address)
    assert "退款待确认" in receiver.inner_text(".kw-main")
    way.see(receiver, "handover-5-asked")
    assert owner_of(worst.customer_id) == lin.pk  # not before it is confirmed
    with receiver.expect_navigation():
        receiver.click("form[action$='/confirm/'] .kw-primary")
    way.see(receiver, "handover-6-confirmed")
    assert owner_of(worst.customer_id) == wang.pk
    receiver.click(f"a[href='/customers/{worst.customer_id}/']")
    receiver.wait_for_selector("#section-owner")
    assert "王芳" in receiver.inner_text("#section-owner")
    way.see(receiver, "handover-7-customer")
    giver.goto("/customers/")
    assert giver.locator("tr[data-customer]").count() == 0
    way.see(giver, "handover-8-nobody-left")


def test_a_person_is_erased(way, account, worst):
    from keepwell.customers.contracts import CustomerRow
    from keepwell.customers.services import upsert_many
    from keepwell.foundation import clock

    number = worst.customer_id
    upsert_many(
        rows=[CustomerRow(number, name=NAME, email=ADDRESS)], source="test", at=clock.now(), actor="ada"
    )
    work()
    page = way.page(meant=(400, "/privacy/rights/"))
    assert find(page, "欧阳建国") == [f"/customers/{number}/"]
    page.goto(f"/customers/{number}/")
    rights = f"a[href='/privacy/rights/{number}/']"
    page.click(f"#privacy details:has({rights}) > summary")
    page.click(rights)
    page.wait_for_selector("#confirmation")
    way.see(page, "erase-1-rights")
    page.fill("#confirmation", "somebody else")
    with page.expect_navigation():
        page.click("form.kw-half .kw-primary")
    page.wait_for_selector(".kw-error")
    way.see(page, "erase-2-mistyped")
    page.fill("#confirmation", number)
    page.click("form.kw-half .kw-primary")
    page.wait_for_url(re.compile(r"/privacy/requests/\d+/$"))
    way.says(page, "Waiting for the worker to begin.")
    way.see(page, "erase-3-waiting")
    work("privacy")
    page.wait_for_selector("a[href$='certificate.json']")
    way.says(page, "Done: a search of database, files and lake found nothing of the person.")
    way.see(page, "erase-4-certificate")
    with page.expect_download() as download:
        page.click("a[href$='certificate.json']")
    certificate = json.loads(Path(download.value.path()).read_text())
    assert certificate["sha256"] == page.inner_text(".kw-hash")
    assert "建国" not in json.dumps(certificate, ensure_ascii=False)
    work()
    for term in ("欧阳建国", "Ouyang", ADDRESS, number):
        assert find(page, term) == [], term
    way.see(page, "erase-5-not-found")
