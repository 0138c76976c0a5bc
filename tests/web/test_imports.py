"""Import in the browser: upload, explain, check, import, see what came of it."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from keepwell.foundation import clock
from keepwell.foundation.audit.models import AuditEntry
from keepwell.history import queries as history
from keepwell.intake.jobs import queries as jobs
from keepwell.intake.jobs import services as job_services
from keepwell.intake.models import Job

IMPORT = "/settings/data/import/"
ORDERS = (
    "order_id,customer_id,ordered_at,amount,currency\nO1,C1,2026-01-05,10.5,CNY\nO2,C2,not a date,3,CNY\n"
)


def file(name="orders.csv", text=ORDERS):
    return SimpleUploadedFile(name, text.encode(), content_type="text/csv")


def work():
    return job_services.run_next(now=clock.now(), run_cycle=lambda actor, progress: None)


@pytest.fixture
def page(ada, home):
    """Ada's upload of a file with one bad row, as the address of its page."""
    return ada.post(IMPORT, {"files": [file()]})["Location"]


def test_a_file_is_uploaded_checked_imported_and_its_rejected_rows_fetched(ada, home, page):
    draft = ada.get(page)
    assert draft.context["files"][0]["table"] == "orders"
    assert "O1" in draft.content.decode()
    ada.post(f"{page}check/")
    assert "Waiting for the worker" in ada.get(page).content.decode()
    assert ada.get(page, HTTP_HX_REQUEST="true").content.decode().lstrip().startswith("<div")
    assert work()
    checked = ada.get(page).content.decode()
    assert "1 row would be rejected" in checked
    assert "not a date or time" in checked
    assert history.counts().get("orders", 0) == 0
    ada.post(f"{page}start/")
    assert work()
    done = ada.get(page)
    assert "1 row was rejected" in done.content.decode()
    assert history.counts()["orders"] == 1
    (name,) = done.context["job"].quarantine
    fetched = ada.get(f"{page}rejected/{name}")
    assert b"not a date" in b"".join(fetched.streaming_content)
    assert AuditEntry.objects.filter(action="intake.quarantine.download", actor="ada").count() == 1
    assert ada.get(f"{page}rejected/keys.json").status_code == 404
    assert ada.get(IMPORT).context["jobs"][0].status == "done"


def test_columns_are_explained_in_the_form(ada, home):
    page = ada.post(IMPORT, {"files": [file("odd.csv", "号,谁,何时,多少\nO7,C7,2026-02-03,99.5\n")]})[
        "Location"
    ]
    ada.post(f"{page}say/", {"file-0-table": "orders", "file-0-was": ""})
    form = {"file-0-table": "orders", "file-0-was": "orders", "currency": "CNY", "remember": "on"}
    ours = ("order_id", "customer_id", "ordered_at", "amount")
    form |= {f"file-0-column-{place}": name for place, name in enumerate(ours)}
    ada.post(f"{page}start/", form)
    assert work()
    assert ada.get(page).context["job"].counts["orders"]["accepted"] == 1
    again = ada.post(IMPORT, {"files": [file("odd2.csv", "号,谁,何时,多少\nO8,C8,2026-02-03,9\n")]})
    assert jobs.job(int(again["Location"].split("/")[-2])).files[0].remembered


def test_columns_whose_names_tell_are_placed_though_one_is_missing(ada, home):
    text = "order_id,customer_id,ordered_at,paid by the guest\nO9,C9,2026-02-03,9\n"
    page = ada.post(IMPORT, {"files": [file("till.csv", text)]})["Location"]
    assert "The columns do not tell what this file holds." in ada.get(page).content.decode()
    ada.post(f"{page}say/", {"file-0-table": "orders", "file-0-was": ""})
    answer = ada.get(page)
    assert "Still needed: Amount." in answer.content.decode()
    (shown,) = answer.context["files"]
    assert [column["ours"] for column in shown["columns"]] == ["order_id", "customer_id", "ordered_at", ""]
    assert shown["missing"] == ["Amount"]  # not the status, which need not be said


