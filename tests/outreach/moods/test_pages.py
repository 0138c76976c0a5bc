"""Who sounds unhappy, in the browser, without one."""

from __future__ import annotations

import csv
import io

from django.test import Client

from keepwell.foundation.audit.models import AuditEntry
from keepwell.outreach.moods.models import Reading


def browser(user):
    client = Client()
    client.force_login(user)
    return client


def text(response):
    assert response.status_code == 200, response.status_code
    return response.content.decode()


def test_unhappy_words_are_listed_with_what_says_so_and_corrected(hear, people):
    lin = browser(people.lin)
    assert "has been read yet" in text(lin.get("/feelings/"))
    hear("Terrible <b>service</b>")
    page = text(lin.get("/feelings/"))
    assert "1 of 1 text of the last 90 days sounds unhappy" in page
    assert "Terrible &lt;b&gt;service&lt;/b&gt;" in page
    assert AuditEntry.objects.filter(action="mood.read", actor="lin").count() == 1
    row = Reading.objects.get()
    answer = lin.post(f"/feelings/{row.pk}/", {"feeling": "positive", "back": "https://evil.example/"})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/feelings/")
    assert Reading.objects.get().corrected == "positive"
    assert "corrected by lin" in text(lin.get("/feelings/?feeling=positive"))
    assert "Terrible" not in text(lin.get("/feelings/?feeling=negative"))


def test_the_customers_page_names_the_feeling_and_its_words(hear, people):
    hear("Terrible service")
    page = text(browser(people.lin).get("/customers/C-1/"))
    panel = page.partition('id="panel-moods"')[2].partition("</section>")[0]
    assert "Sounds unhappy" in panel
    assert "terrible" in panel


def test_nobody_reads_or_corrects_the_words_of_other_peoples_customers(hear, people):
    hear("Terrible service")
    mei = browser(people.mei)
    assert "Terrible" not in text(mei.get("/feelings/"))
    assert mei.post(f"/feelings/{Reading.objects.get().pk}/", {"feeling": "positive"}).status_code == 403
    assert Reading.objects.get().corrected == ""
    assert browser(people.ada).post("/feelings/99/", {"feeling": "positive"}).status_code == 404


def test_the_file_holds_figures_and_no_words(hear, people):
    hear("Terrible service")
    answer = browser(people.ada).get("/feelings/export.csv")
    said = b"".join(answer.streaming_content) if answer.streaming else answer.content
    (row,) = csv.DictReader(io.StringIO(said.decode("utf-8-sig")))
    assert (row["customer_id"], row["feeling"], row["model"]) == ("C-1", "negative", "lexicon-1")
    assert "Terrible" not in said.decode("utf-8-sig")
