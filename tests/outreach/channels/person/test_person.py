"""What people do for messages: as many tasks as they can do, the outcome form as receipt, nothing twice."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse

from keepwell.customers.identity import services as identity
from keepwell.customers.privacy import services as privacy
from keepwell.foundation.audit.models import AuditEntry
from keepwell.history import queries as history
from keepwell.outreach.channels.person import queries, services
from keepwell.outreach.channels.person.models import Errand
from keepwell.outreach.content import services as content
from keepwell.outreach.contracts import TaskError
from keepwell.outreach.models import Task
from keepwell.outreach.policy.models import Contact
from keepwell.outreach.sending import queries as sending
from keepwell.outreach.sending.contracts import Draft, Status
from keepwell.outreach.sending.services import queueing, working
from keepwell.outreach.sending.services.accounts import set_account
from keepwell.outreach.services import contacting, tasks
from tests.outreach.conftest import nobody_aside, own, people  # noqa: F401

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)  # a Monday, noon in Shanghai


@pytest.fixture
def shop(people, own, nobody_aside):  # noqa: F811
    """Lin's customers C-1 to C-4, who agreed to be called and written to; colleagues take two a day."""
    for n in range(1, 5):
        own(f"C-{n}", people.lin, name=f"Ann {n}", country="CN")
        for channel in ("phone", "post"):
            privacy.set_consent(
                customer_id=f"C-{n}", channel=channel, purpose="marketing", given=True, source="till",
                wording="marketing/1", actor="ada",
            )  # fmt: skip
    for code in ("phone.people", "post.people", "parcel.people"):
        set_account(provider=code, values={"per_day": "2", "due_days": "3"}, actor="ada", now=NOW)
    return people


def wait(customer_id="C-1", channel="phone", **more):
    given = {"text": f"Say hello to {customer_id}", "purpose": "marketing", **more}
    draft = Draft(key=f"{channel}/{customer_id}", customer_id=customer_id, channel=channel, **given)
    queueing.queue(drafts=[draft], actor="ada", now=NOW)
    return queueing.message_id(draft.key)


def statuses(customer_id):
    return [fact.data["status"] for fact in history.timeline(customer_id, tables=["contacts"])]


def test_a_message_becomes_one_task_with_its_words(shop):
    name = wait()
    assert working.work(now=lambda: NOW).claimed == 0
    assert not working.is_due(now=NOW)
    for _twice in range(2):
        services.hand_out(now=NOW)
    task = Task.objects.get()
    assert (task.kind, task.channel, task.assignee_id) == ("call", "phone", shop.lin.pk)
    assert task.due_at == NOW + timedelta(days=3)
    assert queries.of_task(task.pk).words == "Say hello to C-1"
    assert sending.message(name).status is Status.HANDED
    assert not Contact.objects.exists()  # nobody was contacted yet


def test_the_history_says_of_which_play_it_was(shop):
    wait(play="spring", arm="a", propensity=0.4)
    services.hand_out(now=NOW)
    (fact,) = history.timeline("C-1", tables=["contacts"])
    assert [fact.data[name] for name in ("play", "arm", "propensity")] == ["spring", "a", 0.4]


@pytest.mark.parametrize(
    ("outcome", "status", "standing", "reason"),
    [
        ("staying", Status.SENT, "answered", ""),
        ("leaving", Status.SENT, "answered", ""),
        ("not_reached", Status.FAILED, "", "not_reached"),
        ("wrong_contact", Status.FAILED, "", "wrong_contact"),
        ("no_contact", Status.SENT, "unsubscribed", ""),
    ],
)
def test_the_outcome_form_is_the_receipt(shop, outcome, status, standing, reason):
    name = wait()
    services.hand_out(now=NOW)
    task = Task.objects.get()
    assert contacting.begin(task_id=task.pk, actor="lin", now=NOW)
    change = tasks.complete(task_ids=[task.pk], outcome=outcome, actor="lin", now=NOW)
    found = sending.message(name)
    assert (found.status, found.standing, found.reason) == (status, standing, reason)
    assert len({fact.key for fact in history.timeline("C-1", tables=["contacts"])}) == 1  # told once
    tasks.undo(token=change.token, actor="lin", now=NOW)
    assert sending.message(name).status is Status.HANDED
    assert sending.became([name])[name] == {"handed"}


def test_an_errand_goes_over_with_its_customer_and_comes_back(shop):
    wait("C-2")
    services.hand_out(now=NOW)
    (errand,) = Errand.objects.all()
    merge = identity.merge(kept_id="C-1", merged_id="C-2", actor="ada")
    assert queries.of_task(errand.task_id).customer_id == "C-1"
    identity.split(merge_id=merge.merge_id, actor="ada")
    assert queries.of_task(errand.task_id).customer_id == "C-2"


def test_another_try_goes_on_for_the_same_message(shop):
    name = wait()
    services.hand_out(now=NOW)
    first = Task.objects.get()
    later = NOW + timedelta(days=1)
    given = {
        "task_ids": [first.pk],
        "outcome": "not_reached",
        "actor": "lin",
        "now": NOW,
        "follow_up_at": later,
    }
    change = tasks.complete(**given)
    assert queries.of_task(first.pk) is None
    tasks.undo(token=change.token, actor="lin", now=NOW)
    assert queries.of_task(first.pk).message_id == name
    tasks.complete(**given)
    assert sending.message(name).status is Status.HANDED
    second = Task.objects.exclude(pk=first.pk).get(status="open")
    tasks.complete(task_ids=[second.pk], outcome="staying", actor="lin", now=later)
    assert sending.message(name).standing == "answered"


