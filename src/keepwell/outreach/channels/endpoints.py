"""Where a provider's interface may be."""

from __future__ import annotations

from urllib.parse import urlsplit

HERE = frozenset({"127.0.0.1", "::1", "localhost"})


def is_endpoint(url: str) -> bool:
    """Whether secrets may be sent there: over TLS, or to this very machine.

    >>> is_endpoint("https://qyapi.weixin.qq.com/cgi-bin"), is_endpoint("http://127.0.0.1.example.com")
    (True, False)
    """
    try:
        split = urlsplit(url)
        host = split.hostname or ""
    except ValueError:
        return False
    return bool(host) and (split.scheme == "https" or (split.scheme == "http" and host in HERE))
