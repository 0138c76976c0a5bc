"""The API: its errors, its document, and how an operation is declared."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any

import orjson
from django.core.exceptions import PermissionDenied
from django.core.exceptions import ValidationError as DjangoValidationError
from django.http import Http404, HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError
from ninja.parser import Parser
from ninja.renderers import BaseRenderer

from keepwell import __version__
from keepwell.accounts.contracts import Permission
from keepwell.api import problems
from keepwell.api.auth import METHODS
from keepwell.api.problems import ApiError, Problem

log = logging.getLogger("keepwell.api")

Declared = Callable[[Callable[..., Any]], Callable[..., Any]]
HEADERS = {
    "X-Request-Id": ("string", "Name this when you ask for help"),
    "RateLimit": ("string", "What is left of the quota, and when it is full again"),
    "RateLimit-Policy": ("string", "The quota and its window in seconds"),
}
DESCRIPTION = """
Everything that other programs may know and do. Sign in with an API token: `Authorization: Bearer TOKEN`, or
HTTP Basic with the token as user name. What a token may do is what its user may do, limited to its scopes.

Errors are `application/problem+json` (RFC 9457). Lists are read with `cursor`: pass the `next_cursor` of the
answer before. A `POST`, `PUT`, `PATCH` or `DELETE` with an `Idempotency-Key` is done once, however often it
is sent within 24 hours.
"""


class OrjsonParser(Parser):
    """Strict JSON: no NaN, no lone surrogates."""

    def parse_body(self, request: HttpRequest) -> Any:
        """The body's value."""
        return orjson.loads(request.body)


class OrjsonRenderer(BaseRenderer):
    """JSON; amounts are strings, so that no digit is lost."""

    media_type = "application/json"

    def render(self, request: HttpRequest, data: Any, *, response_status: int) -> bytes:
        """The bytes of the answer."""
        return orjson.dumps(data, default=str, option=orjson.OPT_UTC_Z)


class KeepwellApi(NinjaAPI):
    """Ninja's API with errors declared as what they are."""

    def get_openapi_schema(self, *, path_prefix: str | None = None, path_params: Any = None) -> Any:
        """The OpenAPI document; every answer that can come is in it."""
        document = super().get_openapi_schema(path_prefix=path_prefix or "", path_params=path_params)
        headers = {
            name: {"description": about, "schema": {"type": kind}, "required": True}
            for name, (kind, about) in HEADERS.items()
        }
        for methods in document["paths"].values():
            for operation in methods.values():
                for status, response in operation["responses"].items():
                    response["headers"] = dict(headers)
                    if int(status) >= 400:
                        schema = {"$ref": "#/components/schemas/Problem"}
                        response["content"] = {problems.MEDIA_TYPE: {"schema": schema}}
        return document


api = KeepwellApi(
    title="Keepwell",
    version=__version__,
    description=DESCRIPTION,
    openapi_url=None,
    docs_url=None,
    urls_namespace="api",
    auth=METHODS,
    parser=OrjsonParser(),
    renderer=OrjsonRenderer(),
)


def operation(
    method: str,
    path: str,
    *,
    permission: Permission | None,
    tag: str,
    response: Any = None,
    status: int = 200,
    errors: Iterable[int] = (),
    auth: Any = METHODS,
    extra: dict[str, Any] | None = None,
) -> Declared:
    """Declare an operation: what it answers, how it can fail, and the permission that its gate asks for."""
    failures = {401, 403, 422, 429, 500, *errors}
    if method != "GET":
        failures |= {400, 409, 413, 415} if auth is METHODS else {400, 413, 415}
    answers: dict[int, Any] = {status: response, **dict.fromkeys(sorted(failures), Problem)}
    about = {"x-permission": permission.value if permission else None, **(extra or {})}
    if method != "GET" and auth is METHODS:
        about["parameters"] = [IDEMPOTENCY_KEY]

    def declare(view: Callable[..., Any]) -> Callable[..., Any]:
        api.default_router.add_api_operation(
            path,
            [method],
            view,
            response=answers,
            operation_id=view.__name__,
            summary=(view.__doc__ or "").strip().partition("\n")[0].rstrip("."),
            tags=[tag],
            auth=auth,
            openapi_extra=about,
        )
        return view

    return declare


IDEMPOTENCY_KEY = {
    "in": "header",
    "name": "Idempotency-Key",
    "required": False,
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[ -~]+$"},
    "description": "The same request with the same key is done once",
}


@api.exception_handler(ApiError)
def _api_error(request: HttpRequest, error: ApiError) -> HttpResponse:
    return problems.answer(request, error.status, error.detail, errors=error.errors, headers=error.headers)


@api.exception_handler(HttpError)
def _http_error(request: HttpRequest, error: HttpError) -> HttpResponse:
    if error.status_code == 401:
        headers = {"WWW-Authenticate": 'Bearer realm="Keepwell"'}
        return problems.answer(request, 401, "Send a valid API token.", headers=headers)
    return problems.answer(request, error.status_code, str(error))


@api.exception_handler(PermissionDenied)
def _denied(request: HttpRequest, error: PermissionDenied) -> HttpResponse:
    return problems.answer(request, 403, str(error) or "This is not allowed.")


@api.exception_handler(Http404)
def _absent(request: HttpRequest, error: Http404) -> HttpResponse:
    return problems.answer(request, 404, str(error) or "There is nothing at this address.")


@api.exception_handler(ValidationError)
def _invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    wrong = [_wrong_field(one) for one in error.errors]
    return problems.answer(request, 422, "The request is not valid.", errors=wrong)


@api.exception_handler(DjangoValidationError)
def _refused(request: HttpRequest, error: DjangoValidationError) -> HttpResponse:
    wrong = [
        {"pointer": problems.pointer([name] if name != "__all__" else []), "detail": str(text)}
        for name, texts in (error.message_dict if hasattr(error, "error_dict") else {}).items()
        for text in texts
    ]
    return problems.answer(request, 422, " ".join(map(str, error.messages)), errors=wrong)


@api.exception_handler(Exception)
def _broken(request: HttpRequest, error: Exception) -> HttpResponse:
    log.error(
        "%s %s failed",
        request.method,
        request.resolver_match and request.resolver_match.route,
        exc_info=error,
    )
    return problems.answer(request, 500, "Something went wrong on our side.")


def _wrong_field(said: dict[str, Any]) -> dict[str, Any]:
    """Where ninja says that something is wrong: `("body", "data", "name")`, `("query", "limit")`."""
    place, *path = said["loc"]
    if place == "body":
        return {"pointer": problems.pointer(path[1:]), "detail": said["msg"]}
    return {"parameter": str(path[-1]) if path else str(place), "detail": said["msg"]}


@lru_cache(maxsize=1)
def document() -> bytes:
    """The OpenAPI document as it is served."""
    from keepwell.api import operations  # they are declared by this module's own names

    assert operations.__all__
    return orjson.dumps(api.get_openapi_schema(path_prefix=""), option=orjson.OPT_NON_STR_KEYS)
