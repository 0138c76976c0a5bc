"""Errors as RFC 9457 tells them: application/problem+json."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any

import orjson
from django.http import HttpRequest, HttpResponse
from ninja import Field, Schema

from keepwell.operations import logs

MEDIA_TYPE = "application/problem+json"
NAMES = {
    400: "bad-request",
    401: "not-signed-in",
    403: "not-allowed",
    404: "not-found",
    405: "method-not-allowed",
    409: "conflict",
    412: "precondition-failed",
    413: "too-large",
    415: "media-type",
    422: "invalid",
    429: "too-many-requests",
    500: "internal",
    503: "unavailable",
}


class FieldProblem(Schema):
    """One thing that is wrong with a request."""

    detail: str = Field(description="What is wrong")
    pointer: str | None = Field(None, description="Where in the body, as a JSON Pointer (RFC 6901)")
    parameter: str | None = Field(None, description="Which path, query or header parameter")


class Problem(Schema):
    """An error (RFC 9457)."""

    type: str = Field(description="The kind of problem, for programs")
    title: str = Field(description="The kind of problem, for people")
    status: int = Field(description="The HTTP status")
    detail: str = Field(description="What happened this time")
    request_id: str = Field(description="Name this when you ask for help")
    errors: list[FieldProblem] = Field(default_factory=list, description="One entry per wrong field")


class ApiError(Exception):
    """An answer that is an error."""

    def __init__(
        self,
        status: int,
        detail: str,
        *,
        errors: Iterable[Mapping[str, Any]] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.errors = list(errors)
        self.headers = dict(headers or {})


def answer(
    request: HttpRequest,
    status: int,
    detail: str,
    *,
    errors: Iterable[Mapping[str, Any]] = (),
    headers: Mapping[str, str] | None = None,
) -> HttpResponse:
    """The response for an error."""
    body = {
        "type": f"urn:keepwell:problem:{NAMES.get(status, 'error')}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "request_id": logs.request_id.get(),
        "errors": [{"pointer": None, "parameter": None, **error} for error in errors],
    }
    return HttpResponse(
        orjson.dumps(body), status=status, content_type=MEDIA_TYPE, headers=dict(headers or {})
    )


def pointer(path: Iterable[str | int]) -> str:
    """A JSON Pointer (RFC 6901)."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in path)
