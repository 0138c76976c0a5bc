"""Drafts by a model: what it is told, what becomes of its answers, and that nothing is lost.

The endpoint is a server on this machine that holds callers to the contract of chat completions.
"""

from __future__ import annotations

import json

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from keepwell.foundation.audit.models import AuditEntry
from keepwell.outreach.content import queries, services
from keepwell.outreach.content.contracts import Brief, ContentError, Kind
from keepwell.outreach.content.core import prompt as prompts
from keepwell.outreach.content.models import DraftingModel
from tests.outreach.channels.loopback import CUT, SLOW, Loopback
from tests.outreach.conftest import NOW

KEY = "sk-right"
PATH = "/v1/chat/completions"
GOAL = Brief("Tell that the shop opens on Sundays", tone="warm", length="short", avoid="prices")
BY = {"actor": "ada", "now": NOW}


class Completions(Loopback):
    """Answers as the documents of chat completions say, and refuses what they do not allow."""

    words = json.dumps({"body": "We now open on Sundays."})

    def answer(self, method, path, query, headers, said):
        if (method, path) != ("POST", PATH):
            return 404, {"error": {"message": "Unknown request URL", "type": "invalid_request_error"}}
        if headers.get("Authorization") != f"Bearer {KEY}":
            return 401, {"error": {"message": "Incorrect API key provided", "code": "invalid_api_key"}}
        roles = [one.get("role") for one in said.get("messages", [])]
        known = {"model", "messages", "response_format"} >= said.keys()
        form = said.get("response_format", {"type": "json_object"})
        told = all(isinstance(one["content"], str) and one["content"] for one in said["messages"])
        if not known or said.get("model") != "small-1" or roles != ["system", "user"] or not told:
            return 400, {"error": {"message": "bad request", "type": "invalid_request_error"}}
        if form != {"type": "json_object"} or "json" not in str(said["messages"]).lower():
            return 400, {"error": {"message": "'messages' must contain the word 'json'"}}
        return 200, completion(self.words)


def completion(words, *, finish="stop", refusal=None):
    message = {"role": "assistant", "content": words, "refusal": refusal}
    return {
        "object": "chat.completion",
        "choices": [{"index": 0, "message": message, "finish_reason": finish}],
    }


@pytest.fixture
def endpoint(settings, home):
    settings.KEEPWELL_WEBHOOKS_PRIVATE = True
    server = Completions()
    yield server
    server.close()


@pytest.fixture
def ready(db, endpoint, brand):
    set_up(endpoint)
    return endpoint


def set_up(endpoint, **more):
    values = {"enabled": True, "base_url": f"{endpoint.address}/v1", "model": "small-1", "key": KEY}
    services.set_drafting(**values | {"timeout_seconds": 5} | BY | more)


def a_text(kind="chat", language="en", content_type="service_notice", purpose="service"):
    services.create_template(
        code="sundays",
        name="Sundays",
        kind=kind,
        purpose=purpose,
        content_type=content_type,
        language=language,
        **BY,
    )
    one = queries.draft("sundays").texts[0]
    if kind == "chat":
        services.save_text(
            code="sundays", text_id=one.text_id, revision=one.revision, body="By hand", actor="lin", now=NOW
        )
    return now_there()


def now_there():
    return queries.get("sundays"), queries.draft("sundays").texts[0]


def ask(template, text, brief=GOAL, **more):
    digest = queries.draft_prompt(template=template, text=text, brief=brief).digest
    return services.draft_text(template=template, text=text, brief=brief, **{"digest": digest} | BY | more)


def test_a_draft_takes_the_place_of_the_text_and_goes_back_by_one_click(ready):
    made = ask(*a_text())
    assert (made.body, made.drafted_with, made.drafted_by) == ("We now open on Sundays.", "small-1", "ada")
    assert made.may_undo
    back = services.undo_draft(code="sundays", text_id=made.text_id, revision=made.revision, **BY)
    assert (back.body, back.drafted_with, back.may_undo) == ("By hand", "", False)
    with pytest.raises(ContentError, match="nothing_to_undo"):
        services.undo_draft(code="sundays", text_id=made.text_id, revision=back.revision, **BY)


