"""Mails that no person wrote, in the shapes that mail servers send."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from email.header import Header

CAME = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
OURS = "m0123456789abcdef0123456789abcde"
BACK = f"""\
Received: from keepwell by mail.shop.example; Mon, 23 Nov 2026 03:58:00 +0000
From: Keep Well <shop@shop.example>
To: lin@customer.example
Subject: =?utf-8?b?5pil5aSp?=
Message-ID: <{OURS}@shop.example>
"""


def multipart(*parts, kind="report", extra="", report="delivery-status", sender="", subject=""):
    kind = (
        f'multipart/{kind}; report-type={report}; boundary="b1"'
        if report
        else f'multipart/{kind}; boundary="b1"'
    )
    head = (
        f"From: {sender or 'MAILER-DAEMON@mail.shop.example (Mail Delivery System)'}\n"
        f"To: shop@shop.example\nSubject: {subject or 'Undelivered Mail Returned to Sender'}\n"
        f"Date: Mon, 23 Nov 2026 11:58:30 +0800\nMIME-Version: 1.0\nContent-Type: {kind}\n{extra}\n"
    )
    return head + "".join(f"--b1\n{part}\n" for part in parts) + "--b1--\n"


def text(words, charset="us-ascii", kind="plain"):
    if charset == "us-ascii":
        return f"Content-Type: text/{kind}; charset=us-ascii\n\n{words}\n"
    coded = base64.encodebytes(words.encode(charset)).decode()
    return f"Content-Type: text/{kind}; charset={charset}\nContent-Transfer-Encoding: base64\n\n{coded}"


def status(*fields, head="Reporting-MTA: dns; mail.shop.example", kind="delivery-status"):
    return f"Content-Type: message/{kind}\n\n{head}\n\n" + "\n".join(fields) + "\n"


def headers_back(content=BACK, kind="text/rfc822-headers"):
    return f"Content-Type: {kind}\n\n{content}\n"


FINAL = "Final-Recipient: rfc822; lin@customer.example"
POSTFIX = multipart(
    text("This is the mail system at host mail.shop.example.\n\n<lin@customer.example>: host mx said: 550"),
    status(
        FINAL,
        "Original-Recipient: rfc822;lin@customer.example",
        "Action: failed",
        "Status: 5.1.1",
        "Remote-MTA: dns; mx.customer.example",
        "Diagnostic-Code: smtp; 550 5.1.1 <lin@customer.example>: Recipient address rejected: User unknown",
        head="Reporting-MTA: dns; mail.shop.example\nX-Postfix-Queue-ID: 4ABCDEF",
    ),
    headers_back(),
)
POSTFIX_EXPIRED = multipart(
    text("I'm sorry, connect to mx.customer.example: Connection timed out"),
    status(FINAL, "Action: failed", "Status: 4.4.1", "Diagnostic-Code: X-Postfix; Connection timed out"),
    headers_back(),
)
POSTFIX_DELAYED = multipart(
    text("THIS IS A WARNING ONLY. YOU DO NOT NEED TO RESEND YOUR MESSAGE."),
    status(FINAL, "Action: delayed", "Status: 4.4.1"),
    headers_back(),
    subject="Delayed Mail (still being retried)",
)
POSTFIX_DELIVERED = multipart(
    text("Your message was successfully delivered"),
    status(FINAL, "Action: delivered", "Status: 2.0.0"),
    headers_back(),
    subject="Successful Mail Delivery Report",
)
EXIM_OLD = f"""\
Return-path: <>
X-Failed-Recipients: lin@customer.example
Auto-Submitted: auto-replied
From: Mail Delivery System <Mailer-Daemon@mail.shop.example>
To: shop@shop.example
Subject: Mail delivery failed: returning message to sender
Date: Mon, 23 Nov 2026 03:58:30 +0000

This message was created automatically by mail delivery software.

A message that you sent could not be delivered to one or more of its
recipients. This is a permanent error. The following address(es) failed:

  lin@customer.example
    Unrouteable address

------ This is a copy of the message, including all the headers. ------

