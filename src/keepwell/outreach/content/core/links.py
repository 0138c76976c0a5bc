"""Links in texts: well-formed, secure, and really leading somewhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from ipaddress import ip_address
from urllib.parse import urlsplit

from keepwell.outreach.content.contracts import Finding, Severity

# What stands for a value of a customer while a text is checked.
VALUE = "\x1a"
# Values that are addresses themselves, checked where they are set.
TRUSTED = re.compile(
    r"\{\{\s*(?:recommended\.(?:link|picture)|company\.website|message\.(?:unsubscribe|preferences|loss_survey|feedback|care_survey)_url)\s*\}\}"
)
STAND_IN = "https://own.keepwell-shop.com"
LIQUID = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)
LINK = re.compile(
    r"(?:https?|ftp|javascript|data):[^\s<>\"'）)】」』，。；！？、]*|www\.[^\s<>\"'）)，。；！？、]+",
    re.IGNORECASE,
)
PLACEHOLDER_HOSTS = re.compile(
    r"(?:^|\.)(?:example\.(?:com|org|net)|.*\.example|test|invalid|localhost|local|"
    r"your-?(?:domain|shop|company|site|website)\.\w+|domain\.com|website\.com|xxx+\.\w+|xx\.com|abc\.com)$"
)
SHORTENERS = frozenset(
    {"bit.ly", "tinyurl.com", "goo.gl", "t.cn", "dwz.cn", "ow.ly", "is.gd", "t.co", "url.cn"}
)
HOST = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)(?:\.(?!-)[a-z0-9-]{1,63}(?<!-))+")


def without_values(source: str) -> str:
    """The words of a template, with a mark in the place of each value."""
    source = TRUSTED.sub(STAND_IN, source)
    return LIQUID.sub(lambda found: VALUE if found.group().startswith("{{") else "", source)


def found(source: str) -> tuple[str, ...]:
    """The links of a text, each once, values marked."""
    text = without_values(source)
    return tuple(dict.fromkeys(match.group().rstrip(".,;:!?") for match in LINK.finditer(text)))


def check(url: str, where: str) -> Iterator[Finding]:
    """What is wrong with one link, as the writer wrote it."""
    shown = {"link": url.replace(VALUE, "…")[:80]}
    if any(one.isspace() or ord(one) < 32 for one in url.replace(VALUE, "")):
        yield Finding("link_malformed", Severity.ERROR, where, shown)
        return
    try:
        parts = urlsplit(url.replace(VALUE, "v") if VALUE not in _authority(url) else url)
        host, _port = parts.hostname or "", parts.port
    except ValueError:
        yield Finding("link_malformed", Severity.ERROR, where, shown)
        return
    if parts.scheme.lower() in ("mailto", "tel"):
        return
    if parts.scheme.lower() != "https":
        yield Finding("link_not_https", Severity.ERROR, where, shown)
    if VALUE in host:
        yield Finding("link_variable_host", Severity.ERROR, where, shown)
    elif parts.scheme.lower() in ("http", "https"):
        yield from _host(host, where, shown)


def _authority(url: str) -> str:
    rest = url.partition("//")[2]
    return re.split(r"[/?#]", rest, maxsplit=1)[0]


def _host(host: str, where: str, shown: dict[str, str]) -> Iterator[Finding]:
    if PLACEHOLDER_HOSTS.search(host) or host == "localhost":
        yield Finding("link_placeholder", Severity.ERROR, where, shown)
        return
    if _is_address(host):
        yield Finding("link_number", Severity.WARNING, where, shown)
        return
    try:
        ascii_host = host.encode("idna").decode()
    except UnicodeError:
        ascii_host = ""
    if not HOST.fullmatch(ascii_host):
        yield Finding("link_malformed", Severity.ERROR, where, shown)
    elif host in SHORTENERS:
        yield Finding("link_shortened", Severity.WARNING, where, shown)


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
