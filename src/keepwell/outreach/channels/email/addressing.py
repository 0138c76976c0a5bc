"""Addresses as mail servers take them: the domain in ASCII, the part before the @ only where it can be."""

from __future__ import annotations

import re

import idna

_FORBIDDEN = re.compile(r"[\x00-\x20\x7f<>\"(),:;\[\]\\]")

# Looser than a host's name: there are domains with underscores that take mail.
_DOMAIN = re.compile(r"(?=.{1,253}\Z)[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?")


class AddressError(ValueError):
    """An address that no message can go to."""


def wire(address: str) -> str:
    """The address with its domain in ASCII (RFC 5891; "例子.广告" becomes "xn--fsqu00a.xn--4rr70v").

    What stands before the @ stays as it is, with letters beyond ASCII where it has some (RFC 6531). Raises
    AddressError for what is no address, such as one with a line break in it.
    """
    local, at, domain = address.rpartition("@")
    if not at or not local or not domain or _FORBIDDEN.search(address) or "@" in local:
        raise AddressError("not an address")
    if local.startswith(".") or local.endswith(".") or ".." in local or len(local.encode()) > 64:
        raise AddressError("not an address before the @")
    if domain.isascii():
        if not _DOMAIN.fullmatch(domain):
            raise AddressError("not a domain")
        return address
    try:
        plain = idna.encode(domain.rstrip("."), uts46=True).decode()
    except idna.IDNAError as error:
        raise AddressError("not a domain") from error
    return f"{local}@{plain}"


def needs_utf8(address: str) -> bool:
    """Whether only a server with SMTPUTF8 (RFC 6531) can take it."""
    return not address.isascii()
