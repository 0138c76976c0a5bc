"""Alive, ready, figures: who may ask, and what they are told."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from keepwell.operations import health, heartbeat, metrics

TOKEN = "a token that nobody guesses"


@pytest.fixture(autouse=True)
def anew():
    health.forget()
    yield
    health.forget()


@pytest.fixture
def worker(home):
    """A worker that lives."""
    heart = heartbeat.Heartbeat()
    heart.start()
    yield heart
    heart.stop()


def test_live_asks_nothing_of_the_database(client):
    answer = client.get("/healthz", headers={"host": "any.host"})
    assert (answer.status_code, answer.content) == (200, b"ok\n")  # without `db`, a query would fail


@pytest.mark.django_db
def test_ready_when_everything_is_there(client, worker):
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json() == {
        "ready": True,
        "checks": {"database": "ok", "migrations": "ok", "lake": "ok", "worker": "ok"},
    }


@pytest.mark.django_db
def test_not_ready_without_a_worker(client, home):
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["checks"]["worker"] == "failed"


@pytest.mark.django_db
def test_not_ready_with_a_lake_that_cannot_be_read(client, worker, home):
    log = home.lake_path / "orders" / "_delta_log"
    log.mkdir(parents=True)
    (log / f"{0:020d}.json").write_text("no log")
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["checks"] == {
        "database": "ok",
        "migrations": "ok",
        "lake": "failed",
        "worker": "ok",
    }


def test_not_ready_without_a_database(client, worker):
    # Without the `db` fixture every query raises, as with a server that is gone.
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["checks"]["database"] == "failed"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("meta", "token", "status"),
    [
        ({"REMOTE_ADDR": "127.0.0.1"}, "", 200),
        ({"REMOTE_ADDR": "::1"}, "", 200),
        ({"REMOTE_ADDR": "10.0.0.7"}, "", 403),
        ({"REMOTE_ADDR": ""}, "", 403),
        ({"REMOTE_ADDR": "127.0.0.1", "HTTP_X_FORWARDED_FOR": "10.0.0.7"}, "", 403),
        ({"REMOTE_ADDR": "127.0.0.1", "HTTP_FORWARDED": "for=10.0.0.7"}, "", 403),
        ({"REMOTE_ADDR": "127.0.0.1"}, TOKEN, 403),
        ({"REMOTE_ADDR": "10.0.0.7", "HTTP_AUTHORIZATION": "Bearer wrong"}, TOKEN, 403),
        ({"REMOTE_ADDR": "10.0.0.7", "HTTP_AUTHORIZATION": f"Bearer {TOKEN}"}, TOKEN, 200),
    ],
)
def test_who_may_read_the_figures(client, home, settings, meta, token, status):
    settings.KEEPWELL_METRICS_TOKEN = token
    assert client.get("/metrics", **meta).status_code == status


@pytest.mark.django_db
def test_figures_of_requests_and_stores(client, worker, monkeypatch):
    figure = metrics.Figure("keepwell_test_backlog", "Waiting.", 4, {"kind": "call"})
    monkeypatch.setitem(metrics.ROOMS, "test", lambda: [figure])
    client.get("/sign-in/")
    worker.count("facts_stored", 7)
    worker._beat()
    text = client.get("/metrics").content.decode()
    assert 'keepwell_requests_total{method="GET",status="302",view="sign_in"} 1.0' in text  # to the welcome
    assert 'keepwell_request_seconds_bucket{le="0.25",view="sign_in"}' in text
    assert "keepwell_outbox_facts 0.0" in text
    assert 'keepwell_test_backlog{kind="call"} 4.0' in text
    assert 'what="facts_stored"' in text
    assert "keepwell_workers 1.0" in text
    for room in ("webhook_messages", "refused_messages", "overdue_tasks"):
        assert f"keepwell_{room} 0.0" in text


@pytest.mark.django_db
def test_a_room_whose_figures_fail_takes_none_of_the_others_along(client, home, monkeypatch):
    def fail():
        raise RuntimeError("told to nobody")

    monkeypatch.setitem(metrics.ROOMS, "test", fail)
    text = client.get("/metrics").content.decode()
    assert 'keepwell_figures_failed{room="test"} 1.0' in text
    assert "told to nobody" not in text
    assert "keepwell_outbox_facts" in text


CHILD = """
import sys
sys.path[:0] = ["src"]
from keepwell.operations import metrics
metrics.observe(view="cockpit", method="GET", status=200, seconds=0.02)
"""
PARENT = """
import django; django.setup()
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector
registry = CollectorRegistry(); MultiProcessCollector(registry)
print(generate_latest(registry).decode())
"""


def test_processes_add_up(tmp_path):
    figures = tmp_path / "figures"
    figures.mkdir()
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "keepwell.foundation.settings",
        "KEEPWELL_HOME": str(tmp_path / "home"),
        metrics.FOLDER: str(figures),
    }
    for _process in range(2):
        script = "import django; django.setup()" + CHILD
        subprocess.run([sys.executable, "-c", script], env=environment, check=True)
    done = subprocess.run(
        [sys.executable, "-c", PARENT], env=environment, check=True, capture_output=True, text=True
    )
    assert 'keepwell_requests_total{method="GET",status="200",view="cockpit"} 2.0' in done.stdout


FIRST_REQUESTS = """
import sys
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
import django; django.setup()
import prometheus_client
from keepwell.operations import metrics
sys.setswitchinterval(1e-6)
together = Barrier(8)
def answer(_number):
    together.wait()
    metrics.observe(view="cockpit", method="GET", status=200, seconds=0.02)
with ThreadPoolExecutor(8) as pool:
    list(pool.map(answer, range(8)))
print(prometheus_client.generate_latest().decode())
"""


def test_the_first_requests_may_come_at_once(tmp_path):
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "keepwell.foundation.settings",
        "KEEPWELL_HOME": str(tmp_path / "home"),
    }
    done = subprocess.run(
        [sys.executable, "-c", FIRST_REQUESTS], env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert 'keepwell_requests_total{method="GET",status="200",view="cockpit"} 8.0' in done.stdout


def test_a_request_keeps_its_number(client, db):
    assert client.get("/healthz").headers.get("X-Request-ID") is None  # probes are not worth one
    given = client.get("/sign-in/", headers={"x-request-id": "abc-12345"})
    assert given.headers["X-Request-ID"] == "abc-12345"
    made = client.get("/sign-in/", headers={"x-request-id": "jo doe@example.com"})
    assert len(made.headers["X-Request-ID"]) == 32
