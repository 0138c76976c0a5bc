"""Tokens that nobody can make, legal words that are always there, links that lead where they were written."""

from __future__ import annotations

import re
from dataclasses import replace
from email import message_from_bytes
from email.policy import default

import pytest
from django.test import override_settings
from hypothesis import given
from hypothesis import strategies as st

from keepwell.foundation import keys
from keepwell.foundation.home import Home
from keepwell.outreach.channels.contracts import Envelope
from keepwell.outreach.channels.email.composing import compose
from keepwell.outreach.content.core.email import compile_email
from keepwell.outreach.content.services import set_brand
from keepwell.outreach.content.services.rendering import Prepared
from keepwell.outreach.sending.contracts import Draft
from keepwell.outreach.sending.marks import addresses, legal, tokens, tracking, words
from keepwell.outreach.sending.marks.tokens import Kind, Mark
from tests.outreach.sending.conftest import NOW

NAME = "m" + "5a" * 15 + "0"
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
BRAND = {"company_name": "Tea & House", "legal_address": "1 West Lake Road, Hangzhou"}


@pytest.fixture(scope="module")
def home_for_all(tmp_path_factory):
    root = tmp_path_factory.mktemp("home")
    Home(root).create()
    with override_settings(KEEPWELL_HOME=str(root), KEEPWELL_URL="https://tea.example"):
        yield


@pytest.fixture
def branded(home, db, settings):
    settings.KEEPWELL_URL = "https://tea.example/"
    set_brand(values=BRAND, based_on=0, actor="ada", now=NOW)


@pytest.mark.parametrize(
    "mark",
    [
        Mark(Kind.WISHES, NAME),
        Mark(Kind.OPEN, NAME),
        Mark(Kind.CLICK, NAME, 0),
        Mark(Kind.CLICK, NAME, 65535),
    ],
)
def test_a_token_says_what_it_was_made_of(home, mark):
    token = tokens.seal(mark)
    assert tokens.read(token, mark.kind) == mark
    assert [kind for kind in Kind if tokens.read(token, kind)] == [mark.kind]
    assert "C00001" not in token


@given(data=st.data())
def test_a_token_with_any_letter_changed_added_or_taken_is_refused(home_for_all, data):
    token = tokens.seal(Mark(Kind.CLICK, NAME, data.draw(st.integers(0, 65535))))
    place = data.draw(st.integers(0, len(token) - 1))
    letter = data.draw(st.sampled_from(LETTERS).filter(lambda one: one != token[place]))
    changed = data.draw(
        st.sampled_from(
            [
                token[:place] + letter + token[place + 1 :],
                token[:place] + token[place + 1 :],
                token[:place] + letter + token[place:],
                token[:place],
            ]
        )
    )
    if changed != token:
        assert tokens.read(changed, Kind.CLICK) is None


@given(text=st.text(max_size=60))
def test_no_text_makes_it_stumble(home_for_all, text):
    assert [tokens.read(text, kind) for kind in Kind] == [None] * len(Kind)


def test_tokens_outlive_new_keys_but_not_another_installation(home, tmp_path, settings):
    token = tokens.seal(Mark(Kind.WISHES, NAME))
    path = Home.current().keys_path
    keys.add_seal_key(path)
    keys.renew_index_key(path)
    assert tokens.read(token, Kind.WISHES)
    path.unlink()
    assert tokens.read(token, Kind.WISHES) is None


@pytest.mark.parametrize("name", ["", "C00001", "m" + "g" * 31, NAME + "0"])
def test_only_messages_of_ours_get_a_token(home, name):
    with pytest.raises(ValueError, match="mark"):
        tokens.seal(Mark(Kind.WISHES, name))


@pytest.mark.parametrize(
    ("address", "problem"),
    [
        ("", "no_public_address"),
        ("tea.example", "no_public_address"),
        ("ftp://tea.example", "no_public_address"),
        ("http://tea.example", "address_not_https"),
        ("https://tea.example", "no_company_name"),
        ("http://127.0.0.1:8000", "no_company_name"),
    ],
)
def test_marketing_needs_an_address_to_end_it(home, db, settings, address, problem):
    settings.KEEPWELL_URL = address
    assert addresses.ready() == problem
    assert problem in words.PROBLEM
    draft = Draft("k", "C00001", "email", "marketing", "Hi", "Hi")
    with pytest.raises(legal.NotReadyError, match=problem):
        legal.complete(draft, NAME)
    for other in (replace(draft, purpose="service"), replace(draft, channel="wecom")):
        assert legal.complete(other, NAME) == other


def test_marketing_needs_a_sender_who_can_be_found(home, db, settings):
    settings.KEEPWELL_URL = "https://tea.example"
    set_brand(values={"company_name": "Tea"}, based_on=0, actor="ada", now=NOW)
    assert addresses.ready() == "no_postal_address"
    assert addresses.ready("sms") == ""
    set_brand(values={"legal_address": "1 Road"}, based_on=1, actor="ada", now=NOW)
    assert addresses.ready() == ""