def test_what_was_shown_is_what_is_sent(ready):
    template, text = a_text()
    shown = queries.draft_prompt(template=template, text=text, brief=GOAL)
    ask(template, text)
    (said,) = ready.to(PATH)
    assert [one["content"] for one in said["messages"]] == [shown.system, shown.user]
    services.set_brand(values={"company_name": "Other"}, based_on=1, **BY)
    with pytest.raises(ContentError, match="prompt_changed"):
        ask(*now_there(), digest=shown.digest)
    assert len(ready.to(PATH)) == 1


def test_the_prompt_names_public_values_limits_variables_and_customs(ready, mei_wang):
    template, text = a_text("sms", "zh-hans", purpose="marketing")
    shown = queries.draft_prompt(template=template, text=text, brief=GOAL)
    whole = shown.system + shown.user
    assert "Tea & Co" in whole
    assert "https://www.keepwell-tea.com" in whole
    for name, one in queries.VARIABLES.items():  # a list is for a block, not for a sentence
        assert isinstance(one.example, list) or "{{ " + name in whole, name
    assert "Aim at 70 characters" in whole
    assert "拒收请回复R" in whole
    assert "Customs to heed:" in whole
    for example in ("Wang Mei", "Ms Wang", "Mei", "Chen Li", "1 West Lake Road", "By hand"):
        assert example not in whole


@given(
    st.sampled_from(list(Kind)), st.sampled_from(["en", "zh-hans", "zh-hant", "de"]), st.text(max_size=200)
)
def test_a_prompt_is_the_same_for_the_same_brief_and_says_it(kind, language, goal):
    about = prompts.About(kind, "marketing", "offer", language, {}, {})
    one, two = (prompts.build(Brief(goal), about) for _ in range(2))
    assert one == two
    assert goal.strip() in one.user
    assert "JSON" in one.system


@given(
    st.sampled_from(list(Kind)),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=20),
        lambda inner: (
            st.lists(inner, max_size=4)
            | st.dictionaries(
                st.sampled_from(["subject", "body", "blocks", "type", "text", "x"]), inner, max_size=4
            )
        ),
        max_leaves=12,
    ),
)
def test_an_answer_is_read_whole_or_refused_in_words(kind, told):
    try:
        found = prompts.read(json.dumps(told), kind)
    except ContentError as error:
        found = {}
        refused = error.code
    else:
        refused = ""
    assert refused in ("", "model_bad_answer", "model_too_long")
    assert set(found) <= {"subject", "body", "blocks"}


@pytest.mark.parametrize("said", ["write to li@shop.com", "call 138 0013 8000", "+86-571-0000-0000"])
def test_nothing_of_a_person_goes_out(ready, said):
    template, text = a_text()
    with pytest.raises(ContentError, match="brief_personal"):
        ask(template, text, Brief(said), digest="")
    assert ready.calls == []


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ((401, {"error": {"message": "no"}}), "model_key"),
        ((404, {}), "model_not_there"),
        ((429, {"error": {"message": "Rate limit reached"}}), "model_busy"),
        ((500, b"oops"), "model_failed"),
        ((302, b""), "model_failed"),
        (CUT, "model_unreachable"),
        ((200, b"<html>"), "model_bad_answer"),
        ((200, {"choices": []}), "model_bad_answer"),
        ((200, completion("no JSON")), "model_bad_answer"),
        ((200, completion('{"text": "x"}')), "model_bad_answer"),
        ((200, completion('{"body": 5}')), "model_bad_answer"),
        ((200, completion(None, refusal="I cannot")), "model_refused"),
        ((200, completion("", finish="content_filter")), "model_refused"),
        ((200, completion('{"body": "cut o', finish="length")), "model_too_long"),
        ((200, completion(json.dumps({"body": "x" * 60_001}))), "model_too_long"),
        ((200, b" " * 1_000_001), "model_too_long"),
    ],
)
def test_whatever_goes_wrong_is_said_and_changes_nothing(ready, answer, code):
    template, text = a_text()
    ready.next_answers[PATH] = [answer]
    with pytest.raises(ContentError, match=code):
        ask(template, text)
    assert now_there()[1] == text
    entry = AuditEntry.objects.filter(action="content.text.draft").get()
    assert entry.details["outcome"] == code


