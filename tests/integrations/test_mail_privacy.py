"""E-mails of a person who wants to have everything, to be forgotten, or whose records are merged."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import UTC, datetime

import pytest

from keepwell.accounts.services import create_first_administrator
from keepwell.customers import queries as customers
from keepwell.customers import services as customer_services
from keepwell.customers.contracts import CustomerRow
from keepwell.customers.identity import services as identity
from keepwell.customers.privacy import services
from keepwell.customers.queries import correspondents
from keepwell.history import queries as history
from keepwell.history import services as history_services
from keepwell.integrations import queries
from keepwell.integrations.contracts import MailOutcome
from keepwell.integrations.models import ArchivedMail
from keepwell.integrations.services import mail

pytestmark = pytest.mark.django_db(transaction=True)

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
LETTER = b"From: Mei <%s>\nTo: hello@shop.example\nSubject: Dear shop\nMessage-ID: <1@x>\n\nblue please\n"


@pytest.fixture
def ada(home):
    return create_first_administrator(username="ada", password="correct horse battery")


@pytest.fixture
def shop(home, ada, settings):
    settings.KEEPWELL_MAIL_ADDRESSES = "@shop.example"
    rows = [
        CustomerRow(customer_id="C1", name="Mei Chen", email="mei@chen.example"),
        CustomerRow(customer_id="C2", name="Mei C.", email="mei@work.example"),
    ]
    customer_services.upsert_many(rows=rows, source="till", at=NOW, actor="ada")
    return home


def archive(address=b"mei@chen.example"):
    return mail.archive(content=LETTER % address, place="1", came_at=NOW, actor="ada", now=NOW).outcome


def test_the_person_is_given_the_mail_itself(shop, ada):
    archive()
    with zipfile.ZipFile(io.BytesIO(services.export_person(user=ada, customer_id="C1"))) as archive_file:
        (name,) = [name for name in archive_file.namelist() if name.startswith("files/")]
        assert name.endswith("Dear shop.eml")
        assert archive_file.read(name) == LETTER % b"mei@chen.example"
        told = json.loads(archive_file.read("state.json"))["state"]
        assert told["integrations.ArchivedMail"][0]["direction"] == "incoming"
        assert json.loads(archive_file.read("facts.json"))["interactions"][0]["subject"] == "Dear shop"


@pytest.mark.parametrize("right", ["erase", "anonymise"])
def test_nothing_is_left_of_the_mail_of_somebody_erased(shop, ada, right):
    archive()
    history_services.flush()
    services.request_right(user=ada, customer_id="C1", right=right, confirmation="C1")
    assert services.run_requests() == 1
    assert not ArchivedMail.objects.exists()
    assert list(shop.attachments_dir.iterdir()) == []
    (row,) = history.scan("interactions").to_pyarrow().to_pylist()
    assert row["subject"] is None
    assert row["customer_id"] != "C1"
    assert archive() is MailOutcome.NOBODYS


def test_mails_go_over_with_a_merge_and_come_back(shop):
    assert [archive(), archive(b"mei@work.example, mei@chen.example")] == ["archived", "archived"]
    assert archive(b"mei@work.example") is MailOutcome.ALREADY_THERE
    before = set(ArchivedMail.objects.values_list("customer_id", "digest", "attachment_id"))
    merged = identity.merge(kept_id="C1", merged_id="C2", actor="ada")
    assert set(ArchivedMail.objects.values_list("customer_id", flat=True)) == {"C1"}
    facts = [fact.key for fact in history.timeline(("C1", "C2"))]
    assert queries.mails_of_facts("C1", facts).keys() <= set(facts)
    assert archive(b"mei@work.example") is MailOutcome.ALREADY_THERE
    identity.split(merge_id=merged.merge_id, actor="ada")
    assert set(ArchivedMail.objects.values_list("customer_id", "digest", "attachment_id")) == before


def test_people_at_companies_are_still_found_after_the_keys_are_renewed(shop):
    customer_services.save_company_contact(
        customer_id="C2", role="finance", name="Jo", email="Jo@Nord.example", actor="ada", source="card"
    )
    services.rotate_keys(actor="ada", index=True)
    assert correspondents.by_address(["jo@nord.example", "mei@chen.example", "x@y.example"]) == {
        "jo@nord.example": ("C2",),
        "mei@chen.example": ("C1",),
    }
    archive()
    services.rotate_keys(actor="ada", index=True)
    assert archive() is MailOutcome.ALREADY_THERE
    assert len(customers.attachments("C1", sensitive=True)) == 1
