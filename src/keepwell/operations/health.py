"""Is it alive, is it ready, is everything in order?"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from django.db import connection

from keepwell.history import queries as history
from keepwell.operations import heartbeat
from keepwell.operations.shape import pending_migrations

REMEMBER_SECONDS = 30.0

_lock = threading.Lock()
_remembered: dict[str, float] = {}


def readiness() -> dict[str, bool]:
    """Each thing that serving needs, and whether it is there; no detail, for anybody may ask."""
    answer = {}
    for name, (check, remember) in CHECKS.items():
        answer[name] = _fresh(name) if remember else False
        if not answer[name]:
            answer[name] = _passes(check)
            if answer[name] and remember:
                with _lock:
                    _remembered[name] = time.monotonic()
    return answer


def forget() -> None:
    """Look anew at everything the next time."""
    with _lock:
        _remembered.clear()


def _fresh(name: str) -> bool:
    with _lock:
        at = _remembered.get(name)
    return at is not None and time.monotonic() - at < REMEMBER_SECONDS


def _passes(check: Callable[[], bool]) -> bool:
    try:
        return check()
    except Exception:
        return False


def _database() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return True


def _lake() -> bool:
    history.versions()
    return True


def _worker() -> bool:
    return bool(heartbeat.workers())


# What passes and is costly to look at is believed for half a minute; what fails is looked at every time.
CHECKS: dict[str, tuple[Callable[[], bool], bool]] = {
    "database": (_database, False),
    "migrations": (lambda: not pending_migrations(), True),
    "lake": (_lake, True),
    "worker": (_worker, False),
}
