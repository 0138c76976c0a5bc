"""Asks one address as somebody and says whether they were let in."""

from __future__ import annotations

import json
from copy import copy
from typing import Any
from urllib.parse import urlencode

from django.db import transaction
from django.test import Client

REFUSED = {401, 403}
AWAY = ("/sign-in/?", "/welcome/", "/account/confidentiality/")


def ask(client: Client, method: str, path: str, body: Any = None) -> str:
    """Whether they are let in: "+" where they were let in, "-" where not; what the request changed is undone.

    A redirect to the sign-in page is a refusal. Raises AssertionError where the address does not know the
    method or breaks.
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
    refused_body = status == 422 and path.startswith(("/api/", "/v1/"))
    assert not refused_body, f"{path} was not asked: {response.content!r}"
    if status in REFUSED or (status == 302 and response["Location"].startswith(AWAY)):
        return "-"
    return "+"


def _body(method: str, path: str, body: Any) -> dict[str, Any]:
    if method == "GET":
        return {}
    if path.startswith(("/api/", "/v1/")):
        given = b"" if body is None else json.dumps(body).encode()
        return {"data": given, "content_type": "application/json"}
    return {"data": urlencode(body or {}), "content_type": "application/x-www-form-urlencoded"}
