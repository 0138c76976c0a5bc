import gzip
import zipfile
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import orjson
import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection

from keepwell.accounts.services import create_first_administrator
from keepwell.customers import queries as customers
from keepwell.customers import services as customer_services
from keepwell.customers.contracts import CustomerRow
from keepwell.customers.identity import services as identity
from keepwell.customers.models import Customer
from keepwell.customers.privacy import queries, services
from keepwell.customers.privacy.contracts import ConsentRow, HoldKind, PrivacyError
from keepwell.customers.privacy.models import Consent, Erasure, Request
from keepwell.customers.privacy.services.ledger import fingerprint
from keepwell.foundation.audit import services as audit
from keepwell.foundation.audit.models import AuditEntry
from keepwell.history import queries as history
from keepwell.history import services as history_services
from keepwell.insight import queries as insight
from keepwell.insight.services import run_cycle
from keepwell.intake.services import import_paths
from keepwell.plays.services import save_plan

pytestmark = pytest.mark.django_db(transaction=True)

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
NUMBER, TWIN = "CUST-7001", "CUST-7002"
SECRETS = (
    "Zephyrine Quillfeather",
    "Quillfeather",
    "zephyrine@quill.example",
    "zq@other.example",
    "13987654321",
)


@pytest.fixture
def ada(shop, django_user_model):
    return django_user_model.objects.get(username="ada")


@pytest.fixture
def shop(home, tmp_path, once):
    """A small shop in which one person has left traces everywhere."""
    files = write_files(tmp_path)
    once("shop with traces", lambda: make(home, files))
    return home


def write_files(tmp_path):
    people = tmp_path / "customers.csv"
    lines = ["customer_id,name,email,phone,country,birth_on"]
    lines += [f"C-{n},Person {n},p{n}@example.com,,DE,1990-01-01" for n in range(30)]
    lines += [f"{NUMBER},Zephyrine Quillfeather,zephyrine@quill.example,+86 139 8765 4321,CN,1985-05-05"]
    lines += [f"{TWIN},Quillfeather Z.,zq@other.example,13987654321,CN,"]
    people.write_text("\n".join(lines), encoding="utf-8")
    orders = tmp_path / "orders.csv"
    rows = ["order_id,customer_id,ordered_at,amount,currency,status"]
    for n in range(30):
        rows += [f"O-{n}-{k},C-{n},2026-0{1 + k}-1{n % 9}T10:00:00Z,{20 + n},EUR,paid" for k in range(4)]
    rows += [f"O-z-{k},{NUMBER},2026-0{1 + k}-03T10:00:00Z,50,EUR,paid" for k in range(4)]
    rows += [f"O-y-{k},{TWIN},2026-0{2 + k}-05T10:00:00Z,70,EUR,paid" for k in range(2)]
    rows += [f"O-bad,{NUMBER},not a date,50,EUR,paid", "O-w,C-1,yesterday of (139) 8765-4321,1,EUR,paid"]
    orders.write_text("\n".join(rows), encoding="utf-8")
    return [people, orders]


def make(home, files):
    create_first_administrator(username="ada", password="correct horse battery")
    import_paths(paths=files, actor="ada", now=NOW, source="till")
    run_cycle(as_of=NOW, actor="ada")
    save_plan(budget=Decimal(1000), capacities={}, actor="ada")
    traces(home)
    history_services.flush()
    history_services.compact()
    identity.merge(kept_id=NUMBER, merged_id=TWIN, actor="ada")


