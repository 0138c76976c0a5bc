"""What users are told, and the daily message through a real mail server."""

from __future__ import annotations

import email
import email.policy
import socket
from datetime import UTC, datetime, timedelta

import pytest
from aiosmtpd.controller import Controller

from keepwell.customers import services as customer_services
from keepwell.foundation.settings import email as email_settings
from keepwell.intake.models import ImportBatch
from keepwell.outreach import letters
from keepwell.outreach.contracts import Notice, NoticeChoice
from keepwell.outreach.models import DigestMessage
from keepwell.outreach.queries import digests as digest_queries
from keepwell.outreach.queries import notices as queries
from keepwell.outreach.services import digests, gathering, notices
from tests.outreach.conftest import NOW

QUARTER = timedelta(minutes=16)


def kinds(user) -> list[str]:
    return sorted(one.kind for one in queries.newest(user.pk))


def test_everybody_is_told_of_what_concerns_them_once(people, own, publish):
    own("C-1", people.lin)
    own("C-2", people.lin)
    publish({"C-1": "active"})
    ImportBatch.objects.create(
        batch_id="b-1", status="done", source="till", actor="ada", started_at=NOW, finished_at=NOW
    )
    customer_services.make_promise(
        customer_id="C-1",
        what="x",
        due_at=NOW + timedelta(hours=2),
        owner_id=people.lin.pk,
        actor="lin",
        at=NOW,
    )
    customer_services.make_promise(
        customer_id="C-1",
        what="y",
        due_at=NOW + timedelta(days=1),
        owner_id=people.lin.pk,
        actor="lin",
        at=NOW,
    )
    customer_services.propose_handover(
        customer_ids=["C-2"],
        from_owner_id=people.lin.pk,
        to_owner_id=people.mei.pk,
        due_on=NOW.date() + timedelta(days=3),
        actor="lin",
        at=NOW,
        reason="move",
    )
    notices.choose(user_id=people.ada.pk, choice=NoticeChoice(muted=()), actor="ada")
    for _ in range(2):
        gathering.gather(now=NOW)
    assert kinds(people.ada) == [Notice.CYCLE_DONE, Notice.IMPORT_DONE]
    assert kinds(people.lin) == [Notice.PROMISE_DUE]
    assert kinds(people.mei) == [Notice.HANDOVER]
    assert kinds(people.kai) == []
    gathering.gather(now=NOW + timedelta(days=1))
    assert kinds(people.lin) == [Notice.PROMISE_DUE, Notice.PROMISE_DUE]


def test_what_is_old_news_is_not_told(people, publish):
    publish({})
    gathering.gather(now=NOW + timedelta(days=3))
    assert kinds(people.ada) == []


def test_all_or_some_are_marked_as_read_and_only_one_s_own(people):
    for key in ("a", "b"):
        notices.tell(user_id=people.lin.pk, kind=Notice.APPROVAL, key=key, data={}, now=NOW)
    first = queries.newest(people.lin.pk)[-1].notice_id
    assert notices.mark_read(user_id=people.mei.pk, now=NOW) == 0
    assert notices.mark_read(user_id=people.lin.pk, now=NOW, notice_ids=[first]) == 1
    assert queries.unread(people.lin.pk) == 1


class Mailbox:
    """Keeps what it is given; refuses while `closed`."""

    def __init__(self) -> None:
        self.letters = []
        self.closed = False

    async def handle_DATA(self, server, session, envelope):
        if self.closed:
            return "451 try again later"
        message = email.message_from_bytes(envelope.content, policy=email.policy.default)
        self.letters.append((envelope.rcpt_tos, message))
        return "250 kept"


@pytest.fixture
def mailbox(settings):
    box = Mailbox()
    with socket.create_server(("127.0.0.1", 0)) as asked:
        port = asked.getsockname()[1]
    server = Controller(box, hostname="127.0.0.1", port=port)
    server.start()
    for name, value in email_settings(f"smtp://127.0.0.1:{port}?from=keepwell@shop.test").items():
        setattr(settings, name, value)
    settings.KEEPWELL_URL = "https://keepwell.shop.test"
    yield box
    server.stop()


