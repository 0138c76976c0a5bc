"""Imports in the browser: what is uploaded, said, checked, imported by the worker."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keepwell.customers import queries as customers
from keepwell.foundation import clock
from keepwell.foundation.home import Home
from keepwell.history import queries as history
from keepwell.intake.errors import IntakeError
from keepwell.intake.jobs import folders, queries, services
from keepwell.intake.models import Job
from keepwell.intake.services import import_paths

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
ORDERS = (
    "order_id,customer_id,ordered_at,amount,currency\nO1,C1,2026-01-05,10.5,CNY\nO2,C2,not a date,3,CNY\n"
)
ODD = "号,谁,何时,多少\nO7,C7,2026-02-03,99.5\nO8,C8,2026-02-04,12\n"


def no_cycle(actor, progress):
    raise AssertionError("no cycle was asked for")


def uploaded(tmp_path, **files):
    given = []
    for place, (name, text) in enumerate(files.items()):
        path = tmp_path / f"raw-{place}"
        path.write_text(text)
        given.append((name.replace("__", "."), path))
    return services.begin(files=given, actor="ada", now=NOW)


def run(run_cycle=no_cycle):
    return services.run_next(now=clock.now(), run_cycle=run_cycle)


def test_a_check_stores_nothing_and_shows_what_would_be_rejected(db, home, tmp_path):
    job = uploaded(tmp_path, orders__csv=ORDERS)
    services.ask_check(job_id=job.job_id, actor="ada", now=NOW)
    assert run()
    job = queries.job(job.job_id)
    assert job.status == "draft"
    assert job.counts["orders"] | {"corrected": 0} == {
        "read": 2, "accepted": 1, "duplicate": 0, "rejected": 1, "corrected": 0,
    }  # fmt: skip
    (row,) = queries.rejected_rows(job)
    assert (row["line"], row["column"], row["reason"]) == ("3", "ordered_at", "instant")
    assert history.counts().get("orders", 0) == 0
    assert not any(home.quarantine_dir.iterdir())


def test_an_import_in_the_browser_gives_what_the_command_gives(db, home, tmp_path):
    job = uploaded(tmp_path, orders__csv=ORDERS)
    services.ask_import(job_id=job.job_id, actor="ada", now=NOW)
    assert run()
    assert not run()
    done = queries.job(job.job_id)
    assert done.status == "done"
    assert done.rejected == 1
    (name,) = done.quarantine
    assert "not a date" in queries.quarantine_path(done, name).read_text(encoding="utf-8-sig")
    again = tmp_path / "orders.csv"
    again.write_text(ORDERS)
    report = import_paths(paths=[again], actor="ada", now=NOW)
    assert report.counts("orders").duplicate == done.counts["orders"]["accepted"]
    assert report.counts("orders").rejected == done.counts["orders"]["rejected"]
    assert report.counts("orders").accepted == 0
    assert customers.existing(["C1", "C2"]) == {"C1"}


def test_columns_that_nobody_knows_can_be_explained_and_are_remembered(db, home, tmp_path):
    job = uploaded(tmp_path, odd__csv=ODD)
    ((_upload, (seen,)),) = queries.tables_of(job)
    assert seen.error
    assert seen.columns == ("号", "谁", "何时", "多少")
    columns = {"order_id": "号", "customer_id": "谁", "ordered_at": "何时", "amount": "多少"}
    services.say(job_id=job.job_id, files=[("orders", columns)], options={"currency": "CNY"}, actor="ada")
    assert services.save_mappings(job_id=job.job_id, actor="ada", now=NOW) == 1
    services.ask_import(job_id=job.job_id, actor="ada", now=NOW)
    assert run()
    assert queries.job(job.job_id).counts["orders"]["accepted"] == 2
    assert history.counts()["orders"] == 2
    later = uploaded(tmp_path, next_month__csv=ODD.replace("O7", "O9"))
    assert later.files[0].remembered
    assert later.files[0].columns == columns


def test_people_are_taken_in_before_their_facts(db, home, tmp_path):
    job = uploaded(
        tmp_path, a__csv="customer_id,ordered_at,amount\nC1,2026-01-05,10\n", b__csv="id,who\nC1,张伟\n"
    )
    files = [("", None), ("customers", {"customer_id": "id", "name": "who"})]
    services.say(job_id=job.job_id, files=files, options={"unknown_customers": "reject"}, actor="ada")
    services.ask_import(job_id=job.job_id, actor="ada", now=NOW)
    assert run()
    done = queries.job(job.job_id)
    assert done.rejected == 0
    assert customers.names(["C1"]) == {"C1": "张伟"}


def test_a_job_left_behind_is_done_again_and_given_up_in_the_end(db, home, tmp_path):
    job = uploaded(tmp_path, orders__csv=ORDERS)
    services.ask_import(job_id=job.job_id, actor="ada", now=NOW)
    past = clock.now() - timedelta(minutes=5)
    Job.objects.filter(pk=job.job_id).update(status="running", holder="gone", lease_until=past, attempts=1)
    assert queries.waiting(clock.now()) == 1
    assert run()
    assert queries.job(job.job_id).status == "done"
    Job.objects.filter(pk=job.job_id).update(status="running", holder="gone", lease_until=past, attempts=3)
    assert not run()
    assert queries.job(job.job_id).status == "failed"


def test_a_running_job_is_left_to_its_worker(db, home, tmp_path):
    job = uploaded(tmp_path, orders__csv=ORDERS)
    services.ask_import(job_id=job.job_id, actor="ada", now=NOW)
    future = clock.now() + timedelta(minutes=1)
    Job.objects.filter(pk=job.job_id).update(status="running", holder="other", lease_until=future)
    assert not run()


def test_a_job_that_has_begun_cannot_be_changed(db, home, tmp_path):
    job = uploaded(tmp_path, orders__csv=ORDERS)
    services.ask_import(job_id=job.job_id, actor="ada", now=NOW)
    for change in (
        lambda: services.discard(job_id=job.job_id, actor="ada"),
        lambda: services.ask_check(job_id=job.job_id, actor="ada", now=NOW),
        lambda: services.say(job_id=job.job_id, files=[("", None)], options={}, actor="ada"),
    ):
        with pytest.raises(IntakeError):
            change()


def test_a_cycle_is_asked_for_once(db, home):
    asked = services.ask_cycle(actor="ada", now=NOW)
    assert services.ask_cycle(actor="bo", now=NOW).job_id == asked.job_id
    ran = []
    assert run(lambda actor, progress: ran.append(actor))
    assert ran == ["ada"]
    assert queries.cycle_asked() is None


def test_a_cycle_that_fails_says_why(db, home):
    asked = services.ask_cycle(actor="ada", now=NOW)

    def broken(actor, progress):
        raise RuntimeError("no orders yet")

    with pytest.raises(RuntimeError):
        run(broken)
    assert queries.job(asked.job_id).error == "no orders yet"


def test_uploads_are_removed_when_over_or_forgotten(db, home, tmp_path):
    over = uploaded(tmp_path, orders__csv=ORDERS)
    services.ask_import(job_id=over.job_id, actor="ada", now=NOW)
    run()
    thrown = uploaded(tmp_path, orders__csv=ORDERS)
    services.discard(job_id=thrown.job_id, actor="ada")
    forgotten = uploaded(tmp_path, orders__csv=ORDERS)
    assert len(list(home.staging_dir.glob("upload-*"))) == 1
    assert services.tidy(now=NOW + timedelta(days=4)) >= 1
    assert not list(home.staging_dir.glob("upload-*"))
    assert queries.job(forgotten.job_id).status == "discarded"


@given(st.text(max_size=300))
def test_no_name_leaves_its_folder(name):
    safe = folders.safe_name(name)
    assert safe
    assert safe not in (".", "..")
    assert not safe.startswith(".")
    assert "/" not in safe
    assert "\\" not in safe
    assert "\0" not in safe
    assert len(safe.encode()) <= folders.NAME_LENGTH_MAX
    assert folders.safe_name(safe) == safe


def test_a_folder_is_only_what_was_made(home):
    for name in ("../x", "upload-", "upload-zz", "/etc", ""):
        with pytest.raises(ValueError, match="folder"):
            folders.folder_path(name)
    assert folders.folder_path(folders.new_folder()).parent == Home.current().staging_dir
