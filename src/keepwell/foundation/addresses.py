"""Which addresses may be called: those of the public internet (guard against server-side request forgery).

The name is resolved once for each call, every answer must be public, and the call goes to that very answer,
so a name that changes its mind in between gains nothing.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit


class AddressError(ValueError):
    """An address that must not be called; the words are for whoever typed it."""


Resolve = Callable[[str, int], Sequence[str]]


@dataclass(frozen=True)
class Target:
    """Where to connect, and what to call it there."""

    url: str
    host_header: str
    server_name: str


def resolve(host: str, port: int) -> list[str]:
    """The addresses of a name; raises AddressError where it has none."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise AddressError("The host name is not known.") from None
    return [str(one[4][0]) for one in found]


def check_form(url: str, *, allow_private: bool = False) -> tuple[str, int]:
    """(host, port) of an address that may be kept; raises AddressError.

    https only, without user name, on any port; private addresses and http only where `allow_private`.
    """
    try:
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        raise AddressError("This is not an address.") from None
    if parts.scheme != "https" and not (allow_private and parts.scheme == "http"):
        raise AddressError("The address must begin with https://.")
    if not parts.hostname or parts.username is not None or not url.isprintable() or " " in url:
        raise AddressError("This is not an address.")
    host = parts.hostname
    if not allow_private and (host == "localhost" or host.endswith((".localhost", ".local", ".internal"))):
        raise AddressError("This address is not on the public internet.")
    if not allow_private and (literal := _literal(host)) is not None and not is_public(literal):
        raise AddressError("This address is not on the public internet.")
    return host, port


def target(url: str, *, allow_private: bool = False, resolver: Resolve = resolve) -> Target:
    """Where a call to `url` goes; raises AddressError for what is not public."""
    host, port = check_form(url, allow_private=allow_private)
    answers = resolver(host, port)
    if not answers:
        raise AddressError("The host name is not known.")
    if not allow_private and not all(is_public(answer) for answer in answers):
        raise AddressError("This address is not on the public internet.")
    parts = urlsplit(url)
    address = f"[{answers[0]}]" if ":" in answers[0] else answers[0]
    shown = f"[{host}]" if ":" in host else host
    default = port == (443 if parts.scheme == "https" else 80)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(f"{parts.scheme}://{address}:{port}{path}", shown if default else f"{shown}:{port}", host)


def is_public(address: str) -> bool:
    """Whether an IP address is one of the public internet, also behind an IPv6 form of it."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(found, ipaddress.IPv6Address):
        inner = found.ipv4_mapped or found.sixtofour or (found.teredo[1] if found.teredo else None)
        if inner is None and found in ipaddress.ip_network("64:ff9b::/96"):
            inner = ipaddress.IPv4Address(int(found) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(str(inner))
    return found.is_global and not found.is_multicast


def host_of(url: str) -> str:
    """The host of an address, for the audit log: its path may hold a secret."""
    return urlsplit(url).hostname or ""


def _literal(host: str) -> str | None:
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        return None
