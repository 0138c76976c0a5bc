"""What the trouble of an HTTP call says of the request: had the other side a byte of it?

All three SDKs call through `requests` and wrap what it raises, each in its own way.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from urllib.parse import urlsplit

from keepwell.outreach.channels.contracts import ChannelDownError

LOOPBACK = ("127.0.0.1", "localhost", "::1")
TIMEOUT_SECONDS = "10"


def causes(error: BaseException) -> Iterator[BaseException]:
    """The error and all that it was made of."""
    waiting, seen = [error], set()
    while waiting:
        one = waiting.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        named = (getattr(one, "inner_exception", None), getattr(one, "reason", None))
        parts = (one.__cause__, one.__context__, *named, *one.args)
        waiting += [part for part in parts if isinstance(part, BaseException)]


def never_reached(error: BaseException) -> bool:
    """Whether no connection came about, so that nothing can have been taken."""
    from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

    unreached = (NewConnectionError, ConnectTimeoutError, ssl.SSLCertVerificationError)
    return any(isinstance(one, unreached) for one in causes(error))


def raise_if_unreached(error: BaseException) -> None:
    """Raise ChannelDownError where no connection came about."""
    if never_reached(error):
        raise ChannelDownError(type(error).__name__) from error


def lost(error: BaseException) -> str:
    """The innermost name of the trouble; its words may hold the request, so they are left out."""
    return type(list(causes(error))[-1]).__name__


def endpoint(value: str) -> tuple[str, str] | None:
    """(scheme, host with port) of an endpoint; None for what is none. Without TLS on this machine only."""
    try:
        parts = urlsplit(value)
        host = parts.hostname
    except ValueError:
        return None
    if not host or parts.path.strip("/") or parts.query or parts.username is not None:
        return None
    if parts.scheme == "https" or (parts.scheme == "http" and host in LOOPBACK):
        return parts.scheme, parts.netloc
    return None


def problem_of_seconds(value: str) -> str:
    """A code where `value` is no time to wait, in seconds."""
    try:
        return "" if 0 < float(value) <= 120 else "not_seconds"
    except ValueError:
        return "not_seconds"
