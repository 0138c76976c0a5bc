# ruff: noqa: F811 - fixtures take others by their names
"""Ann is Lin's customer and writes by text message; the house has answers in use."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from keepwell.outreach.firstreply import rulebook, services
from keepwell.outreach.firstreply.contracts import AnswerDraft
from keepwell.outreach.firstreply.models import Enquiry
from keepwell.outreach.firstreply.queries import answers
from tests.outreach.conftest import NOW, nobody_aside, own, people  # noqa: F401 - fixtures
from tests.outreach.questions.conftest import ann, route, store  # noqa: F401 - fixtures

MINUTE = timedelta(minutes=1)


@pytest.fixture
def house(people, nobody_aside):
    """Two answers in use: invoices and opening hours; their numbers by name."""
    found = {}
    for name, words, text in (
        ("Invoice", {"en": ("invoice",), "zh-hans": ("发票", "开票")}, "Invoices: see your account."),
        (
            "Hours",
            {"en": ("opening hours", "when do you open"), "zh-hans": ("营业时间", "几点开门")},
            "9 to 5.",
        ),
    ):
        chinese = {"Invoice": "发票请在账户页面申请。", "Hours": "每天九点到五点。"}[name]
        draft = AnswerDraft(
            name, words, {"en": text, "zh-hans": chinese}, link=f"https://shop.example/{name.lower()}"
        )
        number = services.save_answer(draft=draft, actor="ada", now=NOW)
        services.approve(answer_id=number, revision=answers.get(number).revision, actor="kai", now=NOW)
        found[name] = number
    return found


@pytest.fixture
def replies(house):
    """Switches first replies on for text messages and e-mails."""

    def make(now=NOW, **changes):
        rules = replace(rulebook.usual(), channels=("sms", "email", "whatsapp"), **changes)
        version = services.save_rules(rules=rules, actor="ada", now=now)
        services.try_rules(version=version.version, actor="ada", now=now)
        services.switch_on(version=version.version, actor="ada", now=now)
        return version

    return make


@pytest.fixture
def write(ann):
    """A text message of Ann's arrives, and the machine sees to it."""
    from keepwell.outreach.channels.contracts import Heard, HeardKind
    from keepwell.outreach.channels.sms.contract import CONTRACT
    from keepwell.outreach.sending.services import hearing

    keys = iter(range(1_000))

    def make(text, now=NOW, *, key=None, seen=True, at=None):
        one = Heard(
            kind=HeardKind.MESSAGE,
            address="+447700900001",
            at=at or now,
            key=key or f"k{next(keys)}",
            text=text,
        )
        hearing.hear(heard=[one], contract=CONTRACT, now=now)
        if seen:
            services.reply(now=now + timedelta(seconds=1))
        return Enquiry.objects.order_by("-pk").first()

    return make


@pytest.fixture
def sent():
    """What the machine queued, the newest last; `go` says that it went."""
    from keepwell.outreach.sending import queries
    from keepwell.outreach.sending.models import Message

    class Sent:
        def texts(self):
            return [queries.message(row.message_id).text for row in self.rows()]

        def rows(self):
            return list(Message.objects.filter(origin__startswith="first_reply:").order_by("pk"))

        def go(self, at):
            Message.objects.filter(origin__startswith="first_reply:", status="waiting").update(
                status="sent", finished_at=at
            )

    return Sent()
