"""Pages of the answers, of the rules and of the figures."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from keepwell.outreach.firstreply import services
from keepwell.outreach.firstreply.models import Enquiry
from keepwell.outreach.firstreply.queries import answers, rules
from tests.outreach.conftest import NOW

DAY, SECOND = timedelta(days=1), timedelta(seconds=1)


@pytest.fixture
def browser(people, monkeypatch):
    from keepwell.foundation import clock

    monkeypatch.setattr(clock, "now", lambda: NOW)

    def sign_in(user):
        client = Client()
        client.force_login(user)
        return client

    return sign_in


def test_ready_made_answers_are_drafts_that_cannot_be_used_before_their_gaps_are_filled(browser, people):
    client = browser(people.ada)
    assert "No answers yet" in client.get(reverse("house_answers")).content.decode()
    client.post(reverse("house_answers"), {"do": "ready_made"})
    client.post(reverse("house_answers"), {"do": "ready_made"})
    found = answers.answers()
    assert len(found) == 5
    assert {one.state for one in found} == {"draft"}
    one = found[0]
    address = reverse("house_answer_decide", args=[one.answer_id])
    said = client.post(address, {"revision": one.revision, "do": "approve"}, follow=True).content.decode()
    assert "It still has a gap" in said
    assert answers.get(one.answer_id).state == "draft"


def test_an_answer_is_written_and_approved_and_who_changes_it_takes_it_out_of_use(browser, people):
    client = browser(people.ada)
    form = {"title": "Returns", "words.en": "send it back\nreturn", "texts.en": "Within 14 days."}
    refused = client.post(reverse("house_answer_add"), {**form, "link": "http://shop.example"})
    assert refused.status_code == 400
    assert "begins with https://" in refused.content.decode()
    client.post(reverse("house_answer_add"), {**form, "link": "https://shop.example/returns"})
    one = answers.answers()[0]
    assert one.draft.words["en"] == ("send it back", "return")
    kai = browser(people.kai)
    decide = reverse("house_answer_decide", args=[one.answer_id])
    assert kai.post(decide, {"revision": one.revision}).status_code == 403
    services.approve(answer_id=one.answer_id, revision=one.revision, actor="mei", now=NOW)
    assert answers.get(one.answer_id).is_valid(NOW.date())
    address = reverse("house_answer", args=[one.answer_id])
    client.post(address, {**form, "texts.en": "Within 30 days.", "revision": one.revision})
    changed = answers.get(one.answer_id)
    assert (changed.state, changed.revision) == ("draft", one.revision + 1)
    late = client.post(address, {**form, "texts.en": "Within 7 days.", "revision": one.revision})
    assert late.status_code == 400
    assert answers.get(one.answer_id).draft.texts["en"] == "Within 30 days."


def test_who_wrote_it_does_not_approve_it_where_somebody_else_can(browser, people):
    from keepwell.accounts.models import User

    User.objects.create_user("rita", password="correct horse", roles=["retention_manager"])
    client = browser(people.ada)
    form = {"title": "Returns", "words.en": "return", "texts.en": "Within 14 days."}
    client.post(reverse("house_answer_add"), form)
    one = answers.answers()[0]
    decide = reverse("house_answer_decide", args=[one.answer_id])
    said = client.post(decide, {"revision": one.revision}, follow=True).content.decode()
    assert "Somebody else must approve this" in said
    assert answers.get(one.answer_id).state == "draft"


def test_the_file_goes_out_and_comes_in_again_unchanged(browser, people):
    client = browser(people.ada)
    client.post(reverse("house_answers"), {"do": "ready_made"})
    export = reverse("house_answers_export")
    content = b"".join(client.get(export).streaming_content)
    before = answers.answers()
    client.post(reverse("house_answers"), {"do": "file", "file": SimpleUploadedFile("a.csv", content)})
    assert answers.answers() == before
    lines = "code,title,words_en,text_en\nparking,Parking,where to park; parking,Behind it.\n,No code,x,y\n"
    file = SimpleUploadedFile("b.csv", lines.encode())
    said = client.post(reverse("house_answers"), {"file": file}, follow=True).content.decode()
    assert "1 line taken in." in said
    assert "Line 3" in said
    assert {one.draft.title for one in answers.answers()} - {one.draft.title for one in before} == {"Parking"}


def form_of(page):
    shown = page.context["one"]
    texts = {
        f"texts.{name}.{code}": text for name, said in shown.texts.items() for code, text in said.items()
    }
    return {
        "threshold": "55",
        "target": "80",
        "apart_minutes": "10",
        "settle_hours": "24",
        "due_minutes": "240",
        "person_words": "\n".join(shown.person_words),
        **texts,
    }


def test_rules_are_kept_and_tried_and_switched_on_by_hand(browser, people, house, write):
    write("invoice", now=NOW - DAY)
    write("The blue teapot leaks", now=NOW - DAY)
    client = browser(people.ada)
    address = reverse("first_reply")
    form = form_of(client.get(address))
    refused = client.post(address, {**form, "channels": ["sms"], "threshold": "5", "person_words": ""})
    assert refused.status_code == 400
    assert rules.newest().version == 0
    said = client.post(address, {**form, "channels": ["sms"]}, follow=True).content.decode()
    assert "Would have answered 1 of the 2 messages of the last 90 days." in said
    assert "The blue teapot leaks" in said
    assert rules.active() is None
    client.post(address, {"do": "on", "version": "1"})
    assert rules.active().version == 1
    client.post(address, {"do": "off"})
    assert rules.active() is None


def test_the_figures_name_the_share_and_who_judges_routine(browser, people, replies, write, sent):
    replies()
    write("invoice", now=NOW - 3 * DAY)
    sent.go(NOW - 3 * DAY + 4 * SECOND)
    services.watch(now=NOW - 3 * DAY + 5 * SECOND)
    services.watch(now=NOW)
    client = browser(people.ada)
    said = client.get(reverse("first_reply_figures")).content.decode()
    assert "1 of 1 routine enquiry was closed automatically: 100.0%; the target is 80%." in said
    number = Enquiry.objects.get().pk
    client.post(reverse("first_reply_judge"), {"enquiry": number, "routine": "0"})
    assert not Enquiry.objects.get().routine
    assert client.post(reverse("first_reply_judge"), {"enquiry": "0", "routine": "0"}).status_code == 404
    lines = b"".join(
        client.get(reverse("first_reply_figures_export", args=["csv"])).streaming_content
    ).splitlines()
    assert len(lines) == 2
    assert browser(people.lin).get(reverse("first_reply_figures")).status_code == 403


def test_customers_words_are_shown_only_to_who_may_read_them_elsewhere(browser, people, house, write):
    from dataclasses import replace

    from keepwell.accounts.models import User
    from keepwell.outreach.firstreply import rulebook

    write("The blue teapot leaks", now=NOW - DAY)
    made = services.save_rules(rules=replace(rulebook.usual(), channels=("sms",)), actor="ada", now=NOW)
    services.try_rules(version=made.version, actor="ada", now=NOW)
    eve = User.objects.create_user("eve", password="correct horse", roles=["analyst"])
    page = browser(eve).get(reverse("first_reply")).content.decode()
    assert "The blue teapot leaks" not in page
    assert "Examples are shown to those" in page
    assert "The blue teapot leaks" in browser(people.ada).get(reverse("first_reply")).content.decode()


def test_whoever_has_the_task_reads_what_they_are_to_answer_and_that_is_on_record(
    browser, people, replies, write
):
    from keepwell.foundation.audit.models import AuditEntry
    from keepwell.outreach.models import Task
    from keepwell.outreach.services import tasks

    replies()
    write("The blue <b>teapot</b> leaks")
    task = Task.objects.get()
    tasks.delegate(task_ids=[task.pk], assignee_id=people.sam.pk, actor="lin", now=NOW)
    page = browser(people.sam).get(reverse("task", args=[task.pk])).content.decode()
    assert "The blue &lt;b&gt;teapot&lt;/b&gt; leaks" in page
    entry = AuditEntry.objects.filter(action="customer.written.read").latest("pk")
    assert (entry.actor, entry.object_id) == ("sam", "C-1")


def test_a_file_with_a_cell_without_end_is_refused_line_by_line(browser, people):
    content = b'code,title\nfine,Fine\nbad,"' + b"x" * 200_000
    client = browser(people.ada)
    said = client.post(
        reverse("house_answers"), {"file": SimpleUploadedFile("a.csv", content)}, follow=True
    ).content.decode()
    assert "The file could not be read" in said
    zero = SimpleUploadedFile("a.csv", b"code,title\nfine,Fi\0ne\n")
    assert (
        "could not be read"
        in client.post(reverse("house_answers"), {"file": zero}, follow=True).content.decode()
    )
