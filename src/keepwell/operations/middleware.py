"""Around every request: answers to probes, a request's number, its log line, its figures."""

from __future__ import annotations

import hashlib
import hmac
import logging
import re
import time
import uuid
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import Resolver404, resolve
from django.utils.functional import SimpleLazyObject, empty

from keepwell.foundation.crypto import ring
from keepwell.operations import logs, metrics, probes

HEADER = "X-Request-ID"
GIVEN = re.compile(r"[A-Za-z0-9_.-]{8,64}")
UNKNOWN = "unknown"

log = logging.getLogger("keepwell.request")

GetResponse = Callable[[HttpRequest], HttpResponse]


class ProbeMiddleware:
    """Answers /healthz, /readyz and /metrics before hosts, sessions or accounts are looked at."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer, or lead on."""
        view = probes.PATHS.get(request.path_info)
        return view(request) if view else self.get_response(request)


class ObserveMiddleware:
    """Gives each request a number, and writes and counts what became of it."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer, and tell of it."""
        given = request.headers.get(HEADER, "")
        number = given if GIVEN.fullmatch(given) else uuid.uuid4().hex
        token = logs.request_id.set(number)
        started = time.perf_counter()
        try:
            response = self.get_response(request)
            seconds = time.perf_counter() - started
            response.headers[HEADER] = number
            tell(request, response, seconds)
            return response
        finally:
            logs.request_id.reset(token)


def tell(request: HttpRequest, response: HttpResponseBase, seconds: float) -> None:
    """Count and log one answered request."""
    view = view_of(request)
    metrics.observe(view=view, method=request.method or "", status=response.status_code, seconds=seconds)
    extra: dict[str, object] = {
        "view": view,
        "method": request.method,
        "status": response.status_code,
        "duration_ms": round(seconds * 1000, 1),
    }
    user = pseudonym_of(request)
    if user:
        extra["user"] = user
    if isinstance(response, HttpResponse):  # and not one that streams
        extra["bytes"] = len(response.content)
    log.info("request", extra=extra)


def view_of(request: HttpRequest) -> str:
    """The name of the view that the address belongs to, also where a middleware answered first."""
    match = request.resolver_match
    if match is None:
        try:
            match = resolve(request.path_info)
        except Resolver404:
            return UNKNOWN
    return match.view_name or match._func_path


def pseudonym_of(request: HttpRequest) -> str:
    """Who asked, under a name that only the key ring connects with the account; "" for nobody.

    Asks nothing of the database: where nobody needed the user, there is none.
    """
    user = request.__dict__.get("user")
    if user is None or (isinstance(user, SimpleLazyObject) and user._wrapped is empty):
        return ""
    if not user.is_authenticated:
        return ""
    digest = hmac.new(ring().pseudonym_key, f"user\0{user.pk}".encode(), hashlib.sha256).hexdigest()
    return f"u_{digest[:12]}"