def test_an_answer_that_does_not_come_is_not_waited_for(ready):
    template, text = a_text()
    DraftingModel.objects.update(timeout_seconds=1)
    ready.next_answers[PATH] = [SLOW]
    with pytest.raises(ContentError, match="model_slow"):
        ask(template, text)
    assert now_there()[1] == text


@pytest.mark.django_db(transaction=True)
def test_no_transaction_is_open_while_the_model_is_asked(endpoint, settings):
    set_up(endpoint)
    template, text = a_text()
    from keepwell.outreach.content import completions

    open_then = []
    real = completions.complete
    try:
        completions.complete = lambda *args: open_then.append(connection.in_atomic_block) or real(*args)
        ask(template, text)
    finally:
        completions.complete = real
    assert open_then == [False]


def test_somebody_who_saved_meanwhile_keeps_their_words(ready):
    template, text = a_text()
    services.save_text(
        code="sundays", text_id=text.text_id, revision=text.revision, body="Theirs", actor="lin", now=NOW
    )
    with pytest.raises(ContentError, match="edited_meanwhile"):
        ask(template, text)
    assert now_there()[1].body == "Theirs"


def test_an_email_keeps_its_footer_and_is_checked(ready):
    blocks = [{"type": "text", "text": "Hello {{ customer.nickname }}"}]
    ready.words = "```json\n" + json.dumps({"subject": "Open on\nSundays", "blocks": blocks}) + "\n```"
    template, text = a_text("email")
    made = ask(template, text)
    assert made.subject == "Open on Sundays"
    assert [one["type"] for one in made.blocks] == ["text", "footer"]
    found = queries.findings(template, made, today=NOW.date())
    assert "unknown_variable" in {one.code for one in found}
    with pytest.raises(ContentError, match="has_errors"):
        services.approve(code="sundays", revision=queries.draft("sundays").revision, actor="root", now=NOW)


def test_pictures_and_products_are_not_a_models_to_invent(ready):
    blocks = [{"type": "image", "url": "https://elsewhere.example/x.png", "alt": "x"}]
    ready.words = json.dumps({"subject": "x", "blocks": blocks})
    with pytest.raises(ContentError, match="model_bad_answer"):
        ask(*a_text("email"))


def test_the_mark_goes_with_copies_and_is_named_at_the_approval(ready, people):
    made = ask(*a_text())
    services.add_text(code="sundays", language="fr", copy_of=made.text_id, **BY)
    services.remove_text(code="sundays", text_id=made.text_id, **BY)
    draft = queries.draft("sundays")
    assert [one.drafted_with for one in draft.drafted] == ["small-1"]
    assert draft.status == "draft"
    services.approve(code="sundays", revision=draft.revision, actor="root", now=NOW)
    assert AuditEntry.objects.get(action="content.approve").details["drafted_with"] == ["small-1"]


def test_an_approved_version_becomes_a_draft_again(ready, people):
    a_text()
    services.approve(code="sundays", revision=queries.draft("sundays").revision, actor="root", now=NOW)
    ask(*now_there())
    assert queries.draft("sundays").status == "draft"


def test_the_audit_log_names_who_when_which_model_and_how_long_but_no_words(ready):
    ask(*a_text())
    entry = AuditEntry.objects.get(action="content.text.draft")
    assert (entry.actor, entry.details["model"], entry.details["outcome"]) == ("ada", "small-1", "done")
    assert entry.details["answered"] == len(ready.words)
    assert "Sundays" not in json.dumps(entry.details)


def test_a_person_asks_so_often_an_hour_and_no_more(ready, monkeypatch):
    from keepwell.outreach.content.services import drafting

    monkeypatch.setattr(drafting, "PER_PERSON", drafting.Policy("content-drafting", 2, 3_600))
    a_text()
    ask(*now_there())
    ask(*now_there())
    with pytest.raises(ContentError, match="model_often"):
        ask(*now_there())
    ask(*now_there(), actor="lin")
    assert len(ready.calls) == 3


