"""How much one caller may ask: a token bucket in memory (RateLimit headers, IETF draft 10).

`Shared` counts for all processes together, in the cache that they share.
"""

from __future__ import annotations

import hashlib
import math
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass

from django.core.cache import cache

CALLERS_MAX = 10_000


@dataclass(frozen=True)
class Policy:
    """At most `quota` requests at once, refilled over `window_seconds`."""

    name: str
    quota: int
    window_seconds: int


@dataclass(frozen=True)
class Verdict:
    """Whether a request may pass, and what is left."""

    allowed: bool
    remaining: int
    reset_seconds: int
    policy: Policy

    def headers(self) -> dict[str, str]:
        """What the caller is told."""
        policy = self.policy
        told = {
            "RateLimit-Policy": f'"{policy.name}";q={policy.quota};w={policy.window_seconds}',
            "RateLimit": f'"{policy.name}";r={self.remaining};t={self.reset_seconds}',
        }
        if not self.allowed:
            told["Retry-After"] = str(self.reset_seconds)
        return told


class Buckets:
    """The buckets of one process; the least used are forgotten beyond `CALLERS_MAX`."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._levels: OrderedDict[tuple[str, str], tuple[float, float]] = OrderedDict()

    def take(self, caller: str, policy: Policy, *, now: float | None = None) -> Verdict:
        """Count one request of `caller`; `now` is in seconds on a clock that never goes back."""
        at = time.monotonic() if now is None else now
        key = (policy.name, caller)
        rate = policy.quota / policy.window_seconds
        with self._lock:
            level, since = self._levels.pop(key, (float(policy.quota), at))
            level = min(float(policy.quota), level + (at - since) * rate)
            allowed = level >= 1
            level -= allowed
            self._levels[key] = (level, at)
            if len(self._levels) > CALLERS_MAX:
                self._levels.popitem(last=False)
        missing = (policy.quota - level) if allowed else (1 - level)
        return Verdict(allowed, int(level), max(1, math.ceil(missing / rate)), policy)


class Shared:
    """Counts of all processes together, in windows of the clock; the one before counts by what is left of it.

    The count of a moving window is estimated from two fixed ones, so that nobody gets twice the quota across
    their border. What two processes count at the very same instant may count once: it is a limit against
    floods, not an account.
    """

    def __init__(self, name: str = "limits") -> None:
        self._name = name

    def take(self, caller: str, policy: Policy, *, now: float | None = None) -> Verdict:
        """Count one request of `caller`; `now` is in seconds since 1970, the same for all processes."""
        at = time.time() if now is None else now
        window = policy.window_seconds
        number, into = int(at // window), at % window
        mine = hashlib.sha256(caller.encode()).hexdigest()[:32]  # the cache names nobody
        keys = [f"{self._name}:{policy.name}:{mine}:{one}" for one in (number - 1, number)]
        known = cache.get_many(keys)
        before, present = int(known.get(keys[0], 0)), int(known.get(keys[1], 0))
        used = before * (1 - into / window) + present
        if used + 1 > policy.quota:
            return Verdict(False, 0, max(1, math.ceil(window - into)), policy)
        # Not `incr`: in a database the cache keeps what it has counted for its own five minutes only.
        cache.set(keys[1], present + 1, 2 * window)
        return Verdict(True, int(policy.quota - used - 1), max(1, math.ceil(window - into)), policy)