@pytest.fixture
def reader(people):
    """Lin, in Shanghai, who wants the message at eight on working days."""
    people.lin.email, people.lin.time_zone, people.lin.language = (
        "lin@shop.test",
        "Asia/Shanghai",
        "zh-hans",
    )
    people.lin.first_name = "林"
    people.lin.save()
    notices.choose(user_id=people.lin.pk, choice=NoticeChoice(digest=True), actor="lin")
    return people.lin


EIGHT = datetime(2026, 11, 23, 0, 0, tzinfo=UTC)  # Monday, eight o'clock in Shanghai


def send(now: datetime) -> dict[str, int]:
    return digests.send_due(now=now, write=letters.daily)


def test_the_message_comes_once_a_day_at_the_reader_s_hour_in_the_reader_s_language(
    reader, task, own, mailbox, people
):
    task(due_at=EIGHT - timedelta(hours=1), title="Ask about the kettle")
    assert send(EIGHT - timedelta(minutes=1)) == {"sent": 0, "empty": 0, "failed": 0}
    assert send(EIGHT)["sent"] == 1
    assert send(EIGHT + timedelta(minutes=1))["sent"] == 0
    assert send(EIGHT + timedelta(hours=10))["sent"] == 0
    ((to, letter),) = mailbox.letters
    assert to == ["lin@shop.test"]
    assert letter["Message-ID"] == f"<digest-{reader.pk}-2026-11-23@shop.test>"
    text = letter.get_content()
    assert "C-1" in text
    assert "https://keepwell.shop.test/today/" in text
    assert "Ann Example" not in text
    assert "kettle" not in text
    assert DigestMessage.objects.get().outcome == "sent"
    assert send(EIGHT + timedelta(days=1))["sent"] == 1


def test_nobody_is_written_to_on_a_day_off_or_with_nothing_to_do(reader, task, mailbox):
    saturday = EIGHT + timedelta(days=5)
    assert send(EIGHT)["empty"] == 1
    task()
    assert send(saturday) == {"sent": 0, "empty": 0, "failed": 0}
    reader.is_active = False
    reader.save()
    assert list(digest_queries.due(EIGHT + timedelta(days=1))) == []
    assert mailbox.letters == []


def test_what_fails_is_tried_again_later_and_given_up_after_four_times(reader, task, mailbox):
    task()
    mailbox.closed = True
    assert send(EIGHT)["failed"] == 1
    assert send(EIGHT + timedelta(minutes=1)) == {"sent": 0, "empty": 0, "failed": 0}  # leased
    mailbox.closed = False
    assert send(EIGHT + QUARTER)["sent"] == 1
    assert len(mailbox.letters) == 1
    mailbox.closed = True
    tomorrow = EIGHT + timedelta(days=1)
    tries = [send(tomorrow + number * QUARTER)["failed"] for number in range(6)]
    assert tries == [1, 1, 1, 1, 0, 0]
    row = DigestMessage.objects.latest("day")
    assert (row.outcome, row.error, row.attempts) == ("failed", "SMTPDataError", 4)


def test_a_process_that_died_while_sending_leaves_the_message_to_the_next(reader, task, mailbox):
    task()
    DigestMessage.objects.create(user=reader, day=EIGHT.date(), lease_until=EIGHT + timedelta(minutes=15))
    assert send(EIGHT)["sent"] == 0
    assert send(EIGHT + QUARTER)["sent"] == 1


@pytest.mark.parametrize(
    ("url", "port", "ssl", "tls", "user"),
    [
        ("smtp://mail.test", 25, False, False, ""),
        ("smtp://me:p%40ss@mail.test:587?tls=1", 587, False, True, "me"),
        ("smtps://mail.test", 465, True, False, ""),
    ],
)
def test_the_mail_server_is_one_address(url, port, ssl, tls, user):
    found = email_settings(url)
    assert (found["EMAIL_PORT"], found["EMAIL_USE_SSL"], found["EMAIL_USE_TLS"]) == (port, ssl, tls)
    assert found["EMAIL_HOST_USER"] == user
    assert found["EMAIL_HOST_PASSWORD"] == ("p@ss" if user else "")


def test_an_address_that_is_none_is_refused_and_none_sends_nothing():
    with pytest.raises(ValueError, match="KEEPWELL_SMTP_URL"):
        email_settings("http://mail.test")
    assert "dummy" in str(email_settings("")["EMAIL_BACKEND"])
