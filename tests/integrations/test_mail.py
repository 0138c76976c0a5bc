"""E-mails on customers' records: whose, once, sealed, and whatever anybody may write."""

from __future__ import annotations

import mailbox
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from keepwell.customers import queries as customers
from keepwell.customers import services as customer_services
from keepwell.customers.contracts import CustomerRow
from keepwell.foundation.audit.models import AuditEntry
from keepwell.history import queries as history
from keepwell.integrations import queries
from keepwell.integrations.contracts import Direction, MailError, MailOutcome
from keepwell.integrations.mail import headers, words
from keepwell.integrations.services import mail

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
SENT = datetime(2026, 5, 30, 8, 15, tzinfo=UTC)
MEI, SHOP = "mei@chen.example", "hello@shop.example"


@pytest.fixture
def shop(home, db, settings):
    """Mei, and a company with Jonas in it; the shop's own address is told."""
    settings.KEEPWELL_MAIL_ADDRESSES = "hello@shop.example, @staff.shop.example"
    rows = [
        CustomerRow(customer_id="C1", name="Mei Chen", email=MEI),
        CustomerRow(customer_id="C2", name="Nordlicht", company="Nordlicht"),
    ]
    customer_services.upsert_many(rows=rows, source="till", at=NOW, actor="ada")
    customer_services.save_company_contact(
        customer_id="C2",
        role="procurement",
        name="Jonas",
        email="jonas@nord.example",
        actor="ada",
        source="card",
    )
    return home


def letter(sender=f"Mei Chen <{MEI}>", to=SHOP, subject="My order", text="Where is it?", **more):
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = sender, to, subject
    made["Date"] = more.pop("date", SENT)
    made["Message-ID"] = more.pop("message_id", "<1@chen.example>")
    for name, value in more.items():
        made[name] = value
    made.set_content(text)
    return made


def archive(content, **more):
    content = content if isinstance(content, bytes) else content.as_bytes()
    said = {"place": "a.eml", "came_at": NOW, "actor": "ada", "now": NOW, **more}
    return mail.archive(content=content, **said)


def facts(customer_id="C1"):
    """What is on the record, but how it sounds."""
    told = [(fact.table, fact.at, dict(fact.data)) for fact in history.timeline(customer_id)]
    return [one for one in told if one[2].get("type") != "mood"]


def test_what_a_customer_wrote_is_on_the_record_once_and_sealed(shop):
    message = letter().as_bytes()
    done = archive(message)
    assert (done.outcome, done.records) == (MailOutcome.ARCHIVED, 1)
    assert archive(message).outcome is MailOutcome.ALREADY_THERE
    ((table, at, data),) = facts()
    assert (table, at, data["type"], data["channel"], data["subject"]) == (
        "interactions",
        SENT,
        "email",
        "email",
        "My order",
    )
    (file,) = customers.attachments("C1", sensitive=False)
    assert (file.name, file.content_type) == ("My order.eml", "message/rfc822")
    assert customers.attachment_content("C1", file.attachment_id)[1] == message
    view = queries.mails_of_files("C1", [file.attachment_id])[file.attachment_id]
    assert (view.direction, view.sent_at) == (Direction.INCOMING, SENT)
    assert queries.mails_of_facts("C1", [data["interaction_id"]])[data["interaction_id"]] == view
    (stored,) = shop.attachments_dir.iterdir()
    assert b"Where" not in stored.read_bytes()


def test_what_the_company_wrote_is_a_contact(shop):
    archive(letter(sender="Li <li@staff.shop.example>", to=f"{MEI.upper()}, jonas@nord.example"))
    for customer_id in ("C1", "C2"):
        ((table, at, data),) = facts(customer_id)
        assert (table, at, data["status"], data["channel"]) == ("contacts", SENT, "sent", "email")


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        (letter(sender="jonas@nord.example", Cc=MEI), {"C2"}),  # Mei got a copy of another customer's letter
        (letter(sender="stranger@else.example", to=MEI), set()),
        (letter(sender="stranger@else.example"), set()),
        (letter(sender=SHOP, to="li@staff.shop.example"), set()),
        (letter(sender=SHOP, to="li@staff.shop.example", Cc=MEI), {"C1"}),
        (letter(sender="Mei <other@else.example>", to=f"{MEI} <{SHOP}>"), set()),
    ],
)
def test_only_what_was_exchanged_with_the_company_is_kept(shop, message, expected):
    done = archive(message)
    assert {number for number in ("C1", "C2") if facts(number)} == expected
    assert done.outcome is (MailOutcome.ARCHIVED if expected else MailOutcome.NOBODYS)
    assert len(list(shop.attachments_dir.iterdir())) == len(expected)


