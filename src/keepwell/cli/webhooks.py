"""Webhooks on their way, beside the worker's other jobs: somebody slow outside holds nothing up."""

from __future__ import annotations

import threading

_running: threading.Thread | None = None
AT_ONCE = 10


def deliver_beside() -> int:
    """Look for events and, where deliveries are due, send them in a thread; one at a time."""
    global _running
    from keepwell.foundation import clock
    from keepwell.integrations import queries, services

    made = services.watch(now=clock.now())
    if queries.deliveries_due(now=clock.now()) and not (_running and _running.is_alive()):
        _running = threading.Thread(target=_deliver, name="webhooks")
        _running.start()
    return made


def _deliver() -> None:
    from django.db import connections

    from keepwell.foundation import clock
    from keepwell.integrations import services

    try:
        while threading.main_thread().is_alive():
            if not services.deliver_due(now=clock.now(), limit=AT_ONCE):
                return
    finally:
        connections.close_all()
