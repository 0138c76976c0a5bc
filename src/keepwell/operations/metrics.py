"""Figures for Prometheus: requests of all web processes, and what the stores say at the time of asking.

The library decides when it is first imported whether processes share their figures (through files in the
folder PROMETHEUS_MULTIPROC_DIR). So it is imported when the first request was answered, not before: the
server names the folder first, and every process that it forks writes a file of its own there.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from keepwell.foundation import clock
from keepwell.history import queries as history
from keepwell.insight import queries as insight
from keepwell.integrations import queries as integrations
from keepwell.operations import heartbeat, queries
from keepwell.outreach.queries import tasks

FOLDER = "PROMETHEUS_MULTIPROC_DIR"
SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

log = logging.getLogger("keepwell.metrics")


@dataclass(frozen=True)
class Figure:
    """One figure at this moment: its name in snake case with its unit last, a line of help, its value."""

    name: str
    help: str
    value: float
    labels: Mapping[str, str] = field(default_factory=dict)


Figures = Callable[[], Iterable[Figure]]
_making = threading.Lock()


def _instruments() -> tuple[Any, Any]:
    # The first requests come in several threads at once, and the library takes a name only once.
    with _making:
        return _made()


@lru_cache(maxsize=1)
def _made() -> tuple[Any, Any]:
    from prometheus_client import Counter, Histogram

    requests = Counter("keepwell_requests", "Requests answered.", ["view", "method", "status"])
    seconds = Histogram(
        "keepwell_request_seconds", "From a request to its answer.", ["view"], buckets=SECONDS
    )
    return requests, seconds


def observe(*, view: str, method: str, status: int, seconds: float) -> None:
    """Count one answered request."""
    requests, histogram = _instruments()
    requests.labels(view, method if method in METHODS else "other", str(status)).inc()
    histogram.labels(view).observe(seconds)


def page() -> tuple[bytes, str]:
    """Everything in Prometheus' text format, and its content type."""
    from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
    from prometheus_client.multiprocess import MultiProcessCollector

    _instruments()
    own = CollectorRegistry()
    own.register(_Now())
    if os.environ.get(FOLDER):
        MultiProcessCollector(own)
        return generate_latest(own), CONTENT_TYPE_LATEST
    return generate_latest(REGISTRY) + generate_latest(own), CONTENT_TYPE_LATEST


class _Now:
    """What the stores say now."""

    def collect(self) -> Iterator[Any]:
        from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

        families: dict[str, Any] = {}
        for room, figures in ROOMS.items():
            try:
                found = list(figures())
            except Exception as error:
                log.warning("no figures of %s: %s", room, type(error).__name__)
                found = [Figure("keepwell_figures_failed", "Rooms without figures.", 1, {"room": room})]
            for figure in found:
                names = sorted(figure.labels)
                family = families.setdefault(
                    figure.name, GaugeMetricFamily(figure.name, figure.help, labels=names)
                )
                family.add_metric([figure.labels[name] for name in names], figure.value)
        yield from families.values()
        counted = CounterMetricFamily(
            "keepwell_worker", "What the workers have done.", labels=["worker", "what"]
        )
        for (worker, what), number in heartbeat.counts().items():
            counted.add_metric([worker, what], number)
        yield counted


def _own() -> Iterator[Figure]:
    now = clock.now()
    waiting, oldest = history.outbox_backlog()
    yield Figure("keepwell_outbox_facts", "Facts that wait for the lake.", waiting)
    age = (now - oldest).total_seconds() if oldest else 0.0
    yield Figure("keepwell_outbox_oldest_seconds", "How long the oldest of them waits.", age)
    yield Figure("keepwell_workers", "Workers that gave a sign of life.", len(heartbeat.workers(now)))
    cycle = insight.current_cycle()
    if cycle is not None and cycle.finished_at is not None:
        age = (now - cycle.finished_at).total_seconds()
        yield Figure("keepwell_cycle_age_seconds", "Since the current cycle was finished.", age)
        lasted = sum(step.seconds for step in cycle.steps)
        yield Figure("keepwell_cycle_duration_seconds", "How long it took.", lasted)
    last = queries.last_backup_at()
    if last is not None:
        age = (now - last).total_seconds()
        yield Figure("keepwell_backup_age_seconds", "Since the newest backup.", age)


def _integrations() -> Iterator[Figure]:
    waiting = integrations.count_deliveries_waiting()
    yield Figure("keepwell_webhook_messages", "Webhook messages that wait to be delivered.", waiting)
    refused = integrations.count_dead_letters()
    yield Figure("keepwell_refused_messages", "Tracking messages that could not be taken.", refused)


def _outreach() -> Iterator[Figure]:
    yield Figure("keepwell_overdue_tasks", "Tasks whose time has passed.", tasks.count_overdue(clock.now()))


# Asked each time the figures are read: cheap queries only.
ROOMS: dict[str, Figures] = {"operations": _own, "integrations": _integrations, "outreach": _outreach}