def test_a_task_that_is_not_needed_takes_the_message_back(shop):
    name = wait()
    services.hand_out(now=NOW)
    tasks.cancel(task_ids=[Task.objects.get().pk], actor="lin", now=NOW)
    assert sending.message(name).status is Status.TAKEN_BACK


def test_no_colleague_gets_more_than_a_day_holds(shop):
    for n in range(1, 5):
        wait(f"C-{n}", priority=10 * n)
    assert services.hand_out(now=NOW)["tasks"] == 2
    assert set(Task.objects.values_list("customer_id", flat=True)) == {"C-3", "C-4"}
    assert services.hand_out(now=NOW + timedelta(hours=1)) == {
        "tasks": 0,
        "withheld": 0,
        "later": 0,
        "failed": 0,
    }
    assert services.hand_out(now=NOW + timedelta(days=1))["tasks"] == 2


def test_nobody_makes_a_task_of_what_the_customer_does_not_want(shop):
    name = wait()
    privacy.set_consent(
        customer_id="C-1", channel="phone", purpose="marketing", given=False, source="till", actor="ada"
    )
    assert services.hand_out(now=NOW)["withheld"] == 1
    assert (sending.message(name).status, sending.message(name).reason) == (Status.WITHHELD, "withdrawn")
    assert not Task.objects.exists()
    assert statuses("C-1") == ["withheld"]


def test_a_letter_is_posted_and_arrives(shop):
    name = wait(channel="post")
    services.hand_out(now=NOW)
    (one,) = queries.to_ship(owner_ids=[shop.lin.pk])
    assert queries.to_ship(owner_ids=[shop.mei.pk]) == []
    tasks.complete(task_ids=[one.task_id], outcome="sent", actor="lin", now=NOW)
    for state, standing in (("shipped", "sent"), ("returned", "bounced"), ("arrived", "delivered")):
        services.ship(task_id=one.task_id, state=state, tracking="RR 1", actor="lin", now=NOW)
        assert sending.message(name).standing == standing
    assert queries.to_ship() == []
    with pytest.raises(ValueError, match="state"):
        services.ship(task_id=one.task_id, state="lost", tracking="", actor="lin", now=NOW)
    wait("C-2")
    services.hand_out(now=NOW)
    with pytest.raises(TaskError):
        services.ship(
            task_id=Task.objects.get(channel="phone").pk, state="packed", tracking="", actor="lin", now=NOW
        )


def test_addresses_are_given_out_on_record_and_for_own_customers_only(shop, client, own):  # noqa: F811
    from keepwell.customers.services import save_contact_point

    own("C-9", shop.mei, name="Of Mei", country="CN")
    privacy.set_consent(
        customer_id="C-9", channel="post", purpose="marketing", given=True, source="till",
        wording="marketing/1", actor="ada",
    )  # fmt: skip
    for number in ("C-1", "C-9"):
        save_contact_point(
            customer_id=number, kind="address", value=f"1 West Lake Road, {number}", source="crm", actor="ada"
        )
        wait(number, "post")
    services.hand_out(now=NOW)
    client.force_login(shop.kai)
    sheet = client.get(reverse("letters_sheet")).content.decode()
    assert "1 West Lake Road, C-1" in sheet
    assert client.get(reverse("letters_export", args=["csv"])).status_code == 403
    client.force_login(shop.ada)
    said = b"".join(client.get(reverse("letters_export", args=["csv"])).streaming_content).decode()
    assert "1 West Lake Road, C-9" in said
    seen = AuditEntry.objects.filter(action="letters.addresses").order_by("pk")
    assert list(seen.values_list("actor", "object_id")) == [("kai", "print"), ("ada", "csv")]
    client.force_login(shop.lin)
    page = client.get(reverse("letters")).content.decode()
    assert "Ann 1" in page
    assert "Of Mei" not in page
    assert "West Lake" not in page
    (mine,) = queries.to_ship(owner_ids=[shop.lin.pk])
    typed = {"state": "packed", "tracking": "RR 2"}
    assert client.post(reverse("letter_ship", args=[mine.task_id]), typed).status_code == 302
    assert queries.of_task(mine.task_id).tracking == "RR 2"
    assert "Say hello to C-1" in client.get(reverse("task", args=[mine.task_id])).content.decode()


def test_a_letter_is_listed_by_the_name_of_its_text(shop, client):
    content.create_template(
        code="thanks_card", name="Thank-you card", kind="letter", purpose="marketing",
        content_type="care", language="en", actor="ada", now=NOW,
    )  # fmt: skip
    for number, code in (("C-1", "thanks_card"), ("C-2", "gone_card")):
        wait(number, "post", content=code)
    services.hand_out(now=NOW)
    client.force_login(shop.lin)
    page = client.get(reverse("letters")).content.decode()
    assert "Thank-you card" in page
    assert "thanks_card" not in page
    assert "gone_card" in page
