"""A real SMTP server in a process of its own, and a bare client beside Keepwell.

python -m bench.mail_peers server PORT FILE    every message that it takes is a line of FILE
python -m bench.mail_peers client PORT COUNT   ready-made messages over one connection; prints messages/s
python -m bench.mail_peers writer PORT COUNT   the same, but each composed with the standard library first
"""

from __future__ import annotations

import asyncio
import re
import smtplib
import sys
import time
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from typing import Any

from aiosmtpd.controller import UnthreadedController

MESSAGE_ID = re.compile(rb"^Message-ID:\s*<([^@>]+)@", re.IGNORECASE | re.MULTILINE)
# As long as the e-mail that Keepwell sends in the bench, headers and both parts.
BODY_BYTES = 8_000


class Sink:
    """Takes every message, and writes down its id and its receiver before it says so."""

    def __init__(self, log: Path) -> None:
        self._log = log.open("ab", buffering=0)

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - its name
        """Keep it."""
        found = MESSAGE_ID.search(envelope.original_content)
        name = found.group(1) if found else b"-"
        self._log.write(name + b" " + envelope.rcpt_tos[0].encode() + b"\n")
        return "250 2.0.0 Ok: queued"


def serve(port: int, log: Path) -> None:
    """Serve until killed."""
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    controller = UnthreadedController(Sink(log), hostname="127.0.0.1", port=port, loop=loop)
    controller.begin()
    loop.run_forever()


def send(port: int, count: int) -> float:
    """Messages a second of `smtplib.SMTP.sendmail`, one connection, nothing composed on the way."""
    words = ("Dear customer, it has been a while. " * 2 + "\r\n") * (BODY_BYTES // 74)
    with smtplib.SMTP("127.0.0.1", port) as client:
        start = time.perf_counter()
        for number in range(count):
            to = f"bare{number:06d}@customer.example"
            head = (
                f"From: care@tea.example\r\nTo: {to}\r\nSubject: x\r\nMessage-ID: <bare{number}@tea>\r\n\r\n"
            )
            client.sendmail("care@tea.example", [to], (head + words).encode())
        return count / (time.perf_counter() - start)


def write_and_send(port: int, count: int) -> float:
    """Messages a second where each is an `EmailMessage` with headers of bulk mail, a text and HTML.

    What a script does that sends a campaign with the standard library and nothing else: no consent, no limit,
    no link that is followed, no record of anything.
    """
    words = "Dear customer {}, it has been a while. Spring is here, and with it the first tea. " * 12
    page = "<html><body>" + "<p style='margin:0;padding:10px 25px'>Dear {}, it has been a while.</p>" * 90
    with smtplib.SMTP("127.0.0.1", port) as client:
        start = time.perf_counter()
        for number in range(count):
            message = EmailMessage(policy=SMTP)
            message["From"], message["To"] = "care@tea.example", f"bare{number:06d}@customer.example"
            message["Subject"], message["Message-ID"] = "Spring in Hangzhou", f"<bare{number}@tea.example>"
            message["List-Unsubscribe"] = f"<https://keepwell.example/u/{number:060d}>"
            message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
            message.set_content(words.format(*[number] * 12))
            message.add_alternative(page.format(*[number] * 90) + "</body></html>", subtype="html")
            client.send_message(message)
        return count / (time.perf_counter() - start)


if __name__ == "__main__":
    if sys.argv[1] == "server":
        serve(int(sys.argv[2]), Path(sys.argv[3]))
    else:
        act = write_and_send if sys.argv[1] == "writer" else send
        print(act(int(sys.argv[2]), int(sys.argv[3])))
