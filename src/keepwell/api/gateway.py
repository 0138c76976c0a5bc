"""What happens to every API request before and after its operation."""

from __future__ import annotations

import logging
from collections.abc import Callable
from hashlib import sha256

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import resolve

from keepwell.api import problems
from keepwell.foundation.limits import Buckets, Policy

log = logging.getLogger("keepwell.api")

GetResponse = Callable[[HttpRequest], HttpResponse]

REST, TRACKING = "/api/", "/v1/"
BODY_BYTES_MAX = 2 * 1024 * 1024
ALLOWED_HEADERS = "Authorization, Content-Type, Content-Encoding"
BUCKETS = Buckets()


class ApiGatewayMiddleware:
    """Rate and body limits, cross-origin answers for tracking, and errors in one form."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass what is not for the API."""
        if not request.path_info.startswith((REST, TRACKING)):
            return self.get_response(request)
        tracking = request.path_info.startswith(TRACKING)
        response = self._answer(request, tracking)
        response.headers.setdefault("Cache-Control", "no-store")
        if tracking:
            response.headers["Access-Control-Allow-Origin"] = "*"
        return response

    def _answer(self, request: HttpRequest, tracking: bool) -> HttpResponse:
        if tracking and request.method == "OPTIONS":
            return _preflight()
        verdict = BUCKETS.take(identity(request), policy(tracking))
        if not verdict.allowed:
            response = problems.answer(request, 429, "Too many requests. Please wait as Retry-After says.")
        elif (refusal := _refused_body(request)) is not None:
            response = refusal
        else:
            response = _in_one_form(request, _track(request) if tracking else self.get_response(request))
        for name, value in verdict.headers().items():
            response.headers[name] = value
        return response


def _track(request: HttpRequest) -> HttpResponse:
    """Tracking needs neither session nor language: straight to the operation, many times a second."""
    try:
        match = resolve(request.path_info, "keepwell.api.urls")
        request.resolver_match = match
        response: HttpResponse = match.func(request, *match.args, **match.kwargs)
    except Exception:
        log.exception("a tracking request failed")
        return problems.answer(request, 500, "Something went wrong on our side.")
    return response


def policy(tracking: bool) -> Policy:
    """How many requests a caller has: `KEEPWELL_API_RATE` and `KEEPWELL_TRACKING_RATE` a minute."""
    if tracking:
        return Policy("tracking", settings.KEEPWELL_TRACKING_RATE, 60)
    return Policy("api", settings.KEEPWELL_API_RATE, 60)


def identity(request: HttpRequest) -> str:
    """Whom a request is counted for: its credentials, else its session, else its address."""
    credentials = request.headers.get("Authorization") or request.COOKIES.get(settings.SESSION_COOKIE_NAME)
    return sha256((credentials or request.META.get("REMOTE_ADDR", "")).encode()).hexdigest()


def _preflight() -> HttpResponse:
    return HttpResponse(
        status=204,
        headers={
            "Access-Control-Allow-Methods": "POST",
            "Access-Control-Allow-Headers": ALLOWED_HEADERS,
            "Access-Control-Max-Age": "86400",
        },
    )


def _refused_body(request: HttpRequest) -> HttpResponse | None:
    said = request.META.get("CONTENT_LENGTH") or "0"
    length = int(said) if said.isdecimal() else 0
    if length > BODY_BYTES_MAX:
        return problems.answer(request, 413, f"A body may have at most {BODY_BYTES_MAX} bytes.")
    # sendBeacon of a page of another origin may only send plain text.
    accepted = (
        ("application/json", "text/plain")
        if request.path_info.startswith(TRACKING)
        else ("application/json",)
    )
    if length and (request.content_type or "").lower() not in accepted:
        return problems.answer(request, 415, "The body must be application/json.")
    return None


def _in_one_form(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Errors that did not come from an operation (no such address, no such method, a crash) as problems."""
    status = response.status_code
    if 300 <= status < 400 and status != 304:  # to a page: of first run, of one's duties
        return problems.answer(
            request, 403, "Sign in to Keepwell in a browser first and do what it asks for."
        )
    if status < 400 or response.get("Content-Type", "").startswith(problems.MEDIA_TYPE):
        return response
    details = {
        404: "There is nothing at this address.",
        405: "This address does not know this method.",
        500: "Something went wrong on our side.",
    }
    plain = problems.answer(request, status, details.get(status, response.reason_phrase))
    if "Allow" in response.headers:
        plain.headers["Allow"] = response.headers["Allow"]
    return plain