{BACK}
Hello
"""
EXIM = multipart(
    text("  lin@customer.example\n    host mx [192.0.2.1]\n    SMTP error: 550 5.7.1 rejected as spam"),
    status(
        "Action: failed",
        FINAL,
        "Status: 5.0.0",
        "Remote-MTA: dns; mx.customer.example",
        "Diagnostic-Code: smtp; 550 5.7.1 rejected as spam",
    ),
    headers_back(kind="message/rfc822"),
    sender="Mail Delivery System <Mailer-Daemon@mail.shop.example>",
)
EXCHANGE = multipart(
    text("<html><body><b>lin</b> wasn't found at customer.example.</body></html>", "utf-8", "html"),
    status(
        "Final-Recipient: rfc822;lin@customer.example",
        "Action: failed",
        "Status: 5.1.10",
        "Diagnostic-Code: smtp;550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP",
        head="Reporting-MTA: dns;DB9PR04MB8461.eurprd04.prod.outlook.com\nReceived-From-MTA: dns;x",
    ),
    headers_back(kind="message/rfc822"),
    sender="Microsoft Outlook <MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e@shop.example>",
    subject="Undeliverable: Spring",
    extra="Auto-Submitted: auto-generated\n",
)
EXCHANGE_BLOCKED = (
    EXCHANGE.replace("5.1.10 RES", "5.4.1 RES")
    .replace("Status: 5.1.10", "Status: 5.4.1")
    .replace(
        "RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP",
        "Recipient address rejected: Access denied.",
    )
)
GMAIL = multipart(
    'Content-Type: multipart/related; boundary="b2"\n\n--b2\n'
    'Content-Type: multipart/alternative; boundary="b3"\n\n--b3\n'
    + text("** Address not found **\n\nThe response was:\n550 5.2.1 The email account is disabled.", "utf-8")
    + "--b3--\n--b2--",
    status(
        "Final-Recipient: rfc822; lin@customer.example",
        "Action: failed",
        "Status: 5.2.1",
        "Diagnostic-Code: smtp; 550-5.2.1 The email account that you tried to reach is disabled.",
        head="Reporting-MTA: dns; googlemail.com\nArrival-Date: Sun, 22 Nov 2026 19:58:29 -0800 (PST)",
    ),
    headers_back(kind="message/rfc822"),
    sender="Mail Delivery Subsystem <mailer-daemon@googlemail.com>",
    subject="Delivery Status Notification (Failure)",
    extra=f"In-Reply-To: <{OURS}@shop.example>\nAuto-Submitted: auto-replied\n",
)
QQ = multipart(
    text(
        "<div>尊敬的用户,您发往 lin@customer.example 的邮件被退回。<br>退信原因:收件人邮箱不存在或未激活,"
        "请核实后再发送。<br>550 Mailbox not found</div>",
        "gb18030",
        "html",
    ),
    headers_back(kind="message/rfc822"),
    kind="mixed",
    report="",
    sender=f"{Header('系统', 'gb18030').encode()} <PostMaster@qq.com>",
    subject=Header("系统退信/Systems bounce", "gb18030").encode(),
)
NETEASE = multipart(
    text("您的邮件未能送达。\n原因:用户不存在\nSMTP error, RCPT TO: 550 User not found", "gb18030"),
    status(
        FINAL,
        "Action: failed",
        "Status: 5.0.0",
        "Diagnostic-Code: smtp; 550 User not found: lin@customer.example",
    ),
    headers_back(),
    sender="Postmaster@163.com",
    subject=Header("系统退信", "gb18030").encode(),
)
NETEASE_FULL = NETEASE.replace("550 User not found: lin@customer.example", "552 Mailbox is full").replace(
    "5.0.0", "5.2.2"
)
QMAIL = f"""\
From: MAILER-DAEMON@mx.customer.example
To: shop@shop.example
Return-Path: <>
Subject: failure notice
Date: Mon, 23 Nov 2026 03:58:30 +0000

Hi. This is the qmail-send program at mx.customer.example.
<lin@customer.example>:
Sorry, no mailbox here by that name. (#5.1.1)

--- Below this line is a copy of the message.

Return-Path: <shop@shop.example>
{BACK}"""
BY_ENVELOPE = multipart(
    text("failed"),
    status(
        FINAL, "Action: failed", "Status: 5.1.1", head=f"Reporting-MTA: dns; x\nOriginal-Envelope-Id: {OURS}"
    ),
)
BY_VERP = multipart(text("failed"), status(FINAL, "Action: failed", "Status: 5.1.1")).replace(
    "To: shop@shop.example", f"To: bounces+{OURS}@shop.example", 1
)
UNICODE = multipart(
    text("failed", "utf-8"),
    status(
        "Final-Recipient: utf-8; 林@customer.example",
        "Action: failed",
        "Status: 5.1.1",
        kind="global-delivery-status",
    ),
    headers_back(kind="message/global-headers"),
)


def complaint(kind="abuse", back=BACK):
    return multipart(
        text("This is an email abuse report for an email message received from 192.0.2.1"),
        f"Content-Type: message/feedback-report\n\nFeedback-Type: {kind}\nUser-Agent: SomeGenerator/1.0\n"
        "Version: 1\nOriginal-Mail-From: <shop@shop.example>\nSource-IP: 192.0.2.1\n",
        headers_back(back, "message/rfc822"),
        report="feedback-report",
        sender="<abusedesk@customer.example>",
        subject="FW: Earn money",
    )


def letter(subject="My order", sender="Lin <lin@customer.example>", **headers):
    more = "".join(f"{name.replace('_', '-')}: {value}\n" for name, value in headers.items())
    return (
        f"From: {sender}\nTo: shop@shop.example\nSubject: {Header(subject, 'utf-8').encode()}\n"
        f"Date: Mon, 23 Nov 2026 03:58:30 +0000\n{more}\nHello\n"
    )


ANSWER = {"In_Reply_To": f"<{OURS}@shop.example>"}
