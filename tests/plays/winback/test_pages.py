"""The desk in the browser, without one."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import Client

from keepwell.customers import services as customers
from keepwell.foundation import clock
from keepwell.outreach.services import tasks
from keepwell.plays.winback import services
from keepwell.plays.winback.contracts import Status, Wanted
from keepwell.plays.winback.queries import cases
from tests.plays.winback.conftest import NOW


@pytest.fixture(autouse=True)
def today(monkeypatch, settings):
    settings.KEEPWELL_CONFIDENTIALITY = "off"
    monkeypatch.setattr(clock, "now", lambda: NOW)


def browser(user):
    client = Client()
    client.force_login(user)
    return client


def text(response):
    assert response.status_code == 200, response.status_code
    return response.content.decode()


def test_a_case_goes_from_a_task_to_the_maintenance_plan_with_an_approval(ann, people, rita):
    lin, boss = browser(people.lin), browser(rita)
    task = tasks.create(kind="call", customer_id=ann, assignee_id=people.lin.pk, actor="lin", now=NOW)
    assert "Open a win-back case" in text(lin.get(f"/tasks/{task.task_id}/"))
    opened = lin.post("/winback/open/", {"customer_id": ann, "task_id": task.task_id})
    page = opened["Location"]
    assert "Find out why Ann Example leaves." in text(lin.get(page))
    number = int(page.rstrip("/").rpartition("/")[2])
    lin.post(f"{page}analyse/", {"main": "competitor", "asked": "interview", "competitor": "Other Ltd"})
    assert "Our advantages over competitors" in text(lin.get(page))
    until = (NOW + timedelta(days=10)).date().isoformat()
    plan = {
        "measure": ["advantages", "special_offer"],
        "cost.advantages": "0.05",
        "cost.special_offer": "30",
        "discount.special_offer": "15",
        "until.special_offer": until,
        "words.special_offer": "Because you were with us for so long.",
    }
    shown = text(lin.post(f"{page}preview/", plan, headers={"HX-Request": "true"}))
    assert "more than it costs" in shown
    assert cases.get(number).status is Status.ANALYSED
    refused = lin.post(f"{page}plan/", {**plan, "cost.special_offer": "900"})
    assert refused.status_code == 400
    assert "more than may be spent" in refused.content.decode()
    assert 'value="900"' in refused.content.decode()  # nothing typed is lost
    lin.post(f"{page}plan/", plan)
    assert "Ask for approval" in text(lin.get(page))
    assert lin.post(f"{page}start/").status_code == 400
    lin.post(f"{page}ask/", {"reason": "She is worth it."})
    waiting = text(boss.get(page))
    assert "She is worth it." in waiting
    assert page in text(boss.get("/approvals/"))
    (request,) = cases.get(number).approval_ids
    decided = boss.post(
        f"/approvals/{request}/decide/", {"decision": "approve", "reason": "Yes.", "next": page}
    )
    assert decided["Location"] == page
    lin.post(f"{page}start/")
    mine = [one for one in cases.get(number).measures if one.task_id]
    assert len(mine) == 2
    offer = next(one for one in mine if one.code == "special_offer")
    assert "Because you were with us for so long." in text(lin.get(f"/tasks/{offer.task_id}/"))
    lin.post(f"/tasks/{offer.task_id}/complete/", {"outcome": "staying", "need": "A faster delivery"})
    assert "A faster delivery" in text(lin.get(page))
    lin.post(f"{page}win/")
    care = {"act": ["satisfaction"], "due.satisfaction": (NOW + timedelta(days=7)).date().isoformat()}
    lin.post(f"{page}care/", care)
    lin.post(f"{page}satisfaction/", {"score": "4"})
    lin.post(
        f"{page}finish/",
        {"result": "stays", "lesson": "Deliver faster.", f"worked.{offer.measure_id}": "yes"},
    )
    assert "Deliver faster." in text(lin.get(page))
    assert "Ann Example" in text(lin.get("/winback/?whose=over"))


def test_the_desk_shows_what_is_within_reach(lin_case, people):
    number = lin_case("planned")
    assert "Ann Example" in text(browser(people.lin).get("/winback/"))
    assert "Ann Example" in text(browser(people.kai).get("/winback/?whose=all"))  # leads the team
    assert "Ann Example" not in text(browser(people.mei).get("/winback/?whose=all"))
    assert browser(people.mei).get(f"/winback/{number}/").status_code == 403
    assert browser(people.mei).post(f"/winback/{number}/lose/", {"result": "decided"}).status_code == 403
    assert cases.get(number).status is Status.PLANNED
    assert "You have no open case" in text(browser(people.mei).get("/winback/"))


def test_who_may_look_may_not_change(lin_case, people, own):
    from keepwell.accounts.contracts import Role
    from keepwell.accounts.models import User

    auditor = User.objects.create_user("otto", password="correct horse", roles=[Role.AUDITOR])
    number = lin_case("planned")
    shown = text(browser(auditor).get(f"/winback/{number}/"))
    assert "Begin" not in shown
    assert browser(auditor).post(f"/winback/{number}/start/").status_code == 403


def test_the_customers_page_offers_a_case_and_shows_it(ann, people):
    lin = browser(people.lin)
    assert "Open a case" in text(lin.get(f"/customers/{ann}/"))
    lin.post("/winback/open/", {"customer_id": ann})
    shown = text(lin.get(f"/customers/{ann}/"))
    assert "Open a case" not in shown
    assert "/winback/" in shown


def test_the_rules_are_edited_and_kept_in_versions(people, ann):
    from keepwell.plays.winback.queries.rules import current

    ada = browser(people.ada)
    page = text(ada.get("/settings/winback/"))
    assert "Faulty product" in page
    import re

    form = {}
    for field in re.finditer(r'<input[^>]*name="([^"]+)"[^>]*value="([^"]*)"', page):
        form[field[1]] = field[2]
    for select in re.finditer(r'<select[^>]*name="([^"]+)"[^>]*>(.*?)</select>', page, re.S):
        chosen = re.search(r'value="([^"]*)" selected', select[2])
        form[select[1]] = chosen[1] if chosen else ""
    for box in re.finditer(r'<input type="checkbox" name="([^"]+)"( value="[^"]*")? checked', page):
        form.setdefault(box[1], "on")
    form["open_tiers"] = ["high", "mid"]
    form["window_days"] = "45"
    form["new_name"], form["new_group"], form["new_measure.1"] = "Shop closed", "other", "call_back"
    saved = ada.post("/settings/winback/", form)
    assert saved.status_code == 302, saved.content.decode()
    now = current()
    assert (now.version, now.window_days) == (1, 45)
    assert now.causes[-1].name == "Shop closed"
    assert now.causes[0].measures == (
        "fix_problem",
        "call_back",
        "special_offer",
        "gift",
    )
    wrong = ada.post("/settings/winback/", {**form, "new_name": "", "window_days": "0"})
    assert wrong.status_code == 400
    assert current().version == 1


def test_results_are_counted_with_an_interval(lin_case, people, rita):
    number = lin_case(measures=[Wanted("fix_problem", Decimal(30))])
    services.win(case_id=number, actor="lin", now=NOW)
    shown = text(browser(rita).get("/reports/winback/"))
    assert "1 of 1 decided cases were won back: too few to tell (21% to 100%)." in shown
    rows = b"".join(browser(rita).get("/reports/winback/export.csv").streaming_content).decode()
    assert "grade,A,1,0,1,0,0,1.0,0.2065,1.0,0,2000.0000,CNY" in rows
    assert browser(people.mei).get("/reports/winback/").content.decode().count("Ann") == 0


def test_messages_and_what_the_customer_wrote_stand_among_the_contacts(lin_case, ann, people, rita):
    """WIN-10: also what nobody did by hand, with what came of it, and the customer's answer."""
    from keepwell.foundation.audit.models import AuditEntry
    from keepwell.outreach.channels.contracts import Heard, HeardKind
    from keepwell.outreach.channels.wechat.contract import CONTRACT
    from keepwell.outreach.sending.contracts import Draft
    from keepwell.outreach.sending.models import Message
    from keepwell.outreach.sending.services import hearing, queueing

    number = lin_case("planned")
    page = f"/winback/{number}/"
    drafts = [
        Draft(key=key, customer_id=ann, channel="email", purpose="service", subject=key, text="Hello")
        for key in ("It is put right", "It never went")
    ]
    queueing.queue(drafts=drafts, actor="lin", now=NOW)
    name = queueing.message_id("It is put right")
    Message.objects.filter(message_id=name).update(status="sent", standing="opened", finished_at=NOW)
    customers.save_contact_point(
        customer_id=ann, kind="wechat", value="oAbC", actor="ada", source="crm", at=NOW
    )
    told = Heard(HeardKind.MESSAGE, "oAbC", NOW + timedelta(minutes=1), "1", "Thank you, <b>solved</b>")
    hearing.hear(heard=[told], contract=CONTRACT, now=NOW + timedelta(minutes=1))
    shown = text(browser(rita).get(page)).partition('id="contacts"')[2].partition("</section>")[0]
    assert "opened" in shown
    assert "It is put right" in shown
    assert "It never went" not in shown
    assert "Thank you, &lt;b&gt;solved&lt;/b&gt;" in shown
    (read,) = AuditEntry.objects.filter(action="customer.written.read")
    assert (read.actor, read.object_id) == ("rita", ann)
