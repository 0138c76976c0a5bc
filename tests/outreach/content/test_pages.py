"""The pages of content as people use them."""

from __future__ import annotations

import base64
import hashlib
import re

import pytest
from django.test import Client
from django.urls import reverse

from keepwell.foundation.audit.models import AuditEntry
from keepwell.outreach.content import queries, services
from keepwell.outreach.content.contracts import Status
from tests.outreach.conftest import NOW


@pytest.fixture
def as_(people):
    def browser(name):
        client = Client()
        client.force_login(getattr(people, name))
        return client

    return browser


def page(client, address, *args, **query):
    response = client.get(reverse(address, args=args), query)
    assert response.status_code == 200, response.content.decode()[-800:]
    return response.content.decode()


def post(client, address, *args, htmx=False, **data):
    headers = {"HX-Request": "true"} if htmx else {}
    return client.post(reverse(address, args=args), data, headers=headers)


def editor(code):
    one = queries.draft(code).texts[0]
    return code, one.text_id


def typed(code, **more):
    """What the form of an e-mail sends, with blocks given as a list."""
    one = queries.draft(code).texts[0]
    blocks = more.pop("given", [dict(block) for block in one.blocks])
    data = {"revision": one.revision, "subject": one.subject, "blocks": len(blocks), "dropped": ""}
    for place, block in enumerate(blocks):
        data[f"block.{place}"] = block["type"]
        data |= {f"block.{place}.{name}": value for name, value in block.items() if name != "type"}
    return data | more


def test_the_list_and_its_filters(as_, brand):
    ada = as_("ada")
    everything = page(ada, "content")
    assert "Birthday text message" in everything
    assert "(missing)" not in everything
    services.create_template(
        code="own",
        name="Our own",
        kind="email",
        purpose="service",
        content_type="care",
        language="de",
        actor="ada",
        now=NOW,
    )
    assert "Our own" in page(ada, "content", language="-en")
    assert "Our own" not in page(ada, "content", language="zh-hans")
    only = page(ada, "content", kind="letter")
    assert "Thank-you card" in only
    assert "Birthday" not in only
    assert "No template is like this" in page(ada, "content", q="xyz")


def test_who_writes_is_asked_for_first(as_, people):
    assert "Nobody has said yet who writes" in page(as_("ada"), "content")
    response = post(
        as_("ada"), "content_brand", version=0, company_name="Tea", accent="#b91c1c", website="http://x"
    )
    assert response.status_code == 422
    assert "must begin with https" in response.content.decode()
    response = post(as_("ada"), "content_brand", version=0, company_name="Tea", accent="#b91c1c")
    assert response.status_code == 302
    assert queries.brand().values == {"company_name": "Tea", "accent": "#b91c1c"}
    assert "Nobody has said yet" not in page(as_("ada"), "content")
    assert post(as_("lin"), "content_brand", version=1, company_name="Mine").status_code == 403


def test_a_template_from_the_first_click_to_use(as_, brand):
    ada = as_("ada")
    head = {
        "code": "News",
        "name": "News",
        "kind": "email",
        "purpose": "marketing",
        "content_type": "product_news",
        "language": "en",
    }
    assert post(ada, "content_new", **{**head, "name": ""}).status_code == 422
    response = post(ada, "content_new", **head)
    place = editor("news")
    assert response["Location"] == reverse("content_text", args=place)
    assert "The subject is missing." in page(ada, "content_text", *place)
    blocks = [
        {"type": "heading", "text": "Hello {{ customer.salutation | default: 'there' }}"},
        {"type": "button", "label": "See it", "url": "https://www.keepwell-tea.com/new"},
        {"type": "footer"},
    ]
    saved = post(ada, "content_text", *place, **typed("news", given=blocks, subject="What is new", do="save"))
    assert saved.status_code == 302
    assert [dict(block) for block in queries.draft("news").texts[0].blocks] == blocks
    assert "no error" in page(ada, "content_text", *place)
    assert "Approve" in page(ada, "content_template", "news")
    revision = queries.draft("news").revision
    assert post(ada, "content_decide", "news", "publish", revision=revision).status_code == 422
    assert post(ada, "content_decide", "news", "approve", revision=revision).status_code == 302
    post(ada, "content_decide", "news", "publish", revision=queries.draft("news").revision)
    assert queries.published("news").status == Status.PUBLISHED
    assert "Version 1 is in use." in page(ada, "content_template", "news")
    read_only = page(ada, "content_text", "news", queries.published("news").texts[0].text_id)
    assert "readonly" in read_only
    assert "kw-block-tools" not in read_only
    response = post(ada, "content_act", "news", "draft")
    assert response["Location"] == reverse("content_text", args=editor("news"))
    post(ada, "content_text", *editor("news"), **typed("news", subject="What is quite new", do="save"))
    shown = page(ada, "content_version", "news", 2)
    assert re.search(r"<ins>\s?quite\s?</ins>", shown)
    assert "What changed since version 1" in shown


