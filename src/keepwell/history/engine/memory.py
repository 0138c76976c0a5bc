"""How much memory the analytic engine may take."""

from __future__ import annotations

import os
from pathlib import Path

SHARE = 0.3
LEAST = 1 << 30
_CGROUP = Path("/sys/fs/cgroup/memory.max")


def _physical() -> int:
    try:
        total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return 4 * LEAST
    try:
        allowed = int(_CGROUP.read_text())
    except (OSError, ValueError):
        return total
    return min(total, allowed)


def memory_limit(configured: str) -> str:
    """The limit in DuckDB's words: `configured` (KEEPWELL_MEMORY), else a share of what the machine has.

    The rest is left to Python, the page cache and other processes.
    """
    if configured:
        return configured
    return f"{max(LEAST, int(_physical() * SHARE)) // (1 << 20)}MiB"