def test_without_the_companys_addresses_whoever_is_no_customer_is_of_the_company(shop, settings):
    settings.KEEPWELL_MAIL_ADDRESSES = ""
    archive(letter(sender="li@gmail.example", to=MEI))
    assert [table for table, _at, _data in facts()] == ["contacts"]


def test_nothing_personal_goes_into_history_or_the_log(shop):
    subject = "Mei Chen, +86 138 0013 8000: Chen's parcel for mei@chen.example"
    archive(letter(subject=subject))
    ((_table, _at, data),) = facts()
    assert data["subject"] == "[removed], [removed]: [removed]'s parcel for [removed]"
    logged = repr(list(AuditEntry.objects.values_list("details", "object_id")))
    assert "parcel" not in logged
    assert "chen" not in logged
    assert "1@chen.example" not in repr(data)


def test_without_a_number_the_content_tells_one_message_from_another(shop):
    first, second = letter(), letter(text="And now?")
    for message in (first, second):
        del message["Message-ID"]
    assert [archive(one).outcome for one in (first, second, first)] == [
        "archived",
        "archived",
        "already_there",
    ]


def test_a_mail_that_was_taken_away_does_not_come_back(shop):
    archive(letter())
    (file,) = customers.attachments("C1", sensitive=False)
    customer_services.remove_item(
        kind="attachment", customer_id="C1", item_id=file.attachment_id, actor="ada", at=NOW
    )
    customer_services.purge_removed(at=NOW + timedelta(hours=1))
    assert archive(letter()).outcome is MailOutcome.ALREADY_THERE
    assert customers.attachments("C1", sensitive=False) == ()
    ((_table, _at, data),) = facts()
    assert queries.mails_of_facts("C1", [data["interaction_id"]]) == {}


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"),
        (b"\r\n \r\n", "empty"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "no e-mail"),
        (b"Subject: none\n\nhello", "nobody sent it"),
        (b"From: nobody\nTo: hello@shop.example\n\nhello", "nobody sent it"),
        (b"From: " + b"(" * 5_000 + b"\n\nhello", "nobody sent it"),
        (b"X: " + b"x" * 200_000 + b"\nFrom: mei@chen.example\n\nhello", "128 KiB"),
        (b"From: a@b.example\nTo: " + b", ".join(b"%d@c.example" % n for n in range(200)), "mailing"),
    ],
)
def test_what_is_no_letter_is_refused_with_its_reason(shop, content, reason):
    done = archive(content)
    assert done.outcome is MailOutcome.REFUSED
    assert reason in done.reason
    assert list(shop.attachments_dir.iterdir()) == []


def test_too_large_a_message_is_refused(shop, monkeypatch):
    monkeypatch.setattr("keepwell.customers.services.MAX_FILE_BYTES", 100)
    assert archive(letter()).reason == "it is larger than 20 MB"


@pytest.mark.parametrize(
    ("date", "expected"),
    [
        (b"Sat, 30 May 2026 16:15:00 +0800", SENT),
        (b"Sat, 30 May 2026 08:15:00 -0000", SENT),
        (b"yesterday", NOW - timedelta(days=9)),
        (b"Fri, 31 Dec 9999 23:59:59 -2359", NOW - timedelta(days=9)),
        (b"Mon, 1 Jun 2026 13:00:00 +0000", NOW),
        (b"Sat, 30 May 1026 08:15:00 +0000", NOW - timedelta(days=9)),
    ],
)
def test_a_letter_has_a_time_that_can_be_right(shop, date, expected):
    content = b"From: mei@chen.example\nTo: hello@shop.example\nDate: " + date + b"\n\nhello"
    archive(content, came_at=NOW - timedelta(days=9))
    assert [at for _table, at, _data in facts()] == [expected]


def test_the_last_server_says_when_the_date_does_not(shop):
    received = b"Received: from a by b; Sat, 30 May 2026 08:15:00 +0000\n"
    archive(received + b"From: mei@chen.example\nTo: hello@shop.example\n\nhello")
    assert [at for _table, at, _data in facts()] == [SENT]


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("=?utf-8?B?5oKo55qE6K6i5Y2V?= ok", "您的订单 ok"),
        ("=?gb2312?B?xOO6w4HA?=", "你好伬"),  # a sign of GBK, which GB 2312 lacks
        ("=?nonsense?Q?caf=C3=A9?=", "café"),
        ("=?utf-7?Q?+2AA-?=", "?"),
        ("=?utf-8?B?a?= b", "=?utf-8?B?a?= b"),
        ("two\r\n lines\x00\x07", "two lines"),
        (b"\xc4\xe3\xba\xc3".decode("ascii", "surrogateescape"), "你好"),
    ],
)
def test_headers_are_read_in_any_charset(raw, expected):
    assert headers.header_text(raw) == expected


