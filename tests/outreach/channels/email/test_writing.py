"""The bytes of a message say what the library's own message says, and keep to the protocol's lengths."""

from __future__ import annotations

import email
import email.policy
from datetime import UTC, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from keepwell.outreach.channels.contracts import Envelope
from keepwell.outreach.channels.email.composing import (
    POLICY,
    ComposeError,
    compose,
    unsubscribe_headers,
)
from keepwell.outreach.channels.email.writing import write

AT = datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
SENDERS = (
    "care@tea.example",
    "Lotus Shop <care@tea.example>",
    "龙井茶庄 <care@tea.example>",
    "care@茶.example",
)
WORDS = st.text(
    st.characters(codec="utf-8", exclude_characters="\x00", exclude_categories=("Cs",)), max_size=300
)
LINE = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cs", "Cc", "Zl", "Zp")), max_size=120
) | st.from_regex(r"[ -~]{0,120}", fullmatch=True)
# Letters that a line is likely to stumble over.
TRICKY = st.text(st.sampled_from("a.= \t\n\r-<>&é茶"), max_size=200)


def read(content):
    return email.message_from_bytes(content, policy=email.policy.default)


def both(envelope, sender, headers):
    """What is read of our bytes, and of the library's."""
    made = compose(envelope, sender=sender, at=AT)
    for name, value in headers.items():
        made[name] = value
    content = write(envelope, sender=sender, at=AT, headers=headers).content
    return content, read(content), read(made.as_bytes(policy=POLICY))


def fields(message):
    """Headers in no order, without those that say how the part below is written."""
    return sorted(
        (name.lower(), str(value)) for name, value in message.items() if "encoding" not in name.lower()
    )


def text(message, kind):
    part = message.get_body((kind,))
    return part.get_content() if part else None


@given(
    subject=LINE.map(str.strip),
    plain=WORDS | TRICKY,
    html=WORDS | TRICKY,
    sender=st.sampled_from(SENDERS),
    language=st.sampled_from(["", "en", "zh-hans"]),
)
@example(subject="=?utf-8?q?no?=", plain=".\n..\nFrom a\n", html=".", sender=SENDERS[0], language="en")
@example(subject="x " * 60, plain="a" * 2_000, html="茶" * 2_000, sender=SENDERS[1], language="")
@example(subject="", plain="", html="", sender=SENDERS[0], language="")
def test_what_is_read_of_it_is_what_is_read_of_the_librarys(subject, plain, html, sender, language):
    envelope = Envelope(
        "m" + "0" * 31,
        "lin@customer.example",
        subject=subject,
        text=plain,
        html=html,
        language=language,
        headers=unsubscribe_headers("https://shop.example/u/x"),
    )
    content, ours, theirs = both(envelope, sender, {"X-Tag": "name=m1"})
    assert ours["Subject"] == theirs["Subject"]
    assert [one for one in fields(ours) if one[0] != "content-type"] == [
        one for one in fields(theirs) if one[0] != "content-type"
    ]
    assert ours.get_content_type() == theirs.get_content_type()
    for kind in ("plain", "html"):
        assert text(ours, kind) == text(theirs, kind)
    assert content.isascii()
    assert content.endswith(b"\r\n")
    assert b"\n" not in content.replace(b"\r\n", b"")
    assert b"\r" not in content.replace(b"\r\n", b"")
    assert max(map(len, content.split(b"\r\n"))) <= 998
    body = content.partition(b"\r\n\r\n")[2]
    assert max(map(len, body.split(b"\r\n"))) <= 78


def test_a_long_address_stands_whole_on_a_line_of_its_own():
    address = "https://shop.example/u/" + "A" * 200
    envelope = Envelope("m1", "lin@customer.example", text="Hi", headers=unsubscribe_headers(address))
    made = write(envelope, sender=SENDERS[0], at=AT, headers={})
    assert f"List-Unsubscribe:\r\n <{address}>\r\n".encode() in made.content
    assert read(made.content)["List-Unsubscribe"].strip() == f"<{address}>"


def test_a_name_beyond_ascii_before_the_at_needs_a_wide_server():
    made = write(Envelope("m1", "林@茶.example", text="Hi"), sender=SENDERS[1], at=AT, headers={})
    assert made.wide
    assert made.receiver.startswith("林@xn--")
    assert "To: 林@xn--" in made.content.decode()


@pytest.mark.parametrize("letters", [{"text": "\ud800"}, {"html": "\ud800", "text": "a"}])
def test_letters_that_there_are_not_make_no_message(letters):
    for made in (
        lambda one: compose(one, sender=SENDERS[0], at=AT),
        lambda one: write(one, sender=SENDERS[0], at=AT, headers={}),
    ):
        with pytest.raises(ComposeError):
            made(Envelope("m1", "lin@customer.example", **letters))


@pytest.mark.parametrize("name", ["Content-Type", "content-transfer-encoding", "MIME-Version"])
def test_nobody_says_how_the_parts_are_written_but_we(name):
    envelope = Envelope("m1", "lin@customer.example", text="Hi", headers={name: "text/html"})
    for made in (compose, lambda one, **said: write(one, headers={}, **said)):
        with pytest.raises(ComposeError):
            made(envelope, sender=SENDERS[0], at=AT)


@pytest.mark.parametrize(
    ("words", "form"), [("Tea. " * 50, b"quoted-printable"), ("茶" * 50, b"base64"), ("Tea", b"7bit")]
)
def test_the_shorter_form_is_taken(words, form):
    made = write(Envelope("m1", "lin@customer.example", text=words), sender=SENDERS[0], at=AT, headers={})
    assert b"Content-Transfer-Encoding: " + form + b"\r\n" in made.content