@pytest.mark.parametrize(
    "name", ["../../keys.json", "..\\..\\x.csv", "a\x00b.csv", "‮gpj.csv", "." * 50, "名" * 200 + ".csv"]
)
def test_hostile_names_stay_in_their_folder(ada, home, name):
    ada.post(IMPORT, {"files": [file(name)]})
    files = [path for path in home.staging_dir.rglob("*") if path.is_file()]
    assert all(path.parent.parent.parent == home.staging_dir for path in files)
    assert not (home.root / "keys.json").exists() or b"order_id" not in (home.root / "keys.json").read_bytes()


def test_more_than_the_limit_is_refused_and_leaves_nothing(ada, home, settings):
    settings.KEEPWELL_UPLOAD_MIB = 1
    answer = ada.post(IMPORT, {"files": [file(text="x" * 3_000_000)]})
    assert answer.status_code == 422
    assert "too large" in answer.content.decode()
    assert not list(home.staging_dir.iterdir())
    assert not Job.objects.exists()


def test_nothing_chosen_is_said(ada, home):
    answer = ada.post(IMPORT, {})
    assert answer.status_code == 422
    assert "Choose at least one file" in answer.content.decode()


def test_a_file_that_is_no_table_says_so_and_can_be_thrown_away(ada, home):
    page = ada.post(IMPORT, {"files": [SimpleUploadedFile("photo.csv", b"\x89PNG\r\n" + bytes(500))]})[
        "Location"
    ]
    assert ada.get(page).context["files"][0]["one"].error
    ada.post(f"{page}discard/")
    assert "Thrown away" in ada.get(page).content.decode()
    assert not list(home.staging_dir.glob("upload-*"))


def test_an_upload_needs_its_token(administrator, home):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(administrator)
    assert browser.post(IMPORT, {"files": [file()]}).status_code == 403
    assert not Job.objects.exists()
    assert not list(home.staging_dir.glob("upload-*"))


def test_who_may_only_look_imports_nothing(wen, home, administrator):
    job = job_services.begin(files=[("x.csv", _staged(home))], actor="ada", now=clock.now())
    for address in (IMPORT, f"{IMPORT}{job.job_id}/", f"{IMPORT}{job.job_id}/rejected/x.csv"):
        assert wen.get(address).status_code == 403
    for address in (IMPORT, f"{IMPORT}{job.job_id}/start/", "/settings/cycles/start/"):
        assert wen.post(address, {"files": [file()]}).status_code == 403
    assert Job.objects.get().status == "draft"


def _staged(home):
    path = home.staging_dir / "raw"
    path.write_text(ORDERS)
    return path


def test_a_cycle_is_asked_for_in_the_browser(ada, home):
    ada.post("/settings/cycles/start/")
    assert ada.get("/settings/cycles/").context["asked"].actor == "ada"
    assert work()
    assert ada.get("/settings/cycles/").context["asked"] is None


def test_the_palette_finds_pages_and_its_keys_lead_there(ada, home):
    text = ada.get("/find/", {"s": "at ri"}).content.decode()
    assert 'href="/at-risk/"' in text
    assert "Nothing is found" in ada.get("/find/", {"s": "zzzz"}).content.decode()
    assert "at least two" not in ada.get("/find/").content.decode()
    assert ("c", "Customers", "/customers/") in ada.get("/settings/definitions/").context["go_keys"]


def test_those_who_miss_a_field_are_listed(ada, shop):
    answer = ada.get("/settings/data/missing/income/")
    assert len(answer.context["people"]) == 50
    after = answer.context["next"]
    later = ada.get("/settings/data/missing/income/", {"after": after}).context["people"]
    assert all(number > after for number, _name in later)
    assert ada.get("/settings/data/missing/password/").status_code == 404
    assert ada.get("/settings/data/").status_code == 200