def test_the_words_of_a_letter_are_text_whatever_it_is_made_of():
    made = letter(text="plain words\u202e")
    made.add_alternative("<p>html words</p>", subtype="html")
    made.add_attachment(b"%PDF", maintype="application", subtype="pdf", filename="报价.pdf")
    opened = words.open_words(made.as_bytes())
    assert (opened.text, opened.files, opened.is_cut) == ("plain words", ("报价.pdf",), False)


def test_html_is_reduced_to_text():
    source = """<html><head><title>t</title><style>p{}</style></head><body><!-- <p>gone</p> -->
    <header>Hi</header><p>One &amp; two<br>three</p><script>alert("<p>x</p>")</script><a href="https://x.example">link</a>
    <img src=x onerror=alert(1)><table><tr><td>a</td><td>b</td></tr></table> 3 < 4 <script>never closed"""
    assert words.reduced(source).split("\n") == [
        "Hi",
        "",
        "One & two",
        "three",
        "link",
        "",
        "a b",
        "",
        "3 < 4",
    ]


@pytest.mark.parametrize(
    "body",
    [
        b"Content-Type: text/plain; charset=punycode\n\n" + b"a-b" * 300_000,
        b"Content-Transfer-Encoding: " + b"(x)" * 100_000 + b"\n\nhello",
        b"Content-Type: text/plain; " + b"a=b; " * 100_000 + b"\n\nhello",
        b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\nx\n" * 20_000,
        b"Content-Type: text/html\n\n" + b"<!--" * 200_000,
        b"Content-Type: text/html\n\n" + b"<script>" * 100_000,
        b"Content-Type: text/html\n\n" + b"<a b='" * 100_000,
        b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(2_000)),
    ],
)
def test_a_hostile_letter_is_opened_all_the_same(body):
    opened = words.open_words(b"From: a@b.example\n" + body)
    assert len(opened.text) <= words.TEXT_LENGTH_MAX


@given(st.binary(max_size=300), st.sampled_from([b"From: ", b"Subject: ", b"Date: ", b"Content-Type: "]))
def test_no_bytes_are_a_crash(noise, header):
    content = b"From: a@b.example\n" + header + noise + b"\n\n" + noise
    opened = words.open_words(content)
    opened.text.encode()
    try:
        found = headers.read(content, now=NOW)
    except MailError:
        return
    (found.subject + "".join((*found.senders, *found.receivers, *found.names))).encode()


def delivered(folder, *messages):
    box = mailbox.Maildir(folder)
    return [box.add(one) for one in messages]


def test_files_mailboxes_and_folders_are_read_and_left_as_they_are(shop, tmp_path):
    place = tmp_path / "post"
    place.mkdir()
    (place / "one.eml").write_bytes(letter(message_id="<a@x>").as_bytes())
    (place / "photo.png").write_bytes(b"\x89PNG")
    (place / "bad.eml").write_bytes(b"\x00\x01")
    box = mailbox.mbox(place / "old.mbox")
    for number in range(2):
        box.add(letter(message_id=f"<b{number}@x>", subject=f"old {number}"))
    box.add(letter(sender="who@else.example"))
    box.close()
    delivered(place / "Maildir", letter(message_id="<c@x>"))
    mailbox.Maildir(place / "Maildir").add_folder("Sent").add(letter(sender=SHOP, to=MEI, message_id="<d@x>"))
    before = sorted(one.relative_to(place) for one in place.rglob("*"))
    done = list(mail.archive_path(path=place, actor="ada", now=NOW))
    outcomes = sorted(str(one.outcome) for one in done)
    assert outcomes == ["archived"] * 5 + ["nobodys", "refused"]
    assert next(one.place for one in done if one.outcome == "nobodys").endswith("old.mbox#3")
    again = [str(one.outcome) for one in mail.archive_path(path=place, actor="ada", now=NOW)]
    assert sorted(again) == ["already_there"] * 5 + ["nobodys", "refused"]
    assert sorted(one.relative_to(place) for one in place.rglob("*")) == before
    assert len(facts()) == 5


def test_a_file_that_cannot_be_opened_does_not_stop_the_rest(shop, tmp_path):
    (tmp_path / "a.eml").symlink_to(tmp_path / "a.eml")
    (tmp_path / "b.eml").write_bytes(letter().as_bytes())
    (missing,) = mail.archive_path(path=tmp_path / "a.eml", actor="ada", now=NOW)
    assert (missing.outcome, missing.reason) == (MailOutcome.REFUSED, "Too many levels of symbolic links")
    assert [one.outcome for one in mail.archive_path(path=tmp_path, actor="ada", now=NOW)] == ["archived"]


