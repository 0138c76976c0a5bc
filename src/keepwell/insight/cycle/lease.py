"""One cycle at a time: a row with a holder and an expiry.

A holder on this machine whose process is gone loses it at once, one on another machine when it expires.
"""

from __future__ import annotations

import os
import socket
from datetime import timedelta
from pathlib import Path

from django.db import transaction

from keepwell.foundation import clock
from keepwell.insight.cycle.errors import CycleBusyError, LeaseLostError
from keepwell.insight.models import CycleLease

TERM = timedelta(minutes=30)


def _started(pid: int) -> str:
    """When process `pid` started, in clock ticks since boot: a pid that was given anew differs."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    except OSError:
        return ""


def me() -> str:
    """Name this process as no other on any machine is named."""
    pid = os.getpid()
    return f"{socket.gethostname()}|{pid}|{_started(pid)}"


def _gone(holder: str) -> bool:
    host, _, rest = holder.partition("|")
    pid, _, started = rest.partition("|")
    if host != socket.gethostname() or not pid.isdigit():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        pass
    return started != _started(int(pid))


def acquire() -> None:
    """Take the lease; raises CycleBusyError while another process holds it."""
    now = clock.now()
    with transaction.atomic():
        CycleLease.objects.get_or_create(pk=1, defaults={"holder": "", "expires_at": now})
        row = CycleLease.objects.select_for_update().get(pk=1)
        if row.holder and row.expires_at > now and not _gone(row.holder):
            raise CycleBusyError(f"another cycle is running ({row.holder.replace('|', ' pid ', 1)})")
        row.holder, row.expires_at = me(), now + TERM
        row.save()


def renew() -> None:
    """Extend the lease; raises LeaseLostError where another process has taken it."""
    kept = CycleLease.objects.filter(pk=1, holder=me()).update(expires_at=clock.now() + TERM)
    if not kept:
        raise LeaseLostError("another process has taken the cycle over")


def release() -> None:
    """Give the lease back, if it is still ours."""
    CycleLease.objects.filter(pk=1, holder=me()).update(holder="", expires_at=clock.now())