@pytest.mark.parametrize("language", ["en", "zh-Hans", "zh-hant", "xx", ""])
@pytest.mark.parametrize("purpose", ["marketing", "survey"])
def test_what_the_law_asks_is_put_in_where_it_is_missing(branded, language, purpose):
    html = "<html><body><p>Hi</p></body></html>"
    draft = Draft("k", "C00001", "email", purpose, "Hi", "Hi\n", html, language)
    made = legal.complete(draft, NAME)
    address = addresses.unsubscribe_url(NAME)
    assert made.text.startswith("Hi\n\n-- \n")
    for line in (*BRAND.values(), address):
        assert line in made.text
        assert line.replace("&", "&amp;") in made.html
    assert made.html.endswith("</div></body></html>")
    mail = compose(
        Envelope(NAME, "a@b.example", text=made.text, html=made.html, headers=made.headers),
        sender="Tea <a@tea.example>",
        at=NOW,
    )
    read = message_from_bytes(mail.as_bytes(), policy=default)
    assert read["List-Unsubscribe"].strip() == f"<{address}>"  # a long one stands on a line of its own
    assert read["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    # Put in once: what carries it stays as it is.
    assert legal.complete(made, NAME) == made


@pytest.mark.parametrize(
    ("text", "language", "ends"),
    [
        ("春茶上市", "zh-hans", " 拒收请回复R"),
        ("春茶上市", "", " 拒收请回复R"),
        ("春茶上市", "zh-Hant", " 拒收請回覆R"),
        ("New tea", "en", " Reply STOP to opt out"),
        ("New tea", "", " Reply STOP to opt out"),
        ("春茶上市，拒收请回复Ｒ", "zh-hans", ""),
        ("春茶上市 回T退订", "zh-hans", ""),
        ("New tea. Text STOP to end.", "en", ""),
    ],
)
def test_a_text_message_says_how_to_get_no_more(home, db, text, language, ends):
    draft = Draft("k", "C00001", "sms", "marketing", "", text, language=language)
    assert legal.complete(draft, NAME).text == text + ends
    assert legal.complete(replace(draft, purpose="service"), NAME).text == text


PAGE = """<!DOCTYPE html><HTML><body class=x>
<!--[if mso]><a href="https://mso.example/">x</a><![endif]-->
<p>a &lt; b<a  HREF='https://shop.example/a?x=1&amp;y="2"' target=_blank
   title="&quot;Tee&quot; &amp; more">one</a>
<a href="https://shop.example/b"><img src="https://shop.example/p.png"></a><a href=https://shop.example/b>again</a>
<a href="mailto:a@b.example">m</a><a href="tel:+86">t</a><a href="#top">h</a><a name=n>n</a>
<a href="javascript:alert(1)">j</a><a href="//shop.example/c">c</a><map><area href="https://shop.example/d"/></map>
<a href="{own}">end</a><a href="{own}/preferences">choose</a></body></HTML>"""


@pytest.fixture
def html(branded):
    return PAGE.replace("{own}", addresses.unsubscribe_url(NAME))


def test_links_to_pages_lead_over_us_and_nothing_else_changes(html):
    made = tracking.tracked(html, NAME, clicks=True, opens=True)
    own = addresses.unsubscribe_url(NAME)
    assert tracking.links(html) == (
        'https://shop.example/a?x=1&y="2"',
        "https://shop.example/b",
        "https://shop.example/d",
        own,
        f"{own}/preferences",
    )
    begin, end = (
        made.index(f'<a href="{addresses.click_url(NAME, 0)}" style="display:none"'),
        made.index("</body>"),
    )
    added = made[begin:end]
    assert added.count("<a ") == added.count("<img ") == 1
    assert f'src="{addresses.open_url(NAME)}" width="1" height="1"' in added
    starts = re.compile(r"<(?:a|area)\b[^>]*>", re.IGNORECASE)
    assert starts.sub("", made.replace(added, "")) == starts.sub("", html)
    assert made.count(addresses.click_url(NAME, 2)) == 2
    assert f'<a href="{own}">end</a><a href="{own}/preferences">choose</a>' in made
    for kept in (
        "<!--[if mso]>",
        'href="mailto:a@b.example"',
        'href="tel:+86"',
        'href="//shop.example/c"',
        "a &lt; b",
    ):
        assert kept in made
    assert 'target="_blank" title="&quot;Tee&quot; &amp; more">one</a>' in made


def test_each_can_be_switched_off(html):
    assert tracking.tracked(html, NAME, clicks=False, opens=False) == html
    clicks = tracking.tracked(html, NAME, clicks=True, opens=False)
    assert "/o/" not in clicks
    assert "/c/" in clicks
    opens = tracking.tracked(html, NAME, clicks=False, opens=True)
    assert "/c/" not in opens
    assert opens.replace(opens[opens.index('<img src="https://tea') : opens.index("</body>")], "") == html
    assert tracking.tracked("", NAME, clicks=True, opens=True) == ""


@given(text=st.text(alphabet="<>a href=\"'&;/=!-\n\rü\u2028bodyx:", max_size=120))
def test_no_markup_makes_it_stumble_or_lose_a_letter(home_for_all, text):
    html = text + "</p>"
    made = tracking.tracked(html, NAME, clicks=False, opens=True)
    picture = tracking.PICTURE.format(addresses.open_url(NAME))
    assert made.replace(picture, "") == html
    tracking.tracked(html, NAME, clicks=True, opens=True)


def test_an_e_mail_made_of_blocks_carries_it_already(branded):
    blocks = [
        {"type": "text", "text": "Hello, see [our tea](https://www.keepwell-tea.com/tea)"},
        {"type": "text", "text": "[Choose]({{ message.preferences_url }})"},
        {"type": "footer"},
    ]
    made = compile_email(blocks, brand=BRAND, language="en", title="Hi")
    filled = Prepared("en", "Hi", made.html, made.text).fill(addresses.OwnAddresses(NAME))
    draft = Draft("k", "C00001", "email", "marketing", "Hi", filled.text, filled.html, "en")
    done = legal.complete(draft, NAME)
    assert (done.html, done.text) == (filled.html, filled.text)
    assert done.headers["List-Unsubscribe"] == f"<{addresses.unsubscribe_url(NAME)}>"
    tracked = tracking.tracked(done.html, NAME, clicks=True, opens=True)
    assert addresses.click_url(NAME, 1) in tracked
    assert f'href="{addresses.unsubscribe_url(NAME)}"' in tracked


LINKED = (
    '<a href="https://x.example/1">',
    "<A class=k HREF='https://x.example/2?a=1&amp;b' >",
    "<a\nhref=https://x.example/3>",
)
OTHERS = (
    "text\r\n",
    "\n\n",
    "é&amp;< ",
    "</a>",
    "<br/>",
    '<!-- <a href="https://c.example/"> -->',
    "<style>a{color:red}</style>",
    '<script>"<a href=https://s.example/>"</script>',
    '<img alt="<a href=https://i.example/>">',
    '<a href="mailto:a@b.example">',
)


@given(parts=st.lists(st.sampled_from([*LINKED, *OTHERS]), max_size=14))
def test_only_links_are_changed_wherever_they_stand(home_for_all, parts):
    html = "".join(parts) + " "
    made = tracking.tracked(html, NAME, clicks=True, opens=False)
    made = made.replace(tracking.TRAP.format(addresses.click_url(NAME, 0)), "")
    targets = tracking.links(html)
    expected = html
    for one in LINKED:
        for number, target in enumerate(targets, 1):
            if target.replace("&", "&amp;") in one:
                kept = ' class="k"' if "class" in one else ""
                at = 'class="k" href' if kept else "href"
                expected = expected.replace(one, f'<a {at}="{addresses.click_url(NAME, number)}">')
    assert made == expected
    assert len(targets) == len({one for one in parts if one in LINKED})


STRICT = (
    '<a href="https://x.example/1">',
    '<a class="k" href="https://x.example/2?a=1&amp;b" >',
    '<area href="https://x.example/3"/>',
    '<a title="x" href="mailto:a@b.example">',
    '<td style="x:y">',
    "<br />",
    "</body>",
    "<!--[if !mso]><!-->",
    "<!--<![endif]-->",
    "<!DOCTYPE html>",
    "<!",
    "--",
    ">",
    "&#34;",
    "&#x22;",
    "&#",
    ";",
    "<title>",
    "</title>",
    "<style>",
    "</style>",
    "<![CDATA[",
    "]]>",
    "<?x",
)


@given(parts=st.lists(st.sampled_from([*STRICT, *LINKED, *OTHERS]), max_size=14))
def test_what_is_found_quickly_is_what_the_parser_finds(parts):
    html = "".join(parts)
    quickly, parser = tracking._find(html), tracking._Finder(html)
    assert (quickly.places, quickly.body_end) == (parser.found, parser.body_end)


def test_an_e_mail_of_ours_is_read_without_the_parser(monkeypatch):
    blocks = [
        {"type": "heading", "text": "Hello {{ customer.name }}"},
        {"type": "text", "text": "See **our** [tea](https://www.keepwell-tea.com/tea)\nand more"},
        {"type": "image", "url": "https://www.keepwell-tea.com/p.png", "alt": "Tea"},
        {"type": "button", "label": "Look", "url": "https://www.keepwell-tea.com/?a=1&b=2"},
        {"type": "divider"},
        {"type": "footer"},
    ]
    made = compile_email(blocks, brand=BRAND, language="en", title="Hi")
    values = {**addresses.OwnAddresses(NAME), "customer.name": '<O\'Neil & "sons">'}
    html = Prepared("en", "Hi", made.html, made.text).fill(values).html
    expected = tracking._Finder(html).found
    monkeypatch.setattr(tracking, "_Finder", None)
    assert tracking._find(html).places == expected
    assert len(expected) == 3
