"""From blocks to both parts of an e-mail."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keepwell.outreach.content.contracts import ContentError
from keepwell.outreach.content.core import blocks, liquid
from keepwell.outreach.content.core.email import Case, compile_email, readable_on
from keepwell.outreach.content.core.variables import examples, nested

BRAND = {
    "company_name": "Tea & Co",
    "legal_address": "1 West Lake Road",
    "accent": "#b91c1c",
    "logo_url": "https://tea.com/l.png",
}
DOCUMENT = [
    {"type": "heading", "text": "Hello {{ customer.salutation | default: 'there' }}"},
    {"type": "text", "text": "We **miss** you.\nReally <3\n\nSee [the shop](https://tea.com/?a=1&b=2)."},
    {
        "type": "button",
        "label": "Come by",
        "url": "https://tea.com/?c={{ customer.city | default: 'x' | url_encode }}",
    },
    {"type": "image", "url": "https://tea.com/a.png", "alt": 'A "set"', "link": "https://tea.com/set"},
    {"type": "divider"},
    {
        "type": "product",
        "name": "Green tea",
        "price": "¥ 88",
        "text": "Fresh",
        "image": "https://tea.com/g.png",
        "alt": "Leaves",
        "label": "See it",
        "url": "https://tea.com/g",
    },
    {"type": "case", "code": "north"},
    {"type": "footer"},
]


class Reading(HTMLParser):
    """What a reader of HTML finds."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words = ""

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.words += data


def read(html):
    reading = Reading()
    reading.feed(html)
    return reading


def made(document=DOCUMENT, values=None, language="en", **brand):
    compiled = compile_email(
        blocks.clean(document),
        brand={**BRAND, **brand},
        language=language,
        title="Hello",
        cases={"north": Case("Northwind", "Saved **9** days")},
    )
    known = nested(values or examples(complete=True))
    return (
        liquid.render(compiled.html, known, html=True, language=language),
        liquid.render(compiled.text, known, language=language),
    )


def test_everything_is_in_both_parts():
    html, text = made()
    page = read(html)
    links = [attrs["href"] for tag, attrs in page.tags if tag == "a"]
    assert links == [
        "https://tea.com/?a=1&b=2",
        "https://tea.com/?c=Hangzhou",
        "https://tea.com/set",
        "https://tea.com/g",
        "https://tea.com/g",
        "https://www.keepwell-tea.com/unsubscribe",
    ]
    pictures = [(attrs["src"], attrs["alt"]) for tag, attrs in page.tags if tag == "img"]
    assert pictures == [
        ("https://tea.com/l.png", "Tea & Co"),
        ("https://tea.com/a.png", 'A "set"'),
        ("https://tea.com/g.png", "Leaves"),
    ]
    for words in (
        "Hello Ms Wang",
        "Really <3",
        "Green tea",
        "¥ 88",
        "Saved ",
        "Tea & Co",
        "1 West Lake Road",
    ):
        assert words in page.words, words
    for words in (
        "Hello Ms Wang",
        "We miss you.\nReally <3",
        "the shop: https://tea.com/?a=1&b=2",
        "Come by: https://tea.com/?c=Hangzhou",
        '[A "set"] https://tea.com/set',
        "Saved 9 days",
        "Unsubscribe: https://www.keepwell-tea.com/unsubscribe",
    ):
        assert words in text, words
    assert "{{" not in html + text
    assert "kwv" not in html


def test_the_page_says_its_language_and_adapts_to_phone_and_darkness():
    html, text = made(language="zh-hant")
    assert '<html lang="zh-Hant"' in html
    assert "prefers-color-scheme: dark" in html
    assert "@media only screen and (min-width:480px)" in html
    assert 'name="viewport"' in html
    assert "取消訂閱" in html
    assert "取消訂閱" in text
    assert not re.search(r"<(?:script|link|iframe|object|form)\b", html)


def test_a_customers_value_is_never_read_as_mark_up():
    evil = "**Me** [win](https://evil.com) <b onclick=x>&</b>"
    html, text = made([{"type": "text", "text": "Dear {{ customer.name }}"}], {"customer.name": evil})
    page = read(html)
    assert evil in page.words
    assert not [attrs for tag, attrs in page.tags if tag == "a"]
    assert text.strip() == f"Dear {evil}"
    button = [
        {"type": "button", "label": "x", "url": "https://tea.com/?n={{ customer.name }}"},
        {"type": "text", "text": "x"},
    ]
    html, _text = made(button, {"customer.name": '"><script>alert(1)</script>'})
    assert "<script" not in html
    assert [attrs["href"] for tag, attrs in read(html).tags if tag == "a"] == [
        'https://tea.com/?n="><script>alert(1)</script>'
    ]


def test_a_condition_inside_a_block_stays_one():
    words = [{"type": "text", "text": "{% if customer.orders > 3 %}Often & gladly{% else %}New{% endif %}"}]
    assert "Often & gladly" in read(made(words)[0]).words
    assert "New" in read(made(words, {"today": 1})[0]).words


@pytest.mark.parametrize(
    ("colour", "words"), [("#0f766e", "#ffffff"), ("#fde047", "#111111"), ("#ffffff", "#111111")]
)
def test_words_on_a_button_can_be_read(colour, words):
    assert readable_on(colour) == words
    assert f"color: {words}" in made(accent=colour)[0].replace("color:#", "color: #")


LINE = st.text(alphabet=st.characters(blacklist_categories=("Cs",)), max_size=40)
BLOCK = st.one_of(
    st.builds(
        lambda text: {"type": "text", "text": text},
        st.one_of(LINE, st.just("{{ customer.name }}"), st.just("kwv0x {{ today }} kwvv1x")),
    ),
    st.builds(lambda text: {"type": "heading", "text": text}, LINE),
    st.builds(lambda label: {"type": "button", "label": label, "url": "https://tea.com/"}, LINE),
    st.builds(lambda alt: {"type": "image", "url": "https://tea.com/a.png", "alt": alt}, LINE),
    st.just({"type": "divider"}),
    st.just({"type": "footer"}),
)
STYLE = re.compile(r"<style[^>]*>.*?</style>", re.DOTALL)


@given(st.lists(BLOCK, min_size=1, max_size=5))
def test_any_blocks_become_an_email_whose_styles_are_the_same(document):
    """The page's policy allows the styles that it was made with: they must not depend on the blocks."""
    if any("\0" in value for block in document for value in block.values()):
        with pytest.raises(ContentError, match="no_such_block"):
            blocks.clean(document)
        return
    cleaned = blocks.clean(document)
    compiled = compile_email(cleaned, brand=BRAND, language="en", title="Hello")
    plain = compile_email([{"type": "divider"}], brand=BRAND, language="en", title="x")
    assert STYLE.findall(compiled.html) == STYLE.findall(plain.html)
    assert len(STYLE.findall(compiled.html)) == 2  # one of them in a comment for old programs
    for block in cleaned:
        if block["type"] == "heading" and "{" not in block["text"]:
            visible = "".join(one for one in block["text"] if one >= " ")
            assert " ".join(visible.split()) in " ".join(read(compiled.html).words.split())


@pytest.mark.parametrize(
    "document",
    [
        "text",
        {"type": "text"},
        [{"type": "script"}],
        [3],
        [{"type": "text", "text": 4}],
        [{"type": "divider"}] * 41,
    ],
)
def test_what_is_no_document_is_refused(document):
    with pytest.raises(ContentError):
        blocks.clean(document)
