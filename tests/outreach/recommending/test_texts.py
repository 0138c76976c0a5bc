"""Recommendations in texts: each reader's own products, and nothing of it for whoever has none."""

from __future__ import annotations

import pytest

from keepwell.outreach.content import queries, services
from keepwell.outreach.content.contracts import ContentError
from keepwell.outreach.sending import recipes
from keepwell.outreach.sending.contracts import Draft
from keepwell.outreach.sending.models import Message, MessageProduct
from keepwell.outreach.sending.services import queueing
from tests.outreach.sending.conftest import NOW

pytestmark = pytest.mark.django_db
SMS = (
    "{% if recommended.name %}{{ recommended.name }}, {{ recommended.price | default: 'in our shop' }}"
    "{% else %}Have a look around{% endif %}. Reply STOP to end"
)


def render(code, customer_id):
    extra = {"message.unsubscribe_url": "https://shop.example/u/1"}
    return services.render(template_code=code, customer_id=customer_id, now=NOW, extra=extra)


def test_the_block_shows_name_price_link_picture_and_reason_in_both_parts(people, suits, offered):
    people(1)
    suits({"C00000": ["tea", "tray", "cup", "pot"]})
    made = render(offered(), "C00000")
    assert "For you" in made.html
    assert 'href="https://www.keepwell-tea.com/jasmine?a=1&amp;b=2"' in made.html
    assert "Jasmine &lt;tea&gt;" in made.html
    assert 'src="https://www.keepwell-tea.com/jasmine.jpg"' in made.html
    assert "¥58" in made.html
    assert "goes well with Pot, which you bought" in made.html
    assert "unsafe" not in made.html
    assert made.html.count("<img") >= 2
    assert (
        "For you\n"
        "- Jasmine <tea> · ¥58 (goes well with Pot, which you bought): "
        "https://www.keepwell-tea.com/jasmine?a=1&b=2\n"
        "- Bamboo tray · ¥120.50 (goes well with Pot, which you bought): https://www.keepwell-tea.com/tray\n"
        "- Cup (goes well with Pot, which you bought)\n"
    ) in made.text


def test_whoever_has_none_sees_neither_block_nor_heading(people, suits, offered):
    people(2)
    suits({"C00000": ["tea"], "C00001": ["bare"]})
    code = offered()
    for part in ("html", "text"):
        assert "For you" in getattr(render(code, "C00000"), part)
        assert "For you" not in getattr(render(code, "C00001"), part)


def test_words_stand_instead_where_they_are_given(people, suits, offered):
    people(1)
    made = render(offered(instead="See what is **new**."), "C00000")
    assert "See what is <b>new</b>." in made.html
    assert "See what is new." in made.text
    assert "For you" not in made.text


def test_a_text_message_names_the_first_one_or_says_something_else(people, suits, offered):
    people(2)
    suits({"C00000": ["tray", "tea"]})
    code = offered(code="sms", kind="sms", body=SMS)
    assert render(code, "C00000").text == "Bamboo tray, ¥120.50. Reply STOP to end"
    assert render(code, "C00001").text == "Have a look around. Reply STOP to end"


@pytest.mark.parametrize("kind", ["email", "sms"])
def test_what_a_message_recommends_is_kept_with_it(people, suits, offered, kind):
    people(2)
    suits({"C00000": ["tray", "tea"]})
    code = offered() if kind == "email" else offered(code="sms", kind="sms", body=SMS)
    made = recipes.words(code, ["C00000", "C00001"], now=NOW)
    drafts = [
        Draft(
            key=f"k/{one}",
            customer_id=one,
            channel=kind,
            purpose="marketing",
            content=code,
            recipe=said.recipe,
        )
        for one, said in made.items()
    ]
    queueing.queue(drafts=drafts, actor="ada", now=NOW)
    queueing.queue(drafts=drafts, actor="ada", now=NOW)
    kept = MessageProduct.objects.values_list("message__customer_id", "place", "product_id")
    both = [("C00000", 0, "tray"), ("C00000", 1, "tea")]
    assert list(kept) == (both if kind == "email" else both[:1])
    Message.objects.all().delete()
    assert not MessageProduct.objects.exists()


def findings(people, document, purpose="marketing", content_type="product_news"):
    people(1)
    services.create_template(
        code="xx", name="X", kind="email", purpose=purpose, content_type=content_type, language="en",
        actor="ada", now=NOW,
    )  # fmt: skip
    one = queries.draft("xx").texts[0]
    services.save_text(
        code="xx",
        text_id=one.text_id,
        revision=one.revision,
        actor="ada",
        now=NOW,
        subject="Hi",
        document=document,
    )
    found = queries.findings(queries.get("xx"), queries.draft("xx").texts[0], today=NOW.date())
    return {(str(one.severity), one.code, one.where) for one in found}


BLOCK = {"type": "recommendations", "heading": "For you"}
REST = [{"type": "text", "text": "Hello"}, {"type": "footer"}]


def test_checks_warn_that_the_block_may_fall_away(people):
    found = findings(people, [BLOCK, *REST])
    assert ("warning", "recommendations_fall_away", "blocks.0.instead") in found


def test_checks_want_something_to_read_for_whoever_has_none(people):
    assert ("error", "empty", "blocks") in findings(people, [BLOCK, {"type": "footer"}])


def test_checks_are_content_with_words_instead(people):
    found = findings(people, [{**BLOCK, "instead": "See what is new."}, {"type": "footer"}])
    assert not {code for _severity, code, _where in found} & {"recommendations_fall_away", "empty"}


@pytest.mark.parametrize(
    ("about", "code"),
    [({"purpose": "service"}, "recommendation_in_service"), ({"content_type": "care"}, "promotion_in_care")],
)
def test_neither_service_nor_care_may_recommend(people, about, code):
    assert ("error", code, "blocks.0") in findings(people, [BLOCK, *REST], **about)


def test_a_text_that_names_a_product_without_words_in_its_place_is_not_published(people, offered):
    with pytest.raises(ContentError, match="has_errors"):
        offered(code="sms", kind="sms", body="Buy {{ recommended.name }}. Reply STOP to end")