def test_errors_stop_the_approval_in_words(as_, letter):
    code = letter(body="See https://example.com")
    revision = queries.draft(code).revision
    response = post(as_("ada"), "content_decide", code, "approve", revision=revision)
    assert response.status_code == 422
    assert "1 error(s) must be put right first." in response.content.decode()


def blocks_of(response):
    found = re.findall(
        r'<legend><span class="kw-figure">\d+</span> ([^<]+)</legend>', response.content.decode()
    )
    return [one.strip() for one in found]


def test_blocks_are_added_moved_taken_away_and_brought_back(as_, letter):
    ada = as_("ada")
    code = letter(
        kind="email", subject="Hello", document=[{"type": "text", "text": "One"}, {"type": "footer"}]
    )
    place = editor(code)

    def press(do, **data):
        return post(ada, "content_text", *place, htmx=True, **{**typed(code), **data, "do": do})

    added = press("add:button")
    assert blocks_of(added) == ["Text", "Button", "Footer"], "before the footer"
    assert re.search(r'id="block-1-label"[^>]*autofocus', added.content.decode())
    three = [
        {"type": "text", "text": "One"},
        {"type": "button", "label": "Go", "url": ""},
        {"type": "footer"},
    ]
    moved = press("up:1", **typed(code, given=three))
    assert blocks_of(moved) == ["Button", "Text", "Footer"]
    assert blocks_of(press("up:0", **typed(code, given=three))) == ["Text", "Button", "Footer"]
    assert blocks_of(press("down:2", **typed(code, given=three))) == ["Text", "Button", "Footer"]
    dropped = press("drop:1", **typed(code, given=three))
    assert blocks_of(dropped) == ["Text", "Footer"]
    kept = re.search(r'name="dropped" value="([^"]*)"', dropped.content.decode())[1].replace("&quot;", '"')
    back = press("undrop", **typed(code, given=[three[0], three[2]], dropped=kept))
    assert blocks_of(back) == ["Text", "Button", "Footer"]
    assert 'value="Go"' in back.content.decode()
    for nonsense in ("undrop", "drop:99", "add:script", "up:x", "fly:1"):
        assert blocks_of(press(nonsense, dropped='[0, {"type": "script"}]')) == ["Text", "Footer"]
    assert queries.draft(code).texts[0].blocks[0]["text"] == "One", "nothing is stored before it is saved"


def test_somebody_else_saved_meanwhile(as_, letter):
    code = letter(body="first")
    place, mine = editor(code), {"revision": queries.draft(code).texts[0].revision}
    services.save_text(
        code=code, text_id=place[1], revision=mine["revision"], body="by Kai", actor="kai", now=NOW
    )
    response = post(as_("ada"), "content_text", *place, body="by Ada", do="save", **mine)
    told = response.content.decode()
    assert response.status_code == 422
    assert "kai has saved since you opened this" in told
    assert ">by Ada</textarea>" in told
    assert queries.draft(code).texts[0].body == "by Kai"


def frame(text):
    from html import unescape

    return unescape(re.search(r'<iframe[^>]*srcdoc="([^"]*)"', text)[1])


def test_the_preview_with_a_customers_values(as_, mei_wang, people):
    code = "birthday_email"
    one = next(text for text in queries.published(code).texts if text.language == "zh-hans")
    shown = page(as_("lin"), "content_text", code, one.text_id, customer=mei_wang)
    assert "王女士" in frame(shown)
    assert "With the values of 王美" in shown
    assert 'sandbox=""' in shown
    assert AuditEntry.objects.filter(action="content.preview", actor="lin", object_id=mei_wang).count() == 1
    again = post(as_("lin"), "content_check", code, one.text_id, customer=mei_wang, width="desk", htmx=True)
    assert "王女士" in frame(again.content.decode())
    assert "kw-frame-desk" in again.content.decode()
    assert AuditEntry.objects.filter(action="content.preview").count() == 1, "once in ten minutes"
    for way in (
        as_("mei").get(reverse("content_text", args=[code, one.text_id]), {"customer": mei_wang}),
        post(as_("mei"), "content_check", code, one.text_id, customer=mei_wang),
    ):
        assert way.status_code == 403
        assert "王" not in way.content.decode()


def test_what_is_typed_is_judged_beside_the_field_before_it_is_saved(as_, letter):
    code = letter(
        kind="email", subject="Hello", document=[{"type": "text", "text": "One"}, {"type": "footer"}]
    )
    given = [{"type": "text", "text": "Reply ASAP to {{ customer.nmae }}"}, {"type": "footer"}]
    response = post(
        as_("ada"),
        "content_check",
        *editor(code),
        htmx=True,
        **typed(code, given=given, subject="HELLO OUT THERE"),
    )
    told = response.content.decode()
    beside = re.search(
        r'<div id="say-blocks-0-text" class="kw-said" hx-swap-oob="true">(.*?)</div>', told, re.S
    )[1]
    assert "There is no value called {{ customer.nmae }}" in beside
    assert "ASAP" in beside
    subject = re.search(r'<div id="say-subject" class="kw-said" hx-swap-oob="true">(.*?)</div>', told, re.S)[
        1
    ]
    assert "Capitals throughout" in subject
    assert queries.draft(code).texts[0].subject == "Hello"


