"""A real mail server on this machine, and customers who agreed to hear from us."""

from __future__ import annotations

import email
import email.policy
import socket
from datetime import UTC, datetime, timedelta

import pytest
from aiosmtpd.controller import Controller

NOW = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)  # a Monday, noon in Shanghai


class Inbox:
    """What the server took, and what it is told to say."""

    def __init__(self):
        self.messages = []
        self.answers = {}  # address -> what to say to RCPT
        self.after_dot = []  # what to say to the next messages: a line, or None to hang up
        self.seen = 0

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address in self.answers:
            return self.answers[address]
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 Ok"

    async def handle_DATA(self, server, session, envelope):
        self.seen += 1
        answer = self.after_dot.pop(0) if self.after_dot else "250 2.0.0 Ok: queued as A1"
        if answer is None:
            self.messages.append((envelope.rcpt_tos[0], envelope.original_content))
            server.transport.abort()
            return "421 gone"
        if answer.startswith("250"):
            self.messages.append((envelope.rcpt_tos[0], envelope.original_content))
        return answer

    @property
    def to(self):
        return [address for address, _content in self.messages]

    def parsed(self, place=0):
        return email.message_from_bytes(self.messages[place][1], policy=email.policy.default)


@pytest.fixture
def inbox():
    found = Inbox()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        found.port = free.getsockname()[1]
    controller = Controller(found, hostname="127.0.0.1", port=found.port)
    controller.start()
    yield found
    controller.stop()


@pytest.fixture
def connect(inbox):
    """Opens a session with the server."""
    from keepwell.outreach.channels import email as channel

    return lambda: channel.connect(host="127.0.0.1", port=inbox.port, sender="Keep Well <shop@shop.example>")


@pytest.fixture
def people(home, db, settings):
    """Makes customers with an address who agreed to marketing by e-mail; nobody is kept aside.

    The shop can be reached from outside and has said who and where it is.
    """
    from keepwell.customers import services as customers
    from keepwell.customers.contracts import CustomerRow
    from keepwell.customers.privacy import services as privacy
    from keepwell.customers.privacy.contracts import ConsentRow
    from keepwell.outreach.content.services import set_brand
    from keepwell.outreach.policy.services import set_holdout

    settings.KEEPWELL_URL = "https://shop.example"
    brand = {"company_name": "Keep Well", "legal_address": "1 West Lake Road, Hangzhou"}
    set_brand(values=brand, based_on=0, actor="ada", now=NOW - timedelta(days=100))
    set_holdout(share=0, reason="test", actor="ada", now=NOW - timedelta(days=100))

    def make(count, *, agreed=True):
        numbers = [f"C{n:05d}" for n in range(count)]
        rows = [CustomerRow(n, country="CN", email=f"{n.lower()}@customer.example") for n in numbers]
        customers.upsert_many(rows=rows, source="crm", at=NOW - timedelta(days=90), actor="ada")
        if agreed:
            at = NOW - timedelta(days=60)
            said = [ConsentRow(n, "email", "marketing", True, at, "counter", "marketing/1") for n in numbers]
            privacy.record_consents(rows=said, actor="ada", live=False)
        return numbers

    return make


@pytest.fixture
def draft():
    """Makes a draft: a message of the spring campaign."""
    from keepwell.outreach.sending.contracts import Draft

    def make(customer_id, **changes):
        usual = {
            "key": f"spring/{customer_id}",
            "channel": "email",
            "purpose": "marketing",
            "subject": "春天到了 & more",
            "text": "Hello,\n.a line that begins with a dot\nGoodbye",
            "html": "<p>Hello</p>",
            "language": "zh-Hans",
            "content": "spring",
        }
        return Draft(customer_id=customer_id, **{**usual, **changes})

    return make
