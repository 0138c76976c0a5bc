import io
import json
import re
import zipfile
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from keepwell.accounts.models import User
from keepwell.customers import queries as customers
from keepwell.customers import services as customer_services
from keepwell.customers.contracts import CustomerRow
from keepwell.customers.identity import queries as identity
from keepwell.customers.models import Ownership
from keepwell.customers.privacy import queries, services
from keepwell.foundation.audit.models import AuditEntry
from keepwell.history import services as history

PASSWORD = "correct horse battery"
NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)


@pytest.fixture
def people(home, db):
    rows = [
        CustomerRow("C/1", name="Ann Example", email="ann@example.com", phone="+8613800000001", city="上海"),
        CustomerRow("C2", name="Anne Example", email="ann@example.com", birth_on=date(1990, 1, 2)),
        CustomerRow("C3", name="Bob"),
    ]
    customer_services.upsert_many(rows=rows, source="crm", at=NOW, actor="ada")
    return {point.kind: point for point in queries.contact_points("C/1")}


def signed_in(client, *roles, username="wen"):
    user = User.objects.create_user(username, password=PASSWORD, roles=list(roles))
    client.force_login(user)
    return user


def test_a_contact_is_shown_for_a_reason_asked_once(client, people):
    signed_in(client, "service_agent")
    page = client.get("/customers/C/1/").content.decode()
    assert "ann@example.com" not in page
    assert "a***@example.com" in page
    url = f"/privacy/unmask/{people['email'].contact_point_id}/C/1/"
    asked = client.post(url, headers={"hx-request": "true"}).content.decode()
    assert "What do you need it for?" in asked
    assert "ann@example.com" not in asked
    shown = client.post(url, {"reason": "call back"}, headers={"hx-request": "true"}).content.decode()
    assert "ann@example.com" in shown
    assert "delay:60s" in shown
    other = f"/privacy/unmask/{people['phone'].contact_point_id}/C/1/"
    assert "+8613800000001" in client.post(other, headers={"hx-request": "true"}).content.decode()
    entries = AuditEntry.objects.filter(action="contact.unmask", actor="wen", object_id="C/1")
    assert [entry.details["kind"] for entry in entries] == ["email", "phone"]
    assert not any("call back" in json.dumps(entry.details) for entry in entries)
    masked = client.get(
        f"/privacy/mask/{people['email'].contact_point_id}/C/1/", headers={"hx-request": "true"}
    )
    assert "ann@example.com" not in masked.content.decode()


def test_the_days_limit_and_somebody_elses_customer(client, people):
    services.set_unmask_limit(per_day=1, actor="ada")
    user = signed_in(client, "account_manager")
    url = f"/privacy/unmask/{people['email'].contact_point_id}/C/1/"
    assert client.post(url, {"reason": "x"}, headers={"hx-request": "true"}).status_code == 403
    Ownership.objects.create(customer_id="C/1", owner=user, started_at=NOW, assigned_by="ada")
    assert (
        "ann@example.com"
        in client.post(url, {"reason": "x"}, headers={"hx-request": "true"}).content.decode()
    )
    refused = client.post(url, {"reason": "x"}, headers={"hx-request": "true"}).content.decode()
    assert "ann@example.com" not in refused
    assert "the most allowed" in refused


def test_consents_and_holds_are_recorded_on_the_page(client, people):
    signed_in(client, "service_agent")
    given = {
        "channel": "email",
        "purpose": "marketing",
        "given": "yes",
        "wording": "marketing/1",
        "source": "counter",
    }
    assert client.post("/privacy/consent/C/1/", given).status_code == 302
    assert queries.may_contact("C/1", "email", "marketing")
    assert "counter" in client.get("/customers/C/1/").content.decode()
    client.post("/privacy/hold/C/1/", {"kind": "stop"})
    assert queries.may_contact("C/1", "email", "marketing").reason == "stopped"
    (hold,) = queries.holds("C/1")
    assert client.post(f"/privacy/lift/{hold.hold_id}/C2/").status_code == 404
    client.post(f"/privacy/lift/{hold.hold_id}/C/1/")
    assert queries.may_contact("C/1", "email", "marketing")
    client.post("/privacy/consent/C/1/", {"all": "1"})
    assert queries.may_contact("C/1", "email", "marketing").reason == "withdrawn"
    refused = client.post("/privacy/consent/C/1/", {**given, "wording": ""}, follow=True).content.decode()
    assert "which wording" in refused


