"""The files of a customer on the page, e-mails among them."""

from __future__ import annotations

import pytest

from keepwell.customers import queries, services
from keepwell.foundation.audit.models import AuditEntry
from tests.web.test_customer_page import FILE, HTMX, made, mei, text_of

__all__ = ["mei"]

pytestmark = pytest.mark.django_db

MAIL = """From: Mei <mei@chen.example>
To: hello@shop.example, li@shop.example
Date: Sat, 30 May 2026 08:15:00 +0000
Message-ID: <1@chen.example>
Subject: <b>Size / colour
MIME-Version: 1.0
Content-Type: text/html; charset=utf-8

<p>Is it <b>blue</b>?</p><script>alert(1)</script><img src="https://spy.example/x.png">
"""


def upload(browser, customer_id, text=MAIL, name="mail.eml", **more):
    from django.core.files.uploadedfile import SimpleUploadedFile

    file = SimpleUploadedFile(name, text.encode(), content_type="message/rfc822")
    return text_of(browser.post(f"{FILE}/attachment/add/{customer_id}/", {"file": file, **more}, **HTMX))


def test_a_mail_is_on_the_timeline_among_the_files_and_opens_as_text(ada, mei, settings):
    settings.KEEPWELL_MAIL_ADDRESSES = "@shop.example"
    section = upload(ada, mei)
    here = queries.attachments(mei, sensitive=True)[0].attachment_id
    address = f"{FILE}/attachment/{here}/mail/{mei}/"
    assert f'<a href="{address}">&lt;b&gt;Size - colour</a>' in section
    assert "E-mail from the customer" in section
    page = text_of(ada.get(f"/customers/{mei}/"))
    assert f'<a href="{address}">Mail from the customer</a>' in page
    shown = ada.get(address)
    text = text_of(shown)
    assert "Is it blue?" in text
    assert "m***@chen.example" in text
    assert "h***@shop.example, l***@shop.example" in text
    assert "&lt;b&gt;Size / colour" in text
    assert "from the customer" in text
    assert "2026" in text
    for hidden in ("mei@chen", "alert(1)", "spy.example", "<b>blue"):
        assert hidden not in text
    assert "no-store" in shown["Cache-Control"]
    assert AuditEntry.objects.filter(action="customer.attachment_read").count() == 1
    assert "This e-mail is on the record already." in upload(ada, mei)
    assert len(queries.attachments(mei, sensitive=True)) == 1


def test_a_file_that_does_not_say_who_wrote_stays_a_file_and_opens_all_the_same(ada, mei):
    assert "note.eml" in upload(ada, mei, name="note.eml")
    assert "broken.eml" in upload(ada, mei, text="no headers at all", name="broken.eml")
    files = {one.name: one.attachment_id for one in queries.attachments(mei, sensitive=True)}
    text = text_of(ada.get(f"{FILE}/attachment/{files['note.eml']}/mail/{mei}/"))
    assert "Is it blue?" in text
    assert "from the customer" not in text
    assert ada.get(f"{FILE}/attachment/{files['broken.eml']}/mail/{mei}/").status_code == 404
    assert ada.get(f"{FILE}/attachment/{files['note.eml']}/mail/C2/").status_code == 404
    assert "Mail from the customer" not in text_of(ada.get(f"/customers/{mei}/"))


def test_many_files_are_listed_by_their_date_and_the_earlier_ones_wait(ada, mei, settings, monkeypatch):
    settings.KEEPWELL_MAIL_ADDRESSES = "@shop.example"
    services.attach(customer_id=mei, name="contract.pdf", content=b"x", actor="ada")
    monkeypatch.setattr("keepwell.web.mail.LISTED", 11)
    for day in range(9, 21):
        dated = MAIL.replace("Sat, 30 May", f"{day} May").replace("<1@", f"<{day}@")
        upload(ada, mei, text=dated.replace("<b>Size / colour", f"letter of {day}"))
    section = (
        text_of(ada.get(f"/customers/{mei}/")).split('id="section-attachments"')[1].split("</section>")[0]
    )
    places = [section.index(f"letter of {day}") for day in range(20, 9, -1)]
    assert places == sorted(places)
    assert section.index("contract.pdf") < places[0]
    assert places[8] < section.index("Earlier files") < places[9]
    assert "letter of 9" not in section
    assert "Still earlier e-mails are in the timeline." in section


def test_a_sensitive_mail_is_for_those_who_may_read_it(client, mei, administrator, settings):
    settings.KEEPWELL_MAIL_ADDRESSES = "@shop.example"
    client.force_login(administrator)
    upload(client, mei, is_sensitive="on")
    here = queries.attachments(mei, sensitive=True)[0].attachment_id
    assert "colour" in text_of(client.get(f"/customers/{mei}/"))
    client.force_login(made("agent", "service_agent"))
    page = text_of(client.get(f"/customers/{mei}/"))
    assert "Mail from the customer" in page
    assert "colour" not in page
    assert client.get(f"{FILE}/attachment/{here}/mail/{mei}/").status_code == 403
