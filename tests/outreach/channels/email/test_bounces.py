"""Mails that no person wrote, in the shapes that servers send: each tells what it tells, no more."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keepwell.outreach.channels.email import bounces
from keepwell.outreach.channels.email.bounces import Kind
from tests.outreach.channels.email.shapes import (
    ANSWER,
    BACK,
    BY_ENVELOPE,
    BY_VERP,
    CAME,
    EXCHANGE,
    EXCHANGE_BLOCKED,
    EXIM,
    EXIM_OLD,
    GMAIL,
    NETEASE,
    NETEASE_FULL,
    OURS,
    POSTFIX,
    POSTFIX_DELAYED,
    POSTFIX_DELIVERED,
    POSTFIX_EXPIRED,
    QMAIL,
    QQ,
    UNICODE,
    complaint,
    letter,
    multipart,
    text,
)

REPORTS = {
    "postfix": (POSTFIX, ("failed", "5.1.1", "never_again")),
    "postfix, expired": (POSTFIX_EXPIRED, ("failed", "4.4.1", None)),
    "postfix, delayed": (POSTFIX_DELAYED, None),
    "postfix, delivered": (POSTFIX_DELIVERED, ("delivered", "", None)),
    "postfix, relayed": (POSTFIX_DELIVERED.replace("Action: delivered", "Action: relayed"), None),
    "exim": (EXIM, ("failed", "5.7.1", "fix")),
    "exim, before reports": (EXIM_OLD, ("failed", "", "never_again")),
    "exchange": (EXCHANGE, ("failed", "5.1.10", "never_again")),
    "exchange, directory": (EXCHANGE_BLOCKED, ("failed", "5.4.1", "never_again")),
    "gmail": (GMAIL, ("failed", "5.2.1", "never_again")),
    "qq": (QQ, ("failed", "550", "never_again")),
    "163": (NETEASE, ("failed", "5.0.0", "never_again")),
    "163, full": (NETEASE_FULL, ("failed", "5.2.2", None)),
    "qmail": (QMAIL, ("failed", "5.1.1", "never_again")),
    "named by the envelope": (BY_ENVELOPE, ("failed", "5.1.1", "never_again")),
    "named by where it came": (BY_VERP, ("failed", "5.1.1", "never_again")),
    "addresses beyond ascii": (UNICODE, ("failed", "5.1.1", "never_again")),
    "somebody else's": (POSTFIX.replace(OURS, "20261123.1234"), None),
}


def read(content):
    return bounces.read(content if isinstance(content, bytes) else content.encode(), came_at=CAME)


@pytest.mark.parametrize("name", REPORTS)
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_each_servers_report_is_understood(name, line_end):
    content, expected = REPORTS[name]
    notice = read(content.replace("\n", line_end))
    assert notice.kind is Kind.REPORT
    found = notice.receipt and (notice.receipt.kind, notice.receipt.code, notice.receipt.refusal)
    assert found == expected
    if expected:
        assert notice.receipt.message_id == OURS
        assert notice.receipt.at == datetime(2026, 11, 23, 3, 58, 30, tzinfo=UTC)
        assert len(notice.receipt.detail) <= 300


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("abuse", "complained"),
        ("Fraud", "complained"),
        ("opt-out", "unsubscribed"),
        ("not-spam", None),
        ("auth-failure", None),
        ("virus", None),
    ],
)
def test_a_complaint_is_one_where_the_customer_complained(kind, expected):
    notice = read(complaint(kind))
    assert notice.kind is Kind.COMPLAINT
    assert (notice.receipt and notice.receipt.kind) == expected
    assert notice.receipt is None or notice.receipt.message_id == OURS


def test_a_complaint_about_somebody_elses_message_is_none_of_ours():
    assert read(complaint(back=BACK.replace(OURS, "x1"))).receipt is None


@pytest.mark.parametrize(
    "content",
    [
        letter("Away", Auto_Submitted="auto-replied"),
        letter("Away", Auto_Submitted="auto-replied (vacation)", Precedence="bulk"),
        letter("Automatic reply: Spring", Auto_Submitted="auto-generated", X_Auto_Response_Suppress="All"),
        letter("Spring", Auto_Submitted="auto-generated", **ANSWER),
        letter("Away", X_Autoreply="yes"),
        letter("Away", Precedence="auto_reply"),
        letter("自动回复:春天到了"),
        letter("自動回覆: 春天到了"),
        letter("Re: Out of Office: back on Monday"),
        letter("Abwesenheitsnotiz: Frühling"),
        multipart(
            text("The message was displayed."),
            "Content-Type: message/disposition-notification\n\n"
            "Disposition: manual-action/MDN-sent-manually; displayed\n",
            report="disposition-notification",
            sender="lin@customer.example",
            subject="Read: Spring",
        ),
    ],
)
def test_an_automatic_reply_is_not_a_persons(content):
    notice = read(content)
    assert (notice.kind, notice.receipt) == (Kind.AUTOMATIC, None)


@pytest.mark.parametrize(
    "content",
    [
        letter(),
        letter("Re: Spring", **ANSWER),
        letter("Undeliverable: what does this mean?"),
        letter("Fwd: Undelivered Mail Returned to Sender"),
        letter("退信了怎么办"),
        letter("My order", Auto_Submitted="no"),
        letter("Purchase order 4711", Auto_Submitted="auto-generated"),  # a customer's own system
        letter("Automatic machine: the reply to your offer"),
        letter("Question", sender="postmaster@customer.example"),
        # Somebody sends a report on, as it came.
        multipart(
            text("What is this?"),
            f"Content-Type: message/rfc822\n\n{POSTFIX}",
            kind="mixed",
            report="",
            sender="lin@customer.example",
            subject="Fwd: something came back",
        ),
    ],
)
def test_what_a_person_wrote_is_not_taken_away(content):
    assert read(content) is None


def test_a_report_has_a_time_that_can_be_right():
    for date in ("Date: Fri, 31 Dec 9999 23:59:59 -2359", "Date: yesterday", "X-Date: none"):
        content = POSTFIX.replace("Date: Mon, 23 Nov 2026 11:58:30 +0800", date, 1)
        assert read(content).receipt.at == CAME


@given(st.binary(max_size=2_000))
def test_whatever_comes_is_read_without_harm(content):
    bounces.read(content, came_at=CAME)


@given(st.data())
def test_a_report_that_is_cut_or_broken_is_read_without_harm(data):
    content = data.draw(st.sampled_from([POSTFIX, EXCHANGE, GMAIL, QQ, UNICODE, complaint()])).encode()
    place = data.draw(st.integers(0, len(content)))
    more = data.draw(st.binary(max_size=20))
    length = data.draw(st.integers(0, 40))
    notice = bounces.read(content[:place] + more + content[place + length :], came_at=CAME)
    assert notice is None or notice.receipt is None or OURS in notice.receipt.message_id


def test_parts_within_parts_end_somewhere():
    deep = "".join(f'Content-Type: multipart/mixed; boundary="b{n}"\n\n--b{n}\n' for n in range(2_000))
    assert read(f"From: a@b.example\n{deep}") is None