def test_a_merge_on_the_pages_and_its_undoing(client, people):
    signed_in(client, "retention_manager")
    client.post("/duplicates/find/")
    page = client.get("/duplicates/").content.decode()
    assert "same e-mail address" in page
    preview = client.get("/duplicates/merge/?kept=C%2F1&merged=C2").content.decode()
    assert "Anne Example" in preview
    assert "ann@example.com" not in preview
    done = client.post(
        "/duplicates/merge/", {"kept": "C/1", "merged": "C2", "field.name": "merged", "reason": "same"}
    )
    assert done.status_code == 302
    assert customers.names(["C/1"]) == {"C/1": "Anne Example"}
    assert client.get("/customers/C2/").headers["Location"] == "/customers/C/1/"
    fact = {"customer_id": "C2", "amount": Decimal(9), "currency": "EUR", "status": "paid"}
    history.record(table="orders", fact={**fact, "order_id": "O-OF-C2", "ordered_at": NOW}, source="till")
    assert "O-OF-C2" in client.get("/customers/C/1/").content.decode()
    (merge,) = identity.merges()
    assert "C2" in client.get("/duplicates/merges/").content.decode()
    client.post(f"/duplicates/merges/{merge.merge_id}/undo/")
    assert customers.names(["C/1", "C2"]) == {"C/1": "Ann Example", "C2": "Anne Example"}
    wrong = client.post("/duplicates/merge/", {"kept": "C/1", "merged": "C/1"})
    assert wrong.status_code == 400
    (pair,) = (identity.candidates() or [None]) if identity.candidates() else [None]
    assert pair is None


def test_everything_about_a_person_as_a_file(client, people):
    signed_in(client, "analyst", username="ana")  # exports lists, but sees no contact in plain
    assert client.post("/privacy/export/C/1/").status_code == 403
    assert "/privacy/export/" not in client.get("/customers/C/1/").content.decode()
    signed_in(client, "retention_manager")
    assert "/privacy/export/" in client.get("/customers/C/1/").content.decode()
    answer = client.post("/privacy/export/C/1/")
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        state = json.loads(archive.read("state.json"))["state"]
    assert {point["value"] for point in state["customers.ContactPoint"]} == {
        "ann@example.com",
        "+8613800000001",
    }
    assert AuditEntry.objects.filter(action="customer.export_person", object_id="C/1", actor="wen").exists()
    assert client.post("/privacy/export/C9/").status_code == 404


@pytest.mark.django_db(transaction=True)
def test_erasing_from_the_page_to_the_certificate(client, people):
    user = signed_in(client, "administrator", username="ada")
    page = client.get("/privacy/rights/C/1/").content.decode()
    assert "Ann Example" in page
    wrong = client.post("/privacy/rights/C/1/", {"right": "erase", "confirmation": "C2"})
    assert wrong.status_code == 400
    asked = client.post("/privacy/rights/C/1/", {"right": "erase", "confirmation": "C/1"})
    progress = asked.headers["Location"]
    assert "Waiting" in client.get(progress).content.decode()
    assert client.get(f"{progress}certificate.json").status_code == 404
    services.run_requests()
    done = client.get(progress).content.decode()
    assert "found nothing of the person" in done
    assert "Search index" in done
    assert "fingerprints" in done
    assert not re.search(r"room: |customers\.Customer", done)  # words, no codes
    certificate = client.get(f"{progress}certificate.json").json()
    assert certificate["requested_by"] == user.username
    assert customers.get("C/1") is None
    assert client.get("/customers/C/1/").status_code == 404
    assert "C/1" not in client.get("/settings/audit/").content.decode().replace("/privacy/rights/C/1/", "")