def test_the_policy_of_the_page_allows_the_styles_of_the_preview_alone(as_, brand):
    one = queries.published("win_back_email").texts[0]
    response = as_("ada").get(reverse("content_text", args=["win_back_email", one.text_id]))
    document = re.sub(r"<!--.*?-->", "", frame(response.content.decode()), flags=re.DOTALL)
    (style,) = re.findall(r"<style[^>]*>(.*?)</style>", document, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = response["Content-Security-Policy"]
    assert f"'sha256-{digest}'" in policy
    assert "script-src 'self' 'unsafe-eval';" in policy
    elsewhere = as_("ada").get(reverse("content"))["Content-Security-Policy"]
    assert digest not in elsewhere


def test_pictures_of_other_hosts_are_not_loaded(as_, letter):
    document = [
        {"type": "image", "url": "https://tea.com/a.png", "alt": "A cup"},
        {"type": "text", "text": "x"},
    ]
    code = letter(kind="email", subject="Hello", document=document)
    shown = frame(page(as_("ada"), "content_text", *editor(code)))
    assert 'alt="A cup"' in shown
    assert "src=" not in shown


def test_customers_are_found_within_reach(as_, mei_wang):
    assert mei_wang in page(as_("lin"), "content_customers", who="王美")
    assert mei_wang not in page(as_("mei"), "content_customers", who="王美")


def test_another_language_is_a_copy_to_translate(as_, letter):
    code = letter(body="Hello")
    first = queries.draft(code).texts[0]
    response = post(
        as_("ada"),
        "content_text_add",
        code,
        language="zh-hans",
        copy=first.text_id,
        role="finance",
        country="cn",
    )
    made = next(one for one in queries.draft(code).texts if one.language == "zh-hans")
    assert response["Location"] == reverse("content_text", args=[code, made.text_id])
    assert (made.body, made.variant.facets()) == ("Hello", {"role": "finance", "culture": "CN"})
    again = post(as_("ada"), "content_text_add", code, language="zh-hans", role="finance", country="CN")
    assert again.status_code == 422
    assert post(as_("ada"), "content_text_remove", code, made.text_id).status_code == 302
    assert len(queries.draft(code).texts) == 1


def test_nobody_writes_who_may_only_look(as_, letter):
    code = letter()
    for name in ("lin", "sam"):
        client = as_(name)
        assert "New template" not in page(client, "content")
        for address, args in (
            ("content_text", editor(code)),
            ("content_act", (code, "archive")),
            ("content_decide", (code, "approve")),
            ("content_heads", (code,)),
            ("content_text_add", (code,)),
            ("content_test", editor(code)),
            ("content_new", ()),
        ):
            assert post(client, address, *args).status_code == 403, address
        assert "readonly" in page(client, "content_text", *editor(code))


def test_quality_control_approves_but_does_not_write(letter):
    from keepwell.accounts.models import User

    client = Client()
    client.force_login(User.objects.create_user("qi", password="x", roles=["quality_control"]))
    code = letter()
    assert post(client, "content_text", *editor(code), body="x", do="save").status_code == 403
    revision = queries.draft(code).revision
    assert post(client, "content_decide", code, "approve", revision=revision).status_code == 302
    assert queries.draft(code).approved_by == "qi"


def test_the_phrase_book(as_, people):
    shown = page(as_("sam"), "phrase_book")
    for heading in ("Greeting", "Empathy", "Apology", "During a call", "Closing", "Listening"):
        assert f">{heading}</h2>" in shown
    assert "{{" not in shown
    only = page(as_("sam"), "phrase_book", language="zh-hans", situation="empathy", service_type="emotional")
    assert "听得出这件事让您很难受" in only
    assert "由您决定" not in only
    assert "No phrase is like this" in page(as_("sam"), "phrase_book", q="xyzzy")


def test_words_to_say_on_a_task(as_, mei_wang, people):
    from keepwell.customers.services import set_field
    from keepwell.outreach.services import tasks

    set_field(
        customer_id=mei_wang,
        name="service_type",
        value="dominant",
        source="conversation",
        at=NOW,
        actor="lin",
    )
    task = tasks.create(kind="call", customer_id=mei_wang, assignee_id=people.lin.pk, actor="lin", now=NOW)
    shown = page(as_("lin"), "task", task.task_id)
    assert "王女士，只占用您两分钟：您最希望先解决哪件事？" in shown
    assert "While listening" in shown


def test_a_page_that_is_not_there(as_, people):
    ada = as_("ada")
    for name, args in (
        ("content_template", ("none",)),
        ("content_text", ("none", 1)),
        ("content_version", ("birthday_sms", 9)),
    ):
        assert ada.get(reverse(name, args=args)).status_code == 404
    assert post(ada, "content_act", "birthday_sms", "explode").status_code == 404
