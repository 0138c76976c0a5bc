"""Every address of the product, found by walking the resolver."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import URLPattern, URLResolver, get_resolver
from django.utils.regex_helper import normalize

# What stands in an address where it names something; everything else is the number 1.
ARGUMENTS = {
    "customer_id": "C000001",
    "kind": "csv",
    "code": "call_back",
    "tier": "high",
    "cycle_id": "x",
    "app_label": "accounts",
    "url": "nowhere",
    "provider_id": "sso",
    "secret": "no-such-link",
}


# What programs ask: they get no page to sign in on. The table of permissions has a row for each, too.
MACHINES = ("/api/", "/v1/", "/healthz", "/readyz", "/metrics", "/calendar/", "/track/")


@dataclass(frozen=True)
class Address:
    """One pattern: its name (with namespace) and an address that it answers."""

    name: str
    path: str

    @property
    def is_page(self) -> bool:
        """Whether people open it, not programs."""
        return not self.path.startswith(MACHINES)


def every_address() -> list[Address]:
    """All of them; a pattern under several names once, under its first."""
    found: dict[str, Address] = {}
    for address in _walk(get_resolver(), "/", ""):
        found.setdefault(address.path, address)
    return sorted(found.values(), key=lambda one: (one.name, one.path))


def _walk(resolver: URLResolver, prefix: str, space: str) -> list[Address]:
    found = []
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLResolver):
            inner = f"{space}{pattern.namespace}:" if pattern.namespace else space
            found += _walk(pattern, prefix + _filled(pattern), inner)
        else:
            name = f"{space}{pattern.name}" if pattern.name else f"{space}{prefix}{pattern.pattern}"
            found.append(Address(name, prefix + _filled(pattern)))
    return found


def _filled(pattern: URLPattern | URLResolver) -> str:
    template, names = normalize(pattern.pattern.regex.pattern)[0]
    return template % {name: ARGUMENTS.get(name, "1") for name in names}
