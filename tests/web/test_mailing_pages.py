"""The pages of mailings, as those who send use them."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from keepwell.foundation import clock
from keepwell.outreach.mailings import queries, services
from keepwell.outreach.mailings.contracts import Status
from keepwell.outreach.sending.services import working
from tests.outreach.mailings.conftest import account, letter, oslo  # noqa: F401
from tests.outreach.sending.conftest import NOW, connect, draft, inbox, people  # noqa: F401

pytestmark = pytest.mark.django_db(transaction=True)
NOON = NOW + timedelta(hours=4)


@pytest.fixture
def now(monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: NOON)


@pytest.fixture
def browser(db):
    def sign_in(role="retention_manager"):
        from keepwell.accounts.models import User

        client = Client()
        client.force_login(User.objects.create_user(role, password="correct horse", roles=[role]))
        return client

    return sign_in


@pytest.fixture
def form(oslo, letter, account, now):  # noqa: F811
    def make(count=3, **changes):
        usual = {
            "name": "Spring",
            "segment_id": oslo(count),
            "template_code": letter(),
            "send_at": "",
            "keep_trying_days": "3",
            "priority": "30",
            "control_share": "0",
        }
        return {**usual, **changes}

    return make


def page(client, address, *args, status=200, htmx=False):
    headers = {"HX-Request": "true"} if htmx else {}
    response = client.get(reverse(address, args=args), headers=headers)
    assert response.status_code == status
    return response.content.decode()


def test_from_an_empty_list_to_what_became_of_each_message(browser, form, inbox):  # noqa: F811
    client = browser()
    assert "Nothing was sent yet" in page(client, "mailings")
    made = client.post(reverse("mailing_new"), form())
    (one,) = queries.mailings()
    assert made.headers["Location"] == reverse("mailing", args=[one.mailing_id])
    assert "Type the number of members" in page(client, "mailing", one.mailing_id)
    said = page(client, "mailing_audience", one.mailing_id, htmx=True)
    assert "would get it" in said
    wrong = client.post(
        reverse("mailing_confirm", args=[one.mailing_id]), {"revision": one.revision, "typed": "2"}
    )
    assert wrong.status_code == 422
    assert "Type the number of members to confirm." in wrong.content.decode()
    client.post(reverse("mailing_confirm", args=[one.mailing_id]), {"revision": one.revision, "typed": "3"})
    assert queries.mailing(one.mailing_id).status is Status.PREPARING
    while services.prepare_next(now=NOON) is not None:
        pass
    working.work(now=lambda: NOON)
    services.settle(now=NOON)
    shown = page(client, "mailing", one.mailing_id)
    assert "hx-trigger" not in shown.split('id="kw-mailing"')[1].split(">")[0]
    assert len(inbox.messages) == 3
    assert "Spring" in page(client, "mailings")


def test_a_time_that_is_none_is_not_taken_for_now(browser, form):
    answer = browser().post(reverse("mailing_new"), form(send_at="tomorrow"))
    assert answer.status_code == 422
    assert "Please choose a day and a time, or leave it empty." in answer.content.decode()
    assert queries.mailings() == []


def test_the_time_is_the_writers(browser, form):
    client = browser()
    from keepwell.accounts.models import User

    User.objects.update(time_zone="Asia/Shanghai")
    client.post(reverse("mailing_new"), form(send_at="2026-11-24T09:30"))
    (one,) = queries.mailings()
    assert one.send_at.isoformat() == "2026-11-24T01:30:00+00:00"
    assert 'value="2026-11-24T09:30"' in page(client, "mailing", one.mailing_id)


def test_it_is_paused_resumed_and_stopped(browser, form):
    client = browser()
    client.post(reverse("mailing_new"), form())
    (one,) = queries.mailings()
    client.post(reverse("mailing_confirm", args=[one.mailing_id]), {"revision": one.revision, "typed": "3"})
    services.prepare_next(now=NOON)
    client.post(reverse("mailing_act", args=[one.mailing_id, "pause"]))
    assert "Paused: nothing of it goes." in page(client, "mailing", one.mailing_id)
    assert working.work(now=lambda: NOON).sent == 0
    client.post(reverse("mailing_act", args=[one.mailing_id, "resume"]))
    client.post(reverse("mailing_act", args=[one.mailing_id, "stop"]))
    assert working.work(now=lambda: NOON).sent == 0
    told = client.post(reverse("mailing_act", args=[one.mailing_id, "pause"]), follow=True)
    assert "It has ended." in told.content.decode()


def test_every_member_is_in_the_file(browser, form):
    client = browser("administrator")
    client.post(reverse("mailing_new"), form())
    (one,) = queries.mailings()
    client.post(reverse("mailing_confirm", args=[one.mailing_id]), {"revision": one.revision, "typed": "3"})
    services.prepare_next(now=NOON)
    working.work(now=lambda: NOON)
    response = client.get(reverse("mailing_export", args=[one.mailing_id, "csv"]))
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [(row["customer_id"], row["status"]) for row in rows] == [(f"C{n:05d}", "sent") for n in range(3)]
    excel = client.get(reverse("mailing_export", args=[one.mailing_id, "xlsx"]))
    assert b"".join(excel.streaming_content)[:2] == b"PK"


def test_who_may_only_look_sees_no_way_to_send(browser, form):
    writer, reader = browser(), browser("read_only")
    writer.post(reverse("mailing_new"), form())
    (one,) = queries.mailings()
    shown = page(reader, "mailing", one.mailing_id)
    assert "Type the number of members" not in shown
    assert reader.post(reverse("mailing_confirm", args=[one.mailing_id]), {"typed": "3"}).status_code == 403
    assert queries.mailing(one.mailing_id).status is Status.DRAFT


def test_a_second_click_on_confirm_shows_what_becomes_of_it_and_no_form(browser, form):
    client = browser()
    client.post(reverse("mailing_new"), form())
    (one,) = queries.mailings()
    address = reverse("mailing_confirm", args=[one.mailing_id])
    typed = {"revision": one.revision, "typed": "3"}
    assert client.post(address, typed).status_code == 302
    again = client.post(address, typed)
    assert (again.status_code, again.headers["Location"]) == (302, reverse("mailing", args=[one.mailing_id]))
    said = client.get(again.headers["Location"]).content.decode()
    assert "It has been confirmed already." in said
    assert 'name="template_code"' not in said
    late = client.post(reverse("mailing", args=[one.mailing_id]), form_of(one))
    assert late.headers["Location"] == reverse("mailing", args=[one.mailing_id])


def form_of(one):
    """An older page of the draft, saved."""
    return {
        "revision": one.revision, "name": "Summer", "segment_id": one.segment_id,
        "template_code": one.template_code, "keep_trying_days": "3", "priority": "30",
    }  # fmt: skip
