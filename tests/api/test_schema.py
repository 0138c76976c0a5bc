"""Generated calls over all operations: no 5xx, no answer outside the schema."""

from __future__ import annotations

import math
import os

import pytest
import schemathesis
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.generation.modes import GenerationMode
from schemathesis.specs.openapi import checks

from keepwell.api.app import document
from keepwell.customers import services as customers
from keepwell.customers.contracts import CustomerRow
from keepwell.foundation import clock
from keepwell.integrations import services
from keepwell.outreach.services import tasks

# In all; `make test-api` asks for five thousand.
CASES = int(os.environ.get("KEEPWELL_API_CASES", "400"))
CHECKS = [
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
]
HEALTH = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.filter_too_much]


def operations():
    """Every operation of the document."""
    import orjson

    paths = orjson.loads(document())["paths"]
    return [(path, method.upper()) for path, methods in paths.items() for method in methods]


@pytest.fixture
def one_connection():
    """Requests leave the connection of the test's transaction open, as Django's own test client does."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def token_of_all(one_connection, admin, token, home, settings):
    """A token that may do everything, and something to do it to."""
    settings.KEEPWELL_API_RATE = settings.KEEPWELL_TRACKING_RATE = 10_000_000
    settings.KEEPWELL_WEBHOOKS_PRIVATE = True
    now = clock.now()
    rows = [CustomerRow(customer_id=str(number), name="Lin") for number in range(3)]
    customers.upsert_many(rows=rows, source="test", at=now, actor="ada")
    tasks.create(kind="call", customer_id="0", actor="ada", now=now)
    services.webhooks.create(url="http://127.0.0.1:9/", event_types=["order.recorded"], actor="ada", now=now)
    return token(admin)


def cases():
    """How many calls each operation gets, in each of two modes."""
    return math.ceil(CASES / (2 * len(operations())))


@pytest.mark.django_db
@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
@pytest.mark.parametrize(("path", "method"), operations())
def test_every_answer_is_one_that_the_document_names(path, method, mode, token_of_all):
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", WSGIHandler())
    operation = schema[path][method]
    headers = {"Authorization": f"Bearer {token_of_all}"}

    @settings(max_examples=cases(), deadline=None, suppress_health_check=HEALTH, database=None)
    @given(case=operation.as_strategy(generation_mode=mode))
    def call(case):
        case.call_and_validate(headers=headers, checks=CHECKS)

    call()