def test_the_audit_log_is_filtered_exported_and_checked(client, people):
    signed_in(client, "auditor")
    client.get("/customers/C/1/")
    page = client.get("/settings/audit/?action=customer.view&actor=wen").content.decode()
    assert "customer.view" in page
    assert page.count("<tr>") == 2
    lines = b"".join(client.get("/settings/audit/export.csv?object_id=C/1")).decode("utf-8-sig").splitlines()
    assert lines[0].startswith("id,at,actor")
    assert len(lines) == 2
    assert "The chain is whole" in client.post("/settings/audit/verify/", follow=True).content.decode()
    AuditEntry.objects.filter(action="customer.view").update(actor="mallory")
    assert "The chain breaks" in client.post("/settings/audit/verify/", follow=True).content.decode()


def test_who_sees_contacts_does_not_set_how_many(client, people):
    page, address = "/settings/privacy/", "/settings/privacy/retention/"
    signed_in(client, "retention_manager")
    before = queries.settings()["unmask_limit_per_day"]
    assert client.post(address, {"unmask_limit": "99999"}).status_code == 403
    assert queries.settings()["unmask_limit_per_day"] == before
    (field,) = re.findall(r'<input[^>]*id="unmask_limit"[^>]*>', client.get(page).content.decode())
    assert "disabled" in field
    signed_in(client, "administrator", username="ada")
    client.post(address, {"unmask_limit": "5"})
    assert queries.settings()["unmask_limit_per_day"] == 5


def test_settings_of_privacy(client, people, home):
    signed_in(client, "retention_manager")
    assert "marketing/1" in client.get("/settings/privacy/").content.decode()
    (home.exports_dir / "a.csv").write_text("x")
    preview = client.get("/settings/privacy/?days.exports=1", headers={"hx-request": "true"}).content.decode()
    assert "Exported files" in preview
    bad = client.post("/settings/privacy/retention/", {"days.exports": "0"}, follow=True)
    assert "from 1 days" in bad.content.decode()
    client.post("/settings/privacy/retention/", {"days.exports": "7"})
    assert queries.settings()["retention"]["exports"] == 7
    texts = {
        f"{lang}.{part}": "x" for lang in ("en", "zh-hans", "zh-hant") for part in ("purpose", "scope", "use")
    }
    client.post("/settings/privacy/wordings/", {"purpose": "survey", **texts})
    assert queries.wording("survey/2") is not None
    file = io.BytesIO(
        "﻿customer_id,channel,purpose,given,at,wording\nC2,email,survey,yes,2026-01-02,survey/2\nC8,email,survey,yes,2026-01-02,\nC3,fax,survey,yes,2026-01-02,\n".encode()
    )
    file.name = "consents.csv"
    answer = client.post("/settings/privacy/consents/", {"file": file}).content.decode()
    assert "3 lines read: 1 changed something" in answer
    assert "Line 3, customer_id" in answer
    assert "Line 4, channel" in answer
    assert queries.may_contact("C2", "email", "survey")


@pytest.mark.parametrize("role", ["read_only", "analyst", "finance", "account_manager"])
def test_who_may_not_is_refused(client, people, role):
    signed_in(client, role)
    point = people["email"].contact_point_id
    posts = [
        "/privacy/consent/C/1/",
        "/privacy/hold/C/1/",
        f"/privacy/unmask/{point}/C/1/",
        "/duplicates/find/",
    ]
    posts += ["/settings/privacy/retention/", "/settings/audit/verify/", "/settings/privacy/allow/"]
    gets = [
        "/privacy/rights/C/1/",
        "/settings/audit/",
        "/settings/audit/export.csv",
        "/duplicates/",
        "/duplicates/merge/",
    ]
    assert {url: client.post(url).status_code for url in posts} == dict.fromkeys(posts, 403)
    assert {url: client.get(url).status_code for url in gets} == dict.fromkeys(gets, 403)