@pytest.mark.django_db(transaction=True)
def test_what_is_delivered_moves_on_once_it_is_archived(shop, tmp_path, monkeypatch):
    folder = tmp_path / "Maildir"
    delivered(folder, letter(), letter(sender="who@else.example"), EmailMessage())

    def dies(*_arguments):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(mail, "_move", dies)
        for _again in range(2):
            with pytest.raises(KeyboardInterrupt):
                mail.take_maildir(folder=folder, actor="worker", now=NOW)
    assert len(os.listdir(folder / "new")) == 3
    for _again in range(2):
        mail.take_maildir(folder=folder, actor="worker", now=NOW)
    assert os.listdir(folder / "new") == []
    assert sorted(name.partition(":")[2] for name in os.listdir(folder / "cur")) == ["2,FS", "2,S", "2,S"]
    assert len(facts()) == len(customers.attachments("C1", sensitive=True)) == 1


@pytest.mark.django_db(transaction=True)
def test_who_read_it_first_kept_it(shop):
    message = letter().as_bytes()
    together = threading.Barrier(4)

    def read():
        together.wait()
        try:
            return str(archive(message).outcome)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        outcomes = sorted(one.result() for one in [pool.submit(read) for _reader in range(4)])
    assert outcomes == ["already_there"] * 3 + ["archived"]
    assert len(facts()) == len(customers.attachments("C1", sensitive=True)) == 1
    assert len(list(shop.attachments_dir.iterdir())) == 1


def test_a_delivery_waits_for_the_next_time_where_it_could_not_be_stored(shop, tmp_path, monkeypatch):
    folder = tmp_path / "Maildir"
    delivered(folder, letter())

    def full(**_said):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("keepwell.customers.services.attach", full)
        with pytest.raises(OSError, match="No space"):
            mail.take_maildir(folder=folder, actor="worker", now=NOW)
    assert facts() == []
    assert mail.take_maildir(folder=folder, actor="worker", now=NOW) == {MailOutcome.ARCHIVED: 1}


def test_a_folder_that_is_no_maildir_is_named(shop, tmp_path):
    with pytest.raises(FileNotFoundError, match="KEEPWELL_MAILDIR"):
        mail.take_maildir(folder=tmp_path, actor="worker", now=NOW)


def test_a_mail_at_hand_goes_on_the_record_where_it_says_who_wrote(shop):
    def attach(message, **more):
        said = {"is_sensitive": False, "actor": "li", "now": NOW, **more}
        return mail.attach_mail(customer_id="C1", content=message.as_bytes(), **said)

    private = letter(sender="mei@private.example")
    assert [attach(private), attach(private)] == [MailOutcome.ARCHIVED, MailOutcome.ALREADY_THERE]
    secret = letter(message_id="<2@x>", subject="The divorce", date=SENT - timedelta(days=1))
    assert attach(secret, is_sensitive=True) is MailOutcome.ARCHIVED
    assert attach(letter(sender=SHOP, to="mei@private.example", message_id="<3@x>")) is MailOutcome.ARCHIVED
    assert attach(letter(sender=SHOP, to="li@staff.shop.example", message_id="<4@x>")) is MailOutcome.REFUSED
    assert attach(letter(sender="a@b.example", to="c@d.example", message_id="<5@x>")) is MailOutcome.REFUSED
    assert [(table, data.get("subject")) for table, _at, data in facts() if table == "interactions"] == [
        ("interactions", "My order"),
        ("interactions", None),
    ]
    assert len(customers.attachments("C1", sensitive=False)) == 2
    assert len(customers.attachments("C1", sensitive=True)) == 3


def test_what_a_customer_writes_goes_to_the_department_that_it_concerns(shop):
    from keepwell.accounts.models import Team
    from keepwell.outreach.questions import services, sources
    from keepwell.outreach.questions.contracts import RouteRule, Routing
    from keepwell.outreach.questions.models import Feedback

    team = Team.objects.create(name="Logistics")
    rules = Routing(rules=(RouteRule("Parcels", team.pk, words=("where is it",), channel="email"),))
    version = services.save_routing(routing=rules, actor="ada", now=NOW).version
    archive(letter(), live=True)
    assert not Feedback.objects.exists()  # no rules are on
    trial = services.try_routing(version=version, actor="ada", now=NOW)
    assert (trial.came, trial.passed) == (1, 1)
    services.switch_on(version=version, actor="ada", now=NOW)
    for number, more in enumerate(({}, {"live": True}, {"live": True})):
        archive(letter(subject="And now?", message_id=f"<{min(number, 1)}@new>"), **more)
    archive(letter(message_id="<3@new>", sender="Li <li@staff.shop.example>", to=MEI), live=True)
    archive(letter(message_id="<4@new>", date=NOW - timedelta(days=30)), live=True)
    assert services.work(now=NOW)["passed"] == 1
    row = Feedback.objects.get()
    assert (row.origin, row.team, row.text) == ("email", team, "And now?\nWhere is it?")
    assert row.key in {one.key for one in sources.recent(NOW - timedelta(days=9), NOW, 10)}