def traces(home):
    rows = [ConsentRow(NUMBER, "email", "marketing", True, NOW, "till", "marketing/1")]
    services.record_consents(rows=rows, actor="ada")
    services.place_hold(customer_id=NUMBER, kind=HoldKind.STOP, reason="Zephyrine asked", actor="ada")
    for key in range(2):
        history_services.record(
            table="interactions",
            fact={
                "interaction_id": f"form-{key}" if key else "zephyrine@quill.example",
                "customer_id": NUMBER,
                "at": NOW - timedelta(days=key),
                "channel": "web",
                "type": "form",
                "subject": "from Zephyrine Quillfeather",
                "value": 3.0,
                "properties": {"email": "zephyrine@quill.example"},
            },
            source="web",
        )
    audit.log(
        actor="ada", action="export", object_type="file", details={"for": "zephyrine@quill.example", "n": 1}
    )
    export = home.exports_dir / "people.csv"
    export.write_text(
        '﻿id,name\r\nC-1,"Person\r\n1"\r\nX,"ZEPHYRINE\r\nQuillfeather"\r\nC-2,Person 2\r\n', encoding="utf-8"
    )
    (home.exports_dir / "old.csv.gz").write_bytes(gzip.compress(b"a,b\n1,zq@other.example\n2,c\n"))
    with zipfile.ZipFile(home.exports_dir / "people.xlsx", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/sharedStrings.xml", "<si>Zephyrine Quillfeather</si>")
    logs = home.root / "logs"
    logs.mkdir()
    (logs / "web.log").write_text("all well\nmail to zephyrine@quill.example\n", encoding="utf-8")


def erase(user, number=NUMBER, right="erase"):
    asked = services.request_right(user=user, customer_id=number, right=right, confirmation=number)
    assert services.run_requests() == 1
    return queries.request(asked.request_id)


def ledger_line(number):
    entry = {"index": fingerprint("number", number), "kind": "number", "right": "erase"}
    return orjson.dumps({**entry, "at": NOW.isoformat()}).decode() + "\n"


def written(path, text):
    path.write_text(text, encoding="utf-8")
    return path


def append_order(number):
    fact = {"order_id": f"O-{number}", "customer_id": number, "ordered_at": NOW, "amount": Decimal(9)}
    history_services.record(table="orders", fact={**fact, "currency": "EUR", "status": "paid"}, source="till")
    history_services.flush()


def every_byte(home):
    """The bytes of all files, compressed ones opened, and of the database wherever it is."""
    paths = [path for path in home.root.rglob("*") if path.is_file()]
    if connection.vendor == "sqlite":
        database = Path(connection.settings_dict["NAME"])
        paths += [p for p in (database, Path(f"{database}-wal"), Path(f"{database}-shm")) if p.exists()]
    for path in paths:
        yield path, path.read_bytes()
        if path.suffix == ".gz":
            yield path, gzip.decompress(path.read_bytes())
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                yield from ((path, archive.read(name)) for name in archive.namelist())
        if path.suffix == ".parquet":
            import pyarrow.parquet as pq

            yield path, str(pq.read_table(path).to_pylist()).encode()


def found(home, *needles):
    return {
        (path.name, needle)
        for path, body in every_byte(home)
        for needle in needles
        if needle.lower().encode() in body.lower()
    }


def rows_of(label_filter=lambda _label: True):
    from django.apps import apps

    for model in apps.get_models():
        if model._meta.managed and label_filter(model._meta.label):
            for row in model._base_manager.values_list():
                yield model._meta.label, str(row)


def test_after_erasing_no_byte_names_the_person(shop, ada):
    before = found(shop, *SECRETS, NUMBER)
    assert {name for name, _needle in before} >= {"people.csv", "old.csv.gz", "people.xlsx", "web.log"}
    revenue = history.scan("orders").amount.sum().to_pyarrow().as_py()
    done = erase(ada)
    assert done.status == "done"
    assert found(shop, *SECRETS) == set()
    left = [row for row in rows_of() if any(s.lower() in row[1].lower() for s in (*SECRETS, NUMBER, TWIN))]
    assert left == []
    lake = {
        path.name for path, body in every_byte(shop) if NUMBER.encode() in body and path.suffix == ".parquet"
    }
    assert lake == set()
    assert done.certificate["still_found"] == {}
    assert done.customer_id == ""
    assert customers.get(NUMBER) is None
    assert customers.get(TWIN) is None
    assert history.scan("orders").amount.sum().to_pyarrow().as_py() == revenue
    assert audit.verify() is None


def test_other_people_keep_everything(shop, ada):
    kept = (shop.exports_dir / "people.csv").read_text(encoding="utf-8")
    erase(ada)
    assert "Zephyrine".upper() in kept
    left = (shop.exports_dir / "people.csv").read_text(encoding="utf-8")
    assert left == kept.replace('X,"ZEPHYRINE\nQuillfeather"\n', "")
    assert gzip.decompress((shop.exports_dir / "old.csv.gz").read_bytes()) == b"a,b\n2,c\n"
    assert (shop.root / "logs" / "web.log").read_text() == "all well\n"
    assert not (shop.exports_dir / "people.xlsx").exists()
    assert customers.count() == 30
    assert insight.scores(insight.ScoreFilter()).total == 30
    assert len(history.timeline("C-1")) == 4


def test_facts_stay_together_under_a_number_that_nothing_leads_to(shop, ada):
    erase(ada)
    owners = {row["order_id"]: row["customer_id"] for row in history.scan("orders").to_pyarrow().to_pylist()}
    number = owners["O-z-0"]
    assert number.startswith("e_")
    assert [order for order, owner in sorted(owners.items()) if owner == number] == [
        *(f"O-y-{k}" for k in range(2)),
        *(f"O-z-{k}" for k in range(4)),
    ]
    facts = history.timeline(number, tables=["interactions"])
    assert {fact.data.get("type") for fact in facts} == {"consent", "form"}
    assert all({"subject", "value", "properties"}.isdisjoint(fact.data) for fact in facts)
    assert {label for label, row in rows_of() if number in row} == {"plays.PlanLine"}
    assert history.timeline(NUMBER) == []
    run_cycle(as_of=NOW, actor="ada")
    assert insight.score(number) is None
    assert insight.scores(insight.ScoreFilter()).total == 30


def test_anonymising_leaves_a_bare_record_that_counts(shop, ada):
    done = erase(ada, right="anonymise")
    assert found(shop, *SECRETS) == set()
    (number,) = [n for n in customers.ids() if n.startswith("x_")]
    record = customers.get(number)
    assert (record.name, record.contact_points, record.birth_on, record.country) == ("", (), None, "CN")
    run_cycle(as_of=NOW, actor="ada")
    assert insight.score(number).orders == 6
    assert insight.scores(insight.ScoreFilter()).total == 31
    assert number not in orjson.dumps(done.certificate).decode()


def test_the_certificate_names_nobody(shop, ada):
    certificate = erase(ada).certificate
    text = orjson.dumps(certificate).decode()
    assert certificate["requested_by"] == "ada"
    assert not any(secret in text for secret in (*SECRETS, NUMBER, TWIN))
    steps = {step["name"]: step["counts"] for step in certificate["steps"]}
    assert steps["history"]["orders"] == 6
    assert steps["state"]["customers.Customer"] == 1
    assert steps["proof"]["bytes searched"] > 0


@pytest.mark.parametrize("where", ["erase.files_written", "erase.committed"])
def test_a_request_that_died_is_carried_on(shop, ada, monkeypatch, where):
    from keepwell.history import faults

    asked = services.request_right(user=ada, customer_id=NUMBER, right="erase", confirmation=NUMBER)

    def die(name):
        if name == where:
            raise SystemError("killed")

    with monkeypatch.context() as patch:
        patch.setattr(faults, "reach", die)
        with pytest.raises(SystemError):
            services.run_requests()
    assert queries.request(asked.request_id).status == "running"
    assert services.run_requests() == 1
    assert found(shop, *SECRETS) == set()
    assert history.scan("orders").count().to_pyarrow().as_py() == 126


def test_what_comes_back_is_erased_again(shop, ada, tmp_path):
    erase(ada)
    customer_services.upsert_many(
        rows=[CustomerRow(NUMBER, name="Zephyrine Quillfeather")], source="crm", at=NOW, actor="ada"
    )
    assert customers.get(NUMBER) is None
    assert customer_services.ensure(customer_ids=[NUMBER], source="orders", at=NOW) == 0
    path = tmp_path / "orders.csv"
    import_paths(paths=[path], actor="ada", now=NOW, source="till")
    assert len(history.timeline(NUMBER)) == 4
    Customer.objects.create(
        pk=NUMBER, name="Zephyrine Quillfeather", source="x", created_at=NOW, updated_at=NOW
    )
    assert services.replay_ledger() == 2
    assert found(shop, *SECRETS) == set()
    assert history.timeline(NUMBER) == history.timeline(TWIN) == []
    assert history.scan("orders").count().to_pyarrow().as_py() == 126
    assert customers.get(NUMBER) is None
    assert services.replay_ledger() == 0
    assert services.allow_again(number=NUMBER, actor="ada")
    customer_services.upsert_many(rows=[CustomerRow(NUMBER)], source="crm", at=NOW, actor="ada")
    assert services.replay_ledger() == 0
    assert customers.get(NUMBER) is not None


def test_a_ledger_kept_outside_is_taken_over(shop, ada):
    erase(ada)
    ledger = (shop.root / "erasures.jsonl").read_text()
    assert not any(secret in ledger for secret in (*SECRETS, NUMBER))
    Erasure.objects.all().delete()
    assert services.erased_among([NUMBER]) == set()
    assert services.take_over_ledger(path=shop.root / "erasures.jsonl") > 0
    assert services.erased_among([NUMBER, "C-1"]) == {NUMBER}


def test_a_ledger_of_more_people_has_the_lake_searched_again(shop, tmp_path):
    append_order("G-1")
    path = tmp_path / "erasures.jsonl"
    path.write_text(ledger_line("NOBODY"), encoding="utf-8")
    assert services.take_over_ledger(path=path) == 1
    assert services.replay_ledger() == 0
    path.write_text(ledger_line("NOBODY") + ledger_line("G-1"), encoding="utf-8")
    assert services.take_over_ledger(path=path) == 2
    assert services.replay_ledger() == 1
    assert history.timeline("G-1") == []


def test_a_line_that_a_crash_cut_off_spoils_no_other(home):
    path = home.root / "erasures.jsonl"
    path.write_text(ledger_line("A-1") + ledger_line("A-2")[:40], encoding="utf-8")
    assert services.take_over_ledger(path=path) == 1
    assert services.allow_again(number="A-1", actor="ada")
    Erasure.objects.all().delete()
    assert services.take_over_ledger(path=path) == 2
    assert services.erased_among(["A-1", "A-2"]) == set()


def test_a_setting_that_is_saved_while_the_lake_is_searched_stays(shop, tmp_path, monkeypatch):
    path = written(tmp_path / "erasures.jsonl", ledger_line("NOBODY"))
    services.take_over_ledger(path=path)

    def numbers():
        services.set_unmask_limit(per_day=7, actor="ada")
        return iter(())

    monkeypatch.setattr(history, "customer_numbers", numbers)
    assert services.replay_ledger() == 0
    assert queries.settings()["unmask_limit_per_day"] == 7


def test_who_came_back_while_being_erased_is_erased_once(shop, ada):
    asked = services.request_right(user=ada, customer_id=NUMBER, right="erase", confirmation=NUMBER)
    services.take_over_ledger(path=written(shop.root.parent / "kept.jsonl", ledger_line(NUMBER)))
    assert services.replay_ledger() == 1
    assert queries.request(asked.request_id).status == "done"
    assert Request.objects.count() == 1
    assert customers.get(NUMBER) is None


def test_only_who_may_erases_and_only_whom_they_typed(shop, ada, django_user_model):
    wen = django_user_model.objects.create_user("wen", roles=["retention_manager"])
    with pytest.raises(PermissionDenied):
        services.request_right(user=wen, customer_id=NUMBER, right="erase", confirmation=NUMBER)
    with pytest.raises(PrivacyError, match="typed"):
        services.request_right(user=ada, customer_id=NUMBER, right="erase", confirmation=TWIN)
    assert Request.objects.count() == 0
    services.request_right(user=ada, customer_id=NUMBER, right="erase", confirmation=NUMBER)
    with pytest.raises(PrivacyError, match="already"):
        services.request_right(user=ada, customer_id=NUMBER, right="erase", confirmation=NUMBER)


def test_redaction_hides_no_other_change(shop, ada):
    erase(ada)
    redacted = AuditEntry.objects.filter(object_id="erased").first()
    AuditEntry.objects.filter(pk=redacted.pk).update(actor="mallory")
    assert audit.verify() == redacted.pk


def test_every_model_of_a_customer_is_cared_for(db):
    from keepwell.customers.privacy.services import records
    from keepwell.customers.privacy.services.erasers import erasers

    cared = {model for model, _condition in records.about(("",))}
    assert Consent in cared
    assert {eraser.name for eraser in erasers()} >= {"portrait", "search", "intake", "insight", "plays"}
