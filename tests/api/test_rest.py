"""Customers, facts, scores, tasks and errors over REST."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import orjson
import pytest

from keepwell.accounts.contracts import Permission, Role
from keepwell.api.models import IdempotentAnswer
from keepwell.customers import queries as customers
from keepwell.customers import services as customer_services
from keepwell.customers.contracts import CustomerRow
from keepwell.foundation import clock
from keepwell.history import queries as history

pytestmark = pytest.mark.django_db
AT = "2026-03-04T05:06:07Z"


def order(number="o-1", **said):
    return {
        "order_id": number, "customer_id": "c1", "ordered_at": AT, "amount": "12.50", "currency": "EUR",
        "status": "paid", **said,
    }  # fmt: skip


@pytest.fixture
def people(home):
    rows = [
        CustomerRow(customer_id=f"c{n}", name=f"Customer {n}", email=f"c{n}@example.com") for n in range(1, 8)
    ]
    customer_services.upsert_many(rows=rows, source="test", at=clock.now(), actor="test")


def problem(answer, status):
    assert answer.status_code == status, answer.content
    assert answer["Content-Type"] == "application/problem+json"
    said = answer.json()
    assert said["status"] == status
    assert said["request_id"] == answer["X-Request-Id"]
    return said


def test_a_customer_is_made_completed_and_read_with_contact_data_masked(api):
    assert api("PUT", "/api/v1/customers/c1", {"name": "Lin", "email": "Lin@Example.com"}).status_code == 200
    api("PUT", "/api/v1/customers/c1", {"city": "Chengdu", "tags": ["tea"], "acquisition_cost": "12.5"})
    said = api.get("/api/v1/customers/c1").json()
    assert (said["name"], said["city"], said["tags"]) == ("Lin", "Chengdu", ["tea"])
    assert Decimal(said["acquisition_cost"]) == Decimal("12.5")
    assert [point["masked"] for point in said["contact_points"]] == ["l***@example.com"]
    assert said["source"].startswith("api:kw_")


def test_numbers_with_slashes_can_be_reached(api):
    assert api("PUT", "/api/v1/customers/a%2Fb", {"name": "Lin"}).json()["customer_id"] == "a/b"
    assert api.get("/api/v1/customers/a/b").json()["name"] == "Lin"


def test_an_unchanged_record_is_not_sent_again(api, people):
    etag = api.get("/api/v1/customers/c1")["ETag"]
    again = api.get("/api/v1/customers/c1", If_None_Match=etag)
    assert (again.status_code, again.content) == (304, b"")
    api("PUT", "/api/v1/customers/c1", {"name": "Other"})
    assert api.get("/api/v1/customers/c1", If_None_Match=etag).status_code == 200


def test_lists_are_read_part_by_part(api, people):
    first = api.get("/api/v1/customers?limit=3").json()
    second = api.get(f"/api/v1/customers?limit=3&cursor={first['next_cursor']}").json()
    third = api.get(f"/api/v1/customers?limit=3&cursor={second['next_cursor']}").json()
    numbers = [one["customer_id"] for page in (first, second, third) for one in page["data"]]
    assert numbers == [f"c{n}" for n in range(1, 8)]
    assert third["next_cursor"] is None
    assert problem(api.get("/api/v1/customers?cursor=bm90"), 422)["errors"][0]["parameter"] == "cursor"


def test_a_list_asks_the_same_number_of_queries_however_long_it_is(
    api, people, django_assert_max_num_queries
):
    api.get("/api/v1/customers?limit=1")
    with django_assert_max_num_queries(9):
        api.get("/api/v1/customers?limit=7")


def test_who_looks_after_some_customers_sees_and_changes_only_those(calls, person, people, admin):
    manager = person("bo", Role.ACCOUNT_MANAGER)
    customer_services.assign_owner(customer_ids=["c2"], owner_id=manager.pk, actor="ada", at=clock.now())
    bo = calls(manager)
    assert [one["customer_id"] for one in bo.get("/api/v1/customers").json()["data"]] == ["c2"]
    assert bo.get("/api/v1/customers/c2").status_code == 200
    problem(bo.get("/api/v1/customers/c3"), 403)
    problem(bo("PUT", "/api/v1/customers/c3", {"name": "Mine"}), 403)
    problem(bo.post("/api/v1/customers", {"customers": [{"customer_id": "new"}]}), 403)
    problem(bo.post("/api/v1/facts/orders", {"facts": [order()]}), 403)
    assert customers.get("c3").name == "Customer 3"
    assert customers.get("new") is None


def test_scopes_limit_what_the_user_may(calls, admin, people):
    reader = calls(admin, Permission.VIEW_CUSTOMERS)
    assert reader.get("/api/v1/customers/c1").status_code == 200
    problem(reader("PUT", "/api/v1/customers/c1", {"name": "x"}), 403)
    assert reader.get("/api/v1/me").json() == {"username": "ada", "permissions": ["customers.view"]}


def test_without_a_valid_token_nothing_is_said(client, admin, home):
    for headers in ({}, {"Authorization": "Bearer kw_nothing"}, {"Authorization": "Basic !!"}):
        answer = client.get("/api/v1/customers", headers=headers)
        problem(answer, 401)
        assert answer["WWW-Authenticate"].startswith("Bearer")


def test_somebody_signed_in_may_read_and_needs_the_csrf_token_to_write(admin, people):
    from django.test import Client

    browser = Client(enforce_csrf_checks=True)
    browser.force_login(admin)
    assert browser.get("/api/v1/customers/c1").status_code == 200
    body = orjson.dumps({"name": "x"})
    problem(browser.generic("PUT", "/api/v1/customers/c1", body, content_type="application/json"), 403)
    assert customers.get("c1").name == "Customer 1"


def test_facts_are_appended_once_and_read_in_the_timeline(api):
    for _ in range(2):
        assert api.post("/api/v1/facts/orders", {"facts": [order()]}).json() == {"recorded": 1}
    api.post("/api/v1/facts/orders", {"facts": [order("o-2", ordered_at="2026-04-01T00:00:00+08:00")]})
    said = api.get("/api/v1/customers/c1/timeline").json()
    assert [(f["table"], f["key"], f["at"]) for f in said["data"]] == [
        ("orders", "o-2", "2026-03-31T16:00:00Z"),
        ("orders", "o-1", AT),
    ]
    first = api.get("/api/v1/customers/c1/timeline?limit=1&table=orders").json()
    second = api.get(f"/api/v1/customers/c1/timeline?limit=1&cursor={first['next_cursor']}").json()
    assert second["data"][0]["key"] == "o-1"
    assert api.get("/api/v1/customers/c1/timeline?table=tickets").json()["data"] == []


def test_a_batch_of_facts_is_taken_whole_or_not_at_all(api):
    answer = api.post("/api/v1/facts/orders", {"facts": [order(), order("o-2", amount="much", surprise=1)]})
    pointers = {error["pointer"] for error in problem(answer, 422)["errors"]}
    assert pointers == {"/facts/1/amount", "/facts/1/surprise"}
    assert customers.get("c1") is None
    assert history.timeline("c1") == []


def test_a_customer_number_that_is_contact_data_becomes_a_pseudonym(api):
    api.post("/api/v1/facts/orders", {"facts": [order(customer_id="lin@example.com")]})
    (number,) = customers.find_by_contact(kind="email", value="lin@example.com")
    assert number.startswith("p_")
    problem(api("PUT", "/api/v1/customers/lin@example.com", {"name": "x"}), 422)


def test_errors_name_each_field(api):
    body = {"email": "nobody", "birth_on": "1700-01-01", "country": "Germany", "hat": 1, "tags": ["", "a"]}
    said = problem(api("PUT", "/api/v1/customers/c1", body), 422)
    assert {e["pointer"] for e in said["errors"]} == {"/email", "/birth_on", "/country", "/hat", "/tags/0"}
    said = problem(api.get("/api/v1/customers?limit=0"), 422)
    assert said["errors"][0]["parameter"] == "limit"
    problem(api("PUT", "/api/v1/customers/c1", b'{"name": "\\u0000"}'), 422)
    problem(api("PUT", "/api/v1/customers/c1", b'{"name": NaN}'), 400)
    problem(api.get("/api/v1/customers/c%00"), 422)


def test_what_is_not_there_and_cannot_be_done_is_a_problem_too(api, client):
    problem(api.get("/api/v1/nothing"), 404)
    problem(api.get("/api/v1/customers/nobody"), 404)
    answer = api("DELETE", "/api/v1/customers")
    problem(answer, 405)
    assert "GET" in answer["Allow"]
    problem(api("PUT", "/api/v1/customers/c1", b" " * (3 * 1024 * 1024)), 413)
    headers = {"Authorization": f"Bearer {api.secret}"}
    problem(client.put("/api/v1/customers/c1", b"a=b", content_type="text/csv", headers=headers), 415)


def test_a_request_with_a_key_is_done_once(api):
    body = {"facts": [order()]}
    first = api.post("/api/v1/facts/orders", body, Idempotency_Key="k1")
    again = api.post("/api/v1/facts/orders", body, Idempotency_Key="k1")
    assert (first.content, first.status_code) == (again.content, again.status_code)
    assert again["Idempotency-Replayed"] == "true"
    problem(api.post("/api/v1/facts/orders", {"facts": [order("o-2")]}, Idempotency_Key="k1"), 422)
    problem(api.post("/api/v1/facts/orders", body, Idempotency_Key="k" * 256), 400)
    assert history.facts("orders", ["o-2"]) == {}


def test_a_key_whose_request_is_running_waits_and_one_that_died_is_free_again(api):
    api.post("/api/v1/facts/orders", {"facts": [order()]}, Idempotency_Key="k1")
    running = IdempotentAnswer.objects.filter(key="k1")
    running.update(status=None)
    problem(api.post("/api/v1/facts/orders", {"facts": [order()]}, Idempotency_Key="k1"), 409)
    running.update(claimed_until=clock.now() - timedelta(seconds=1))
    assert api.post("/api/v1/facts/orders", {"facts": [order()]}, Idempotency_Key="k1").status_code == 200


def test_a_refused_request_leaves_its_key_free(api):
    problem(api.post("/api/v1/tasks", {"kind": "call", "customer_id": "nobody"}, Idempotency_Key="k1"), 422)
    assert not IdempotentAnswer.objects.exists()


def test_answers_say_what_is_left_of_the_quota(api, settings):
    settings.KEEPWELL_API_RATE = 2
    first = api.get("/api/v1/me")
    assert first["RateLimit-Policy"] == '"api";q=2;w=60'
    assert first["RateLimit"].startswith('"api";r=1;')
    api.get("/api/v1/me")
    refused = api.get("/api/v1/me")
    problem(refused, 429)
    assert 1 <= int(refused["Retry-After"]) <= 30


def test_tasks_are_made_and_completed(api, people):
    made = api.post("/api/v1/tasks", {"kind": "call", "customer_id": "c1", "title": "Ask how the tea was"})
    assert made.status_code == 201
    number = made.json()["task_id"]
    assert [one["task_id"] for one in api.get("/api/v1/tasks?customer_id=c1").json()["data"]] == [number]
    done = api.post(f"/api/v1/tasks/{number}/complete", {"outcome": "not_reached"})
    assert (done.status_code, done.json()["status"], done.json()["outcome"]) == (200, "done", "not_reached")
    problem(api.post(f"/api/v1/tasks/{number}/complete", {"outcome": "not_reached"}), 422)
    problem(api.get("/api/v1/tasks/999"), 404)
    problem(api.post("/api/v1/tasks/999/complete", {"outcome": "not_reached"}), 404)


def test_scores_before_the_first_cycle_are_none(api, people):
    assert api.get("/api/v1/scores").json() == {"data": [], "next_cursor": None}
    assert api.get("/api/v1/at-risk").json()["data"] == []
    problem(api.get("/api/v1/customers/c1/score"), 404)


def test_every_operation_names_its_permission_and_every_error(api):
    document = api.get("/api/v1/openapi.json").json()
    known = {permission.value for permission in Permission}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            assert operation["x-permission"] in known or path == "/api/v1/me", (method, path)
            assert {"401", "403", "422", "429", "500"} <= set(operation["responses"]), (method, path)


def test_the_docs_page_loads_nothing_from_elsewhere(client, admin, home):
    page = client.get("/api/v1/docs").content.decode()
    assert "swagger-ui-bundle.js" in page
    assert "http" not in page.replace("http-equiv", "")