def test_off_until_it_is_switched_on(db, endpoint, brand):
    template, text = a_text()
    with pytest.raises(ContentError, match="model_missing"):
        ask(template, text)
    set_up(endpoint, enabled=False)
    with pytest.raises(ContentError, match="model_missing"):
        ask(template, text)
    services.try_drafting(**BY)
    assert len(endpoint.calls) == 1


def test_the_key_is_sealed_and_follows_no_new_address(ready):
    with connection.cursor() as cursor:
        cursor.execute("SELECT key FROM content_draftingmodel")
        assert KEY not in cursor.fetchone()[0]
    set_up(ready, key="")
    services.try_drafting(**BY)
    with pytest.raises(ContentError, match="type_again"):
        set_up(ready, key="", base_url="http://127.0.0.1:9/v1")
    set_up(ready, key="", base_url="http://127.0.0.1:9/v1", forget_key=True)
    assert not queries.drafting().has_key
    assert KEY not in json.dumps([one.details for one in AuditEntry.objects.all()])


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1/v1", "https://10.0.0.1/v1", "https://localhost/v1", "file:///etc"]
)
def test_only_the_public_internet_is_called(db, settings, url):
    settings.KEEPWELL_WEBHOOKS_PRIVATE = False
    with pytest.raises(ContentError, match="model_address"):
        services.set_drafting(enabled=True, base_url=url, model="m", **BY)


def test_a_name_that_turns_private_is_not_called(ready, settings):
    settings.KEEPWELL_WEBHOOKS_PRIVATE = False
    with pytest.raises(ContentError, match="model_address"):
        ask(*a_text())
    assert ready.calls == []


def browser(person):
    client = Client()
    client.force_login(person)
    return client


def test_the_way_through_the_pages(ready, people):
    _template, text = a_text()
    ada, place = browser(people.ada), ["sundays", text.text_id]
    assert "Save, and draft with a model" in ada.get(reverse("content_text", args=place)).content.decode()
    saved = {"revision": text.revision, "body": "Half a sentence", "do": "model"}
    went = ada.post(reverse("content_text", args=place), saved)
    assert went.url == reverse("content_draft", args=place)
    assert now_there()[1].body == "Half a sentence"
    typed = {"goal": "Tell that we open on Sundays", "length": "short", "tone": "warm"}
    page = ada.post(went.url, typed | {"do": "show"})
    digest = page.context["prompt"].digest
    assert "This is sent, word by word" in page.content.decode()
    assert ready.calls == []
    ready.next_answers[PATH] = [(429, {})]
    failed = ada.post(went.url, typed | {"do": "send", "digest": digest})
    assert failed.status_code == 422
    assert typed["goal"] in failed.content.decode()
    assert "no more requests at present" in failed.content.decode()
    done = ada.post(went.url, typed | {"do": "send", "digest": digest}, follow=True).content.decode()
    assert "We now open on Sundays." in done
    assert "Drafted by a model (small-1), asked by ada" in done
    told = ada.get(reverse("content_template", args=["sundays"])).content.decode()
    assert "Whoever approves it has read every word" in told
    back = ada.post(
        reverse("content_draft_undo", args=place), {"revision": now_there()[1].revision}, follow=True
    ).content.decode()
    assert "Half a sentence" in back
    assert "Drafted by a model" not in back


def test_settings_by_page(db, endpoint, people):
    ada = browser(people.ada)
    form = {
        "base_url": f"{endpoint.address}/v1",
        "model": "small-1",
        "key": "sk-wrong",
        "timeout_seconds": "9",
    }
    assert ada.post(reverse("content_drafting"), form | {"timeout_seconds": "61"}).status_code == 422
    assert ada.post(reverse("content_drafting"), form).status_code == 302
    tried = ada.post(reverse("content_drafting_try"), follow=True).content.decode()
    assert "does not accept the key (HTTP 401)" in tried
    page = ada.get(reverse("content_drafting")).content.decode()
    assert "sk-wrong" not in page
    assert "Switched off." in page
    assert browser(people.lin).get(reverse("content_drafting")).status_code == 403
