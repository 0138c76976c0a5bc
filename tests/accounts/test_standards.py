"""Standards and records: kept in versions, duties without overlap, problems open until solved."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError

from keepwell.accounts.standards import queries, services
from keepwell.accounts.standards.contracts import TEXTS, Kind
from keepwell.foundation.audit.models import AuditEntry
from keepwell.web import standards_words
from tests.accounts.conftest import NOW, PASSWORD

pytestmark = pytest.mark.django_db


def save(kind=Kind.PROBLEM, title="Parcels arrive broken", **more):
    texts = more.pop("texts", {TEXTS[kind][0]: "three customers this week"})
    return services.save_record(kind=kind, title=title, texts=texts, actor="qi", now=NOW, **more)


@pytest.mark.parametrize("kind", Kind)
def test_every_kind_is_kept_and_found_and_has_words(kind):
    made = save(kind, title="Returns at the counter")
    assert queries.record(made.record_id) == made
    assert queries.records(kind, search="RETURNS") == [made]
    assert queries.records(kind, search="nothing like it") == []
    assert queries.counts()[kind] == 1
    assert kind in standards_words.KINDS
    assert kind in standards_words.MEANINGS
    assert set(TEXTS[kind]) <= set(standards_words.TEXTS)


def test_a_change_is_a_new_version_and_the_same_again_is_none():
    made = save()
    for _again in range(2):
        changed = save(title="Parcels arrive wet", record_id=made.record_id)
    assert (changed.version, queries.record(made.record_id).title) == (2, "Parcels arrive wet")
    actions = AuditEntry.objects.order_by("pk").values_list("action", flat=True)
    assert list(actions) == ["standard.create", "standard.change"]


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"title": " "}, "title"),
        ({"title": "x" * 201}, "title"),
        ({"texts": {"departments": "service"}}, "problem"),
        ({"texts": {"problem": "x" * 20_001}}, "problem"),
    ],
)
def test_records_that_make_no_sense_are_refused(given, field):
    with pytest.raises(ValidationError) as caught:
        save(**given)
    assert set(caught.value.message_dict) == {field}
    assert queries.counts()[Kind.PROBLEM] == 0


def test_a_problem_is_open_until_somebody_says_how_it_was_solved():
    made = save(due_on=date(2026, 11, 30))
    assert made.is_open
    with pytest.raises(ValidationError, match="how it was solved"):
        services.close_record(record_id=made.record_id, actor="qi", now=NOW)
    assert queries.record(made.record_id).is_open
    closed = services.close_record(
        record_id=made.record_id, actor="qi", now=NOW + timedelta(days=1), text="Another box"
    )
    assert (closed.is_open, closed.texts["solution"]) == (False, "Another box")
    assert services.reopen_record(record_id=made.record_id, actor="qi", now=NOW).is_open


def test_one_process_is_one_departments_duty():
    duty = {"process": "Refunds", "department": "Finance", "duty": "pay back within 3 days"}
    first = save(Kind.DUTY, title="Refunds", texts=duty)
    with pytest.raises(ValidationError, match="Finance"):
        save(Kind.DUTY, title="Refunds", texts={**duty, "process": "refunds", "department": "Service"})
    moved = save(
        Kind.DUTY, title="Refunds", texts={**duty, "department": "Service"}, record_id=first.record_id
    )
    assert moved.texts["department"] == "Service"


@pytest.fixture
def qi(client, person):
    """Qi keeps the standards."""
    person("qi", "quality_control")
    client.post("/sign-in/", {"username": "qi", "password": PASSWORD})
    return client


def test_the_register_in_the_browser(qi):
    form = {"title": "Complaint at the counter", "steps": "Listen\nSay sorry", "response_time": "15 minutes"}
    assert qi.post("/settings/standards/manual/add/", form)["Location"] == "/settings/standards/manual/"
    page = qi.get("/settings/standards/manual/").content.decode()
    assert "Complaint at the counter" in page
    assert "Listen<br>Say sorry" in page
    (made,) = queries.records(Kind.MANUAL)
    address = f"/settings/standards/records/{made.record_id}/"
    assert 'value="15 minutes"' in qi.get(address).content.decode()
    wrong = qi.post(address, {**form, "title": "", "on": "tomorrow"})
    assert wrong.status_code == 400
    assert "Listen" in wrong.content.decode()
    assert queries.record(made.record_id).version == 1
    assert qi.get("/settings/standards/nonsense/").status_code == 404


def test_a_problem_is_solved_in_the_browser(qi):
    made = save()
    qi.post(f"/settings/standards/records/{made.record_id}/close/", {"solution": "Another box"})
    assert not queries.record(made.record_id).is_open
    qi.post(f"/settings/standards/records/{made.record_id}/reopen/")
    assert queries.record(made.record_id).is_open


def test_a_competitors_service_is_kept_as_a_benchmark(qi):
    said = {
        "competitor": "Nordlicht",
        "service_strategy": "One person for each order",
        "best_practice": "They call before the parcel leaves",
        "customer_expectation": "An answer within two hours",
        "own_position": "We answer within a day",
        "seen_in": "Trade fair",
    }
    form = {"title": "Nordlicht answers in two hours", "on": "2026-11-20", **said}
    assert qi.post("/settings/standards/benchmark/add/", form)["Location"] == "/settings/standards/benchmark/"
    (made,) = queries.records(Kind.BENCHMARK, search="before the parcel")
    assert (made.texts, made.on, made.is_open) == (said, date(2026, 11, 20), False)
    page = qi.get("/settings/standards/benchmark/").content.decode()
    assert all(text in page for text in said.values())
    assert "Seen on" in page
    assert qi.post("/settings/standards/benchmark/add/", {**form, "competitor": ""}).status_code == 400
    assert queries.counts()[Kind.BENCHMARK] == 1
