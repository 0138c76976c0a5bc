"""Every address of the product, found by walking the resolver and the API's own description."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.urls import URLResolver, get_resolver
from django.utils.regex_helper import normalize

# What stands in an address where the shop has nothing of its own to name; everything else is the number 1.
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
    "endpoint_id": "we_" + "0" * 24,
    "delivery_id": "msg_" + "0" * 28,
    "provider": "email.smtp",
    "message_id": "m" + "0" * 31,
    "token": "no-such-account",
}
# Values that a schema does not give away.
FIELDS = {"currency": "CNY", "customer_id": "C000001", "url": "https://shop.example/hook"}
# What programs ask: they get no page to sign in on.
MACHINES = ("/api/", "/v1/", "/healthz", "/readyz", "/metrics", "/calendar/", "/track/", "/hooks/")
METHODS = ("get", "post", "put", "patch", "delete")


@dataclass(frozen=True)
class Address:
    """One pattern: its name (with namespace), and its route with the names of its arguments."""

    name: str
    template: str
    arguments: tuple[str, ...]

    def fill(self, chosen: Mapping[str, Any] | None = None) -> str:
        """An address that the pattern answers, with what `chosen` names."""
        given = {**ARGUMENTS, **(chosen or {})}
        return self.template % {name: given.get(name, "1") for name in self.arguments}

    @property
    def path(self) -> str:
        """An address that the pattern answers."""
        return self.fill()

    @property
    def is_page(self) -> bool:
        """Whether people open it, not programs."""
        return not self.path.startswith(MACHINES)


def every_address() -> list[Address]:
    """All of them; a pattern under several names once, under its first."""
    found: dict[str, Address] = {}
    for address in _walk(get_resolver(), "/", (), ""):
        found.setdefault(address.path, address)
    return sorted(found.values(), key=lambda one: (one.name, one.path))


def _walk(resolver: URLResolver, prefix: str, before: tuple[str, ...], space: str) -> list[Address]:
    found = []
    for pattern in resolver.url_patterns:
        template, names = normalize(pattern.pattern.regex.pattern)[0]
        route, arguments = prefix + template, (*before, *names)
        if isinstance(pattern, URLResolver):
            inner = f"{space}{pattern.namespace}:" if pattern.namespace else space
            found += _walk(pattern, route, arguments, inner)
        else:
            found.append(Address(f"{space}{pattern.name or pattern.pattern}", route, arguments))
    return found


@dataclass(frozen=True)
class Operation:
    """One operation of the API, and the smallest body that it takes; None where it takes none."""

    name: str
    method: str
    address: Address
    body: Any


def every_operation() -> list[Operation]:
    """Every operation that the API's description has."""
    get_resolver().url_patterns  # noqa: B018 - declares the operations
    from keepwell.api.app import api

    found = []
    schema = api.get_openapi_schema()
    for path, item in schema["paths"].items():
        template, arguments = path, []
        for part in path.split("/"):
            if part.startswith("{"):
                name = part.strip("{}")
                template = template.replace(part, f"%({name})s")
                arguments.append(name)
        for method in METHODS:
            if method in item:
                name, asked = item[method]["operationId"], item[method].get("requestBody")
                body = smallest(asked["content"]["application/json"]["schema"], schema) if asked else None
                address = Address(name, template, tuple(arguments))
                found.append(Operation(name, method.upper(), address, body))
    return found


STRINGS = {"date-time": "2026-11-22T09:00:00Z", "date": "2026-11-22", "uri": "https://shop.example/hook"}


def smallest(schema: Any, document: Any) -> Any:
    """The smallest value that a JSON schema takes: required fields only."""
    if "$ref" in schema:
        return smallest(document["components"]["schemas"][schema["$ref"].rpartition("/")[2]], document)
    if "examples" in schema or "example" in schema:
        return schema.get("example") or schema["examples"][0]
    for several in ("anyOf", "oneOf", "allOf"):
        if several in schema:
            return smallest(schema[several][0], document)
    if "enum" in schema or "const" in schema:
        return schema.get("const") or schema["enum"][0]
    kind = schema.get("type", "object")
    if kind == "object":
        fields = schema.get("properties", {})
        wanted = [name for name in schema.get("required", ()) if name in fields]
        return {name: FIELDS.get(name) or smallest(fields[name], document) for name in wanted}
    if kind == "array":
        return [smallest(schema["items"], document)] * schema.get("minItems", 1)
    plain = {
        "string": STRINGS.get(schema.get("format", ""), "x" * schema.get("minLength", 1)),
        "boolean": False,
    }
    return plain.get(kind, schema.get("minimum", 1))
