"""The typed Python client: generated from the document and used against the live API."""

from __future__ import annotations

import importlib
import subprocess
import sys
from datetime import UTC, datetime

import httpx
import pytest
from django.core.handlers.wsgi import WSGIHandler

from keepwell.api.app import document


@pytest.fixture(scope="module")
def package(tmp_path_factory):
    """The generated package, importable."""
    folder = tmp_path_factory.mktemp("client")
    (folder / "openapi.json").write_bytes(document())
    (folder / "config.json").write_text('{"post_hooks": []}')
    command = [
        sys.executable, "-m", "openapi_python_client", "generate", "--path", str(folder / "openapi.json"),
        "--meta", "none", "--output-path", str(folder / "keepwell_client"), "--fail-on-warning",
        "--config", str(folder / "config.json"),
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, cwd=folder)
    assert done.returncode == 0, done.stdout + done.stderr
    sys.path.insert(0, str(folder))
    yield "keepwell_client"
    sys.path.remove(str(folder))


@pytest.fixture
def client_of(package, admin, token, home, transactional_db):
    """A client signed in with a token, speaking to the API in this process."""
    module = importlib.import_module(package)
    client = module.AuthenticatedClient(base_url="http://testserver", token=token(admin))
    transport = httpx.WSGITransport(app=WSGIHandler())
    headers = {"Authorization": f"Bearer {client.token}"}
    return client.set_httpx_client(
        httpx.Client(transport=transport, base_url="http://testserver", headers=headers)
    )


def part(package, path):
    return importlib.import_module(f"{package}.{path}")


def test_the_client_makes_a_customer_appends_an_order_and_reads_both(package, client_of):
    models = part(package, "models")
    put = part(package, "api.customers.put_customer")
    made = put.sync("c1", client=client_of, body=models.CustomerIn(name="Lin", email="lin@example.com"))
    assert isinstance(made, models.Customer)
    assert (made.name, made.contact_points[0].masked) == ("Lin", "l***@example.com")
    order = models.OrdersFact(
        order_id="o-1", customer_id="c1", ordered_at=datetime(2026, 3, 4, tzinfo=UTC), amount="12.50",
        currency="EUR", status=models.OrdersFactStatus("paid"),
    )  # fmt: skip
    append = part(package, "api.facts.append_orders")
    done = append.sync(client=client_of, body=models.OrdersFacts(facts=[order]), idempotency_key="k1")
    assert done.recorded == 1
    timeline = part(package, "api.customers.get_timeline").sync("c1", client=client_of)
    assert [(fact.table, fact.key) for fact in timeline.data] == [("orders", "o-1")]


def test_the_client_gives_errors_as_problems(package, client_of):
    models = part(package, "models")
    answer = part(package, "api.customers.get_customer").sync_detailed("nobody", client=client_of)
    assert (answer.status_code, type(answer.parsed)) == (404, models.Problem)
    assert answer.parsed.detail == "There is no customer with this number."
