"""Asks one address as somebody and says whether they were let in."""

from __future__ import annotations

import json
from copy import copy
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.db import transaction
from django.test import Client

REFUSED = {401, 403}
AWAY = ("/sign-in/?", "/welcome/", "/account/confidentiality/")
MACHINES = ("/api/", "/v1/")


def ask(client: Client, method: str, path: str, body: Any = None) -> str:
    """What they get; what the request changed is undone.

    "-": not let in, a redirect to the sign-in page included. "+": let in. "none": let in,
    but what the address names is not there. "form": let in, but the form is refused for what it says.
    Raises AssertionError where the address does not know the method or breaks.
    """
    cookies = copy(client.cookies)
    with transaction.atomic():
        response: Any = client.generic(method, path, **_body(method, path, body))
        if response.streaming:
            b"".join(response.streaming_content)
        transaction.set_rollback(True)
    client.cookies = cookies
    status = response.status_code
    assert status < 500 or path == "/readyz", f"{method} {path}: {status}"
    assert status != 405, f"{path} does not know {method}"
    if status in REFUSED or (status == 302 and response["Location"].startswith(AWAY)):
        return "-"
    if status == 404:
        return "none"
    if status in (400, 422) or _is_told_of_errors(response):
        assert not path.startswith(MACHINES), f"{path} was not asked: {response.content!r}"
        return "form"
    assert status < 400 or path == "/readyz", f"{method} {path}: {status}"
    return "+"


def _is_told_of_errors(response: Any) -> bool:
    """Whether the next page says why nothing was done."""
    told = messages.get_messages(response.wsgi_request)
    return any(one.level >= messages.ERROR for one in told)


def _body(method: str, path: str, body: Any) -> dict[str, Any]:
    if method == "GET":
        return {}
    if path.startswith(MACHINES):
        given = b"" if body is None else json.dumps(body).encode()
        return {"data": given, "content_type": "application/json"}
    return {"data": urlencode(body or {}), "content_type": "application/x-www-form-urlencoded"}
